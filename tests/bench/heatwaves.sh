#!/bin/sh
# June and July 2019 in Berlin, with two heatwaves, as the officer would have seen them:
# there are readings from January 2019 on, and at each origin the forecast knows those
# before it alone. Needs the shared data; an origin takes about a second.
#
#   sh tests/bench/heatwaves.sh [HOURS [FROM TO]]
#
# An origin every so many hours (1) from FROM to the end of TO (2019-06-01 and 2019-07-31):
# 1464. Forecasts do not know of each other and are made JOBS (1) at a time; alerts
# remember the colour before, and follow in order. told.csv here becomes what risk.csv of
# each origin said of the town; then heatwaves.py tells what it was worth.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
autan=${AUTAN:-$top/build/autan}
shared=${AUTAN_SHARED:-$top/../shared}
every=${1:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A covariance by hand, so that no model learns from the heatwaves either.
cat >"$work/berlin.ini" <<END
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
END
"$autan" ingest -q "$work/berlin.ini" "$shared/data/berlin/observations.csv.gz" 2>/dev/null
at=$(date -u -d "${2:-2019-06-01} 00:00" +%s)
last=$(date -u -d "${3:-2019-07-31} 23:00" +%s)
while [ "$at" -le "$last" ]; do
    date -u -d "@$at" +%Y-%m-%dT%H:%MZ
    at=$((at + every * 3600))
done >"$work/origins"
OMP_NUM_THREADS=1 xargs -P "${JOBS:-1}" -I @ \
    "$autan" forecast -q --days 3 --at @ "$work/berlin.ini" <"$work/origins"
: >told.csv
while read -r time; do
    "$autan" alert -q --at "$time" -o "$work/told" "$work/berlin.ini"
    sed -n "2,\${/^Berlin,/s/^/$time,/p}" "$work/told/risk.csv" >>told.csv
done <"$work/origins"
"$(command -v python3)" "$top/tests/bench/heatwaves.py" told.csv "$shared"
