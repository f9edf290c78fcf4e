#!/usr/bin/env python3
"""A small made-up town, always the same: 12 stations, 16 days of hourly readings.

    small_town.py FOLDER

writes stations.csv, observations.csv, building.tif (share of built ground, 50 m pixels,
EPSG:2154) and town.ini, which maps 4 km x 3 km in 100 m cells. The nights are warmer
where it is built; some readings are missing.
"""
import sys

import numpy as np
from osgeo import gdal, osr

gdal.UseExceptions()
osr.UseExceptions()
XMIN, YMAX, PIXEL = 570000, 6285000, 50

INI = """[city]
name       = Small
timezone   = Europe/Paris
crs        = EPSG:2154
extent     = 572000 6280000 576000 6283000
resolution = 100
[stations]
file = stations.csv
[covariate building]
file   = building.tif
radius = 300
"""


def built(x, y):
    return np.exp(-((x - 574000) ** 2 + (y - 6281500) ** 2) / 1500.0**2)


def main():
    folder = sys.argv[1]
    random = np.random.default_rng(1)
    lambert, wgs84 = osr.SpatialReference(), osr.SpatialReference()
    lambert.ImportFromEPSG(2154)
    wgs84.ImportFromEPSG(4326)
    for srs in lambert, wgs84:
        srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    back = osr.CoordinateTransformation(lambert, wgs84)

    centre = PIXEL * (np.arange(160) + 0.5)
    x, y = np.meshgrid(XMIN + centre, YMAX - centre)
    raster = gdal.GetDriverByName("GTiff").Create(f"{folder}/building.tif", 160, 160, 1,
                                                  gdal.GDT_Float32)
    raster.SetGeoTransform((XMIN, PIXEL, 0, YMAX, 0, -PIXEL))
    raster.SetProjection(lambert.ExportToWkt())
    raster.GetRasterBand(1).WriteArray(built(x, y))

    n, hours = 12, np.arange(16 * 24)
    x, y = random.uniform(571500, 576500, n), random.uniform(6279500, 6283500, n)
    siting = random.normal(0, 0.2, n)
    night = np.maximum(-np.cos((hours - 3) / 24 * 2 * np.pi + np.pi), 0)
    weather = 20 + np.cumsum(random.normal(0, 0.2, len(hours)))
    day = 5 * np.cos((hours - 14) / 24 * 2 * np.pi)
    value = (weather + day)[:, None] + 3 * night[:, None] * built(x, y) + siting
    value += random.normal(0, 0.15, value.shape)
    missing = random.uniform(size=value.shape) < 0.02

    with open(f"{folder}/stations.csv", "w") as f:
        print("station,longitude,latitude", file=f)
        for i in range(n):
            lon, lat, _ = back.TransformPoint(x[i], y[i])
            print(f"s{i + 1},{lon:.7f},{lat:.7f}", file=f)
    with open(f"{folder}/observations.csv", "w") as f:
        print("time,station,air_temperature", file=f)
        for h in hours:
            for i in range(n):
                if not missing[h, i]:
                    print(f"2021-07-{1 + h // 24:02d}T{h % 24:02d}:00:00Z,s{i + 1},"
                          f"{value[h, i]:.2f}", file=f)
    with open(f"{folder}/town.ini", "w") as f:
        f.write(INI)


if __name__ == "__main__":
    main()
