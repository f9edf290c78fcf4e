#!/bin/sh
# The ground of a wide extent: the country of extent_city.py, EXTENT_SIDE x EXTENT_SIDE
# cells of 10 m (14400: 207 million, some 25 GiB of disk and an hour of processors), with
# covariates of every kind; time, memory (wanted: below 2 GiB), and the time of each.
set -eu
. "$(dirname "$0")/accuracy.sh"
folder=$work/extent
rm -rf "$folder"
mkdir -p "$folder"
"$python" "$bench/extent_city.py" "$folder" "${EXTENT_SIDE:-14400}"
cd "$folder"
env time -o time -f '%e %U %S %M' "$autan" grid city.ini >log 2>&1 || {
    cat log >&2
    exit 1
}
awk '{ printf "%d s, %.0f s of processors, %.0f MiB at most\n", $1, $2 + $3, $4 / 1024 }' time
stat -c '%.Y %n' made/*.tif | sort -n | awk '
    NR > 1 { printf "%-24s %6.0f s\n", $2, $1 - before }
    { before = $1 }'
rm -rf made
