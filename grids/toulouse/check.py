#!/usr/bin/python3
"""Compare the covariate stack with what is known independently.

usage: grids/toulouse/check.py [DATA_DIR [STACK_DIR [SAME_DIR]]]

At the station places: the mean over a disc of 250 m against the built and the tall
vegetation area that Toulouse Métropole publishes, and the elevation against theirs.
Over the whole extent: every layer against another burn of the same sources. SAME_DIR is
the stack of reference.ini, whose fractions mean the same as that burn's; without it the
fractions of the stack are compared, one of which, road, means something else.
Exit 0 when every target is met, 1 when one is missed, 77 when DATA_DIR (default
../shared/data/toulouse, beside the repository) or the GDAL bindings are absent.
"""
import csv
import math
import pathlib
import sys
import tarfile

try:
    import numpy as np
    from osgeo import gdal, osr
except ImportError as e:
    print(f"check.py: skipped: {e} (python3-gdal, python3-numpy)", file=sys.stderr)
    sys.exit(77)

gdal.UseExceptions()
osr.UseExceptions()

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SIZE = (380, 340)
ORIGIN = (554000.0, 100.0, 0.0, 6296000.0, 0.0, -100.0)
FRACTIONS = ["building", "road", "water", "wood", "grass"]
LAYERS = FRACTIONS + ["elevation"]
DISC_M = 250.0

# At the stations: layer, radius in m (0: at the point), column, its scale, smallest r.
STATION_TARGETS = [
    ("building", DISC_M, "built_area", math.pi * DISC_M**2, 0.975),
    ("wood", DISC_M, "tall_vegetation_area", math.pi * DISC_M**2, 0.80),
    ("elevation", 0.0, "elevation", 1.0, 0.985),
]
# Over the extent: the largest mean absolute difference and difference of the means; for
# the elevation as a fraction of its mean. The other burn's roads mean something else:
# one width of about 8.6 m for all classes, railways too, no airfields.
GRID_TARGETS = {name: 0.01 for name in LAYERS} | {"road": 0.015}

missed = 0


def verdict(met):
    global missed
    missed += not met
    return "ok" if met else "MISSED"


def read(path):
    """The layer as an array; what is wrong with its frame ends the check."""
    ds = gdal.Open(str(path))
    band = ds.GetRasterBand(1)
    a = band.ReadAsArray().astype(float)
    if (ds.RasterXSize, ds.RasterYSize) != SIZE or ds.GetGeoTransform() != ORIGIN:
        sys.exit(f"{path}: not the grid of 380 x 340 cells of 100 m")
    if ds.GetSpatialRef().GetAuthorityCode(None) != "2154":
        sys.exit(f"{path}: not in EPSG:2154")
    if band.GetNoDataValue() is not None and (a == band.GetNoDataValue()).any():
        sys.exit(f"{path}: holds cells without a value")
    return a


def at(a, x, y, radius):
    """Mean over the disc by points 10 m apart, or bilinear at the point."""
    col, row = (x - ORIGIN[0]) / 100, (ORIGIN[3] - y) / 100
    if radius > 0:
        d = np.arange(-radius, radius + 1, 10) / 100
        dx, dy = np.meshgrid(d, d)
        inside = dx**2 + dy**2 <= (radius / 100)**2
        return a[np.floor(row + dy[inside]).astype(int),
                 np.floor(col + dx[inside]).astype(int)].mean()
    j, i = int(col - 0.5), int(row - 0.5)
    u, v = col - 0.5 - j, row - 0.5 - i
    return ((1 - v) * ((1 - u) * a[i, j] + u * a[i, j + 1])
            + v * ((1 - u) * a[i + 1, j] + u * a[i + 1, j + 1]))


def main():
    data = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else (
        ROOT / "../shared/data/toulouse")
    stack_dir = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else HERE
    same_dir = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None
    archive = data / "reference-grid-100m.tar.xz"
    if not archive.exists():
        print(f"check.py: skipped: {archive} is not there", file=sys.stderr)
        sys.exit(77)

    stack = {name: read(stack_dir / f"{name}.tif") for name in LAYERS}
    total = sum(stack[name] for name in FRACTIONS)
    for name in FRACTIONS:
        low, high = stack[name].min(), stack[name].max()
        if low < 0 or high > 1:
            sys.exit(f"{name}: {low} to {high}, not fractions")
    # Each layer is rounded to 0.001.
    if total.max() > 1.003:
        sys.exit(f"the five fractions sum to {total.max():.3f} in a cell")

    with open(ROOT / "stations/toulouse.csv", encoding="utf-8", newline="") as f:
        stations = list(csv.DictReader(f))
    wgs84, lambert = osr.SpatialReference(), osr.SpatialReference()
    wgs84.ImportFromEPSG(4326)
    lambert.ImportFromEPSG(2154)
    project = osr.CoordinateTransformation(wgs84, lambert)

    print(f"{'at the stations':<16}{'n':>4}{'r':>8}{'target':>8}"
          f"{'bias':>9}{'MAE':>8}")
    for name, radius, column, scale, target in STATION_TARGETS:
        known, ours = [], []
        for s in stations:
            if s[column]:
                x, y, _ = project.TransformPoint(float(s["latitude"]),
                                                 float(s["longitude"]))
                known.append(float(s[column]) / scale)
                ours.append(at(stack[name], x, y, radius))
        difference = np.subtract(ours, known)
        r = np.corrcoef(ours, known)[0, 1]
        print(f"{name:<16}{len(known):>4}{r:>8.3f}{target:>8.3f}"
              f"{difference.mean():>9.3f}{np.abs(difference).mean():>8.3f}"
              f"  {verdict(r >= target)}")

    print(f"\n{'over the extent':<16}{'mean':>8}{'other':>9}{'diff.':>9}"
          f"{'MAD':>8}{'limit':>8}{'r':>8}")
    with tarfile.open(archive) as tar:
        for name in LAYERS:
            member = ("elev_100m.tif" if name == "elevation"
                      else f"frac_{name}_100m.tif")
            gdal.FileFromMemBuffer("/vsimem/other.tif",
                                   tar.extractfile(member).read())
            other, ours = read("/vsimem/other.tif"), stack[name]
            gdal.Unlink("/vsimem/other.tif")
            limit = GRID_TARGETS[name]
            if same_dir and name != "elevation":
                ours, limit = read(same_dir / f"{name}.tif"), 0.01
            unit = other.mean() if name == "elevation" else 1.0
            shift = ours.mean() - other.mean()
            mad = np.abs(ours - other).mean()
            r = np.corrcoef(ours.ravel(), other.ravel())[0, 1]
            met = max(abs(shift), mad) <= limit * unit
            print(f"{name:<16}{ours.mean():>8.4g}{other.mean():>9.4g}{shift:>9.4f}"
                  f"{mad:>8.4f}{limit * unit:>8.3f}"
                  f"{r:>8.4f}  {verdict(met)}")

    if missed:
        sys.exit(f"check.py: {missed} target(s) missed")


if __name__ == "__main__":
    main()
