// Renders pages of Markdown with raw HTML allowed, as the most trusting of renderers do,
// and looks for what their authors never wrote: tags, scripts, pictures, foreign links.
//
//   node validate_pages.mjs FILE.md...
import { readFileSync } from "node:fs";
import MarkdownIt from "markdown-it";

const allowed = new Set(["h1", "h2", "p", "em", "strong", "a", "code", "ul", "li", "table",
  "thead", "tbody", "tr", "th", "td"]);
const links = /^(?:[A-Za-z0-9_./-]+|https:\/\/(?:www\.etalab\.gouv\.fr|opendatacommons\.org|creativecommons\.org)\/.*)$/;
let failed = 0;
for (const path of process.argv.slice(2)) {
  const html = new MarkdownIt({ html: true, linkify: false }).render(readFileSync(path, "utf8"));
  for (const [tag, name] of html.matchAll(/<\/?([a-zA-Z!][a-zA-Z0-9]*)[^>]*>/g))
    if (!allowed.has(name)) {
      console.error(`${path}: ${tag}`);
      failed++;
    }
  for (const [, target] of html.matchAll(/(?:href|src)="([^"]*)"/g))
    if (!links.test(target)) {
      console.error(`${path}: link to ${target}`);
      failed++;
    }
  if (!html.includes("<h1>")) {
    console.error(`${path}: no heading`);
    failed++;
  }
}
process.exit(failed ? 1 : 0);
