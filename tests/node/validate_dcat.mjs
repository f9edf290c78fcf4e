// Reads a catalogue in JSON-LD as if it were served at BASE, and validates it with the
// shapes of dcat-ap.ttl.
//
//   node validate_dcat.mjs CATALOG.JSONLD [BASE]
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import jsonld from "jsonld";
import { Parser, Store } from "n3";
import SHACLValidator from "rdf-validate-shacl";

const [path, base = "https://example.org/data/catalog.jsonld"] = process.argv.slice(2);
const here = dirname(new URL(import.meta.url).pathname);
const shapes = new Store(new Parser().parse(readFileSync(join(here, "dcat-ap.ttl"), "utf8")));
const quads = await jsonld.toRDF(JSON.parse(readFileSync(path)), {
  base,
  format: "application/n-quads",
  // Nothing is fetched: the context stands in the document.
  documentLoader: (url) => {
    throw new Error(`the catalogue wants ${url}`);
  },
});
const data = new Store(new Parser({ format: "application/n-quads" }).parse(quads));
// The one statement about classes that the shapes rely on.
data.addQuads(shapes.getQuads(null, "http://www.w3.org/2000/01/rdf-schema#subClassOf", null, null));
const report = await new SHACLValidator(shapes).validate(data);
for (const r of report.results)
  console.error(`${path}: ${r.focusNode?.value} ${r.path?.value ?? ""}: ` +
    `${r.message.map((m) => m.value).join("; ") || r.sourceConstraintComponent?.value}`);
const count = (name) =>
  data.getQuads(null, "http://www.w3.org/1999/02/22-rdf-syntax-ns#type",
    `http://www.w3.org/ns/dcat#${name}`, null).length;
console.log(`${data.size} statements, ${count("Dataset")} datasets, ${count("Distribution")} distributions`);
process.exit(report.conforms && count("Distribution") > 0 ? 0 : 1);
