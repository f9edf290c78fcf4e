#!/bin/sh
# autan run in a small town made here: whole cycles, degraded ones, one at a time, ended in
# the middle. Closes with `N passed, N failed`.
. "${srcdir:-$(dirname "$0")/..}/tests/cli_common.sh"

common_options run
if [ ! -f "$(dirname "$autan")/viewer/autan.js" ]; then
    echo "skipped: the viewer was not built (Debian: nodejs, npm), so no cycle is whole"
    finish
    exit
fi
"$python" "$top/tests/web/town.py" . || exit 1
sed -i 's/^resolution = 50/resolution = 200/' town.ini
printf '[run]\nmap_days = 2\n' >>town.ini
run() { "$autan" run --at "2023-08-0$1Z" town.ini; }
status() { # status STAGE: what the last cycle says of it
    "$python" -c 'import json, sys
stages = json.load(open("archive/run.json"))["stages"]
print([s["status"] for s in stages if s["stage"] == sys.argv[1]][0])' "$1"
}
became() { test "$(status "$1")" = "$2"; }
products() { find maps forecast*.nc alert open-data site -type f -exec sha256sum {} + | sort -k 2; }

refuses 1 "degraded: archive failed: it has no readings" "an empty archive is said" run 6T05:00
"$autan" ingest -q town.ini observations.csv || exit 1
says "the cycle is whole, up to 2023-08-06T05:00:00Z" "a first cycle does everything" run 6T05:40
for stage in qc fit map forecast alert publish view; do
    check "$stage is done" became $stage "done"
done
check "fetch is passed over" became fetch "passed over"
check "two days of maps are there" test "$(ls maps)" = "20230805.nc
20230806.nc"
check "of all hours up to the moment" "$python" -c 'import netCDF4
assert [len(netCDF4.Dataset(f"maps/2023080{d}.nc")["time"]) for d in (5, 6)] == [24, 6]'
products >first
says "the cycle is whole" "the same again" run 6T05:40
check "makes no map" became map "passed over"
check "no forecast" became forecast "passed over"
check "and no new model" became fit "passed over"
products >again
check "products stay the same, but for the files that bear the moment" sh -c '
    diff first again | grep "^[<>]" | grep -v -e " alert/" -e "site/data/site.json" | grep . && exit 1; exit 0'
says "up to 2023-08-06T06:00:00Z" "an hour later" run 6T06:40
check "the new hour is mapped" "$python" -c 'import netCDF4
assert len(netCDF4.Dataset("maps/20230806.nc")["time"]) == 7'
check "it is in the site" test -f site/data/days/20230806/air_temperature_20230806T0600Z.tif
check "and there is a forecast from it" test -f archive/forecasts/20230806T0600Z.nc

if [ -n "${AUTAN_QUICK:-}" ]; then
    echo "skipped: cycles that fail or are ended (AUTAN_QUICK)"
    finish
    exit
fi

# What fails is said, and the rest is done.
cp town.ini whole.ini
printf '[source]\nurl = http://127.0.0.1:9/api\nretries = 0\ntimeout = 2\n' >>town.ini
sed -i 's/^map_days = 2/map_days = 2\nguidance = none.grib/' town.ini
refuses 1 "the cycle is degraded: fetch, guidance failed" "no portal and no guidance" run 6T07:40
check "fetch failed" became fetch failed
check "the maps are made all the same" became map "done"
check "and the site" became view "done"
check "run.json says that it is not good" grep -q '"good": false' archive/run.json
cp whole.ini town.ini
printf '[products]\nmaps = stations.csv/maps\n' >>town.ini
refuses 1 "degraded: map failed" "maps that cannot be written" run 6T08:40
check "do not keep the forecast back" became forecast "done"
cp whole.ini town.ini
echo "{" >archive/model.json
says "the cycle is whole" "a damaged model is made anew" run 6T09:40
check "by a fit" became fit "done"
sed -i 's/^map_days = 2/map_days = 2\nrefit_days = 0.01/' town.ini
sed -i 's/"to": "2023-08-0[0-9]/"to": "2023-08-01/' archive/model.json
says "the cycle is whole" "a model that has grown old" run 6T09:40
check "is too" became fit "done"
cp whole.ini town.ini

# One at a time.
flock -o archive/run.lock sleep 30 &
holder=$!
sleep 1
refuses 1 "another cycle of this town is running" "a second cycle does not begin" run 6T10:40
kill $holder
wait $holder 2>/dev/null

# Ended in the middle, at three moments.
for pause in 0.3 1 2.5; do
    setsid "$autan" run -q --at 2023-08-06T11:40Z town.ini &
    cycle=$!
    sleep $pause
    kill -9 -- -$cycle 2>/dev/null
    wait $cycle 2>/dev/null
done
says "the cycle is whole, up to 2023-08-06T11:00:00Z" "after having been killed it goes on" \
    run 6T11:40
check "its maps can be read" "$python" -c 'import netCDF4
assert len(netCDF4.Dataset("maps/20230806.nc")["time"]) == 12'

for line in "map_days = 0" "keep_days = -1" "refit_days = 0" "publish = maybe"; do
    cp whole.ini bad.ini
    sed -i "s/^map_days = 2/$line/" bad.ini
    refuses 2 "${line%% *}" "$line is refused" "$autan" run bad.ini
done
finish
