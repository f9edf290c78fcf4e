#!/bin/sh
# What the stack of Berlin is worth: errors at withheld stations, two summers, with
# imperviousness alone and with the stack.
#
#   grids/berlin/compare.sh        after rebuild.sh; some minutes
set -eu
here=$(cd "$(dirname "$0")" && pwd)
autan=$(realpath "${AUTAN:-$here/../../build/autan}")
cd "$here"
"$autan" ingest -q berlin.ini work/data/observations.csv.gz
sed '/^\[covariate green_100\]/,$d' berlin.ini >alone.ini
for stack in alone berlin; do
    "$autan" fit -q $stack.ini
    for year in 2019 2020; do
        echo "$stack, summer $year"
        "$autan" validate -q --from $year-06-01 --to $year-08-31T23:00Z $stack.ini
    done
done
rm alone.ini
