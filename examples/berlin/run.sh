#!/bin/sh
# Berlin: two years of 23 stations, the heatwave of June 2019, scores of two summers.
#
#   sh examples/berlin/run.sh [DATA]     DATA: the berlin folder of the data (README.md)
set -eu
cd "$(dirname "$0")/../.."
data=$(realpath "${1:-${AUTAN_SHARED:-../shared}/data/berlin}")
autan=${AUTAN:-build/autan}

if [ ! -f "$data/observations.csv.gz" ]; then
    echo "skipped: no Berlin data in $data" >&2
    exit 77
fi
[ -x "$autan" ] || sh setup.sh
autan=$(realpath "$autan")
cd examples/berlin
mkdir -p work
ln -sfn "$data" work/data

# Fractions of 20 m cells; what lies outside the city's layers is not known.
for layer in green water; do
    [ -f work/$layer.tif ] && continue
    ogr2ogr -q -overwrite -t_srs EPSG:25833 -nln x work/$layer.gpkg work/data/$layer.gpkg
    gdal_rasterize -q -burn 1 -tr 20 20 -te 369000 5799000 416000 5838000 -ot Byte \
        -co COMPRESS=DEFLATE -l x work/$layer.gpkg work/$layer.tif
    rm work/$layer.gpkg
done

"$autan" ingest berlin.ini work/data/observations.csv.gz
"$autan" fit berlin.ini
"$autan" map --from 2019-06-24 --to 2019-07-01T23:00Z -o work/heatwave-2019.nc berlin.ini
"$autan" map -q --from 2019-06-30T21:00Z --to 2019-06-30T21:00Z --picture work berlin.ini
for year in 2019 2020; do
    echo "Summer $year, every station withheld in turn:"
    "$autan" validate -q --from $year-06-01 --to $year-08-31T23:00Z \
        -o work/summer-$year.csv berlin.ini
done
echo "Maps: examples/berlin/work/heatwave-2019.nc, picture: examples/berlin/work/*.png"
