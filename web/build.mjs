// Bundles the viewer: one script that also loads from a disk (no module), one style sheet,
// the page, and the licences of what is inside.
//
//   node build.mjs SOURCE WORK OUTPUT
import { createRequire } from "node:module";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const [source, work, output] = process.argv.slice(2).map((path) => resolve(path));
const modules = join(work, "node_modules");
const esbuild = createRequire(join(work, "package.json"))("esbuild");

mkdirSync(output, { recursive: true });
const result = await esbuild.build({
  entryPoints: { autan: join(source, "src/main.js") },
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome90", "firefox113", "safari16.4"],
  charset: "utf8",
  legalComments: "none",
  metafile: true,
  nodePaths: [modules],
  absWorkingDir: work,
  outdir: output,
  logLevel: "warning",
});

// Packages whose files went into the bundle, each with its licence.
const names = new Set();
for (const path of Object.keys(result.metafile.inputs)) {
  const match = path.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)\//);
  if (match) names.add(match[1]);
}
let text = "The viewer of Autan is under the EUPL-1.2. Its script holds parts of these libraries.\n";
for (const name of [...names].sort()) {
  const folder = join(modules, name);
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  text += `\n${"=".repeat(72)}\n${name} ${about.version}, ${about.license}\n\n`;
  text += file ? readFileSync(join(folder, file), "utf8").trim() + "\n" : `${about.author?.name ?? about.author ?? ""}\n`;
}
writeFileSync(join(output, "licences.txt"), text);
copyFileSync(join(source, "index.html"), join(output, "index.html"));
if (!existsSync(join(output, "autan.css"))) throw new Error("no style sheet was made");
