#!/usr/bin/env python3
"""A made-up town as OpenStreetMap, BD TOPO and Urban Atlas have towns, for `autan grid`.

    open_data.py FOLDER

6 km x 4 km, EPSG:2154, from 570000 6280000. All shapes are boxes and lines made in that
CRS, where their areas are known:

    building  1000 1000 to 1400 1400    16 ha; 12 m high
    wood      2000 1000 to 2600 1400    24 ha
    park      3000 1000 to 3500 1400    20 ha, with a pond of 200 m x 100 m in it
    meadow    4000 1000 to 4200 1400     8 ha
    street    500 2050 to 2500 2150     2 km; as much again as a tunnel, 500 m north
    stream    500 3050 to 2500 3150     2 km
    parking   3000 2000 to 3100 2100     1 ha (OpenStreetMap alone)
"""
import os
import sys
from xml.sax.saxutils import quoteattr

import numpy as np
from osgeo import gdal, ogr, osr

gdal.UseExceptions()
X, Y = 570000.0, 6280000.0


def reference(code):
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(code)
    srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return srs


LAMBERT, WGS84 = reference(2154), reference(4326)
TO_DEGREES = osr.CoordinateTransformation(LAMBERT, WGS84)


def line(x0, y0, x1, y1):
    """Points every 50 m."""
    n = max(1, int(max(abs(x1 - x0), abs(y1 - y0)) / 50))
    return [(X + x0 + (x1 - x0) * i / n, Y + y0 + (y1 - y0) * i / n) for i in range(n + 1)]


def box(x0, y0, x1, y1):
    return (line(x0, y0, x1, y0) + line(x1, y0, x1, y1)[1:] + line(x1, y1, x0, y1)[1:]
            + line(x0, y1, x0, y0)[1:])


WAYS = [
    (box(1000, 1000, 1400, 1400), {"building": "yes"}),
    (box(2000, 1000, 2600, 1400), {"natural": "wood"}),
    (box(3000, 1000, 3500, 1400), {"leisure": "park"}),
    (box(3100, 1100, 3300, 1200), {"natural": "water"}),
    (box(4000, 1000, 4200, 1400), {"landuse": "meadow"}),
    (box(3000, 2000, 3100, 2100), {"amenity": "parking"}),
    (line(500, 2050, 2500, 2150), {"highway": "residential"}),
    (line(500, 2550, 2500, 2650), {"highway": "primary", "tunnel": "yes", "layer": "-1"}),
    (line(500, 3050, 2500, 3150), {"waterway": "stream"}),
]


def openstreetmap(path, shift=0.0):
    """An .osm file; each way has nodes of its own."""
    nodes, ways, n = [], [], 0
    for w, (points, tags) in enumerate(WAYS):
        closed = points[0] == points[-1]
        refs = []
        for x, y in points[:-1] if closed else points:
            n += 1
            lon, lat, _ = TO_DEGREES.TransformPoint(x + shift, y)
            nodes.append(f'<node id="{n}" version="1" lon="{lon:.9f}" lat="{lat:.9f}"/>')
            refs.append(n)
        if closed:
            refs.append(refs[0])
        ways.append(f'<way id="{w + 1}" version="1">'
                    + "".join(f'<nd ref="{r}"/>' for r in refs)
                    + "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>"
                              for k, v in tags.items()) + "</way>")
    with open(path, "w", encoding="utf-8") as f:
        f.write('<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6">\n'
                + "\n".join(nodes + ways) + "\n</osm>\n")


def layer(ds, name, kind, fields, features, code=2154):
    out = ds.CreateLayer(name, reference(code), kind)
    for field, field_type in fields:
        out.CreateField(ogr.FieldDefn(field, field_type))
    way = osr.CoordinateTransformation(LAMBERT, reference(code))
    for points, values in features:
        feature = ogr.Feature(out.GetLayerDefn())
        ring = ogr.Geometry(ogr.wkbLinearRing if kind == ogr.wkbPolygon
                            else ogr.wkbLineString)
        for x, y in points:
            a, b, _ = way.TransformPoint(x, y)
            ring.AddPoint_2D(a, b)
        geometry = ring
        if kind == ogr.wkbPolygon:
            geometry = ogr.Geometry(kind)
            geometry.AddGeometry(ring)
        feature.SetGeometry(geometry)
        for key, value in values.items():
            feature[key] = value
        out.CreateFeature(feature)


def bdtopo(path):
    """The layers and attributes of BD TOPO 3 that matter, as IGN's documentation of its
    contents names them."""
    ds = ogr.GetDriverByName("GPKG").CreateDataSource(path)
    state = ("etat_de_l_objet", ogr.OFTString)
    level = ("position_par_rapport_au_sol", ogr.OFTString)
    layer(ds, "batiment", ogr.wkbPolygon,
          [("cleabs", ogr.OFTString), ("nature", ogr.OFTString), state,
           ("hauteur", ogr.OFTReal)],
          [(WAYS[0][0], {"nature": "Indifférenciée", "hauteur": 12.0,
                         "etat_de_l_objet": "En service"}),
           (box(5000, 3000, 5200, 3200), {"nature": "Indifférenciée",
                                          "etat_de_l_objet": "En projet"})])
    layer(ds, "zone_de_vegetation", ogr.wkbPolygon, [("nature", ogr.OFTString)],
          [(WAYS[1][0], {"nature": "Forêt fermée de feuillus"}),
           (WAYS[4][0], {"nature": "Vigne"})])
    layer(ds, "surface_hydrographique", ogr.wkbPolygon, [("nature", ogr.OFTString), level],
          [(WAYS[3][0], {"nature": "Lac", "position_par_rapport_au_sol": "0"}),
           (box(5000, 3000, 5200, 3200), {"nature": "Ecoulement canalisé",
                                          "position_par_rapport_au_sol": "-1"})])
    layer(ds, "troncon_de_route", ogr.wkbLineString,
          [("nature", ogr.OFTString), ("largeur_de_chaussee", ogr.OFTReal), level, state,
           ("fictif", ogr.OFTInteger)],
          [(WAYS[6][0], {"nature": "Route à 1 chaussée", "largeur_de_chaussee": 8.0,
                         "position_par_rapport_au_sol": "Gué ou radier", "fictif": 0,
                         "etat_de_l_objet": "En service"}),
           (WAYS[7][0], {"nature": "Route à 1 chaussée", "largeur_de_chaussee": 10.0,
                         "position_par_rapport_au_sol": "-1"}),
           ([(X + 100, Y + 3700), (X + 1100, Y + 3700)],
            {"nature": "Rond-point", "largeur_de_chaussee": 8.0, "fictif": 1}),
           ([(X + 100, Y + 3800), (X + 1100, Y + 3800)],
            {"nature": "Bretelle", "largeur_de_chaussee": 8.0,
             "etat_de_l_objet": "En projet"}),
           (WAYS[8][0], {"nature": "Sentier"})])


def urban_atlas(path):
    """As Copernicus Land Monitoring ships a town: EPSG:3035, three layers."""
    ds = ogr.GetDriverByName("GPKG").CreateDataSource(path)
    fields = [("country", ogr.OFTString), ("code_2018", ogr.OFTString),
              ("class_2018", ogr.OFTString)]
    layer(ds, "FR000L2_TOWN_UA2018", ogr.wkbPolygon, fields,
          [(WAYS[0][0], {"code_2018": "11100", "class_2018": "Continuous urban fabric"}),
           (WAYS[1][0], {"code_2018": "31000", "class_2018": "Forests"}),
           (WAYS[2][0], {"code_2018": "14100", "class_2018": "Green urban areas"}),
           (WAYS[4][0], {"code_2018": "11220", "class_2018": "Low density"})], 3035)
    for name in "FR000L2_TOWN_UA2018_Boundary", "FR000L2_TOWN_UA2018_UrbanCore":
        layer(ds, name, ogr.wkbPolygon, fields, [(box(0, 0, 6000, 4000), {})], 3035)


def relief(folder):
    """Two tiles that meet at 3 km, and a text beside them."""
    os.makedirs(folder)
    for name, first in ("west", 0), ("east", 30):
        columns = np.arange(first - 2 * (first == 0), first + 32)
        values = np.tile(100.0 + 2.0 * columns, (44, 1))
        ds = gdal.GetDriverByName("GTiff").Create(f"{folder}/{name}.tif", values.shape[1],
                                                  44, 1, gdal.GDT_Float32)
        ds.SetGeoTransform((X + 100 * columns[0], 100, 0, Y + 4200, 0, -100))
        ds.SetProjection(LAMBERT.ExportToWkt())
        ds.GetRasterBand(1).WriteArray(values)
        ds = None
    with open(f"{folder}/LISEZMOI.txt", "w", encoding="utf-8") as f:
        f.write("Altitudes.\n")


def main():
    os.makedirs(sys.argv[1], exist_ok=True)
    os.chdir(sys.argv[1])
    with open("stations.csv", "w", encoding="utf-8") as f:
        f.write("station,name,longitude,latitude\n")
        for name, x, y in ("middle", 1200, 1200), ("wood", 2300, 1200), ("park", 3400, 1300):
            lon, lat, _ = TO_DEGREES.TransformPoint(X + x, Y + y)
            f.write(f"{name},,{lon:.9f},{lat:.9f}\n")
    openstreetmap("town.osm")
    openstreetmap("far.osm", 50000.0)
    bdtopo("bdtopo.gpkg")
    urban_atlas("ua.gpkg")
    relief("relief")


main()
