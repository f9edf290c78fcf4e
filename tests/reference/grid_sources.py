#!/usr/bin/env python3
"""Sources of a made-up town for `autan grid`, sound ones and broken ones.

    grid_sources.py FOLDER

The town is 6 km x 4 km, EPSG:2154, from 570000 6280000, cells of 100 m. Shapes are made in
that CRS, where their areas are known, and written in others.
"""
import json
import os
import struct
import sys

import numpy as np
from osgeo import gdal, ogr, osr

gdal.UseExceptions()
X, Y = 570000.0, 6280000.0
NX, NY = 60, 40


def reference(code):
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(code)
    srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return srs


LAMBERT, WGS84 = reference(2154), reference(4326)


def box(x0, y0, x1, y1):
    """A box in metres from the town's corner, with a point every 50 m."""
    ring = []
    for (ax, ay), (bx, by) in [((x0, y0), (x1, y0)), ((x1, y0), (x1, y1)),
                               ((x1, y1), (x0, y1)), ((x0, y1), (x0, y0))]:
        n = max(1, int(max(abs(bx - ax), abs(by - ay)) / 50))
        ring += [(X + ax + (bx - ax) * i / n, Y + ay + (by - ay) * i / n) for i in range(n)]
    return [ring + ring[:1]]


def geojson(path, features, code=4326, swap=False):
    """features: (type, coordinates in EPSG:2154, properties)."""
    way = osr.CoordinateTransformation(LAMBERT, reference(code))

    def move(c):
        if isinstance(c[0], (int, float)):
            x, y, _ = way.TransformPoint(*c) if code != 2154 else (*c, 0)
            return [y, x] if swap else [x, y]
        return [move(i) for i in c]

    with open(path, "w", encoding="utf-8") as f:
        json.dump({"type": "FeatureCollection",
                   "crs": {"type": "name", "properties": {
                       "name": f"urn:ogc:def:crs:EPSG::{code}" if code != 4326
                       else "urn:ogc:def:crs:OGC:1.3:CRS84"}},
                   "features": [{"type": "Feature", "properties": p, "geometry":
                                 c and {"type": t, "coordinates": move(c)}}
                                for t, c, p in features]}, f)


def raster(path, values, pixel=100.0, code=2154, x=X, ymax=Y + NY * 100, nodata=None,
           kind=gdal.GDT_Float32):
    values = np.atleast_3d(values)
    ny, nx, bands = values.shape
    ds = gdal.GetDriverByName("GTiff").Create(path, nx, ny, bands, kind)
    ds.SetGeoTransform((x, pixel, 0, ymax, 0, -pixel))
    ds.SetProjection(reference(code).ExportToWkt())
    for b in range(bands):
        ds.GetRasterBand(b + 1).WriteArray(values[:, :, b])
        if nodata is not None:
            ds.GetRasterBand(b + 1).SetNoDataValue(nodata)
    ds = None


def main():
    os.makedirs(sys.argv[1], exist_ok=True)
    os.chdir(sys.argv[1])
    way = osr.CoordinateTransformation(LAMBERT, WGS84)
    with open("stations.csv", "w", encoding="utf-8") as f:
        f.write("station,name,longitude,latitude,elevation,lcz,height\n")
        # centre of the houses; on the edge of the lake; inside a cell; outside the grid
        for name, x, y in [("a", 1050, 1050), ("b", 4000, 2500), ("c", 1025, 1075),
                           ("far", 90000, 500)]:
            lon, lat, _ = way.TransformPoint(X + x, Y + y)
            f.write(f'{name},"Place ""{name}""",{lon:.9f},{lat:.9f},,2,{100 + x / 50}\n')

    # Houses: a block of 400 m x 400 m whose middle 200 m x 200 m is a yard; another that
    # overlaps it by half; both are hit twice.
    yard = box(800, 800, 1200, 1200) + box(900, 900, 1100, 1100)
    houses = [("Polygon", yard, {"kind": "house", "height": 12}),
              ("Polygon", yard, {"kind": "house", "height": 12}),
              ("Polygon", box(1000, 1100, 1400, 1300), {"kind": "house", "height": 20}),
              ("Polygon", box(3000, 500, 3050, 550), {"kind": "shed", "height": 3})]
    geojson("houses.geojson", houses)
    geojson("houses-2154.geojson", houses, 2154)
    gdal.VectorTranslate("houses.gpkg", "houses.geojson", format="GPKG", layerName="houses")
    gdal.VectorTranslate("tiles", "houses.geojson", format="MVT", layerName="houses",
                         dstSRS="EPSG:3857",
                         datasetCreationOptions=["FORMAT=DIRECTORY", "MINZOOM=14",
                                                 "MAXZOOM=14", "COMPRESS=NO"])
    geojson("lake.geojson", [("Polygon", box(4000, 1500, 5000, 3500), {})])
    geojson("canal.geojson", [("LineString", [[X + 500, Y + 3050], [X + 2500, Y + 3050]],
                               {"width": "10"})])
    geojson("trees.geojson", [("Point", [X + 2050 + 10 * i, Y + 50], {}) for i in range(5)])
    geojson("squares.geojson", [("Polygon", box(2000, 2000, 2200, 2200), {"people": 80}),
                                ("Polygon", box(2200, 2000, 2400, 2200), {"people": 40})])
    row, column = np.mgrid[0:NY, 0:NX]
    raster("relief.tif", 100.0 + 2.0 * column)
    fine = np.zeros((NY * 10, NX * 10), dtype=np.uint8) + 6
    fine[:, :305] = 2
    raster("lcz.tif", fine, 10.0, kind=gdal.GDT_Byte)
    raster("image.tif", np.dstack([np.full((NY, NX), 40.0), np.full((NY, NX), 120.0)]))

    # Broken ones.
    tie = [[[X + 1000, Y + 1000], [X + 2000, Y + 2000], [X + 2000, Y + 1000],
            [X + 1000, Y + 2000], [X + 1000, Y + 1000]]]
    geojson("broken.geojson", [("Polygon", tie, {}), ("Polygon", None, {}),
                               ("Polygon", [[[X, Y], [X + 1, Y], [X, Y]]], {}),
                               ("Polygon", box(3000, 3000, 3100, 3100), {})], 2154)
    geojson("swapped.geojson", houses, swap=True)
    geojson("elsewhere.geojson", [("Polygon", box(900000, 0, 900100, 100), {})])
    geojson("words.geojson", [("Polygon", box(0, 0, 100, 100), {"height": "tall"})])
    geojson("empty.geojson", [])
    with open("text.geojson", "w", encoding="utf-8") as f:
        f.write("this is no map")
    # One file, two layers, two CRS; and degrees that say they are metres.
    gdal.VectorTranslate("mixed.gpkg", "houses.geojson", format="GPKG", layerName="degrees")
    gdal.VectorTranslate("mixed.gpkg", "lake.geojson", format="GPKG", layerName="metres",
                         dstSRS="EPSG:2154", accessMode="update")
    gdal.VectorTranslate("liar.gpkg", "houses.geojson", format="GPKG", dstSRS=None,
                         layerName="houses", options=["-a_srs", "EPSG:2154"])
    holes = (100.0 + 2.0 * column).astype(np.float32)
    holes[:10, :15] = -9999
    raster("holes.tif", holes)
    raster("half.tif", (100.0 + 2.0 * column)[:, :30])
    raster("abroad.tif", np.zeros((10, 10)), x=100000.0)
    # 50 000 x 50 000 floats that were never written.
    ds = gdal.GetDriverByName("GTiff").Create("header.tif", 50000, 50000, 1,
                                              gdal.GDT_Float32, ["SPARSE_OK=TRUE",
                                                                 "TILED=YES"])
    ds.SetGeoTransform((X, 0.12, 0, Y + NY * 100, 0, -0.12))
    ds.SetProjection(LAMBERT.ExportToWkt())
    ds = None
    # A header that promises more than the file holds.
    raster("cut.tif", 100.0 + 2.0 * column)
    with open("cut.tif", "r+b") as f:
        f.truncate(os.path.getsize("cut.tif") // 2)
    os.makedirs("badtiles/14/8259", exist_ok=True)
    with open("badtiles/14/8259/5976.pbf", "wb") as f:
        f.write(struct.pack("<20I", *range(1000000, 1000020)))


main()
