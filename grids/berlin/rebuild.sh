#!/bin/sh
# Make the 100 m covariate stack of Berlin anew.
#
#   grids/berlin/rebuild.sh [DATA_DIR]
#
# DATA_DIR: the berlin folder of the data; default ../shared/data/berlin, beside the
# repository. The program is $AUTAN, or build/autan.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
data=${1:-$here/../../../shared/data/berlin}
autan=$(realpath "${AUTAN:-$here/../../build/autan}")

if [ ! -r "$data/imperviousness-10m.tif" ]; then
    echo "skipped: $data/imperviousness-10m.tif is not there; give the folder that holds it" >&2
    exit 77
fi
data=$(cd "$data" && pwd)
cd "$here"
mkdir -p work
ln -sfn "$data" work/data
exec "$autan" grid berlin.ini
