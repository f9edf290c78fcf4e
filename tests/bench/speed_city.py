#!/usr/bin/env python3
"""A made-up city to measure speed on, always the same: 50 stations in 50 km x 50 km, three
covariates, 30 days of hourly readings of which the last is complete.

    speed_city.py FOLDER NX NY RESOLUTION [STATIONS]

writes auto.ini (a fitted model), given.ini (a covariance by hand), their rasters with the
pixels of the grid, stations.csv and observations.csv; and for the peers cells.bin
(x, y and the covariates of every cell, doubles, cell by cell) and day.csv (the 24 hours of
the last day as columns).
"""
import csv
import sys

import numpy as np
from osgeo import gdal, osr

gdal.UseExceptions()
osr.UseExceptions()
XMIN, YMAX, SIDE, DAYS, SEED = 400000, 5900000, 50000, 30, 11
SILL, RANGE, NUGGET = 0.5, 4000.0, 0.1

INI = """[city]
name       = Speed
timezone   = UTC
crs        = EPSG:32631
extent     = {xmin} {ymin} {xmax} {ymax}
resolution = {resolution}
archive    = archive-{name}
[stations]
file = stations.csv
[covariate one]
file = one.tif
[covariate two]
file = two.tif
[covariate three]
file = three.tif
[model]
{model}
[urban_heat_island]
rural = none
"""
GIVEN = f"trend = one two three\ncovariance = {SILL} exp {RANGE:g} + {NUGGET} nugget"


def ground(k, x, y, noise):
    """Between about 0 and 1; waves of some kilometres and what is rough."""
    length = (9000, 5000, 14000)[k]
    wave = np.sin(x / length + k) * np.cos(y / length * 1.3 - k)
    return 0.5 + 0.35 * wave + 0.15 * noise


def rough(random, nx, ny):
    noise = random.standard_normal((ny, nx))
    for axis in 0, 1:
        noise = sum(np.roll(noise, s, axis) for s in range(-2, 3)) / np.sqrt(5)
    return noise


def write_raster(path, value, resolution):
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(32631)
    raster = gdal.GetDriverByName("GTiff").Create(
        path, value.shape[1], value.shape[0], 1, gdal.GDT_Float32,
        ["COMPRESS=DEFLATE", "TILED=YES"])
    raster.SetGeoTransform((XMIN, resolution, 0, YMAX, 0, -resolution))
    raster.SetProjection(srs.ExportToWkt())
    raster.GetRasterBand(1).WriteArray(value)


def geographic(x, y):
    """Longitudes and latitudes."""
    srs, wgs84 = osr.SpatialReference(), osr.SpatialReference()
    srs.ImportFromEPSG(32631)
    wgs84.ImportFromEPSG(4326)
    for s in srs, wgs84:
        s.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return osr.CoordinateTransformation(srs, wgs84).TransformPoints(list(zip(x, y)))


def write_cities(folder, nx, ny, resolution):
    for name, model in (("auto", "trend = auto"), ("given", GIVEN)):
        with open(f"{folder}/{name}.ini", "w") as out:
            out.write(INI.format(xmin=XMIN, xmax=XMIN + nx * resolution, ymax=YMAX,
                                 ymin=YMAX - ny * resolution, resolution=resolution,
                                 name=name, model=model))


def main():
    folder, nx, ny, resolution = sys.argv[1], *map(int, sys.argv[2:5])
    n = int(sys.argv[5]) if len(sys.argv) > 5 else 50
    random = np.random.default_rng(SEED)
    column = XMIN + resolution * (np.arange(nx) + 0.5)
    row = YMAX - resolution * (np.arange(ny) + 0.5)
    x, y = np.meshgrid(column, row)
    cells = [x, y]
    for k, name in enumerate(("one", "two", "three")):
        value = ground(k, x, y, rough(np.random.default_rng(k), nx, ny)).astype(np.float32)
        write_raster(f"{folder}/{name}.tif", value, resolution)
        cells.append(value)
    np.stack(cells, axis=-1).astype(float).tofile(f"{folder}/cells.bin")

    sx, sy = XMIN + SIDE * random.random(n), YMAX - SIDE * random.random(n)
    c = ((YMAX - sy) // resolution).astype(int), ((sx - XMIN) // resolution).astype(int)
    term = np.stack([value[c] for value in cells[2:]], axis=-1)
    distance = np.hypot(sx[:, None] - sx, sy[:, None] - sy)
    root = np.linalg.cholesky(SILL * np.exp(-distance / RANGE) + 1e-9 * np.eye(n))
    hours = np.arange(24 * DAYS)
    effect = np.outer(1 + np.cos((hours - 2) / 24 * 2 * np.pi), (2.0, -1.0, 0.5))
    value = (20 + 6 * np.cos((hours - 14) / 24 * 2 * np.pi)[:, None] + effect @ term.T
             + random.standard_normal((len(hours), n)) @ root.T
             + np.sqrt(NUGGET) * random.standard_normal((len(hours), n)))
    there = random.random(value.shape) > 0.01
    there[-24:] = True

    place = geographic(sx, sy)
    with open(f"{folder}/stations.csv", "w", newline="") as out:
        table = csv.writer(out)
        table.writerow(["station", "longitude", "latitude"])
        table.writerows([f"s{i:04d}", f"{p[0]:.9f}", f"{p[1]:.9f}"]
                        for i, p in enumerate(place))
    time = [str(np.datetime64("2025-06-01T00:00") + np.timedelta64(int(h), "h")) for h in hours]
    with open(f"{folder}/observations.csv", "w", newline="") as out:
        out.write("time,station,air_temperature\n")
        out.writelines(f"{time[h]}:00Z,s{i:04d},{value[h, i]:.3f}\n"
                       for h in range(len(hours)) for i in range(n) if there[h, i])
    with open(f"{folder}/day.csv", "w", newline="") as out:
        table = csv.writer(out)
        table.writerow(["x", "y", "one", "two", "three"] + [f"h{k}" for k in range(24)])
        table.writerows([sx[i], sy[i], *term[i], *(f"{v:.3f}" for v in value[-24:, i])]
                        for i in range(n))
    write_cities(folder, nx, ny, resolution)


if __name__ == "__main__":
    main()
