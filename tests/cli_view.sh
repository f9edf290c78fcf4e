#!/bin/sh
# autan view in a small town made here, whose names try to do harm: the files, and the pages
# in Chromium where it is there. Closes with `N passed, N failed`.
. "${srcdir:-$(dirname "$0")/..}/tests/cli_common.sh"

common_options view
refuses 2 "give -o DIR" "a folder is needed" "$autan" view town.ini
if [ ! -f "$(dirname "$autan")/viewer/autan.js" ]; then
    refuses 1 "apt-get install nodejs npm" "without its pages it says what they need" \
        "$autan" view -o site town.ini
    echo "skipped: the viewer was not built (Debian: nodejs, npm)"
    finish
    exit
fi

"$python" "$top/tests/web/town.py" . || exit 1
"$autan" ingest -q town.ini observations.csv && "$autan" qc -q town.ini || exit 1
refuses 1 "there is nothing to show" "a town without maps is told so" \
    "$autan" view -o site town.ini
"$autan" fit -q town.ini || exit 1
mkdir -p maps
map() { # map FROM TO FILE
    "$autan" map -q --from "$1" --to "$2" -o "$3" town.ini || exit 1
}
map 2023-05-10T00:00Z 2023-05-10T23:00Z maps/may.nc
map 2023-08-05T00:00Z 2023-08-06T21:00Z maps/august.nc
"$autan" forecast -q --at 2023-08-07T06:00Z --members 20 --days 3 -o forecast.nc town.ini &&
    "$autan" alert -q --at 2023-08-07T06:30Z -o alert town.ini || exit 1

refuses 1 "maps/none.nc: there is no such file or folder" "maps that are not there are named" \
    "$autan" view --maps maps/none.nc -o site town.ini
refuses 1 "town.ini: is not a map file" "what is no map file is refused" \
    "$autan" view --maps town.ini -o site town.ini
refuses 2 "is a forecast: give it with --forecast" "a forecast is not taken for maps" \
    "$autan" view --maps forecast.nc -o site town.ini
refuses 1 "maps/may.nc: is not a forecast" "nor maps for a forecast" \
    "$autan" view --maps maps --forecast maps/may.nc -o other town.ini
sed 's/resolution = 50/resolution = 100/' town.ini >coarse.ini
refuses 2 "has 120 x 120 cells of 50 m" "maps of another grid are refused" \
    "$autan" view --maps maps -o site coarse.ini
for days in -1 1.5 many; do
    refuses 2 "expected a whole number of days" "--disk-days $days is refused" \
        "$autan" view --disk-days "$days" -o site town.ini
done
echo '[products]
maps = maps
place = here' >>coarse.ini
refuses 2 "unknown key 'place' in [products]" "a product that is not known is refused" \
    "$autan" view -o site coarse.ini

rm -rf site
says "70 maps in site" "maps, forecast and alert are found by their usual names" \
    "$autan" view --disk-days 1 -o site town.ini
sums() { (cd site && find . -type f ! -name sources.json -exec sha256sum {} + | sort -k 2); }
sums >first
silent "the same again" "$autan" view -q --disk-days 1 -o site town.ini
sums >again
check "changes no file" cmp first again
rm -rf other
does "made elsewhere" "$autan" view --disk-days 1 -o other town.ini
check "it has the same bytes" diff -rq site other
check "no path of the machine is in it" sh -c '! grep -rlF "$1" site' - "$work"
check "and no temporary file" sh -c '! find site -name "*.tmp" | grep .'

# The files against the NetCDF, without the viewer.
cat >look.py <<'EOF'
import glob, json, os, struct, sys, zlib
import netCDF4
import numpy as np
from osgeo import gdal
gdal.UseExceptions()
site = json.load(open("site/data/site.json"))
assert [d["date"] for d in site["days"]] == ["20230508", "20230509", "20230510", "20230803",
    "20230804", "20230805", "20230806"], site["days"]
assert site["disk"] == ["20230806"]
maps = {}
for path in glob.glob("maps/*.nc"):
    file = netCDF4.Dataset(path)
    for k, t in enumerate(file["time"][:]):
        maps[int(t)] = (file["air_temperature"][k].filled(np.nan),
                        file["air_temperature_standard_error"][k].filled(np.nan),
                        file["urban_heat_island"][k].filled(np.nan))
cogs = sorted(glob.glob("site/data/days/*/*.tif"))
assert len(cogs) == 2 * len(maps) == 140, len(cogs)
for date in ("20230510", "20230805", "20230806"):
    day = json.load(open(f"site/data/days/{date}/day.json"))
    assert len(day["maps"]) == (22 if date == "20230806" else 24)
    for m in day["maps"]:
        t, e, island = maps[m["time"]]
        assert np.max(np.abs(t - m["rural"] - island)) < 0.003
        assert m["low"] <= m["high"] and m["error_low"] <= m["error_high"]
        stamp = np.datetime64(m["time"], "s").item().strftime("%Y%m%dT%H%MZ")
        for name, want in ("air_temperature", t), ("air_temperature_standard_error", e):
            raster = gdal.Open(f"site/data/days/{date}/{name}_{stamp}.tif")
            assert np.max(np.abs(raster.ReadAsArray() - want)) <= 1 / 128 + 1e-6
            assert raster.GetMetadataItem("LAYOUT", "IMAGE_STRUCTURE") == "COG"
    # The blocks of series, by the words of lib/files/place_series.h.
    for path in glob.glob(f"site/data/days/{date}/*.bin"):
        row, column = (int(v) for v in os.path.basename(path)[:-4].split("-"))
        raw = open(path, "rb").read()
        assert raw[:4] == b"AUPS"
        version, planes, rows, columns, n = struct.unpack("<5I", raw[4:24])
        quantum, = struct.unpack("<d", raw[24:32])
        times = struct.unpack(f"<{n}q", raw[32:32 + 8 * n])
        assert list(times) == [m["time"] for m in day["maps"]]
        plain = np.frombuffer(zlib.decompress(raw[32 + 8 * n:]), np.uint8).astype(np.uint16)
        steps = plain[:len(plain) // 2] | plain[len(plain) // 2:] << 8
        values = np.cumsum(steps.reshape(planes, rows, columns, n), axis=3, dtype=np.uint16)
        values = values.view(np.int16) * quantum
        for k, t in enumerate(times):
            for p in range(2):
                want = maps[t][p][64 * row:64 * row + rows, 64 * column:64 * column + columns]
                assert np.max(np.abs(values[p, :, :, k] - want)) <= 1 / 128 + 1e-6
# Readings, flags, health.
day = json.load(open("site/data/days/20230806/day.json"))
r = day["readings"]
assert len(r["time"]) == 24 and r["stations"][0] == "../s0"
spike = r["stations"].index("s10")
moment = r["time"].index(1691298000)   # 2023-08-06T05:00Z: 97 days and 5 hours on
assert r["value"][spike][moment] > 4000, r["value"][spike]
assert any(t == moment and i == spike for t, i, mask in r["flag"]), r["flag"]
states = {s["id"]: s["health"]["state"] for s in site["stations"]}
assert states["s9"] == "silent" and states["s8"] == "good", states
# Zones with the colours of risk.geojson.
risk = {f["properties"]["zone"]: f["properties"]["days"]
        for f in json.load(open("alert/risk.geojson"))["features"]}
assert {z["name"]: z["days"] for z in site["zones"]} == risk
# The forecast.
f = site["forecast"]
assert len(f["hours"]) == 96 and len(f["days"]) == 3 and f["maps"] and f["fans"]
fans = json.load(open(f"site/data/forecast/{f['folder']}/stations.json"))
assert fans["quantile"] == [0.1, 0.25, 0.5, 0.75, 0.9] and len(fans["station"]) == 12
EOF
check "maps, series, readings, zones and forecast are those of their sources" "$python" look.py
check "each file of the newest day has a twin for the disk" sh -c '
    for f in site/data/days/20230806/*.tif site/data/days/20230806/*.json; do
        [ -f "$f.js" ] || exit 1; done'
check "those of other days have none" sh -c '! ls site/data/days/20230805/*.js 2>/dev/null'

# An hour comes, as it does when the town runs.
map 2023-08-06T22:00Z 2023-08-06T22:00Z maps/new.nc
says "71 maps in site" "an hour is added" "$autan" view --disk-days 1 -o site town.ini
check "the others of its day are still there" "$python" -c '
import json
day = json.load(open("site/data/days/20230806/day.json"))
times = [m["time"] for m in day["maps"]]
assert len(times) == 23 and times == sorted(times)'
check "the days before are untouched" sh -c '
    (cd site && find . -path "*days/202305*" -type f -exec sha256sum {} +) | while read -r line; do
        grep -qF "$line" first || exit 1; done'
map 2023-08-06T22:00Z 2023-08-06T22:00Z maps/new.nc
says "71 maps in site" "an hour made again is not there twice" \
    "$autan" view --disk-days 1 -o site town.ini
echo "damaged" >site/data/days/20230806/0-0.bin
echo "damaged" >site/data/days/20230510/day.json
echo "{" >alert/risk.geojson
touch maps/may.nc maps/august.nc maps/new.nc
says "risk.geojson is damaged: zones have no colours" "damage is said or mended" \
    "$autan" view --disk-days 1 -o site town.ini
check "and the hours are back" test "$(find site/data/days -name '*.tif' | wc -l)" = 142
says "23 maps in short" "no more days are kept than asked for" \
    "$autan" view --keep-days 1 -o short town.ini
check "the others are gone" test "$(ls short/data/days)" = 20230806
mkdir locked
: >locked/data
refuses 1 "locked/data" "a folder that cannot be made is named" "$autan" view -o locked town.ini

# The pages.
chromium=$(command -v chromium || command -v chromium-browser)
if [ -n "${AUTAN_QUICK:-}" ]; then
    echo "skipped: the pages in a browser (AUTAN_QUICK)"
elif [ -z "$chromium" ] || ! command -v node >/dev/null ||
    [ ! -d "$top/tests/web/node_modules" ]; then
    echo "skipped: the pages in a browser (Debian: chromium, nodejs; npm ci in tests/web)"
else
    "$autan" alert -q --at 2023-08-07T06:30Z -o alert town.ini
    rm -rf maps/new.nc site
    "$autan" view -q -o site town.ini || exit 1
    "$python" "$top/tests/web/town.py" facts . >facts.json || exit 1
    timeout 900 node "$top/tests/web/viewer.mjs" "$work/site" facts.json "$chromium" >pages 2>&1
    code=$?
    sed '$d' pages
    passed=$((passed + $(grep -c '^ok: ' pages)))
    failed=$((failed + $(grep -c '^NOT OK: ' pages)))
    if [ $code -gt 1 ] || ! tail -n 1 pages | grep -q '^[0-9]* passed'; then
        not_ok "the pages were gone through" pages
    fi
fi
finish
