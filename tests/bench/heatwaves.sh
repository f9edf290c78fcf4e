#!/bin/sh
# The heatwaves of June and July 2019 in Berlin as the officer would have seen them: from
# January 2019 on there are readings; at each origin the forecast knows those before it
# alone. Prints what the bulletin of each origin said of the town, then the scores.
#
#   sh tests/bench/heatwaves.sh [HOURS]     an origin every so many hours (24, from 06 UTC)
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
autan=${AUTAN:-$top/build/autan}
shared=${AUTAN_SHARED:-$top/../shared}
every=${1:-24}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A covariance by hand, so that no model learns from the heatwaves either.
cat >"$work/berlin.ini" <<EOF
[city]
name       = Berlin
timezone   = Europe/Berlin
crs        = EPSG:25833
extent     = 369000 5799000 417000 5838000
resolution = 1000
archive    = archive
[stations]
file = $shared/data/berlin/stations.csv
[model]
trend = none
covariance = 0.6 exp 6000 + 0.1 nugget
[alert]
rule = germany
day_threshold = 32
night_threshold = 20
EOF
"$autan" ingest -q "$work/berlin.ini" "$shared/data/berlin/observations.csv.gz" 2>/dev/null
replay() { # replay FROM TO: dates
    at=$(date -u -d "$1 06:00" +%s)
    while [ "$at" -le "$(date -u -d "$2 06:00" +%s)" ]; do
        time=$(date -u -d "@$at" +%Y-%m-%dT%H:%MZ)
        "$autan" forecast -q --at "$time" "$work/berlin.ini"
        "$autan" alert -q --at "$time" -o "$work/told" "$work/berlin.ini"
        echo "== $time"
        sed -n '/^  [a-z][a-z][a-z] /p' "$work/told/bulletin.txt"
        at=$((at + every * 3600))
    done
}
replay 2019-06-20 2019-07-01
replay 2019-07-18 2019-07-28
"$autan" verify -o "$work/scores" "$work/berlin.ini"
column -s, -t <"$work/scores/colours.csv" | grep -v zones
grep -E '^(scope|stations,hot_day|town,orange)' "$work/scores/events.csv" | column -s, -t
