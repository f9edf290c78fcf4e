// Walks a SpatioTemporal Asset Catalog on disk from its collection: every document against
// stac.schema.json, every relative link and asset to a file, every checksum and size.
//
//   node validate_stac.mjs COLLECTION.JSON
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import Ajv from "ajv";
import addFormats from "ajv-formats";

const ajv = addFormats(new Ajv({ allErrors: true, strict: false }));
const here = dirname(new URL(import.meta.url).pathname);
const validate = ajv.compile(JSON.parse(readFileSync(join(here, "stac.schema.json"))));
const problems = [];
const counts = { Collection: 0, Catalog: 0, Feature: 0, FeatureCollection: 0, asset: 0 };
const absolute = /^[a-z]+:/;

function read(path) {
  const document = JSON.parse(readFileSync(path));
  // oneOf tells of all alternatives; the one meant is named by its type.
  const part = { Collection: "collection", Catalog: "catalog", Feature: "item" }[document.type];
  const check = ajv.getSchema(`stac.schema.json#/definitions/${part ?? "items"}`);
  if (!validate(document)) {
    check(document);
    for (const e of check.errors ?? validate.errors)
      problems.push(`${path}: ${e.instancePath} ${e.message}`);
  }
  counts[document.type]++;
  return document;
}

function checkItem(item, path) {
  const [west, south, east, north] = item.bbox ?? [];
  for (const [x, y] of item.geometry?.coordinates?.[0] ?? [])
    if (x < west || x > east || y < south || y > north) problems.push(`${path}: bbox`);
  for (const [name, asset] of Object.entries(item.assets ?? {})) {
    const file = resolve(dirname(path), asset.href);
    counts.asset++;
    if (!existsSync(file)) {
      problems.push(`${path}: asset ${name}: no ${asset.href}`);
      continue;
    }
    const content = readFileSync(file);
    const sum = "1220" + createHash("sha256").update(content).digest("hex");
    if (asset["file:size"] !== content.length) problems.push(`${path}: ${name}: size`);
    if (asset["file:checksum"] !== sum) problems.push(`${path}: ${name}: checksum`);
  }
}

function walk(path, seen) {
  if (seen.has(path)) return;
  seen.add(path);
  const document = read(path);
  if (document.type === "Feature") checkItem(document, path);
  for (const { rel, href } of document.links ?? []) {
    if (absolute.test(href)) continue;
    const target = resolve(dirname(path), href);
    if (!existsSync(target)) problems.push(`${path}: link ${rel}: no ${href}`);
    else if (["child", "item"].includes(rel)) walk(target, seen);
  }
  if (document.type === "Catalog") read(join(dirname(path), "items.json"));
}

const start = resolve(process.argv[2]);
const root = JSON.parse(readFileSync(start));
if (root.type !== "Collection") problems.push(`${start}: is no collection`);
walk(start, new Set());
problems.forEach((problem) => console.error(problem));
console.log(counts);
process.exit(problems.length ? 1 : 0);
