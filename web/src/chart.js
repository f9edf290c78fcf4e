// The series of a place and of the stations around it, with the fan of the forecast.
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

// Distinct to colour-blind people and in grey (Okabe and Ito); dashes tell them apart too.
export const LINES = [
  { stroke: "#0b4f8a", width: 2.4 },
  { stroke: "#b3560b", width: 1.5 },
  { stroke: "#00705a", width: 1.5, dash: [7, 3] },
  { stroke: "#8a3b74", width: 1.5, dash: [2, 3] },
];
const FAN = "#6a7f93";

// Aligns lists of [time, value] on all their times.
function align(series) {
  const times = [...new Set(series.flatMap((s) => s.time))].sort((a, b) => a - b);
  const place = new Map(times.map((t, i) => [t, i]));
  const columns = series.map((s) => {
    const column = new Array(times.length).fill(null);
    s.time.forEach((t, i) => {
      if (Number.isFinite(s.value[i])) column[place.get(t)] = s.value[i];
    });
    return column;
  });
  return [times, ...columns];
}

// lines: [{ label, time, value, kind }], kind one of line, low, high, median, margin-low,
// margin-high. now: the time of the map, shown as a rule.
export function drawSeries(target, lines, speech, timezone, now, onTime) {
  target.textContent = "";
  const data = align(lines);
  const bands = [];
  const series = [{ value: (u, t) => (t == null ? "" : `${speech.shortDate(t)} ${speech.clock(t)}`), label: speech.t("time") }];
  lines.forEach((line, k) => {
    const common = { label: line.label, spanGaps: false, points: { show: false }, value: (u, v) => (v == null ? "–" : speech.number(v)) };
    if (line.kind === "line") series.push({ ...common, ...line.look });
    else if (line.kind === "median") series.push({ ...common, stroke: FAN, width: 2, dash: [10, 4] });
    else {
      const colour = line.kind.startsWith("margin") ? LINES[0].stroke : FAN;
      series.push({ ...common, stroke: `${colour}66`, width: 0.8 });
      if (line.kind.endsWith("high")) bands.push({ series: [k + 1, k], fill: `${colour}2e` });
    }
  });
  const rule = (u) => {
    const x = Math.round(u.valToPos(now, "x", true));
    if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) return;
    u.ctx.save();
    u.ctx.strokeStyle = "#1d2733";
    u.ctx.lineWidth = devicePixelRatio;
    u.ctx.setLineDash([4, 4]);
    u.ctx.beginPath();
    u.ctx.moveTo(x, u.bbox.top);
    u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
    u.ctx.stroke();
    u.ctx.restore();
  };
  const dayOrHour = (u, splits, axis, space, step) =>
    splits.map((t) => (step >= 86400 || speech.clock(t) === "00:00" ? speech.shortestDate(t) : speech.clock(t)));
  const width = () => Math.max(target.clientWidth, 200);
  const plot = new uPlot({
    width: width(),
    height: 240,
    tzDate: (t) => uPlot.tzDate(new Date(t * 1000), timezone),
    padding: [8, 6, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    scales: { x: { time: true } },
    axes: [
      { values: dayOrHour, grid: { stroke: "#e4e7ea", width: 1 }, ticks: { stroke: "#c5ccd3", width: 1 }, stroke: "#45515e", font: "11px system-ui, sans-serif", space: 56, size: 30 },
      { values: (u, v) => v.map((x) => speech.number(x, 0)), grid: { stroke: "#e4e7ea", width: 1 }, ticks: { show: false }, stroke: "#45515e", font: "11px system-ui, sans-serif", size: 34 },
    ],
    series,
    bands,
    hooks: { draw: [rule] },
  }, data, target);
  plot.over.addEventListener("click", () => {
    if (plot.cursor.idx != null) onTime(data[0][plot.cursor.idx]);
  });
  const watcher = new ResizeObserver(() => {
    if (!plot.root.isConnected) watcher.disconnect();
    else if (Math.abs(plot.width - width()) > 1) plot.setSize({ width: width(), height: 240 });
  });
  watcher.observe(target);
  return { plot, data };
}
