// Reads data packages with npm's datapackage and tableschema: the descriptor against its
// profile, every row of every table against its schema, keys and references included.
//
//   node validate_datapackage.mjs DATAPACKAGE.JSON...
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import datapackage from "datapackage";

let failed = 0;
for (const path of process.argv.slice(2)) {
  const found = await datapackage.Package.load(path);
  const problems = found.errors.map(String);
  let rows = 0;
  for (const resource of found.resources) {
    const { name, path: file, bytes, hash } = resource.descriptor;
    const content = readFileSync(join(dirname(path), file));
    if (content.length !== bytes) problems.push(`${name}: bytes`);
    if (`sha256:${createHash("sha256").update(content).digest("hex")}` !== hash)
      problems.push(`${name}: hash`);
    if (!resource.tabular) continue;
    try {
      rows += (await resource.read({ relations: true })).length;
    } catch (error) {
      problems.push(`${name}: ${error}`, ...(error.errors ?? []).slice(0, 5).map(String));
    }
  }
  if (!found.valid) problems.push("the descriptor is not valid");
  problems.forEach((problem) => console.error(`${path}: ${problem}`));
  console.log(`${path}: ${found.resources.length} resources, ${rows} rows`);
  failed += problems.length;
}
process.exit(failed ? 1 : 0);
