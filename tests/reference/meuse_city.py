#!/usr/bin/env python3
"""The meuse data as a city: log(zinc) as the air temperature of one hour.

    meuse_city.py FOLDER-OF-REFERENCE OUTPUT-FOLDER

writes stations.csv, observations.csv, sqrtdist.tif (10 m pixels; at a station its own
value, and over every 40 m cell the mean is meuse_grid's), and elev.tif, a made-up
smooth covariate on the 40 m cells, missing in a corner of the grid.
"""
import csv
import itertools
import sys

import numpy as np
from osgeo import gdal, osr

gdal.UseExceptions()
osr.UseExceptions()
XMIN, YMIN, XMAX, YMAX, CELL, PIXEL = 178440, 329600, 181560, 333760, 40, 10
NODATA = -9999.0


def read(path):
    with open(path, newline="") as f:
        return list(csv.DictReader(f))


def inverse(x, y):
    """Longitude and latitude that PROJ takes to x, y exactly: its own way back is
    0.1 mm off in this CRS."""
    rd, wgs84 = osr.SpatialReference(), osr.SpatialReference()
    rd.ImportFromEPSG(28992)
    wgs84.ImportFromEPSG(4326)
    for srs in rd, wgs84:
        srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    back = osr.CoordinateTransformation(rd, wgs84)
    forth = osr.CoordinateTransformation(wgs84, rd)
    px, py = x, y
    for _ in range(4):
        lon, lat, _ = back.TransformPoint(px, py)
        gx, gy, _ = forth.TransformPoint(lon, lat)
        px, py = px + x - gx, py + y - gy
    return lon, lat


def write_raster(path, value, pixel):
    rd = osr.SpatialReference()
    rd.ImportFromEPSG(28992)
    driver = gdal.GetDriverByName("GTiff")
    raster = driver.Create(path, value.shape[1], value.shape[0], 1, gdal.GDT_Float64)
    raster.SetGeoTransform((XMIN, pixel, 0, YMAX, 0, -pixel))
    raster.SetProjection(rd.ExportToWkt())
    raster.GetRasterBand(1).SetNoDataValue(NODATA)
    raster.GetRasterBand(1).WriteArray(np.where(np.isnan(value), NODATA, value))


def main():
    source, folder = sys.argv[1:3]
    points, cells = read(f"{source}/meuse.csv"), read(f"{source}/meuse_grid.csv")
    with open(f"{folder}/stations.csv", "w") as stations, \
            open(f"{folder}/observations.csv", "w") as observations:
        print("station,longitude,latitude", file=stations)
        print("time,station,air_temperature", file=observations)
        for i, p in enumerate(points, 1):
            lon, lat = inverse(float(p["x"]), float(p["y"]))
            print(f"p{i},{lon!r},{lat!r}", file=stations)
            print(f"2020-07-01T12:00:00Z,p{i},{np.log(float(p['zinc']))!r}",
                  file=observations)

    ny, nx, k = (YMAX - YMIN) // CELL, (XMAX - XMIN) // CELL, CELL // PIXEL
    coarse = np.full((ny, nx), np.nan)
    for c in cells:
        row, column = int((YMAX - float(c["y"])) // CELL), int((float(c["x"]) - XMIN) // CELL)
        coarse[row, column] = np.sqrt(float(c["dist"]))
    fine = coarse.repeat(k, 0).repeat(k, 1)
    own = {}
    for p in points:
        # Some stand on an edge between pixels: all of those get the value.
        for dx, dy in itertools.product((-0.5, 0.5), repeat=2):
            row = int((YMAX - float(p["y"]) + dy) // PIXEL)
            column = int((float(p["x"]) + dx - XMIN) // PIXEL)
            own.setdefault((row // k, column // k), {})[row, column] = \
                np.sqrt(float(p["dist"]))
    for (r, c), pixels in own.items():
        cell = fine[r * k:(r + 1) * k, c * k:(c + 1) * k]
        if not np.isnan(coarse[r, c]):
            others = k * k - len(pixels)
            cell[:] = (k * k * coarse[r, c] - sum(pixels.values())) / others
        for place, value in pixels.items():
            fine[place] = value
    write_raster(f"{folder}/sqrtdist.tif", fine, PIXEL)

    row, column = np.mgrid[0:ny, 0:nx]
    elev = np.sin(row / 15.0) + np.cos(column / 10.0) + 0.01 * row
    elev[:20, -20:] = np.nan
    write_raster(f"{folder}/elev.tif", elev, CELL)


if __name__ == "__main__":
    main()
