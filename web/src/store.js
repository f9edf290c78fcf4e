// Files of the site, over HTTP or from a disk, and what is inside them.
import { fromArrayBuffer } from "geotiff";
import { inflate } from "pako";

const fromDisk = location.protocol === "file:";
const KEPT = 72; // rasters held: three days of hours

// A page opened from a disk may not read files, but it may load scripts: each file has a
// twin that calls autanTake.
const waiting = new Map();
window.autanTake = (name, content) => {
  const settle = waiting.get(name);
  waiting.delete(name);
  settle?.(content);
};

function takeTwin(name) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    waiting.set(name, resolve);
    script.src = `${name}.js`;
    script.onload = () => script.remove();
    script.onerror = () => {
      waiting.delete(name);
      script.remove();
      reject(new Error(name));
    };
    document.head.append(script);
  });
}

async function fetchFile(name) {
  const answer = await fetch(name);
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  return answer;
}

function decodeBase64(text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes.buffer;
}

async function readJson(name) {
  return fromDisk ? takeTwin(name) : (await fetchFile(name)).json();
}

async function readBytes(name) {
  return fromDisk ? decodeBase64(await takeTwin(name)) : (await fetchFile(name)).arrayBuffer();
}

// Answers kept by name, the oldest let go; what failed is asked for again.
function remember(read, most) {
  const kept = new Map();
  return (name) => {
    let answer = kept.get(name);
    kept.delete(name);
    if (!answer) {
      answer = read(name);
      answer.catch(() => kept.delete(name));
    }
    kept.set(name, answer);
    if (kept.size > most) kept.delete(kept.keys().next().value);
    return answer;
  };
}

async function readRaster(name) {
  const tiff = await fromArrayBuffer(await readBytes(name));
  const image = await tiff.getImage();
  const value = await image.readRasters({ interleave: true });
  const missing = image.getGDALNoData();
  for (let i = 0; i < value.length; i++) if (value[i] === missing) value[i] = NaN;
  return { value, nx: image.getWidth(), ny: image.getHeight() };
}

// A block of series: lib/files/place_series.h says how it is laid out.
async function readBlock(name) {
  const buffer = await readBytes(name);
  const view = new DataView(buffer);
  const [version, planes, rows, columns, times] = [4, 8, 12, 16, 20].map((at) => view.getUint32(at, true));
  if (version !== 1) throw new Error(`${name}: version ${version}`);
  const quantum = view.getFloat64(24, true);
  const time = Array.from({ length: times }, (_, t) => Number(view.getBigInt64(32 + 8 * t, true)));
  const plain = inflate(new Uint8Array(buffer, 32 + 8 * times));
  const n = planes * rows * columns * times;
  const value = new Int16Array(n);
  for (let i = 0; i < n; i++) {
    const before = i % times ? value[i - 1] : 0;
    value[i] = before + (plain[i] | (plain[n + i] << 8));
  }
  return {
    time,
    // The series of one place: one list a plane, NaN where missing.
    place(row, column) {
      return Array.from({ length: planes }, (_, p) => {
        const first = ((p * rows + row) * columns + column) * times;
        return Array.from(value.subarray(first, first + times), (v) => (v === -32768 ? NaN : v * quantum));
      });
    },
  };
}

export const store = {
  fromDisk,
  site: () => readJson("data/site.json"),
  json: remember(readJson, 400),
  raster: remember(readRaster, KEPT),
  block: remember(readBlock, 64),
};

const two = (n) => String(n).padStart(2, "0");

// 20250823T0500Z, as in the names of files.
export function stamp(time) {
  const d = new Date(time * 1000);
  return `${dateOf(time)}T${two(d.getUTCHours())}${two(d.getUTCMinutes())}Z`;
}

// 20250823, the UTC day that a time's files are in.
export function dateOf(time) {
  const d = new Date(time * 1000);
  return `${d.getUTCFullYear()}${two(d.getUTCMonth() + 1)}${two(d.getUTCDate())}`;
}
