#!/bin/sh
# What is known of Berlin's ground, as the rasters that berlin.ini names.
#
#   sh examples/berlin/ground.sh DATA FOLDER     DATA: the berlin folder of the data
#
# links DATA as FOLDER/data, and burns green areas, woods and water of OpenStreetMap into
# FOLDER: 20 m pixels, 1 in the polygons, 0 in the rest of Berlin, unknown outside.
set -eu
data=$(realpath "$1")
mkdir -p "$2"
cd "$2"
ln -sfn "$data" data
[ ! -f wood.tif ] || exit 0

for layer in green water districts; do
    ogr2ogr -q -overwrite -t_srs EPSG:25833 -nln ground $layer.gpkg data/$layer.gpkg
done
gdal_rasterize -q -init 255 -a_nodata 255 -burn 0 -tr 20 20 -ot Byte -co COMPRESS=DEFLATE \
    -te 366000 5797000 418000 5841000 -l ground districts.gpkg city.tif

# burn NAME LAYER [WHERE]
burn() {
    cp city.tif new.tif
    gdal_rasterize -q -burn 1 ${3:+-where "$3"} -l ground "$2.gpkg" new.tif
    mv new.tif "$1.tif"
}
burn green green
burn water water
burn wood green "fclass = 'forest'"
rm city.tif green.gpkg water.gpkg districts.gpkg
