#!/bin/sh
# Make the 100 m covariate stack of Toulouse anew.
#
#   grids/toulouse/rebuild.sh [DATA_DIR]
#
# DATA_DIR holds osm-tiles-z14.tar.xz, N43E001.hgt, population-200m.geojson and
# communes.geojson; default ../shared/data/toulouse, beside the repository. The program is $AUTAN, or build/autan. The city file is
# $STACK, toulouse.ini by default.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
data=${1:-$here/../../../shared/data/toulouse}
autan=$(realpath "${AUTAN:-$here/../../build/autan}")

for f in osm-tiles-z14.tar.xz N43E001.hgt population-200m.geojson communes.geojson; do
    if [ ! -r "$data/$f" ]; then
        echo "skipped: $data/$f is not there; give the folder that holds it" >&2
        exit 77
    fi
done
data=$(cd "$data" && pwd)
cd "$here"
mkdir -p work
[ -d work/tiles ] || tar -xJf "$data/osm-tiles-z14.tar.xz" -C work
for f in N43E001.hgt population-200m.geojson communes.geojson; do
    ln -sf "$data/$f" work/
done
exec "$autan" grid "${STACK:-toulouse.ini}"
