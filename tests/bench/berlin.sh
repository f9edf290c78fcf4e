#!/bin/sh
# Berlin: autan and its peers at withheld stations, June to August 2019 and 2020.
#
#   sh tests/bench/berlin.sh [--every N | --all] [--fresh]      see accuracy.sh
#
# Everybody gets the same eight covariates: imperviousness (mean over discs of 100, 300
# and 1000 m), green areas (300, 1000 m), woods (300 m) and water (300, 1000 m). They are
# known inside Berlin only; eight of the 23 stations stand outside. For the peers these
# take the mean of the others; autan decides by itself. Autan is fitted on the whole
# archive (2019-01 to 2020-11), as a town would; the peers know the hour only.
set -eu
. "$(dirname "$0")/accuracy.sh"
options "$@"
city_folder berlin
data=$shared/data/berlin
[ -f "$data/observations.csv.gz" ] || skip "no Berlin data in $data"

# burn NAME LAYER [WHERE]: 1 in the polygons, 0 in the rest of Berlin, unknown outside.
burn() {
    cp "$folder/ground.tif" "$folder/$1.tif"
    gdal_rasterize -q -burn 1 ${3:+-where "$3"} -l ground "$folder/$2.gpkg" "$folder/$1.tif"
}

if [ ! -f "$folder/wood.tif" ]; then
    for layer in green water districts; do
        ogr2ogr -q -overwrite -t_srs EPSG:25833 -nln ground "$folder/$layer.gpkg" \
            "$data/$layer.gpkg"
    done
    gdal_rasterize -q -init 255 -a_nodata 255 -burn 0 -tr 20 20 -ot Byte \
        -te 366000 5797000 418000 5841000 -l ground "$folder/districts.gpkg" \
        "$folder/ground.tif"
    burn green green
    burn water water
    burn wood green "fclass = 'forest'"
    rm "$folder/"*.gpkg
fi

{
    cat << END
[city]
name       = Berlin
timezone   = Europe/Berlin
crs        = EPSG:25833
extent     = 362000 5795000 422000 5843000
resolution = 100
archive    = archive
[stations]
file = $data/stations.csv
END
    for term in imperviousness:100 imperviousness:300 imperviousness:1000 green:300 \
        green:1000 wood:300 water:300 water:1000; do
        name=${term%:*}
        file=$folder/$name.tif
        [ "$name" != imperviousness ] || file=$data/imperviousness-10m.tif
        printf '[covariate %s_%s]\nfile = %s\nradius = %s\n' \
            "$name" "${term#*:}" "$file" "${term#*:}"
    done
} > "$folder/berlin.ini"

compete "$folder/berlin.ini" "$data/observations.csv.gz" "$data/observations.csv.gz" \
    2019-06-01/2019-08-31T23:00Z 2020-06-01/2020-08-31T23:00Z
