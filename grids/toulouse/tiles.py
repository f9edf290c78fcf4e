#!/usr/bin/python3
"""Join vector tiles into one GeoPackage in metres.

usage: tiles.py TILES OUT.gpkg EPSG LAYER...

TILES is a folder of tiles X/Y.pbf. Each tile is read whole, with the margin it has
around it: clipping to the tile's edge (what GDAL 3.6 always does when it opens the
folder itself) drops the polygons that are not valid. So what lies in a margin comes
twice, which is harmless for burning and wrong for counting.
"""
import glob
import sys

from osgeo import gdal

gdal.UseExceptions()
gdal.SetConfigOption("OGR_SQLITE_SYNCHRONOUS", "OFF")

tiles, out, crs, *wanted = sys.argv[1:]
paths = sorted(glob.glob(f"{tiles}/*/*.pbf"))
if not paths:
    sys.exit(f"{tiles}: no X/Y.pbf there")

result = gdal.GetDriverByName("GPKG").Create(out, 0, 0, 0, gdal.GDT_Unknown)
for path in paths:
    tile = gdal.OpenEx(f"MVT:{path}", gdal.OF_VECTOR, open_options=["CLIP=NO"])
    present = {tile.GetLayer(i).GetName() for i in range(tile.GetLayerCount())}
    for layer in (w for w in wanted if w in present):
        new = result.GetLayerByName(layer) is None
        gdal.VectorTranslate(
            result, tile, accessMode="append", addFields=True, layers=[layer],
            dstSRS=crs, reproject=True, geometryType="GEOMETRY",
            layerCreationOptions=["SPATIAL_INDEX=NO"] if new else None)
missing = set(wanted) - {result.GetLayer(i).GetName()
                         for i in range(result.GetLayerCount())}
if missing:
    sys.exit(f"{tiles}: no layer {', '.join(sorted(missing))} in the tiles")
