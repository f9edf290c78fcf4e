#!/bin/sh
# Ghent: autan and its peers at withheld stations, 1 to 15 September 2022.
#
#   sh tests/bench/ghent.sh [--every N | --all] [--fresh]      see accuracy.sh
#
# 28 stations all over Flanders. Everybody gets the same eight covariates: altitude and
# the share of built ground (discs of 100 and 500 m), trees (100, 500 m), grass, crops and
# water (500 m). They are known at the stations only, so each becomes a raster in which a
# pixel has the value of the nearest station: good for scores at stations, not for maps.
# The peers get hourly means, as autan makes them of the 15-minute readings itself.
set -eu
. "$(dirname "$0")/accuracy.sh"
options --all "$@"
city_folder ghent
data=$shared/data/ghent
[ -f "$data/sites.csv" ] || skip "no Ghent data in $data"

covariates="altitude built_100=Built-up_100 built_500=Built-up_500
tree_100=Tree_cover_100 tree_500=Tree_cover_500 grass_500=Grassland_500
crop_500=Cropland_500 water_500=Permanent_water_bodies_500"

if [ ! -f "$folder/hourly.csv" ]; then
    zcat "$data/observations-15min.csv.gz" | awk -F, -v OFS=, '
        NR == 1 { print "time,station,air_temperature"; next }
        { sub(" ", "T", $1); sub(/\+00:00$/, "Z", $1); print $1, $2, $4 }' \
        > "$folder/observations.csv"
    awk -F, -v OFS=, 'NR == 1 { print "station,longitude,latitude,elevation"; next }
        { print $1, $3, $2, $5 }' "$data/sites.csv" > "$folder/stations.csv"
    sed '1 s/ /_/g' "$data/sites.csv" > "$folder/places.csv"
    ogr2ogr -q -overwrite -oo AUTODETECT_TYPE=YES -oo X_POSSIBLE_NAMES=lon \
        -oo Y_POSSIBLE_NAMES=lat -a_srs EPSG:4326 "$folder/places.gpkg" "$folder/places.csv"
    for covariate in $covariates; do
        gdal_grid -q -l places -zfield "${covariate#*=}" -a nearest -a_srs EPSG:4326 \
            -txe 2.8 5.7 -tye 51.4 50.8 -outsize 2900 600 -ot Float32 \
            -co COMPRESS=DEFLATE "$folder/places.gpkg" "$folder/${covariate%=*}.tif"
    done
    "$python" "$bench/hourly.py" "$folder/observations.csv" > "$run/hourly.csv"
    mv "$run/hourly.csv" "$folder/hourly.csv"
fi

{
    cat << END
[city]
name       = Ghent
timezone   = Europe/Brussels
crs        = EPSG:3812
extent     = 540000 660000 740000 730000
resolution = 500
archive    = archive
[stations]
file = stations.csv
END
    for covariate in $covariates; do
        printf '[covariate %s]\nfile = %s.tif\n' "${covariate%=*}" "${covariate%=*}"
    done
} > "$folder/ghent.ini"

compete "$folder/ghent.ini" "$folder/observations.csv" "$folder/hourly.csv" \
    2022-09-01/2022-09-15T23:00Z
