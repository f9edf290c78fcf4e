// The viewer: what is chosen, what follows from it, and the controls that choose.
import "ol/ol.css";
import "../style.css";
import { store, stamp, dateOf } from "./store.js";
import { LANGUAGES, speech, townClock } from "./text.js";
import { Scale, ticks } from "./colour.js";
import { Maps, LEVELS } from "./map.js";
import { drawSeries, LINES } from "./chart.js";
import { el, fill } from "./dom.js";

const HOUR = 3600, DAY = 86400;
const NEIGHBOURS = 3;
const BACK_DAYS = 2; // of a series, before the day shown
const Z90 = 1.6449;
const STEP_MS = 700; // of the play

// What can be shown. kind: whose times; file: the COG; less: whether the rural reference
// is taken away; to is the part of the colour table in use.
const LAYERS = {
  heat: { kind: "map", file: "air_temperature", rural: true, scale: "difference", diverging: true },
  temperature: { kind: "map", file: "air_temperature", scale: "temperature" },
  error: { kind: "map", file: "air_temperature_standard_error", scale: "uncertainty", error: true },
  forecast: { kind: "hour", file: "air_temperature", scale: "temperature" },
  spread: { kind: "hour", file: "air_temperature_standard_error", scale: "uncertainty", error: true },
  night: { kind: "day", file: "tropical_night_probability", scale: "difference", chance: true },
  hot: { kind: "day", file: "hot_day_probability", scale: "difference", chance: true },
};
const UNIT = { heat: "signed", temperature: "degrees", error: "kelvin", forecast: "degrees", spread: "kelvin", night: "percent", hot: "percent" };
const LEGEND = { heat: "heatLegend", temperature: "temperatureLegend", error: "errorLegend", forecast: "temperatureLegend", spread: "errorLegend", night: "chanceLegend", hot: "chanceLegend" };

let site, maps, say, clock, ui;
const times = { map: [], hour: [], day: [] };
const dates = { map: new Map(), hour: new Map(), day: new Map() };
const sides = [{ time: null, token: 0 }, { time: null, token: 0 }];
const state = {
  language: "fr", layer: null, mode: "one", zones: true, stations: true, same: true, stretch: false,
  alert: false, place: null, station: null, tab: "place", split: 0.5,
  playing: false, zoneDay: null, values: false, options: !matchMedia("(max-width: 900px)").matches,
};

// ---------------------------------------------------------------- times

function listTimes() {
  const onDisk = new Set(site.disk);
  const days = store.fromDisk ? site.days.filter((d) => onDisk.has(d.date)) : site.days;
  times.map = days.flatMap((d) => d.times);
  times.hour = (site.forecast?.hours ?? []).map((h) => h.time);
  times.day = (site.forecast?.days ?? []).map((d) => d.time);
  for (const kind of ["map", "hour", "day"]) {
    for (const time of times[kind]) {
      // A day of the forecast is named by its own 00 UTC.
      const date = kind === "day" ? isoDate(dateOf(time)) : clock(time).date;
      if (!dates[kind].has(date)) dates[kind].set(date, []);
      dates[kind].get(date).push(time);
    }
  }
}

const isoDate = (compact) => `${compact.slice(0, 4)}-${compact.slice(4, 6)}-${compact.slice(6)}`;
const kindOf = () => LAYERS[state.layer].kind;
const dayOf = (time) => site.days.find((d) => d.date === dateOf(time));

function dateIn(kind, time) {
  return kind === "day" ? isoDate(dateOf(time)) : clock(time).date;
}

// The times that a side's slider runs over: the hours of a day, or the days ahead.
function sliderTimes(side) {
  const kind = kindOf();
  return (kind === "day" ? times.day : dates[kind].get(dateIn(kind, sides[side].time))) ?? [];
}

function nearest(list, time) {
  let best = null;
  for (const t of list) if (best == null || Math.abs(t - time) < Math.abs(best - time)) best = t;
  return best;
}

function available(layer) {
  const kind = LAYERS[layer].kind;
  if (layer === "heat") return site.days.some((d) => d.island != null);
  if (layer === "night" || layer === "hot") return (site.forecast?.days ?? []).some((d) => d[LAYERS[layer].file]);
  return times[kind].length > 0;
}

// ---------------------------------------------------------------- what is shown

function folderOf(layer, time) {
  return LAYERS[layer].kind === "map" ? `data/days/${dateOf(time)}` : `data/forecast/${site.forecast.folder}`;
}

const cogName = (layer, time) => `${folderOf(layer, time)}/${LAYERS[layer].file}_${stamp(time)}.tif`;

const loadDay = (time) => store.json(`data/days/${dateOf(time)}/day.json`);

// The raster of a moment with what goes with it.
async function loadFrame(layer, time) {
  const def = LAYERS[layer];
  const [raster, day] = await Promise.all([
    store.raster(cogName(layer, time)),
    def.kind === "map" ? loadDay(time) : null,
  ]);
  const map = day?.maps.find((m) => m.time === time);
  return { layer, time, raster, day, map, less: def.rural ? map?.rural ?? NaN : 0 };
}

// Ends of the colour scale for frames that share one.
function limits(layer, frames) {
  const def = LAYERS[layer];
  if (def.chance) return { low: 0, high: 1 };
  const ends = [];
  for (const frame of frames) {
    if (state.stretch) {
      const known = frame.raster.value.filter((v) => v === v).map((v) => v - frame.less).sort();
      ends.push(known[Math.floor(0.005 * known.length)], known[Math.floor(0.995 * (known.length - 1))]);
    } else if (def.kind === "hour") {
      const date = clock(frame.time).date;
      for (const h of site.forecast.hours) {
        if (clock(h.time).date === date) ends.push(...(def.error ? [h.error_low, h.error_high] : [h.low, h.high]));
      }
    } else if (layer === "heat") {
      ends.push(-1, Math.max(3, dayOf(frame.time)?.island ?? 0));
      for (const m of frame.day.maps) if (m.rural != null) ends.push(Math.max(m.low - m.rural, -6));
    } else if (def.error) {
      for (const m of frame.day.maps) ends.push(m.error_low, m.error_high);
    } else {
      const date = clock(frame.time).date;
      const own = [frame.day, ...frames.map((f) => f.day)].flatMap((d) => d.maps).filter((m) => clock(m.time).date === date);
      for (const m of own) ends.push(m.low, m.high);
    }
  }
  const known = ends.filter(Number.isFinite);
  const step = def.error ? 0.1 : state.stretch ? 0.5 : 1;
  const low = Math.floor(Math.min(...known) / step) * step;
  const high = Math.ceil(Math.max(...known) / step) * step;
  return Number.isFinite(low) && high > low ? { low, high } : { low: 0, high: 1 };
}

function scaleFor(layer, frames) {
  const def = LAYERS[layer];
  return new Scale(site.colours[def.scale], {
    ...limits(layer, frames),
    diverging: def.diverging,
    // The warm half of the diverging table, from nearly white.
    from: def.chance ? 0.5 : 0,
  });
}

// A station's reading at a moment of a day's file: value in degrees, flags.
function readingOf(day, time, k) {
  const r = day?.readings;
  const row = r ? r.time.indexOf(time) : -1;
  const column = r ? r.stations.indexOf(site.stations[k].id) : -1;
  if (row < 0 || column < 0) return null;
  const value = r.value[column][row];
  const flag = r.flag.find(([t, i]) => t === row && i === column)?.[2] ?? 0;
  return value == null ? null : { value: value / 100, flag };
}

// Whether readings are of what the layer shows.
const comparable = (layer) => LAYERS[layer].kind === "map" && !LAYERS[layer].error;

function stationLook(frame, scale) {
  return (k) => {
    if (!comparable(frame.layer)) return { colour: "#dfe5ea" };
    const reading = readingOf(frame.day, frame.time, k);
    if (!reading) return {};
    return {
      colour: scale.css(reading.value - frame.less),
      flagged: reading.flag !== 0,
      label: say.number(reading.value - frame.less),
    };
  };
}

const usedSides = () => (state.mode === "one" ? [0] : [0, 1]);

// Draws what is chosen, once for all that is chosen in one go.
let pending = null;
function draw() {
  ui.app.setAttribute("aria-busy", "true");
  pending ??= Promise.resolve().then(() => {
    pending = null;
    return drawNow();
  });
  return pending;
}

// Loads and draws; an answer that comes late is dropped.
let drawToken = 0;
async function drawNow() {
  const token = ++drawToken;
  ui.status.textContent = say.t("loading");
  try {
    const frames = await Promise.all(usedSides().map((side) =>
      sides[side].time == null ? null : loadFrame(state.layer, sides[side].time)));
    if (token !== drawToken) return;
    const known = frames.filter(Boolean);
    if (known.length === 0) {
      maps.show(0, null, () => null);
      fill(ui.legend);
      ui.status.textContent = say.t("empty");
      drawPanel();
      return;
    }
    const shared = state.same || known.length === 1 ? scaleFor(state.layer, known) : null;
    frames.forEach((frame, side) => {
      if (!frame) return;
      const scale = shared ?? scaleFor(state.layer, [frame]);
      sides[side].frame = frame;
      sides[side].scale = scale;
      maps.show(side, scale.paint(frame.raster, frame.less), stationLook(frame, scale));
    });
    drawLegend([...new Set(usedSides().map((side) => sides[side].scale))]);
    drawCaptions();
    drawPanel();
    ui.status.textContent = `${say.t(state.layer)}, ${usedSides().map((s) => momentText(sides[s].time)).join(" – ")}`;
    document.title = `${say.t(state.layer)} – ${site.city.name}`;
    writeHash();
    prefetch();
  } catch (error) {
    if (token !== drawToken) return;
    console.warn(error);
    ui.status.textContent = say.t("missing");
    drawPanel();
  } finally {
    if (token === drawToken) ui.app.setAttribute("aria-busy", "false");
  }
}

function prefetch() {
  if (!state.playing) return;
  for (const side of usedSides()) {
    const list = times[kindOf()];
    const next = list[list.indexOf(sides[side].time) + 1];
    if (next != null) loadFrame(state.layer, next).catch(() => {});
  }
}

function momentText(time) {
  return kindOf() === "day" ? say.civil(isoDate(dateOf(time)), { weekday: "long", day: "numeric", month: "long", year: "numeric" }) : say.moment(time);
}

function valueAt(side, place) {
  const frame = sides[side].frame;
  const cell = cellAt(place);
  return frame && cell ? frame.raster.value[cell.row * frame.raster.nx + cell.column] - frame.less : NaN;
}

function cellAt([x, y]) {
  const { extent, resolution, nx, ny } = site.city;
  const column = Math.floor((x - extent[0]) / resolution), row = Math.floor((extent[3] - y) / resolution);
  return column >= 0 && row >= 0 && column < nx && row < ny ? { row, column } : null;
}

// ---------------------------------------------------------------- legend and captions

function drawBar(scale) {
  const { marks, decimals } = ticks(scale.low, scale.high);
  const chance = LAYERS[state.layer].chance;
  const stops = Array.from({ length: 25 }, (_, k) => scale.css(scale.low + (k / 24) * (scale.high - scale.low)));
  return el("div", { className: "bar" },
    el("div", { className: "ramp", style: `background: linear-gradient(to right, ${stops.join(",")})` }),
    el("div", { className: "ticks", ariaHidden: "true" }, marks.map((m) =>
      el("span", { style: `left: ${(100 * (m - scale.low)) / (scale.high - scale.low)}%` }, chance ? say.number(100 * m, 0) : say.number(m, decimals)))));
}

function drawLegend(scales) {
  const two = scales.length === 2;
  fill(ui.legend,
    el("h2", {}, say.t(LEGEND[state.layer])),
    scales.map((scale, k) => [two && el("p", { className: "side" }, say.t(k ? "right" : "left")), drawBar(scale)]),
    el("p", { className: "note" }, say.t(`${state.layer}Note`)),
    state.stations && el("ul", { className: "keys" },
      el("li", {}, symbol("disc"), say.t("station")),
      comparable(state.layer) && [
        el("li", {}, symbol("diamond"), say.t("flagged")),
        el("li", {}, symbol("empty"), say.t("noStation"))]),
    state.alert && el("ul", { className: "keys" }, Object.entries(LEVELS).map(([name, { mark }]) =>
      el("li", {}, el("span", { className: `level ${name}` }, `${say.t(name)} ${mark}`.trim())))));
  sides.forEach((side, k) => {
    ui.map[k].dataset.low = side.scale?.low ?? "";
    ui.map[k].dataset.high = side.scale?.high ?? "";
  });
}

function symbol(kind) {
  return el("span", { className: `symbol ${kind}`, ariaHidden: "true" });
}

function drawCaptions() {
  usedSides().forEach((side) => {
    const { time } = sides[side];
    const ahead = kindOf() !== "map";
    fill(ui.caption[side],
      el("strong", {}, say.t(state.layer)),
      el("span", {}, momentText(time)),
      kindOf() !== "day" && el("small", {}, say.utc(time)),
      ahead && el("small", { className: "ahead" }, `${say.t("forecastFrom")} ${say.moment(site.forecast.reference)}`));
  });
}

// ---------------------------------------------------------------- place, stations, zones

function neighboursOf([x, y]) {
  return site.stations
    .map((s, k) => ({ k, distance: Math.hypot(s.x - x, s.y - y) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, NEIGHBOURS);
}

// The days, UTC, that a series about a moment is made of.
function seriesDays(time) {
  const last = Math.floor(time / DAY) * DAY;
  const wanted = Array.from({ length: BACK_DAYS + 2 }, (_, k) => dateOf(last + (k - BACK_DAYS) * DAY));
  const known = new Set(store.fromDisk ? site.disk : site.days.map((d) => d.date));
  return wanted.filter((date) => known.has(date));
}

const blockName = (folder, cell, side) =>
  `${folder}/${Math.floor(cell.row / side)}-${Math.floor(cell.column / side)}.bin`;

async function placeSeries(cell, days) {
  const line = { time: [], value: [], error: [] };
  const blocks = await Promise.all(days
    .filter((date) => site.days.find((d) => d.date === date)?.times.length)
    .map((date) => store.block(blockName(`data/days/${date}`, cell, site.block.maps))));
  for (const block of blocks) {
    const [value, error] = block.place(cell.row % site.block.maps, cell.column % site.block.maps);
    line.time.push(...block.time);
    line.value.push(...value);
    line.error.push(...error);
  }
  return line;
}

function stationSeries(k, files) {
  const line = { time: [], value: [] };
  for (const day of files) {
    const column = day.readings?.stations.indexOf(site.stations[k].id) ?? -1;
    if (column < 0) continue;
    const refused = new Set(day.readings.flag.filter(([, i]) => i === column).map(([t]) => t));
    day.readings.time.forEach((time, row) => {
      const value = day.readings.value[column][row];
      line.time.push(time);
      line.value.push(value == null || refused.has(row) ? NaN : value / 100);
    });
  }
  return line;
}

// The fan that goes with a series about a moment: of the station chosen, or of the place.
async function fanSeries(cell, time) {
  const f = site.forecast;
  if (!f || Math.abs(time - f.reference) > 6 * DAY) return null;
  const folder = `data/forecast/${f.folder}`;
  if (state.station != null && f.fans) {
    const fans = await store.json(`${folder}/stations.json`);
    const own = fans.station[site.stations[state.station].id];
    if (own) {
      const at = (p) => own[fans.quantile.indexOf(p)].map((v) => (v == null ? NaN : v / 100));
      return { time: fans.time, low: at(0.1), middle: at(0.5), high: at(0.9) };
    }
  }
  if (!f.maps || !cell) return null;
  const side = site.block.forecast;
  const block = await store.block(blockName(folder, cell, side));
  const [low, middle, high] = block.place(cell.row % side, cell.column % side);
  return { time: block.time, low, middle, high };
}

let panelToken = 0;
async function drawPlace() {
  const token = ++panelToken;
  const { place } = state;
  maps.mark(place);
  if (!place) {
    fill(ui.panel.place, el("p", { className: "hint" }, say.t("placeHint")));
    return;
  }
  const cell = cellAt(place), time = sides[0].time;
  const near = neighboursOf(place);
  const chosen = state.station != null ? site.stations[state.station] : null;
  const heading = el("h2", {}, chosen ? chosen.name : say.t("placeTitle"));
  const close = el("button", { type: "button", className: "close", ariaLabel: say.t("close"), onclick: () => choosePlace(null) }, "×");
  const values = el("dl", { className: "values" }, usedSides().map((side) => [
    el("dt", {}, momentText(sides[side].time)),
    el("dd", { "data-value": String(valueAt(side, place)) }, cell ? say[UNIT[state.layer]](valueAt(side, place)) : say.t("outside")),
  ]));
  const chart = el("div", { className: "chart" });
  const chartHead = el("h3", {}, say.t("series"));
  const keys = el("ul", { className: "lines" });
  const table = el("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: say.t("values") });
  const details = el("details", { open: state.values, ontoggle: (e) => { state.values = e.target.open; } },
    el("summary", {}, say.t("values")), table);
  fill(ui.panel.place,
    el("div", { className: "head" }, heading, close), values,
    chosen && healthText(chosen),
    chartHead, chart, keys, details);
  try {
    const days = seriesDays(time);
    const [own, files, fan] = await Promise.all([
      cell ? placeSeries(cell, days) : null,
      Promise.all(days.map((date) => store.json(`data/days/${date}/day.json`))),
      fanSeries(cell, time),
    ]);
    if (token !== panelToken) return;
    const lines = [];
    if (own) {
      lines.push({ label: `${say.t("margin")} −`, time: own.time, value: own.value.map((v, i) => v - Z90 * own.error[i]), kind: "margin-low" });
      lines.push({ label: `${say.t("margin")} +`, time: own.time, value: own.value.map((v, i) => v + Z90 * own.error[i]), kind: "margin-high" });
    }
    near.forEach(({ k }, n) => lines.push({ label: site.stations[k].name, ...stationSeries(k, files), kind: "line", look: LINES[n + 1] }));
    if (own) lines.push({ label: say.t("here"), time: own.time, value: own.value, kind: "line", look: LINES[0] });
    if (fan) {
      lines.push({ label: say.t("median"), time: fan.time, value: fan.middle, kind: "median" });
      lines.push({ label: "10 %", time: fan.time, value: fan.low, kind: "low" });
      lines.push({ label: "90 %", time: fan.time, value: fan.high, kind: "high" });
    }
    const { data } = drawSeries(chart, lines, say, site.city.timezone, time, goToTime);
    chart.setAttribute("role", "img");
    chart.setAttribute("aria-label", `${say.t("series")} : ${lines.filter((l) => l.kind === "line").map((l) => l.label).join(", ")}`);
    fill(keys,
      own && lineKey(0, say.t("here")),
      near.map(({ k, distance }, n) => lineKey(n + 1,
        el("button", { type: "button", className: "link", onclick: () => chooseStation(k) }, site.stations[k].name), ` ${say.number(distance / 1000)} km`)),
      fan && el("li", {}, el("span", { className: "swatch fan", ariaHidden: "true" }), say.t("fan")));
    const fillTable = () => {
      if (details.open && !table.firstChild) table.append(seriesTable(lines, data));
    };
    details.addEventListener("toggle", fillTable);
    fillTable();
  } catch (error) {
    if (token !== panelToken) return;
    console.warn(error);
    chart.textContent = say.t("missing");
  }
}

function lineKey(n, ...content) {
  const { stroke, dash } = LINES[n];
  const style = `border-top-color: ${stroke}; border-top-style: ${dash ? (dash[0] < 4 ? "dotted" : "dashed") : "solid"}`;
  return el("li", {}, el("span", { className: "swatch", style, ariaHidden: "true" }), ...content);
}

function seriesTable(lines, data) {
  const shown = lines.map((line, k) => ({ line, column: data[k + 1] })).filter(({ line }) => !line.kind.startsWith("margin"));
  return el("table", {},
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, say.t("time")), shown.map(({ line }) => el("th", { scope: "col" }, line.label)))),
    el("tbody", {}, data[0].map((time, i) => el("tr", {},
      el("th", { scope: "row" }, `${say.shortDate(time)} ${say.clock(time)}`),
      shown.map(({ column }) => el("td", {}, column[i] == null ? "–" : say.number(column[i])))))));
}

function healthText({ health }) {
  const checks = health.checks.map((c) => `${c.check} (${c.hours} h)`).join(", ");
  return el("p", { className: "health" },
    healthMark(health.state), ` ${health.present} ${say.t("of")} ${health.hours} h ${say.t("received")}, ${health.refused} h ${say.t("refused")}`,
    health.latest != null && `, ${say.t("latest")} ${say.shortDate(health.latest)} ${say.clock(health.latest)}`,
    checks && `. ${say.t("checks")} : ${checks}`);
}

function healthMark(name) {
  const marks = { good: "●", gaps: "◐", doubtful: "◆", silent: "○" };
  return el("span", { className: `mark ${name}` }, el("span", { ariaHidden: "true" }, marks[name] ?? "?"), ` ${say.t(name)}`);
}

function drawStations() {
  const { frame } = sides[0];
  const order = { silent: 0, doubtful: 1, gaps: 2, good: 3 };
  const rows = site.stations.map((s, k) => ({ s, k })).sort((a, b) =>
    order[a.s.health.state] - order[b.s.health.state] || a.s.name.localeCompare(b.s.name, state.language));
  fill(ui.panel.stations,
    el("p", { className: "note" }, say.t("healthNote")),
    el("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: say.t("stations") }, el("table", {},
      el("thead", {}, el("tr", {}, ["station", "reading", "health"].map((key) => el("th", { scope: "col" }, say.t(key))))),
      el("tbody", {}, rows.map(({ s, k }) => {
        const reading = frame?.day ? readingOf(frame.day, frame.time, k) : null;
        return el("tr", {},
          el("th", { scope: "row" }, el("button", { type: "button", className: "link", onclick: () => chooseStation(k, true) }, s.name)),
          el("td", {}, reading ? say.degrees(reading.value) : "–", reading?.flag ? el("small", {}, ` ${say.t("flagged")} : ${checkNames(reading.flag)}`) : null),
          el("td", {}, healthMark(s.health.state), el("small", {}, `${Math.round((100 * s.health.present) / s.health.hours)} %`)));
      })))));
}

function checkNames(flag) {
  return site.checks.filter((_, k) => (flag >> k) & 1).join(", ");
}

// The days that the alert speaks of, and the one shown.
const alertDays = () => [...new Set(site.zones.flatMap((z) => (z.days ?? []).map((d) => d.date)))].sort();

function zoneDayOf(zone) {
  return zone.days?.find((d) => d.date === state.zoneDay);
}

function chooseZoneDay(day) {
  state.zoneDay = day;
  maps.setZoneColour((zone) => (state.alert ? zoneDayOf(zone)?.colour : null));
  if (state.tab === "zones" && !pending) drawZones();
  if (sides[0].frame) drawLegend([...new Set(usedSides().map((side) => sides[side].scale))]);
}

function showAlert(on) {
  state.alert = on && alertDays().length > 0;
  ui.alertBox.firstChild.checked = state.alert;
  chooseZoneDay(state.zoneDay);
}

function drawZones() {
  const days = alertDays();
  if (site.zones.length === 0) {
    fill(ui.panel.zones, el("p", { className: "hint" }, say.t("noZones")));
    return;
  }
  const rank = { red: 0, orange: 1, yellow: 2, green: 3 };
  const rows = site.zones.map((zone, k) => ({ zone, k, day: zoneDayOf(zone) })).sort((a, b) =>
    (rank[a.day?.colour] ?? 4) - (rank[b.day?.colour] ?? 4) || (b.day?.chance_orange ?? 0) - (a.day?.chance_orange ?? 0) || a.zone.name.localeCompare(b.zone.name, state.language));
  const picker = days.length > 0 && el("fieldset", { className: "days" },
    el("legend", {}, say.t("day")),
    days.map((date) => el("label", { className: "pill" },
      el("input", { type: "radio", name: "zone-day", value: date, checked: date === state.zoneDay, onchange: () => chooseZoneDay(date) }),
      el("span", {}, say.civil(date, { weekday: "short", day: "numeric", month: "short" })))));
  const range = (r) => (r && r[1] != null
    ? [say.degrees(r[1]), el("small", {}, `${say.number(r[0])} – ${say.number(r[2])}`)] : "–");
  const focused = document.activeElement?.name === "zone-day";
  fill(ui.panel.zones,
    site.alert
      ? el("p", { className: "note" }, `${say.t("issued")} ${issuedText()}. ${say.t("ownColours")}`)
      : el("p", { className: "note" }, say.t("noAlert")),
    site.alert?.notes && el("p", { className: "note", lang: "en" }, site.alert.notes),
    picker,
    el("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: say.t("zones") }, el("table", {},
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, say.t("zone")),
        days.length > 0 && ["minimum", "maximum"].map((key) => el("th", { scope: "col" }, say.t(key))))),
      el("tbody", {}, rows.map(({ zone, k, day }) => el("tr", {},
        el("th", { scope: "row" },
          el("button", { type: "button", className: "link", onclick: () => maps.showZone(k) }, zone.name),
          day && el("small", {}, el("span", { className: `level ${day.colour}` }, `${say.t(day.colour)} ${LEVELS[day.colour]?.mark ?? ""}`.trim()), ` ${say.t("chanceOrange")} ${say.percent(day.chance_orange)}`),
          zone.people != null && el("small", {}, `${say.number(zone.people, 0)} ${say.t("people")}`)),
        days.length > 0 && el("td", {}, range(day?.minimum)), days.length > 0 && el("td", {}, range(day?.maximum))))))));
  if (focused) ui.panel.zones.querySelector("input:checked")?.focus();
}

function issuedText() {
  const time = Date.parse(site.alert.issued) / 1000;
  return Number.isFinite(time) ? say.moment(time) : "–";
}

function drawAbout() {
  const { city } = site;
  const rural = sides[0].frame?.day?.rural_reference;
  fill(ui.panel.about,
    el("p", {}, say.t("aboutText")),
    city.institution && el("p", {}, city.institution),
    city.credits && el("p", {}, city.credits),
    city.license && el("p", {}, city.license),
    rural && el("p", {}, `${say.t("rural")} : `, el("span", { lang: "en" }, rural)),
    site.forecast?.method && el("p", {}, `${say.t("ahead")} : `, el("span", { lang: "en" }, site.forecast.method)),
    site.forecast?.notes && el("p", { lang: "en" }, site.forecast.notes),
    el("p", {}, `${say.t("crs")} : ${city.crs}. ${site.program}.`),
    el("p", {}, el("a", { href: "licences.txt" }, say.t("licences"))));
}

const drawTab = { place: drawPlace, stations: drawStations, zones: drawZones, about: drawAbout };

function drawPanel() {
  maps.mark(state.place);
  drawTab[state.tab]();
}

function chooseTab(tab, focus = false) {
  // The colours belong to the list of districts, and come and go with it.
  if ((tab === "zones") !== (state.tab === "zones")) showAlert(tab === "zones");
  state.tab = tab;
  for (const [name, button] of Object.entries(ui.tabs)) {
    button.setAttribute("aria-selected", String(name === tab));
    button.tabIndex = name === tab ? 0 : -1;
    ui.panel[name].hidden = name !== tab;
  }
  if (focus) ui.tabs[tab].focus();
  if (!pending) drawPanel();
}

function choosePlace(place, station = null) {
  state.place = place;
  state.station = station;
  chooseTab("place");
  writeHash();
}

function chooseStation(k, go = false) {
  const { x, y } = site.stations[k];
  if (go) maps.goTo([x, y]);
  choosePlace([x, y], k);
}

// ---------------------------------------------------------------- times: controls

function setTime(side, time) {
  if (time == null) return;
  sides[side].time = time;
  syncTimes();
  draw();
}

function goToTime(time) {
  setTime(0, nearest(times[kindOf()], time));
}

function step(side, by) {
  const list = times[kindOf()];
  const at = list.indexOf(sides[side].time) + by;
  if (at >= 0 && at < list.length) setTime(side, list[at]);
}

// Shows in the controls of both sides what is chosen.
function syncTimes() {
  const kind = kindOf();
  const known = [...dates[kind].keys()];
  sides.forEach(({ time }, side) => {
    const c = ui.time[side];
    c.root.hidden = side === 1 && state.mode === "one";
    if (time == null) return;
    const date = dateIn(kind, time);
    const list = sliderTimes(side);
    c.date.min = known[0];
    c.date.max = known[known.length - 1];
    if (c.date.value !== date) c.date.value = date;
    c.slider.max = Math.max(list.length - 1, 0);
    c.slider.value = Math.max(list.indexOf(time), 0);
    c.slider.disabled = list.length < 2;
    c.slider.setAttribute("aria-valuetext", momentText(time));
    c.text.textContent = kind === "day" ? say.civil(date, { day: "numeric", month: "short" }) : say.clock(time);
    c.label.textContent = state.mode === "one" ? "" : say.t(side ? "right" : "left");
    c.label.hidden = state.mode === "one";
  });
  drawStrip();
}

function chooseDate(side, value) {
  const kind = kindOf();
  if (!value || !dates[kind].size) return;
  // The day asked for, or the nearest one that has maps; the time of day is kept.
  const wanted = Date.parse(`${value}T12:00Z`) / 1000;
  const date = dates[kind].has(value) ? value
    : [...dates[kind].keys()].reduce((a, b) =>
        Math.abs(Date.parse(`${a}T12:00Z`) / 1000 - wanted) <= Math.abs(Date.parse(`${b}T12:00Z`) / 1000 - wanted) ? a : b);
  const minutes = clock(sides[side].time).minutes;
  setTime(side, closestMinutes(dates[kind].get(date), minutes));
}

function closestMinutes(list, minutes) {
  return list.reduce((best, t) => (Math.abs(clock(t).minutes - minutes) < Math.abs(clock(best).minutes - minutes) ? t : best));
}

let timer = null;
function play(on) {
  state.playing = on;
  clearTimeout(timer);
  ui.play.textContent = on ? "❚❚" : "▶";
  ui.play.setAttribute("aria-label", say.t(on ? "pause" : "play"));
  if (!on) return;
  const next = async () => {
    if (!state.playing) return;
    const list = times[kindOf()];
    let moved = false;
    for (const side of usedSides()) {
      const at = list.indexOf(sides[side].time);
      // A gap of more than a day is where the days that follow each other end.
      if (at + 1 < list.length && list[at + 1] - list[at] <= DAY) {
        sides[side].time = list[at + 1];
        moved = true;
      }
    }
    if (!moved) return play(false);
    syncTimes();
    await draw();
    timer = setTimeout(next, STEP_MS);
  };
  timer = setTimeout(next, STEP_MS / 2);
}

// The days of the year by their highest temperature; the same as the date field, to see.
function drawStrip() {
  const days = site.days.filter((d) => d.times.length && (!store.fromDisk || site.disk.includes(d.date)));
  ui.strip.hidden = days.length < 4 || kindOf() !== "map";
  if (ui.strip.hidden) return;
  const canvas = ui.stripCanvas;
  const ratio = devicePixelRatio || 1;
  const width = ui.strip.clientWidth || 600, height = 34;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const context = canvas.getContext("2d");
  const first = Date.parse(isoDate(days[0].date)) / 1000;
  const span = (Date.parse(isoDate(days[days.length - 1].date)) / 1000 - first) / DAY + 1;
  const low = Math.min(...days.map((d) => d.low)), high = Math.max(...days.map((d) => d.high));
  const scale = new Scale(site.colours.temperature, { low, high });
  const each = (width * ratio) / span;
  const xOf = (date) => ((Date.parse(isoDate(date)) / 1000 - first) / DAY) * each;
  for (const d of days) {
    const top = (1 - (d.high - low) / (high - low)) * (height - 8) * ratio;
    context.fillStyle = scale.css(d.high);
    context.fillRect(xOf(d.date), top, Math.max(each - (each > 4 ? 1 : 0), 1), height * ratio - top - 6 * ratio);
  }
  context.fillStyle = "#0b4f8a";
  for (const side of usedSides()) {
    const x = xOf(dateOf(sides[side].time));
    context.fillRect(x - ratio, (height - 5) * ratio, Math.max(each, 4 * ratio) + 2 * ratio, 5 * ratio);
  }
  ui.stripDay = (x) => days.reduce((best, d) =>
    Math.abs(xOf(d.date) + each / 2 - x * ratio) < Math.abs(xOf(best.date) + each / 2 - x * ratio) ? d : best);
}

// ---------------------------------------------------------------- comparisons

function compareMorning() {
  const list = dates[kindOf()].get(dateIn(kindOf(), sides[0].time)) ?? [];
  if (list.length < 2) return;
  sides[0].time = closestMinutes(list, 7 * 60);
  sides[1].time = closestMinutes(list, 17 * 60 + 30);
  compareWith("swipe");
}

// The day of a month whose heat island is the most marked, at the hour that is shown.
function marked(month) {
  const own = site.days.filter((d) => d.times.length && d.date.slice(4, 6) === month && (!store.fromDisk || site.disk.includes(d.date)));
  return own.sort((a, b) => (b.island ?? 0) - (a.island ?? 0))[0];
}

// January and August where there are both, else the coldest and the warmest month.
function seasonMonths() {
  if (marked("01") && marked("08")) return ["01", "08"];
  const days = site.days.filter((d) => d.times.length && (!store.fromDisk || site.disk.includes(d.date)));
  const sorted = [...days].sort((a, b) => a.high - b.high).map((d) => d.date.slice(4, 6));
  return sorted.length && sorted[0] !== sorted[sorted.length - 1] ? [sorted[0], sorted[sorted.length - 1]] : null;
}

function compareSeasons() {
  const months = seasonMonths();
  if (!months) return;
  const { minutes } = clock(sides[0].time);
  months.forEach((month, side) => {
    sides[side].time = closestMinutes(marked(month).times, minutes);
  });
  compareWith("two");
}

function compareWith(mode) {
  if (state.mode === "one") state.mode = mode;
  setMode(state.mode);
}

function setMode(mode) {
  state.mode = mode;
  if (mode !== "one" && sides[1].time == null) sides[1].time = sides[0].time;
  ui.maps.dataset.mode = mode;
  for (const input of ui.modes) input.checked = input.value === mode;
  ui.curtain.hidden = mode !== "swipe";
  ui.curtainLine.hidden = mode !== "swipe";
  ui.sameBox.hidden = mode === "one";
  // Under the curtain both maps are in one pane, and so are their captions.
  ui.map[mode === "swipe" ? 0 : 1].parentElement.append(ui.caption[1]);
  ui.caption[1].hidden = mode === "one";
  maps.setMode(mode);
  syncTimes();
  draw();
}

function setSplit(split) {
  state.split = split;
  ui.curtain.value = String(Math.round(100 * split));
  ui.curtainLine.style.left = `${100 * split}%`;
  maps.setSplit(split);
}

function setLayer(layer) {
  state.layer = layer;
  ui.layer.value = layer;
  const list = times[kindOf()];
  for (const side of sides) if (side.time != null) side.time = nearest(list, side.time);
  if (sides[0].time == null) sides[0].time = list[list.length - 1];
  ui.morning.disabled = kindOf() === "day";
  ui.seasons.disabled = kindOf() !== "map" || !seasonMonths();
  syncTimes();
  draw();
}

// ---------------------------------------------------------------- address

// What was written last, so that a change by someone else is known.
let written = "";

function writeHash() {
  const p = new URLSearchParams();
  p.set("lang", state.language);
  p.set("show", state.layer);
  if (state.mode !== "one") p.set("compare", state.mode);
  if (sides[0].time != null) p.set("t", stamp(sides[0].time));
  if (state.mode !== "one" && sides[1].time != null) p.set("u", stamp(sides[1].time));
  if (state.place) p.set("place", state.place.map((v) => Math.round(v)).join(","));
  if (state.station != null) p.set("station", site.stations[state.station].id);
  written = `#${p}`;
  history.replaceState(null, "", written);
}

function parseStamp(text) {
  const m = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z$/.exec(text ?? "");
  return m ? Date.UTC(m[1], m[2] - 1, m[3], m[4], m[5]) / 1000 : null;
}

// What an address asks for, where it can be had.
function readHash() {
  const p = new URLSearchParams(location.hash.slice(1));
  if (LANGUAGES.includes(p.get("lang"))) state.language = p.get("lang");
  const layer = p.get("show");
  const first = Object.keys(LAYERS).find(available);
  state.layer = LAYERS[layer] && available(layer) ? layer : first;
  if (!state.layer) return false;
  const list = times[kindOf()];
  const newest = list[list.length - 1];
  const asked = parseStamp(p.get("t")), other = parseStamp(p.get("u"));
  sides[0].time = asked == null ? (kindOf() === "map" ? newest : list[0]) : nearest(list, asked);
  sides[1].time = other == null ? null : nearest(list, other);
  if (["one", "two", "swipe"].includes(p.get("compare"))) state.mode = p.get("compare");
  const place = (p.get("place") ?? "").split(",").map(Number);
  if (place.length === 2 && place.every(Number.isFinite)) state.place = place;
  const station = site.stations.findIndex((s) => s.id === p.get("station"));
  if (station >= 0) {
    state.station = station;
    state.place = [site.stations[station].x, site.stations[station].y];
  }
  return true;
}

// ---------------------------------------------------------------- the page

function layerOptions(kinds) {
  return Object.keys(LAYERS).filter((name) => kinds.includes(LAYERS[name].kind) && available(name))
    .map((name) => el("option", { value: name }, say.t(name)));
}

function buildTime(side) {
  const c = {
    label: el("strong", { className: "side", hidden: true }),
    date: el("input", { type: "date", required: true, onchange: (e) => chooseDate(side, e.target.value) }),
    slider: el("input", { type: "range", min: 0, max: 0, step: 1, oninput: (e) => setTime(side, sliderTimes(side)[Number(e.target.value)]) }),
    text: el("output", { className: "clock" }),
  };
  c.slider.setAttribute("aria-label", say.t("hour"));
  c.root = el("div", { className: "time", role: "group", hidden: side === 1 },
    c.label, side === 0 ? ui.play : el("span", { className: "no-play" }),
    el("button", { type: "button", className: "round", ariaLabel: say.t("before"), onclick: () => step(side, -1) }, "‹"),
    el("label", { className: "date" }, el("span", { className: "unseen" }, say.t("day")), c.date),
    c.slider, c.text,
    el("button", { type: "button", className: "round", ariaLabel: say.t("after"), onclick: () => step(side, 1) }, "›"));
  return c;
}

function check(name, label, act) {
  return el("label", { className: "check" },
    el("input", { type: "checkbox", checked: state[name], onchange: (e) => { state[name] = e.target.checked; act(); } }), label);
}

function applyShown() {
  maps.setShown({ zones: state.zones, stations: state.stations });
  draw();
}

function build() {
  const { city } = site;
  document.documentElement.lang = state.language;
  const other = LANGUAGES.find((l) => l !== state.language);
  ui = { app: document.getElementById("app") };
  ui.layer = el("select", { id: "layer", onchange: (e) => setLayer(e.target.value) },
    el("optgroup", { label: say.t("observed") }, layerOptions(["map"])),
    layerOptions(["hour", "day"]).length > 0 && el("optgroup", { label: say.t("ahead") }, layerOptions(["hour", "day"])));
  ui.modes = ["one", "two", "swipe"].map((mode) =>
    el("input", { type: "radio", name: "mode", value: mode, checked: mode === state.mode, onchange: () => setMode(mode) }));
  ui.morning = el("button", { type: "button", onclick: compareMorning }, say.t("morning"));
  const months = seasonMonths();
  ui.seasons = el("button", { type: "button", disabled: !months, onclick: compareSeasons },
    say.t(!months || months.join() === "01,08" ? "seasons" : "coldWarm"));
  ui.alertBox = check("alert", say.t("alertShown"), () => chooseZoneDay(state.zoneDay));
  ui.sameBox = check("same", say.t("sameScale"), draw);
  ui.status = el("p", { id: "status", role: "status", className: "unseen" });
  ui.map = [0, 1].map((side) => el("div", { id: `map-${side ? "b" : "a"}`, className: "map", tabIndex: 0, role: "application", ariaLabel: say.t("mapHelp") }));
  ui.caption = [0, 1].map(() => el("div", { className: "caption" }));
  ui.curtain = el("input", { id: "curtain", type: "range", min: 0, max: 100, value: 50, hidden: true, ariaLabel: say.t("curtain"), oninput: (e) => setSplit(Number(e.target.value) / 100) });
  ui.curtainLine = el("div", { className: "curtain-line", hidden: true, ariaHidden: "true" });
  ui.maps = el("div", { className: "maps", "data-mode": state.mode },
    el("div", { className: "pane" }, ui.map[0], ui.curtainLine, ui.caption[0], ui.curtain),
    el("div", { className: "pane second" }, ui.map[1], ui.caption[1]));
  ui.legend = el("section", { className: "legend", ariaLabel: say.t("legend") });
  ui.play = el("button", { type: "button", className: "round", ariaLabel: say.t("play"), onclick: () => play(!state.playing) }, "▶");
  ui.time = [0, 1].map(buildTime);
  ui.stripCanvas = el("canvas");
  ui.strip = el("div", { className: "strip", title: say.t("strip"), ariaHidden: "true", onclick: (e) => {
    const day = ui.stripDay?.(e.offsetX);
    if (day) setTime(0, closestMinutes(day.times, clock(sides[0].time).minutes));
  } }, ui.stripCanvas);
  ui.panel = {};
  ui.tabs = {};
  const names = ["place", "stations", "zones", "about"];
  const move = (event, k) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by) chooseTab(names[(k + by + names.length) % names.length], true);
  };
  names.forEach((name, k) => {
    ui.tabs[name] = el("button", { type: "button", id: `tab-${name}`, role: "tab", "aria-controls": `panel-${name}`, "aria-selected": "false", onclick: () => chooseTab(name), onkeydown: (e) => move(e, k) }, say.t(name));
    ui.panel[name] = el("div", { id: `panel-${name}`, role: "tabpanel", "aria-labelledby": `tab-${name}`, tabIndex: -1, hidden: true });
  });
  fill(ui.app,
    el("a", { className: "skip", href: "#map-a", onclick: (e) => { e.preventDefault(); ui.map[0].focus(); } }, say.t("skip")),
    el("header", {},
      el("div", { className: "names" }, el("h1", {}, say.t("title"), el("span", {}, city.name)), ),
      el("button", { type: "button", id: "language", lang: other, title: say.t("languageTitle"), onclick: () => restart(other) }, say.t("language"))),
    city.notice && el("p", { className: "notice", role: "note" }, city.notice),
    times.map.length < site.days.reduce((n, d) => n + d.times.length, 0) && el("p", { className: "notice quiet" }, say.t("onDisk")),
    el("nav", { className: "tools", ariaLabel: say.t("layer") },
      el("label", { className: "field" }, el("span", {}, say.t("layer")), ui.layer),
      el("fieldset", {}, el("legend", { className: "unseen" }, say.t("compare")),
        ui.modes.map((input) => el("label", { className: "pill" }, input, el("span", {}, say.t(input.value))))),
      el("details", { className: "more", open: state.options, ontoggle: (e) => { state.options = e.target.open; } },
        el("summary", {}, say.t("options")),
        el("div", { className: "group" }, ui.morning, ui.seasons),
        el("div", { className: "group checks" },
          check("stations", say.t("stationsShown"), applyShown), check("zones", say.t("zonesShown"), applyShown),
          alertDays().length > 0 && ui.alertBox, check("stretch", say.t("stretch"), draw), ui.sameBox),
        el("button", { type: "button", id: "print", onclick: () => window.print() }, say.t("print")))),
    el("main", {},
      el("div", { className: "stage" }, ui.maps, ui.legend, ui.strip, ui.time.map((c) => c.root)),
      el("aside", {},
        el("div", { role: "tablist", className: "tabs", ariaLabel: say.t("about") }, names.map((n) => ui.tabs[n])),
        names.map((n) => ui.panel[n]))),
    el("footer", {}, [city.credits, city.license].filter(Boolean).join(" · ")),
    ui.status);
}

// Everything anew in another language; what is chosen stays.
function restart(language) {
  state.language = language;
  play(false);
  start();
  document.getElementById("language").focus();
}

function start() {
  say = speech(state.language, site.city.timezone);
  maps?.maps.forEach((map) => map.setTarget(null));
  const view = maps?.view;
  build();
  maps = new Maps(ui.map, site, {
    place: (x, y) => choosePlace([x, y]),
    station: (k) => chooseStation(k),
  });
  if (view) {
    maps.view.setCenter(view.getCenter());
    maps.view.setResolution(view.getResolution());
  }
  maps.setShown({ zones: state.zones, stations: state.stations });
  setSplit(state.split);
  sides.forEach((side) => { side.frame = side.scale = null; });
  setLayer(state.layer);
  setMode(state.mode);
  const days = alertDays();
  if (days.length) chooseZoneDay(state.zoneDay ?? days[0]);
  chooseTab(state.tab);
  for (const c of ui.time) c.root.setAttribute("aria-label", say.t("time"));
}

async function main() {
  const app = document.getElementById("app");
  try {
    site = await store.site();
  } catch (error) {
    console.warn(error);
    const { t } = speech("fr", "UTC"), other = speech("en", "UTC").t;
    app.append(el("p", { className: "notice" }, `${t("missingSite")} · ${other("missingSite")}`));
    return;
  }
  clock = townClock(site.city.timezone);
  listTimes();
  if (!readHash()) {
    say = speech(state.language, site.city.timezone);
    app.append(el("p", { className: "notice" }, say.t("empty")));
    return;
  }
  start();
  addEventListener("resize", () => drawStrip());
  addEventListener("hashchange", () => {
    if (location.hash === written) return;
    Object.assign(state, { place: null, station: null, mode: "one" });
    play(false);
    if (readHash()) start();
  });
  // For scripts, such as those that take pictures: where a place is on the screen.
  window.autanViewer = {
    pixel: (x, y, side = 0) => maps.pixel([x, y], side),
    idle: () => ui.app.getAttribute("aria-busy") === "false",
  };
}

main();
