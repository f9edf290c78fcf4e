// Takes a picture of a site that autan view made, for documents.
//
//   node picture.mjs SITE OUTPUT.png [HASH [WIDTHxHEIGHT]]
//
// HASH is what follows # in the page's address: show=heat&t=20250823T0500Z&compare=two.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { chromium } from "playwright-core";

const [folder, output, hash = "", size = "1280x800"] = process.argv.slice(2);
const [width, height] = size.split("x").map(Number);
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".png": "image/png" };
const server = createServer((request, response) => {
  const path = normalize(decodeURIComponent(new URL(request.url, "http://x").pathname));
  try {
    const bytes = readFileSync(join(folder, path));
    response.writeHead(200, { "content-type": types[extname(path)] ?? "application/octet-stream" });
    response.end(bytes);
  } catch {
    response.writeHead(404);
    response.end();
  }
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
const page = await browser.newPage({ viewport: { width, height }, locale: "fr-FR" });
await page.goto(`http://127.0.0.1:${server.address().port}/index.html#${hash}`);
await page.waitForFunction(() => window.autanViewer?.idle());
await page.waitForTimeout(1500);
await page.screenshot({ path: output });
await browser.close();
server.close();
