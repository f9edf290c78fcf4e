// The maps: one or two views of the same place, drawn on 2-D canvases throughout.
import Map from "ol/Map.js";
import View from "ol/View.js";
import Feature from "ol/Feature.js";
import Layer from "ol/layer/Layer.js";
import VectorLayer from "ol/layer/Vector.js";
import VectorSource from "ol/source/Vector.js";
import GeoJSON from "ol/format/GeoJSON.js";
import Point from "ol/geom/Point.js";
import Projection from "ol/proj/Projection.js";
import ScaleLine from "ol/control/ScaleLine.js";
import Zoom from "ol/control/Zoom.js";
import { defaults as defaultInteractions } from "ol/interaction/defaults.js";
import { createEmpty, extend, getIntersection, isEmpty } from "ol/extent.js";
import { Circle, Fill, RegularShape, Stroke, Style, Text } from "ol/style.js";

const REACH_PX = 12;
const FONT = '12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif';

// Colours of an alert: told apart by lightness too, and always with a mark.
export const LEVELS = {
  green: { fill: "#a9d8b2", mark: "" },
  yellow: { fill: "#f9dc74", mark: "!" },
  orange: { fill: "#f2a565", mark: "!!" },
  red: { fill: "#b3122b", mark: "!!!" },
};

export const NO_READING = "#ffffff";

function loadImage(path) {
  return new Promise((resolve) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => resolve(null);
    image.src = path;
  });
}

// Draws pictures that cover the grid: the ground, the field or, left and right of the
// curtain, two of them, and the ink of water and roads.
class FieldLayer extends Layer {
  constructor(extent, pictures) {
    super({});
    this.gridExtent = extent;
    this.pictures = pictures; // () => { below, above, fields: [canvas, canvas], split }
    this.canvas = document.createElement("canvas");
    this.canvas.style.position = "absolute";
  }

  render(frame) {
    const [width, height] = frame.size.map((s) => Math.round(s * frame.pixelRatio));
    const { canvas } = this;
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    canvas.style.width = "100%";
    canvas.style.height = "100%";
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, width, height);
    const { center, resolution } = frame.viewState;
    const [xmin, ymin, xmax, ymax] = this.gridExtent;
    const scale = frame.pixelRatio / resolution;
    const left = width / 2 + (xmin - center[0]) * scale;
    const top = height / 2 - (ymax - center[1]) * scale;
    const box = [left, top, (xmax - xmin) * scale, (ymax - ymin) * scale];
    const { below, above, fields, split } = this.pictures();
    context.imageSmoothingQuality = "high";
    if (below) context.drawImage(below, ...box);
    fields.forEach((field, k) => {
      if (!field) return;
      context.save();
      if (fields.length === 2) {
        context.beginPath();
        context.rect(k ? split * width : 0, 0, (k ? 1 - split : split) * width, height);
        context.clip();
      }
      context.drawImage(field, ...box);
      context.restore();
    });
    if (above) {
      context.globalAlpha = 0.55;
      context.drawImage(above, ...box);
      context.globalAlpha = 1;
    }
    return canvas;
  }
}

export class Maps {
  // targets: the elements of the two maps; on.place(x, y), on.station(k).
  constructor(targets, site, on) {
    const { city } = site;
    this.site = site;
    this.on = on;
    this.split = 0.5;
    this.mode = "one";
    this.fields = [null, null];
    this.colourOf = [() => null, () => null];
    this.shown = { zones: true, stations: true };
    this.grid = city.extent;
    const projection = new Projection({
      code: "autan:grid", units: "m", extent: city.extent, getPointResolution: (r) => r,
    });
    const margin = 0.25 * (city.extent[2] - city.extent[0]);
    this.view = new View({
      projection,
      extent: [city.extent[0] - margin, city.extent[1] - margin, city.extent[2] + margin, city.extent[3] + margin],
      showFullExtent: true,
      minResolution: city.resolution / 24,
      enableRotation: false,
      center: [(city.extent[0] + city.extent[2]) / 2, (city.extent[1] + city.extent[3]) / 2],
      resolution: (city.extent[2] - city.extent[0]) / 900,
    });
    this.zones = new VectorSource();
    this.stations = new VectorSource();
    this.marks = new VectorSource();
    this.#fillZones();
    this.#fillStations();
    this.maps = targets.map((target, side) => this.#makeMap(target, side));
    if (site.backdrop) {
      for (const part of ["below", "above"]) {
        loadImage(`data/${part}.png`).then((image) => {
          this[part] = image;
          this.redraw();
        });
      }
    }
    this.fit();
  }

  #fillZones() {
    const format = new GeoJSON();
    this.site.zones.forEach((zone, k) => {
      if (!zone.geometry) return;
      const feature = new Feature({ geometry: format.readGeometry(zone.geometry), kind: "zone", k });
      this.zones.addFeature(feature);
    });
  }

  #fillStations() {
    this.site.stations.forEach((station, k) => {
      this.stations.addFeature(new Feature({ geometry: new Point([station.x, station.y]), kind: "station", k }));
    });
  }

  #makeMap(target, side) {
    const shown = () => ({
      below: this.below,
      above: this.above,
      split: this.split,
      fields: side === 1 ? [this.fields[1]] : this.mode === "swipe" ? this.fields : [this.fields[0]],
    });
    const sideOf = (map, feature) => {
      if (side === 1) return 1;
      if (this.mode !== "swipe") return 0;
      const pixel = map.getPixelFromCoordinate(feature.getGeometry().getCoordinates());
      return pixel && pixel[0] > this.split * map.getSize()[0] ? 1 : 0;
    };
    const map = new Map({
      target,
      view: this.view,
      controls: [new Zoom({ zoomInTipLabel: "", zoomOutTipLabel: "" }), new ScaleLine({ minWidth: 80 })],
      interactions: defaultInteractions({ altShiftDragRotate: false, pinchRotate: false }),
      layers: [
        new FieldLayer(this.grid, shown),
        new VectorLayer({ source: this.zones, style: (f, r) => this.#zoneStyle(f, r) }),
        new VectorLayer({
          source: this.stations,
          style: (f, r) => this.#stationStyle(f, r, sideOf(map, f)),
          updateWhileAnimating: true,
          updateWhileInteracting: true,
        }),
        new VectorLayer({ source: this.marks, style: markStyle }),
      ],
    });
    map.on("singleclick", (event) => this.#click(map, event));
    map.on("pointermove", (event) => {
      if (!event.dragging) target.style.cursor = this.#stationAt(map, event.pixel) >= 0 ? "pointer" : "";
    });
    target.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target === target) this.on.place(...this.view.getCenter());
    });
    return map;
  }

  // The station nearest to a pixel within the reach of a finger, -1 when there is none.
  #stationAt(map, pixel) {
    let best = -1, least = REACH_PX;
    if (!this.shown.stations) return best;
    this.site.stations.forEach((station, k) => {
      const [x, y] = map.getPixelFromCoordinate([station.x, station.y]) ?? [NaN, NaN];
      const distance = Math.hypot(x - pixel[0], y - pixel[1]);
      if (distance < least) {
        least = distance;
        best = k;
      }
    });
    return best;
  }

  #click(map, event) {
    const station = this.#stationAt(map, event.pixel);
    if (station >= 0) this.on.station(station);
    else this.on.place(...event.coordinate);
  }

  #zoneStyle(feature, resolution) {
    const zone = this.site.zones[feature.get("k")];
    const level = LEVELS[this.zoneColour?.(zone)];
    const styles = [
      new Style({ stroke: new Stroke({ color: "rgba(255,255,255,0.55)", width: level ? 3 : 2.5 }) }),
      new Style({
        stroke: new Stroke({ color: level ? "#26303c" : "rgba(38,48,60,0.6)", width: 1 }),
        fill: level ? new Fill({ color: `${level.fill}c8` }) : undefined,
      }),
    ];
    const name = level?.mark ? `${zone.name} ${level.mark}` : zone.name;
    if (level || resolution < 40) {
      styles.push(new Style({
        text: new Text({
          text: name.length > 40 ? `${name.slice(0, 39)}…` : name,
          font: FONT,
          overflow: false,
          fill: new Fill({ color: "#1d2733" }),
          stroke: new Stroke({ color: "rgba(255,255,255,0.85)", width: 3 }),
        }),
        zIndex: 10,
      }));
    }
    return styles;
  }

  #stationStyle(feature, resolution, side) {
    const k = feature.get("k");
    const radius = resolution > 60 ? 4.5 : 6.5;
    const { colour, flagged, label } = this.colourOf[side](k) ?? {};
    const fill = new Fill({ color: colour ?? NO_READING });
    const halo = new Stroke({ color: "rgba(255,255,255,0.9)", width: 3.4 });
    const ink = new Stroke({ color: colour ? "#1d2733" : "#6b7580", width: 1.4 });
    const shape = (stroke, f) =>
      flagged
        ? new RegularShape({ points: 4, radius: radius + 3, angle: 0, stroke, fill: f })
        : new Circle({ radius, stroke, fill: f });
    const style = new Style({ image: shape(ink, fill) });
    const styles = [new Style({ image: shape(halo) }), style];
    if (!colour) {
      styles.push(new Style({ image: new RegularShape({ points: 2, radius: radius - 1, angle: Math.PI / 4, stroke: ink }) }));
    }
    if (resolution < 28 && label) {
      style.setText(new Text({
        text: label, font: `600 ${FONT}`, offsetY: -radius - 9,
        fill: new Fill({ color: "#1d2733" }),
        stroke: new Stroke({ color: "rgba(255,255,255,0.9)", width: 3 }),
      }));
    }
    return styles;
  }

  // The town: its zones and stations, or the whole grid where there are none.
  fit() {
    const town = createEmpty();
    for (const source of [this.zones, this.stations]) {
      if (!source.isEmpty()) extend(town, source.getExtent());
    }
    this.maps[0].updateSize();
    this.view.fit(isEmpty(town) ? this.grid : getIntersection(town, this.grid), { size: this.maps[0].getSize(), padding: [20, 20, 20, 20] });
  }

  // The picture of a side; colourOf says how a station's reading is shown there.
  show(side, picture, colourOf) {
    this.fields[side] = picture;
    this.colourOf[side] = colourOf;
    this.redraw();
  }

  setMode(mode) {
    this.mode = mode;
    this.maps.forEach((map) => map.updateSize());
    this.redraw();
  }

  setSplit(split) {
    this.split = split;
    this.redraw();
  }

  setShown({ zones, stations }) {
    this.shown = { zones, stations };
    for (const map of this.maps) {
      const [, zoneLayer, stationLayer] = map.getLayers().getArray();
      zoneLayer.setVisible(zones);
      stationLayer.setVisible(stations);
    }
  }

  setZoneColour(zoneColour) {
    this.zoneColour = zoneColour;
    this.zones.changed();
  }

  mark(place) {
    this.marks.clear();
    if (place) this.marks.addFeature(new Feature(new Point(place)));
  }

  goTo(place) {
    this.view.animate({ center: place, resolution: Math.min(this.view.getResolution(), 25), duration: 250 });
  }

  showZone(k) {
    const feature = this.zones.getFeatures().find((f) => f.get("k") === k);
    if (feature) this.view.fit(feature.getGeometry(), { padding: [40, 40, 40, 40], duration: 250, maxZoom: 99 });
  }

  redraw() {
    this.stations.changed();
    for (const map of this.maps) map.getLayers().item(0).changed();
  }

  pixel(place, side = 0) {
    this.maps[side].renderSync();
    return this.maps[side].getPixelFromCoordinate(place);
  }
}

const markStyle = [
  new Style({ image: new Circle({ radius: 10, stroke: new Stroke({ color: "rgba(255,255,255,0.9)", width: 5 }) }) }),
  new Style({ image: new Circle({ radius: 10, stroke: new Stroke({ color: "#0b4f8a", width: 2.5 }) }) }),
];
