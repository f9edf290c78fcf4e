#!/usr/bin/env python3
"""A made-up town for the viewer, always the same, whose names try to do harm.

    town.py FOLDER         writes stations, a hundred days of readings, rasters, zones, town.ini
    town.py facts FOLDER   prints what the viewer must show at places, read from the NetCDF
                           files maps/*.nc and forecast*.nc of the folder, as JSON
"""
import datetime
import json
import math
import random
import sys

import numpy as np
from osgeo import gdal, osr

gdal.UseExceptions()
osr.UseExceptions()
XMIN, YMIN, XMAX, YMAX, CELL = 571000, 6279000, 577000, 6285000, 50
HARM = ["<script>window.harmed=1</script>", "../../../tmp/harm", "=cmd|' /C calc'!A0",
        "<img src=x onerror=window.harmed=1>", "\"'`${window.harmed=1}\\", "L" + "o" * 10000 + "ng",
        "</script><script>window.harmed=1</script>", "javascript:window.harmed=1"]
ORDINARY = ["École", "Mairie", "Stade", "Gare"]

INI = f"""[city]
name       = Ville <b>d'essai</b> & "Cie"
timezone   = Europe/Paris
crs        = EPSG:2154
extent     = {XMIN} {YMIN} {XMAX} {YMAX}
resolution = {CELL}
[stations]
file = stations.csv
[covariate building]
file   = building.tif
radius = 300
[covariate water]
file = water.tif
[covariate elevation]
file = elevation.tif
[model]
trend = building
[dataset]
credits = <script>window.harmed=1</script> crédits
notice  = Relevés inventés <img src=x onerror=window.harmed=1>
[alert]
zones           = zones.geojson
day_threshold   = 27
night_threshold = 17
"""


def built(x, y):
    return np.exp(-((x - 574000) ** 2 + (y - 6282000) ** 2) / 1500.0**2)


def write_raster(path, value):
    n = value.shape[0]
    raster = gdal.GetDriverByName("GTiff").Create(path, n, n, 1, gdal.GDT_Float32)
    raster.SetGeoTransform((XMIN - 1000, CELL, 0, YMAX + 1000, 0, -CELL))
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(2154)
    raster.SetProjection(srs.ExportToWkt())
    raster.GetRasterBand(1).WriteArray(value)


def town(folder):
    rng = random.Random(7)
    lambert, wgs84 = osr.SpatialReference(), osr.SpatialReference()
    lambert.ImportFromEPSG(2154)
    wgs84.ImportFromEPSG(4326)
    for srs in lambert, wgs84:
        srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    back = osr.CoordinateTransformation(lambert, wgs84)
    n = (XMAX - XMIN + 2000) // CELL
    centre = CELL * (np.arange(n) + 0.5)
    x, y = np.meshgrid(XMIN - 1000 + centre, YMAX + 1000 - centre)
    write_raster(f"{folder}/building.tif", built(x, y))
    write_raster(f"{folder}/water.tif", (np.abs(x - 572000) < 100).astype(float))
    write_raster(f"{folder}/elevation.tif", 150 + (y - YMIN) / 100)

    names = HARM + ORDINARY
    places = [(rng.uniform(571500, 576500), rng.uniform(6279500, 6284500)) for _ in names]
    with open(f"{folder}/stations.csv", "w") as f:
        print("station,name,longitude,latitude,elevation", file=f)
        for i, (name, place) in enumerate(zip(names, places)):
            lon, lat, _ = back.TransformPoint(*place)
            text = name.replace('"', '""')
            station = "../s0" if i == 0 else f"s{i}"
            print(f'{station},"{text}",{lon:.7f},{lat:.7f},150', file=f)
    weather, start = 0.0, datetime.datetime(2023, 5, 1)
    with open(f"{folder}/observations.csv", "w") as f:
        print("time,station,air_temperature", file=f)
        for h in range(24 * 100):
            weather = 0.98 * weather + 0.5 * rng.gauss(0, 1)
            time = (start + datetime.timedelta(hours=h)).strftime("%Y-%m-%dT%H:%MZ")
            night = max(math.cos((h - 2) * math.pi / 12), 0)
            for i, (a, b) in enumerate(places):
                value = (19 + h / 600 - 5 * math.cos((h - 3) * math.pi / 12) + weather
                         + 3 * night * built(a, b) + rng.gauss(0, 0.2))
                if i == 9 and h > 24 * 98:  # one that has gone silent
                    continue
                if i == 10 and h == 24 * 97 + 5:  # and one with a spike
                    value += 25
                station = "../s0" if i == 0 else f"s{i}"
                print(f"{time},{station},{value:.2f}", file=f)

    def ring(a, b, side):
        corners = [(a, b), (a + side, b), (a + side, b + side), (a, b + side), (a, b)]
        return [list(back.TransformPoint(*c)[:2]) for c in corners]
    zones = [(HARM[0], 571500, 6279500), (HARM[3], 574200, 6279500), ("Nord", 571500, 6282200),
             (HARM[5], 574200, 6282200)]
    json.dump({"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"nom": name},
         "geometry": {"type": "Polygon", "coordinates": [ring(a, b, 2400)]}}
        for name, a, b in zones]}, open(f"{folder}/zones.geojson", "w"))
    open(f"{folder}/town.ini", "w").write(INI)


def facts(folder):
    import glob
    import netCDF4
    places = [(573975, 6282025), (575575, 6283625)]
    found = []

    def take(layer, file, values, times):
        for t in times:
            stamp = datetime.datetime.utcfromtimestamp(float(file["time"][t])).strftime("%Y%m%dT%H%MZ")
            for a, b in places:
                row, column = int((YMAX - b) // CELL), int((a - XMIN) // CELL)
                found.append({"layer": layer, "time": stamp, "seconds": float(file["time"][t]),
                              "x": a, "y": b, "value": float(values[t, row, column])})
    for path in sorted(glob.glob(f"{folder}/maps/*.nc")):
        file = netCDF4.Dataset(path)
        times = [3, 15]
        take("temperature", file, file["air_temperature"], times)
        take("error", file, file["air_temperature_standard_error"], times)
        take("heat", file, file["urban_heat_island"], times)
    file = netCDF4.Dataset(f"{folder}/forecast.nc")
    take("forecast", file, file["air_temperature"], [10, 30])
    spread = (file["air_temperature_q90"][:] - file["air_temperature_q10"][:]) / 2.5631031
    take("spread", file, spread, [10, 30])
    file = netCDF4.Dataset(f"{folder}/forecast-daily.nc")
    take("night", file, file["tropical_night_probability"], [0, 1])
    take("hot", file, file["hot_day_probability"], [0, 1])
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    if sys.argv[1] == "facts":
        facts(sys.argv[2])
    else:
        town(sys.argv[1])
