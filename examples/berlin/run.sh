#!/bin/sh
# Berlin: two years of 23 stations, the heatwave of June 2019, scores of two summers.
#
#   sh examples/berlin/run.sh [DATA]     DATA: the berlin folder of the data (README.md)
set -eu
cd "$(dirname "$0")/../.."
data=$(realpath -m "${1:-${AUTAN_SHARED:-../shared}/data/berlin}")
autan=${AUTAN:-build/autan}

if [ ! -f "$data/observations.csv.gz" ]; then
    echo "skipped: no Berlin data in $data" >&2
    exit 77
fi
for tool in ogr2ogr gdal_rasterize; do
    command -v $tool > /dev/null || {
        echo "skipped: no $tool; on Debian: apt-get install gdal-bin" >&2
        exit 77
    }
done
[ -x "$autan" ] || sh setup.sh
autan=$(realpath "$autan")
cd examples/berlin
sh ground.sh "$data" work

"$autan" ingest berlin.ini work/data/observations.csv.gz
"$autan" fit berlin.ini
"$autan" map -q --from 2019-06-24 --to 2019-07-01T23:00Z -o work/heatwave-2019.nc berlin.ini
"$autan" map -q --from 2019-06-25T22:00Z --to 2019-06-25T22:00Z --picture work berlin.ini
for year in 2019 2020; do
    echo "Summer $year, every station withheld in turn:"
    "$autan" validate -q --from $year-06-01 --to $year-08-31T23:00Z \
        -o work/summer-$year.csv berlin.ini
done
echo "Maps: examples/berlin/work/heatwave-2019.nc"
echo "Pictures of 26 June 2019, midnight: examples/berlin/work/*.png"
