#!/bin/sh
# The ground of Toulouse from 440 vector tiles (606 000 building parts): the whole stack of
# grids/toulouse; and the plain fractions of reference.ini and the elevation, beside ogr2ogr
# + gdal_rasterize + gdalwarp making the same six. These burn pixels of 10 m where autan
# paints 2.5 m, and make no table of the stations.
set -eu
. "$(dirname "$0")/accuracy.sh"
data=$shared/data/toulouse
[ -f "$data/osm-tiles-z14.tar.xz" ] || skip "no Toulouse data in $data"

folder=$work/grid
rm -rf "$folder"
mkdir -p "$folder/grids" "$folder/stations"
cp -r "$source/grids/toulouse" "$folder/grids/"
cp "$source/stations/toulouse.csv" "$folder/stations/"
chmod -R u+w "$folder"
cd "$folder/grids/toulouse"
rm -rf work
mkdir -p work/gdal
tar -xJf "$data/osm-tiles-z14.tar.xz" -C work
cp "$data/N43E001.hgt" "$data/population-200m.geojson" "$data/communes.geojson" work/
find work -type f -exec cat {} + >/dev/null # read once, for everybody alike

{
    cat reference.ini
    printf '[layer srtm]\nsource = work/N43E001.hgt\n'
    printf '[covariate elevation]\nfile = work/reference/elevation.tif\nmake = mean srtm\n'
} >plain.ini

cat >gdal.sh <<'END_OF_GDAL'
set -e
frame="-te 554000 6262000 592000 6296000"
ogr2ogr -q -f GPKG -t_srs EPSG:2154 -oo CLIP=NO work/gdal/tiles.gpkg MVT:work/tiles/14 \
    building transportation water landcover
burn() { # burn NAME LAYER [WHERE]
    gdal_rasterize -q -burn 1 -init 0 -ot Byte -tr 10 10 $frame ${3:+-where "$3"} -l "$2" \
        work/gdal/tiles.gpkg "work/gdal/$1-10m.tif"
    gdalwarp -q -r average -tr 100 100 -ot Float32 -co COMPRESS=DEFLATE \
        "work/gdal/$1-10m.tif" "work/gdal/$1.tif"
}
burn building building
burn road transportation "class IN ('motorway','trunk','primary','secondary','tertiary','minor','service','rail')"
burn water water
burn wood landcover "class = 'wood'"
burn grass landcover "class = 'grass'"
gdalwarp -q -r bilinear -t_srs EPSG:2154 $frame -tr 100 100 -co COMPRESS=DEFLATE \
    work/N43E001.hgt work/gdal/elevation.tif
END_OF_GDAL

timed() { # timed NAME COMMAND...
    name=$1
    shift
    env time -o time -f '%e %U %S %M' "$@" >log 2>&1 || {
        cat log >&2
        exit 1
    }
    awk -v name="$name" '{ printf "%-50s %6.1f s, %5.1f s of processors, %4.0f MiB\n", name, $1,
        $2 + $3, $4 / 1024 }' time
}
timed "the whole stack (wanted: below 60 s)" "$autan" grid toulouse.ini
timed "plain fractions and elevation (below the next)" "$autan" grid plain.ini
timed "the same by ogr2ogr, gdal_rasterize, gdalwarp" sh gdal.sh
"$python" - work/reference work/gdal <<'END_OF_PYTHON'
import sys
import numpy as np
from osgeo import gdal
gdal.UseExceptions()
print("mean absolute difference of the two:", end="")
for name in "building", "road", "water", "wood", "grass", "elevation":
    ours, theirs = (gdal.Open(f"{f}/{name}.tif").ReadAsArray().astype(float) for f in sys.argv[1:])
    print(f" {name} {np.abs(ours - theirs).mean():.4f}", end="")
print()
END_OF_PYTHON
