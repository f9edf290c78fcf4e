// The viewer in Chromium: every control used, with WebGL and without, on a phone, from a
// server on loopback and from a disk. What it shows is compared with facts.json, values
// that come from the NetCDF files.
//
//   node viewer.mjs SITE FACTS.json CHROMIUM
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { extname, join, normalize } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [folder, factsFile, executablePath] = process.argv.slice(2);
const facts = JSON.parse(readFileSync(factsFile, "utf8"));
const site = JSON.parse(readFileSync(join(folder, "data/site.json"), "utf8"));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let passed = 0, failed = 0;

function check(good, name) {
  if (good) passed++;
  else failed++;
  console.log(`${good ? "ok" : "NOT OK"}: ${name}`);
}

// A part that breaks off is one failure; the next begins all the same.
async function part(name, run) {
  try {
    await run();
  } catch (error) {
    check(false, `${name}: ${error.message.split("\n").slice(0, 4).join(" ")}`);
  }
}

// A plain server without ranges, which counts what it gives.
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".png": "image/png" };
const served = [];
const server = createServer((request, response) => {
  const path = normalize(decodeURIComponent(new URL(request.url, "http://x").pathname));
  try {
    const bytes = readFileSync(join(folder, path));
    served.push({ path, size: bytes.length });
    response.writeHead(200, { "content-type": types[extname(path)] ?? "application/octet-stream" });
    response.end(bytes);
  } catch {
    response.writeHead(404);
    response.end();
  }
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const overHttp = `http://127.0.0.1:${server.address().port}/index.html`;
const fromDisk = pathToFileURL(join(folder, "index.html")).href;

const webgl = {
  on: ["--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"],
  off: ["--disable-gpu", "--disable-3d-apis"],
};

async function open(where, { gl, phone = false }) {
  const browser = await chromium.launch({
    executablePath, args: ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", ...webgl[gl]],
  });
  const context = await browser.newContext(phone
    ? { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 }
    : { viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(15000);
  const page = await context.newPage();
  const trouble = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && trouble.push(message.text()));
  page.on("pageerror", (error) => trouble.push(error.message));
  context.on("request", (request) => {
    const url = new URL(request.url());
    const own = url.protocol === "file:" || url.protocol === "data:" || url.protocol === "blob:" ||
      (url.hostname === "127.0.0.1" && url.port === String(server.address().port));
    if (!own) trouble.push(`a request left the machine: ${url.href.slice(0, 200)}`);
  });
  await page.goto(where);
  await settled(page);
  return { browser, page, trouble };
}

async function settled(page) {
  await page.waitForFunction(() => window.autanViewer?.idle(), null, { timeout: 60000 });
}

async function goTo(page, parts) {
  await page.evaluate((hash) => { location.hash = hash; }, new URLSearchParams(parts).toString());
  await page.waitForFunction((t) => location.hash.includes(t), parts.t ?? "");
  await page.waitForTimeout(30);
  await settled(page);
}

const shown = (page) => page.locator("#panel-place dd").first().getAttribute("data-value").then(Number);
const clockText = (page, side = 0) => page.locator(".time output").nth(side).textContent();

// The colour a value must have: the site's table, read anew here.
function colourOf(layer, value, low, high) {
  const table = { heat: "difference", temperature: "temperature", error: "uncertainty", forecast: "temperature",
    spread: "uncertainty", night: "difference", hot: "difference" }[layer];
  const rgb = site.colours[table].map((hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16)));
  const clamped = Math.min(Math.max(value, low), high);
  const share = layer === "heat" ? 0.5 + clamped / Math.max(Math.abs(low), Math.abs(high)) / 2
    : layer === "night" || layer === "hot" ? 0.5 + 0.5 * clamped
    : (clamped - low) / (high - low);
  const at = share * (rgb.length - 1), k = Math.min(Math.floor(at), rgb.length - 2);
  return rgb[k].map((c, n) => c + (at - k) * (rgb[k + 1][n] - c));
}

// The colour on the screen at a place of the town.
async function pixelAt(page, fact) {
  return page.evaluate(([x, y]) => {
    const [left, top] = window.autanViewer.pixel(x, y);
    const canvas = document.querySelector("#map-a canvas");
    const ratio = canvas.width / canvas.clientWidth;
    return [...canvas.getContext("2d").getImageData(Math.round(left * ratio), Math.round(top * ratio), 1, 1).data].slice(0, 3);
  }, [fact.x, fact.y]);
}

// Values in the panel are the NetCDF's, to the step they are kept in; so are the colours.
async function compareWithNetcdf(page, { pixels, layers }) {
  const step = { heat: 0.012, temperature: 0.009, error: 0.009, forecast: 0.04, spread: 0.04, night: 0.005, hot: 0.005 };
  for (const layer of layers) {
    const own = facts.filter((f) => f.layer === layer);
    let worst = 0, colours = 0;
    for (const fact of own) {
      await goTo(page, { lang: "fr", show: layer, t: fact.time, place: `${fact.x},${fact.y}` });
      worst = Math.max(worst, Math.abs((await shown(page)) - fact.value));
      if (!pixels) continue;
      const [low, high] = await page.locator("#map-a").evaluate((m) => [Number(m.dataset.low), Number(m.dataset.high)]);
      const got = await pixelAt(page, fact);
      // Neighbouring cells are blended and the ink of the ground lies above: a value within
      // a fiftieth of the scale must have that colour.
      const off = Array.from({ length: 21 }, (_, k) => {
        const want = colourOf(layer, fact.value + ((k - 10) / 10) * 0.02 * (high - low), low, high);
        return Math.max(...want.map((c, n) => Math.abs(c - got[n])));
      });
      colours = Math.max(colours, Math.min(...off));
    }
    check(own.length > 0 && worst <= step[layer], `${layer}: ${own.length} values at places are the NetCDF's (off by ${worst.toFixed(4)} at most)`);
    if (pixels) check(colours <= 16, `${layer}: the colours at these places too (off by ${colours.toFixed(0)} of 255)`);
  }
}

async function useTime(page) {
  await goTo(page, { lang: "fr", show: "temperature", t: "20230805T0300Z" });
  check((await clockText(page)) === "05:00", "the hour is told in the town's time");
  const slider = page.locator(".time input[type=range]").first();
  await slider.focus();
  await page.keyboard.press("ArrowRight");
  await settled(page);
  check((await clockText(page)) === "06:00", "the slider moves by the keyboard");
  check((await slider.getAttribute("aria-valuetext")).includes("06:00"), "and says its hour to screen readers");
  await page.getByLabel("Heure précédente").first().click();
  await settled(page);
  check((await clockText(page)) === "05:00", "the hour before");
  await page.getByLabel("Heure suivante").first().click();
  await settled(page);
  await page.locator(".time input[type=date]").first().fill("2023-05-10");
  await settled(page);
  check(page.url().includes("20230510T0400Z"), "another day, at the same time of day");
  await page.locator(".time input[type=date]").first().fill("2023-06-30");
  await settled(page);
  check(/t=202305\d\dT|t=20230805T/.test(page.url()), "a day without maps gives the nearest one that has");
  const before = page.url();
  await page.getByLabel("Lire").click();
  await page.waitForFunction((url) => location.href !== url, before, { timeout: 20000 });
  await page.getByLabel("Pause").first().click();
  await settled(page);
  const halted = page.url();
  await page.waitForTimeout(900);
  check(halted === page.url() && halted !== before, "play moves on, pause halts");
}

async function useComparisons(page, phone) {
  await goTo(page, { lang: "fr", show: "temperature", t: "20230805T0300Z" });
  if (phone) await page.locator(".more summary").click();
  await page.getByLabel("Côte à côte").check();
  await settled(page);
  await page.locator("#map-b canvas").first().waitFor();
  check(await page.locator("#map-b").isVisible(), "two maps side by side");
  await page.getByLabel("Rideau", { exact: true }).check();
  await settled(page);
  check(!(await page.locator("#map-b").isVisible()), "one map under the curtain");
  await page.locator("#curtain").focus();
  const moved = () => page.locator(".curtain-line").evaluate((line) => line.style.left);
  const at = await moved();
  for (let k = 0; k < 5; k++) await page.keyboard.press("ArrowRight");
  check((await moved()) !== at, "the curtain moves by the keyboard");
  await page.getByText("07:00 et 17:30").click();
  await settled(page);
  check((await clockText(page, 0)) === "07:00" && /^1[78]:00$/.test(await clockText(page, 1)), "07:00 against 17:30");
  await page.getByText("Même échelle").click();
  await settled(page);
  check((await page.locator(".ramp").count()) === 2, "each map with a scale of its own");
  await page.getByText("Même échelle").click();
  await settled(page);
  check((await page.locator(".ramp").count()) === 1, "or both with one");
  await page.getByText("Mois froid et mois chaud").click();
  await settled(page);
  check(/t=202305\d\dT/.test(page.url()) && /u=202308\d\dT/.test(page.url()), "the cold month against the warm one");
  const second = page.locator(".time").nth(1);
  await second.getByLabel("Heure suivante").click();
  await settled(page);
  check((await clockText(page, 0)) !== (await clockText(page, 1)), "each side has its own hour");
  await page.getByLabel("Une carte").check();
  await settled(page);
}

async function usePlaces(page) {
  // Two days before the forecast, so that its fan follows.
  const fact = facts.find((f) => f.layer === "temperature" && f.time === "20230805T1500Z");
  await goTo(page, { lang: "fr", show: "temperature", t: fact.time });
  await page.getByLabel("Stations", { exact: true }).first().setChecked(false);
  const target = page.locator("#map-a");
  await target.scrollIntoViewIfNeeded();
  const [x, y] = await page.evaluate((p) => window.autanViewer.pixel(...p), [fact.x, fact.y]);
  await target.click({ position: { x, y } });
  await page.waitForTimeout(400);
  await settled(page);
  check(Math.abs((await shown(page)) - fact.value) < 0.3, "a click on the map gives the value there");
  await page.locator("#panel-place .chart canvas").waitFor();
  const drawn = await page.locator("#panel-place .chart canvas").evaluate((canvas) => {
    const data = canvas.getContext("2d", { willReadFrequently: true }).getImageData(0, 0, canvas.width, canvas.height).data;
    let n = 0;
    for (let k = 3; k < data.length; k += 4) n += data[k] > 0;
    return n / (data.length / 4);
  });
  check(drawn > 0.02, "and a series that is drawn");
  await page.locator("#panel-place summary").click();
  await page.locator("#panel-place tbody tr").first().waitFor();
  const rows = await page.locator("#panel-place tbody tr").count();
  check(rows >= 24 * 3, `and as a table, forecast included (${rows} hours)`);
  const heads = await page.locator("#panel-place thead th").allTextContents();
  check(heads.length === 8 && heads.includes("Prévision, médiane"), `of the place, three stations and the forecast's fan (${heads.length})`);
  await goTo(page, { lang: "fr", show: "temperature", t: fact.time, place: `${fact.x},${fact.y}` });
  await page.locator("#panel-place tbody tr").first().waitFor();
  const local = new Intl.DateTimeFormat("fr", { timeZone: "Europe/Paris", hour: "2-digit", minute: "2-digit" }).format(fact.seconds * 1000);
  const day = new Intl.DateTimeFormat("fr-FR", { timeZone: "Europe/Paris", day: "numeric", month: "short" }).format(fact.seconds * 1000);
  const cells = await page.locator("#panel-place tbody tr", { has: page.getByText(`${day} ${local}`, { exact: true }) }).locator("td").allTextContents();
  const value = Number(cells.map((c) => c.replace(",", "."))[3]);
  check(Math.abs(value - fact.value) <= 0.06, `the series at that hour is the map's value (${value}, ${fact.value.toFixed(2)})`);
  await page.getByLabel("Fermer").click();
  check(await page.locator("#panel-place .hint").isVisible(), "the place is let go");
  await target.focus();
  await page.keyboard.press("Enter");
  await page.locator("#panel-place .chart canvas").waitFor();
  check(true, "Enter on the map gives the place in its middle");
  await page.getByLabel("Stations", { exact: true }).first().setChecked(true);
}

async function useTabs(page) {
  await page.locator("#tab-place").focus();
  await page.keyboard.press("ArrowRight");
  check(await page.locator("#panel-stations").isVisible(), "tabs change by the keyboard");
  const row = page.locator("#panel-stations tbody tr");
  check((await row.count()) === site.stations.length, "all stations are listed");
  check((await row.first().textContent()).includes("muette"), "the silent one first");
  await row.getByRole("button", { name: "Mairie" }).click();
  await settled(page);
  check((await page.locator("#panel-place h2").textContent()) === "Mairie", "a station opens its series");
  check(page.url().includes("station=s9"), "and stands in the address");
  await page.locator("#tab-zones").click();
  check((await page.locator("#panel-zones tbody tr").count()) === site.zones.length, "all districts are listed");
  check(await page.getByLabel("Alerte").isChecked(), "their colours are on the map");
  const worst = await page.locator("#panel-zones .level").first().textContent();
  check(/^(vert|jaune !|orange !!|rouge !!!)$/.test(worst), `with a colour in words (${worst})`);
  await page.locator("#panel-zones input[type=radio]").nth(1).check({ force: true });
  check(await page.locator("#panel-zones input[type=radio]").nth(1).isChecked(), "another day of the alert");
  await page.locator("#panel-zones .link").filter({ hasText: "Nord" }).click();
  await page.waitForTimeout(400);
  await page.locator("#tab-about").click();
  check((await page.locator("#panel-about").textContent()).includes("EPSG:2154"), "the page tells what it is made of");
  await page.locator("#tab-place").click();
}

async function useRest(page) {
  for (const label of ["Quartiers", "Contraste de l'heure"]) {
    const box = page.locator(".checks").getByLabel(label);
    const was = await box.isChecked();
    await box.setChecked(!was);
    await settled(page);
    check((await box.isChecked()) !== was, `${label} can be changed`);
    await box.setChecked(was);
  }
  await page.getByLabel("+", { exact: true }).or(page.locator("#map-a .ol-zoom-in")).first().click();
  await page.locator("#map-a .ol-zoom-out").click();
  for (const value of await page.locator("#layer option").evaluateAll((all) => all.map((o) => o.value))) {
    await page.locator("#layer").selectOption(value);
    await settled(page);
    check(page.url().includes(`show=${value}`) && (await page.locator(".ramp").count()) === 1, `${value} can be chosen`);
  }
  await page.evaluate(() => { window.print = () => { window.printed = true; }; });
  await page.locator("#print").click();
  check(await page.evaluate(() => window.printed), "the page can be printed");
  await page.emulateMedia({ media: "print" });
  check(!(await page.locator("#layer").isVisible()) && (await page.locator(".ramp").first().isVisible()), "printed are map and legend, not controls");
  await page.emulateMedia({ media: "screen" });
  await page.locator("#language").click();
  await settled(page);
  check((await page.locator("h1").textContent()).startsWith("Heat map") &&
    (await page.locator("html").getAttribute("lang")) === "en", "English");
  await page.locator("#language").click();
  await settled(page);
  check((await page.locator("h1").textContent()).startsWith("Carte de chaleur"), "and French again");
}

async function audit(page, where) {
  const found = [];
  await page.evaluate(axe);
  for (const tab of ["place", "stations", "zones", "about"]) {
    await page.locator(`#tab-${tab}`).click();
    await settled(page);
    const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    for (const v of result.violations) {
      if (["serious", "critical"].includes(v.impact)) found.push(`${v.id}: ${v.nodes[0].html.slice(0, 160)}`);
    }
  }
  check(found.length === 0, `axe finds nothing serious ${where} ${[...new Set(found)].join("; ")}`);
}

async function everything(name, where, options) {
  console.log(`# ${name}`);
  const { browser, page, trouble } = await open(where, options);
  const gl = await page.evaluate(() => Boolean(document.createElement("canvas").getContext("webgl")));
  check(gl === (options.gl === "on"), `WebGL is ${options.gl}`);
  check((await page.locator("h1").textContent()).includes(site.city.name), "the town's name is told as it is written");
  check((await page.locator("html").getAttribute("lang")) === "fr", "French comes first");
  await goTo(page, { lang: "fr", show: "heat", t: "20230806T0300Z" });
  const layers = options.brief ? ["temperature", "night"] : ["heat", "temperature", "error", "forecast", "spread", "night", "hot"];
  const pixels = where !== fromDisk && !options.phone;
  await part("values", () => compareWithNetcdf(page, { pixels, layers }));
  await part("time", () => useTime(page));
  await part("comparisons", () => useComparisons(page, options.phone));
  await part("places", () => usePlaces(page));
  await part("tabs", () => useTabs(page));
  await part("the rest", () => useRest(page));
  if (options.audit) {
    await page.locator("#layer").selectOption("temperature");
    await settled(page);
    await part("axe", () => audit(page, `(${name})`));
  }
  if (options.phone) {
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    check(wide <= 0, "nothing is wider than the phone");
  }
  check(await page.evaluate(() => window.harmed === undefined), "names do no harm");
  check(trouble.length === 0, `no error, no request that leaves the machine ${[...new Set(trouble)].slice(0, 3).join(" | ")}`);
  await browser.close();
}

await everything("from a server, with WebGL", overHttp, { gl: "on", brief: true });
await everything("from a server, without WebGL", overHttp, { gl: "off", audit: true });
await everything("on a phone", overHttp, { gl: "off", phone: true, brief: true, audit: true });
await everything("from a disk", fromDisk, { gl: "off", brief: true });

// What is loaded to begin with.
served.length = 0;
const { browser } = await open(overHttp, { gl: "off" });
await browser.close();
const scripts = served.filter((s) => s.path.endsWith(".js")).reduce((sum, s) => sum + s.size, 0);
const maps = served.filter((s) => s.path.endsWith(".tif"));
check(scripts > 0 && scripts < 2e6, `the scripts have ${(scripts / 1e6).toFixed(2)} MB`);
check(maps.length === 1, `one map is read to begin with (${served.length} files)`);
server.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
