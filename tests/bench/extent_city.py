#!/usr/bin/env python3
"""A made-up country to make the ground of, always the same: towns with buildings, streets
and people, woods, meadows, parks and lakes between them, a relief.

    extent_city.py FOLDER SIDE

writes city.ini, of SIDE x SIDE cells of 10 m, with covariates of every kind, in the order
and with the radii of grids/toulouse where it has them; its sources and stations.csv.
"""
import sys

import numpy as np
from osgeo import gdal, ogr, osr

gdal.UseExceptions()
osr.UseExceptions()
XMIN, YMIN, CELL, SEED = 500000, 6200000, 10, 5

HEAD = """[city]
name       = Extent
timezone   = Europe/Paris
crs        = EPSG:2154
extent     = {xmin} {ymin} {xmax} {ymax}
resolution = {cell}
[stations]
file = stations.csv
[grid]
work = work
"""
LAYERS = {"grass": "", "park": "", "wood": "", "water": "", "river": "width = 8",
          "road": "width = width 6", "building": "height = height 6",
          "people": "cover = people", "elevation": None, "zones": None}
COVARIATES = [
    ("building", "fraction building"), ("road", "fraction road"),
    ("water", "fraction water + river"), ("wood", "fraction wood + 0.4 park"),
    ("grass", "fraction grass + 0.6 park"), ("frontal", "frontal building"),
    ("sky", "sky-view building"), ("people", "density people.n"),
    ("shore", "distance water 1"), ("centre", "distance-to 1.44 43.60"),
    ("compact", "share zones 2 3"), ("elevation", "mean elevation"),
    ("slope", "slope elevation"), ("valley", "valley elevation 3000"),
    ("pool", "pool elevation 2000"), ("gauss", "gauss wood 1000"),
    ("disc", "disc wood 1000"), ("building_250", 250), ("wood_250", 250),
    ("lcz", "lcz-guess building_250 road wood_250 grass water"),
]


def reference():
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(2154)
    return srs


def write_ini(folder, side):
    with open(f"{folder}/city.ini", "w") as out:
        out.write(HEAD.format(xmin=XMIN, ymin=YMIN, xmax=XMIN + side, ymax=YMIN + side,
                              cell=CELL))
        for name, keys in LAYERS.items():
            source = (f"sources.gpkg\nlayer = {name}\n{keys}" if keys is not None
                      else f"{name}.tif")
            out.write(f"[layer {name}]\nsource = {source}\nlicence = none, made up\n")
        for name, make in COVARIATES:
            out.write(f"[covariate {name}]\n")
            out.write(f"file = made/{name}.tif\nmake = {make}\n" if isinstance(make, str)
                      else f"file = made/{name[:-4]}.tif\nradius = {make}\n")


def write_raster(path, bands, side, pixel, kind, nodata=None):
    n = bands[0].shape
    out = gdal.GetDriverByName("GTiff").Create(path, n[1], n[0], len(bands), kind,
                                               ["TILED=YES"])
    out.SetGeoTransform((XMIN - 5 * pixel, pixel, 0, YMIN + side + 5 * pixel, 0, -pixel))
    out.SetProjection(reference().ExportToWkt())
    for k, band in enumerate(bands):
        out.GetRasterBand(k + 1).WriteArray(band)
    if nodata is not None:
        out.GetRasterBand(1).SetNoDataValue(nodata)


def write_rasters(folder, side, random):
    n = side // 30 + 10
    x, y = np.meshgrid(np.arange(n) * 30.0, np.arange(n) * 30.0)
    relief = (300 + 180 * np.sin(x / 9000) * np.cos(y / 7000) + 60 * np.sin(x / 1700 + y / 2100)
              + 3 * random.standard_normal((n, n)))
    relief[::97, ::89] = -9999
    write_raster(f"{folder}/elevation.tif", [relief.astype(np.float32)], side, 30,
                 gdal.GDT_Float32, -9999)
    n = side // 100 + 10
    write_raster(f"{folder}/zones.tif", [random.integers(1, 18, (n, n), dtype=np.uint8)], side,
                 100, gdal.GDT_Byte)


def polygon(x, y, radius, corners, random):
    """About a disc, convex or not."""
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False) + random.random()
    r = radius * random.uniform(0.6, 1.0, corners)
    points = [f"{a:.1f} {b:.1f}" for a, b in zip(x + r * np.cos(angle), y + r * np.sin(angle))]
    return "POLYGON((" + ",".join(points + points[:1]) + "))"


def line(x, y, length, random):
    points = np.cumsum(random.uniform(-1, 1, (12, 2)) * length / 6, axis=0)
    return "LINESTRING(" + ",".join(f"{x + a:.1f} {y + b:.1f}" for a, b in points) + ")"


def write_shapes(folder, side, random):
    square_km = side * side / 1e6
    out = ogr.GetDriverByName("GPKG").CreateDataSource(f"{folder}/sources.gpkg")

    def layer(name, kind, n, shape, attribute=None, value=None):
        made = out.CreateLayer(name, reference(), kind)
        if attribute:
            made.CreateField(ogr.FieldDefn(attribute, ogr.OFTReal))
        out.StartTransaction()
        for _ in range(int(n)):
            feature = ogr.Feature(made.GetLayerDefn())
            feature.SetGeometry(ogr.CreateGeometryFromWkt(shape()))
            if attribute:
                feature.SetField(attribute, float(value()))
            made.CreateFeature(feature)
        out.CommitTransaction()

    def anywhere():
        return XMIN + side * random.random(), YMIN + side * random.random()

    towns = [anywhere() for _ in range(max(3, int(square_km / 150)))]

    def in_town():
        x, y = towns[random.integers(len(towns))]
        return x + 900 * random.standard_normal(), y + 900 * random.standard_normal()

    def patch(place, low, high, corners):
        return lambda: polygon(*place(), random.uniform(low, high), corners, random)

    layer("grass", ogr.wkbPolygon, square_km, patch(anywhere, 100, 500, 20))
    layer("park", ogr.wkbPolygon, square_km / 4, patch(in_town, 30, 150, 12))
    layer("wood", ogr.wkbPolygon, square_km, patch(anywhere, 50, 800, 30))
    layer("water", ogr.wkbPolygon, square_km / 10, patch(anywhere, 30, 400, 30))
    layer("river", ogr.wkbLineString, square_km / 10, lambda: line(*anywhere(), 4000, random))
    layer("road", ogr.wkbLineString, square_km * 2,
          lambda: line(*(in_town() if random.random() < 0.7 else anywhere()), 1500, random),
          "width", lambda: random.choice((6, 8, 10)))
    layer("building", ogr.wkbPolygon, square_km * 5,
          lambda: polygon(*(in_town() if random.random() < 0.8 else anywhere()),
                          random.uniform(6, 20), 6, random),
          "height", lambda: round(random.gamma(4, 2.5), 1))
    layer("people", ogr.wkbPoint, square_km * 5, lambda: "POINT(%.1f %.1f)" % in_town(), "n",
          lambda: random.integers(1, 200))
    out = None
    return towns


def main():
    folder, side = sys.argv[1], int(sys.argv[2]) * CELL
    random = np.random.default_rng(SEED)
    write_ini(folder, side)
    write_rasters(folder, side, random)
    towns = write_shapes(folder, side, random)
    wgs84 = osr.SpatialReference()
    wgs84.ImportFromEPSG(4326)
    to_degrees = osr.CoordinateTransformation(reference(), wgs84)
    with open(f"{folder}/stations.csv", "w") as out:
        out.write("station,longitude,latitude\n")
        for k, (x, y) in enumerate(towns[:50]):
            latitude, longitude, _ = to_degrees.TransformPoint(x, y)
            out.write(f"s{k:02d},{longitude:.6f},{latitude:.6f}\n")


if __name__ == "__main__":
    main()
