// Colour scales: the tables are those of the program's own pictures.

const STEPS = 512;

function parse(hex) {
  const n = parseInt(hex.slice(1), 16);
  return [(n >> 16) & 255, (n >> 8) & 255, n & 255];
}

function interpolate(table, place) {
  const at = Math.min(Math.max(place, 0), 1) * (table.length - 1);
  const below = Math.min(Math.floor(at), table.length - 2);
  return table[below].map((c, k) => c + (at - below) * (table[below + 1][k] - c));
}

// What gives a value its colour: low and high at the ends of the table; of a diverging
// one 0 is in the middle, and the end farther from 0 at the end of the table.
export class Scale {
  constructor(hexes, { low, high, diverging = false, from = 0 }) {
    this.low = low;
    this.high = high;
    this.table = hexes.map(parse);
    const reach = Math.max(Math.abs(low), Math.abs(high));
    this.place = diverging
      ? (v) => 0.5 + v / reach / 2
      : (v) => from + (1 - from) * ((v - low) / (high - low));
    this.colours = new Uint32Array(STEPS + 1);
    const bytes = new Uint8Array(this.colours.buffer);
    for (let k = 0; k <= STEPS; k++) {
      const rgb = this.rgb(low + (k / STEPS) * (high - low));
      bytes.set([...rgb, 255], 4 * k);
    }
  }

  rgb(value) {
    const clamped = Math.min(Math.max(value, this.low), this.high);
    return interpolate(this.table, this.place(clamped)).map(Math.round);
  }

  css(value) {
    return `rgb(${this.rgb(value).join(",")})`;
  }

  // The map as a picture of a pixel a cell, transparent where nothing is known.
  paint(raster, less = 0) {
    const canvas = document.createElement("canvas");
    canvas.width = raster.nx;
    canvas.height = raster.ny;
    const context = canvas.getContext("2d");
    const image = context.createImageData(raster.nx, raster.ny);
    const pixels = new Uint32Array(image.data.buffer);
    const scale = STEPS / (this.high - this.low);
    for (let i = 0; i < pixels.length; i++) {
      const value = raster.value[i] - less;
      if (value !== value) continue;
      pixels[i] = this.colours[Math.min(Math.max(Math.round((value - this.low) * scale), 0), STEPS)];
    }
    context.putImageData(image, 0, 0);
    return canvas;
  }
}

// Round steps for a legend of about n marks.
export function ticks(low, high, n = 6) {
  const raw = (high - low) / n;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw);
  const marks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9; k++) marks.push(k * step);
  return { marks, decimals: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
}
