#!/bin/sh
# Simulated Toulouse: autan and its peers at withheld stations, two weeks of January, April
# and August of the simulated year.
#
#   sh tests/bench/toulouse.sh [--every N | --all] [--fresh]      see accuracy.sh
#
# 77 stations, the covariates of examples/toulouse/toulouse.ini. The readings are
# SIMULATED: no statement about Toulouse follows. Autan is fitted on the whole year, faults
# and gaps included; the weeks have gaps only. The peers get hourly means, as autan makes
# them of the 15-minute readings itself.
set -eu
. "$(dirname "$0")/accuracy.sh"
options "$@"
city_folder toulouse
simulate=$(realpath -m "${BENCH_SIMULATE:-examples/toulouse/simulate}")
year=$folder/toulouse-2025-simulated.csv.gz

if [ ! -f "$folder/hourly.csv" ]; then
    [ -x "$simulate" ] || skip "no $simulate"
    "$simulate" --stations "$source/stations/toulouse.csv" \
        --grids "$source/grids/toulouse" --output "$year" > /dev/null
    "$python" "$bench/hourly.py" "$year" > "$run/hourly.csv"
    mv "$run/hourly.csv" "$folder/hourly.csv"
fi
toulouse_ini "$folder/toulouse.ini"

compete "$folder/toulouse.ini" "$year" "$folder/hourly.csv" \
    2025-01-06/2025-01-19T23:00Z 2025-04-14/2025-04-27T23:00Z 2025-08-16/2025-08-29T23:00Z
