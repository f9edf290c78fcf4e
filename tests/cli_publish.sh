#!/bin/sh
# autan publish: a month as open data in every form, the same as the archive and the same
# bytes again; what changed; never half; harmless whatever stations are called.
#
# AUTAN_TEST_LONG=1 kills before every step, AUTAN_QUICK=1 before few.
set -u
. "${srcdir:-$(dirname "$0")/..}/tests/cli_common.sh"
shim=$OLDPWD/tests/.libs/faulty_disk.so
node_modules=$top/tests/node/node_modules
mkdir place
cd place || exit 1

# A town of 6 stations, hourly from 28 July to 2 August; s5 has a clock of its own.
cat >town.ini <<'END'
[city]
name       = Town
timezone   = Europe/Paris
crs        = EPSG:2154
extent     = 569000 6272000 582000 6283000
resolution = 1000
[stations]
file = stations.csv
END
{
    echo station,name,longitude,latitude,elevation,lcz
    for i in 1 2 3 4 5 6; do echo "s$i,Place $i,1.4$i,43.6$i,14$i,$i"; done
} >stations.csv
readings() { # readings: six days, with spikes at s2
    awk 'BEGIN { print "time,station,air_temperature,relative_humidity,wind_speed"
        pi = atan2(0, -1)
        for (t = 0; t < 24 * 6; t++)
            for (i = 1; i <= 5; i++) {
                day = 28 + int(t / 24)
                month = day > 31 ? 8 : 7
                spike = (i == 2 && t % 30 == 17) ? 14 : 0
                printf "2025-%02d-%02dT%02d:%02dZ,s%d,%.1f,%d,%.1f\n", month,
                    month == 8 ? day - 31 : day, t % 24, i == 5 ? 7 : 0, i,
                    20 + i / 5 + 6 * sin((t % 24 - 9) * pi / 12) + spike,
                    60 - 20 * sin((t % 24 - 9) * pi / 12), 1 + i / 3 }
    }'
}
readings >observations.csv
unset SOURCE_DATE_EPOCH

# --- what is refused ---

common_options publish
bad 2 "no folder to publish in given" "a folder is needed" "$autan" publish town.ini
for month in 2025-7 2025-13 2025 july 2025-07-01; do
    bad 2 "--month is '$month', expected a month such as 2025-07" "the month $month" \
        "$autan" publish --month $month -o data town.ini
done
bad 1 "archive/autan.sqlite: no archive there" "no archive" \
    "$autan" publish -o data town.ini
for line in "licence = freeware|licence is 'freeware', expected one of etalab-2.0, ODbL-1.0" \
    "licence_url = www.example.org|expected https://" "url = https://a b|expected https://" \
    "url = https://x/<script>|expected https://" "contact = nobody|expected an address of mail" \
    "contact = mail to@me|expected an address of mail" "high_value = maybe|expected yes or no" \
    "colour = blue|unknown key 'colour' in [publish]" "title =|title is empty"; do
    with town.ini "[publish]" "${line%%|*}" >bad.ini
    bad 2 "bad.ini:10|${line#*|}" "[publish] ${line%%|*}" "$autan" publish -o data bad.ini
done
"$autan" ingest -q town.ini observations.csv
bad 1 "holds no reading of a station of the table in 2024-01" "a month without readings" \
    "$autan" publish --month 2024-01 -o nowhere town.ini
SOURCE_DATE_EPOCH=soon
export SOURCE_DATE_EPOCH
bad 2 "SOURCE_DATE_EPOCH is 'soon', expected seconds since 1970" "a time that is none" \
    "$autan" publish -o data town.ini
unset SOURCE_DATE_EPOCH

sed '/\[stations\]/i [dataset]\nlicense = some words' town.ini >other.ini
says "under the licence etalab-2.0: the city file names none that is known" \
    "a licence that is not known is not taken" "$autan" publish -o data other.ini
rm -rf data

# --- what is written ---

"$autan" qc -q town.ini
says "2025-07: issue 1; stations: 5, readings: 480" "every month is published" \
    "$autan" publish -o data town.ini
check "and told" said "2025-08: issue 1|under the licence etalab-2.0"
if [ -f data/2025-07/observations.parquet ]; then
    ok "Parquet too"
else
    check "what GDAL cannot write is said" said "without observations.parquet: this GDAL ("
fi
for month in 2025-07 2025-08; do
    does "$month is what the archive holds, in every form" "$python" \
        "$reference/published.py" archive/autan.sqlite stations.csv data/$month
    check "its sums are right" sh -c 'cd "$1" && sha256sum --quiet -c SHA256SUMS' - data/$month
    check "and of all files" test "$(wc -l <data/$month/SHA256SUMS)" = \
        "$(($(find data/$month -type f | wc -l) - 1))"
    does "its NetCDF follows the conventions" "$python" "$reference/cf_check.py" \
        data/$month/observations.nc
    if command -v cdo >/dev/null; then
        says "air_temperature" "CDO reads it" cdo -s sinfon data/$month/observations.nc
        check "as stations at times" sh -c 'grep -q "unstructured *: points=5" "$1"' - "$work/out"
    fi
done
grep -q spike data/2025-07/observations.csv && ok "a spike is flagged, and kept" ||
    not_ok "no spike is flagged"
cat >open.py <<'END'
import numpy as np, pandas as pd, xarray as xr
d = xr.open_dataset("data/2025-07/observations.nc")
t = d.air_temperature
assert t.dims == ("time", "station") and t.attrs["units"] == "degC"
f = d.air_temperature_flag
assert f.dtype.kind == "i" and len(f.flag_masks) == len(f.flag_meanings.split())
good = t.where((f & int(f.flag_masks[f.flag_meanings.split().index("spike")])) == 0)
assert 0 < int(t.notnull().sum()) - int(good.notnull().sum()) < 20
assert str(d.time.values[0]).startswith("2025-07-28T00:00")
END
does "xarray reads it, and its flags take values out" "$python" open.py
says "5 already known, 0 rejected" "a published CSV can be ingested again" sh -c '
    head -n 6 data/2025-07/observations.csv >again.csv && "$1" ingest town.ini again.csv' - "$autan"
check "README and LISEZMOI are there" grep -q "issue 1" data/2025-07/README.md
check "in French too" grep -q "édition 1" data/2025-07/LISEZMOI.md

# --- the same bytes ---

"$autan" publish -q -o twice town.ini
check "the same archive gives the same bytes" diff -r data twice
{
    head -n 1 observations.csv
    tail -n +2 observations.csv | sort -r -t, -k 2
} >reversed.csv
sed 's/^\[stations\]/archive = other\n[stations]/' town.ini >other.ini
"$autan" ingest -q other.ini reversed.csv
"$autan" qc -q other.ini
sleep 1
"$autan" publish -q -o third other.ini
check "so does another archive of the same readings, later" diff -r data third
find data -type f -exec ls -i {} + | sort >before
says "nothing new: 2 months are as they were published" "nothing new is said" \
    "$autan" publish -o data town.ini
find data -type f -path '*/2025*' -exec ls -i {} + | sort >after
check "and nothing is touched" sh -c 'grep /2025 before | diff - after'
SOURCE_DATE_EPOCH=1760000000 "$autan" publish -q -o dated town.ini
check "the date can be given" grep -q '"created": "2025-10-09T08:53:20Z"' \
    dated/2025-07/datapackage.json
check "to every form" sh -c 'ncdump -h dated/2025-07/observations.nc | grep -q "date_created = .2025-10-09" &&
    sqlite3 dated/2025-07/stations.gpkg "SELECT last_change FROM gpkg_contents" | grep -q 2025-10-09'

# --- what changed ---

printf 'time,station,air_temperature\n2025-07-30T05:00Z,s1,-3.25\n2025-07-30T05:00Z,s6,9\n' >late.csv
"$autan" ingest -q town.ini late.csv
cp -r data former
says "2025-07: issue 2; values added: 1, corrected: 1, removed: 0" \
    "a correction makes a new issue" "$autan" publish -o data town.ini
check "of that month alone" diff -r former/2025-08 data/2025-08
check "the correction is told with both values" grep -q \
    "^2,corrected,s1,air_temperature,2025-07-30T05:00:00Z,2025-07-30T05:00:00Z,1,[0-9.]*,-3.25,,$" \
    data/2025-07/changes.csv
check "so is what is new" grep -q \
    "^2,added,s6,air_temperature,2025-07-30T05:00:00Z,2025-07-30T05:00:00Z,1,,,,$" \
    data/2025-07/changes.csv
does "the new issue is what the archive holds" "$python" "$reference/published.py" \
    archive/autan.sqlite stations.csv data/2025-07
check "the catalogue names it" grep -q '| \[2025-07\](2025-07/) | 2 |' data/README.md
sqlite3 archive/autan.sqlite "DELETE FROM flag WHERE variable = 0 AND mask = 16"
says "corrected: 0, removed: 0, with other flags: 3" "other flags make a new issue" "$autan" publish -o data town.ini
check "stretch by stretch" grep -q "^3,flags,s2,air_temperature,.*,spike,$" data/2025-07/changes.csv
check "what changed before is kept" grep -q "^2,corrected" data/2025-07/changes.csv
sed -i 's/Place 1/Town hall/' stations.csv
says "2025-07: issue 4; values added: 0" "so does a station's new name" \
    "$autan" publish -o data town.ini
check "told as such" grep -q "^4,description,,,,,0,,,,$" data/2025-07/changes.csv
grep -v '^s6' stations.csv >fewer.csv
sed 's/stations.csv/fewer.csv/' town.ini >fewer.ini
says "issue 5; values added: 0, corrected: 0, removed: 1" "a station taken out is told" \
    "$autan" publish -o data fewer.ini
check "with a word on its readings" said "1 reading of a station that is not in fewer.csv is left out"
check "and a name for what is gone" grep -q "^5,removed,s6," data/2025-07/changes.csv

# --- never half ---

"$autan" publish -q -o whole town.ini
fresh() { rm -rf data && cp -r former data; }
fresh
mkdir data/.2025-07.autan-new && touch data/.2025-07.autan-new/half
does "what a killed run left does no harm" "$autan" publish -q -o data town.ini
check "and is cleared away" test ! -e data/.2025-07.autan-new
# sound FOLDER: a month is the former one or the new one, to the last byte
sound() {
    diff -r "$1" former/2025-07 >/dev/null || diff -r "$1" "$work/new" >/dev/null
}
cp -r data/2025-07 "$work/new"
for exchange in yes no; do
    [ $exchange = yes ] && unset AUTAN_NO_EXCHANGE || export AUTAN_NO_EXCHANGE=1
    fresh
    if ! LD_PRELOAD=$shim AUTAN_FAULT=step:0 AUTAN_FAULT_COUNT=steps "$autan" publish -q \
        --month 2025-07 -o data town.ini 2>err || [ -s err ]; then
        echo "skipped: $shim cannot be put under the program"
        break
    fi
    steps=$(cat steps)
    check "the new issue is in place" sh -c 'diff -r "$1/new" data/2025-07' - "$work"
    n=1 bad=0 tried=0 stride=4
    [ -n "${AUTAN_QUICK-}" ] && stride=16
    [ -n "${AUTAN_TEST_LONG-}" ] && stride=1
    while [ "$n" -le "$steps" ]; do
        fresh
        LD_PRELOAD=$shim AUTAN_FAULT=step:$n "$autan" publish -q --month 2025-07 -o data town.ini 2>err
        # Without exchange the former issue stands aside for a moment.
        if [ $exchange = yes ] || [ -e data/2025-07 ]; then
            sound data/2025-07 || { not_ok "killed at step $n: a month is half"; bad=1; }
        else
            sound data/.2025-07.autan-old || { not_ok "killed at step $n: a month is lost"; bad=1; }
        fi
        "$autan" publish -q --month 2025-07 -o data town.ini 2>err
        diff -r "$work/new" data/2025-07 >/dev/null && [ -z "$(find data -name '.*' -type d)" ] ||
            { not_ok "after a kill at step $n the next run does not end it" err; bad=1; }
        tried=$((tried + 1)) n=$((n + stride))
    done
    [ $bad = 1 ] || ok "killed at $tried of $steps steps (exchange: $exchange): never half"
done
unset AUTAN_NO_EXCHANGE
mkdir disk
if mount -t tmpfs -o size=1m tmpfs disk 2>/dev/null; then
    mounted=$work/disk
    cp -r former disk/data
    free=$(df --output=avail -k disk | tail -n 1)
    head -c $((free - 60))k /dev/zero >disk/filler
    refuses 1 "No space left on device" "a full disk is an error" \
        "$autan" publish -q -o disk/data town.ini
    check "and leaves the former issue" diff -r former disk/data
    umount disk && mounted=
else
    echo "skipped: a full disk (needs the right to mount a tmpfs)"
fi
fresh
flock -o data sh -c 'while [ ! -e release ]; do sleep 0.1; done' &
holder=$!
while flock -n data true; do sleep 0.1; done
bad 1 "data: another process is writing there" "one at a time" "$autan" publish -o data town.ini
touch release
wait $holder
mkdir data/2025-07/mine
refuses 1 "holds the folder mine, which is not ours" "somebody's folder is not removed" \
    "$autan" publish -o data town.ini
check "nor its month changed" test -d data/2025-07/mine -a -f data/2025-07/datapackage.json
fresh
rm data/2025-07/datapackage.json
refuses 1 "was not published by autan" "a folder of another kind is not replaced" \
    "$autan" publish -o data town.ini
fresh
sed -i '3s/,.*/,what?/' data/2025-07/observations.csv
refuses 1 "data/2025-07/observations.csv:3: another number of fields, expected what autan publish wrote" \
    "a former issue that was edited is an error" "$autan" publish -o data town.ini
fresh
cut -d, -f 1-4,7- data/2025-07/observations.csv >fewer.csv && mv fewer.csv data/2025-07/observations.csv
says "values added: 4" "one of a version with fewer variables is compared by name" \
    "$autan" publish -o data town.ini
fresh
echo '{"autan": 7}' >data/2025-07/datapackage.json
refuses 1 "does not say the issue it is of" "so is one without a number" \
    "$autan" publish -o data town.ini

# --- clocks of their own: a ragged array ---

awk 'BEGIN { print "time,station,air_temperature"
    for (t = 0; t < 40; t++) for (i = 1; i <= 6; i++)
        printf "2025-09-01T%02d:%02d:%02dZ,s%d,%.2f\n", t / 4, t % 4 * 15, 9 * i + t % 7, i, 15 + t / 10 + i
    print "2025-09-01T03:00Z,s1,-0.1" }' >ragged.csv
"$autan" ingest -q town.ini ragged.csv
"$autan" publish -q --month 2025-09 -o out2 town.ini
check "stations with clocks of their own make a ragged array" sh -c \
    'ncdump -h out2/2025-09/observations.nc | grep -q "sample_dimension = .obs"'
does "which is what the archive holds" "$python" "$reference/published.py" \
    archive/autan.sqlite stations.csv out2/2025-09
does "and follows the conventions" "$python" "$reference/cf_check.py" out2/2025-09/observations.nc

# --- hostile names ---

mkdir hostile
"$python" - <<'END'
import csv
long = "é" * 5000
evil = ["../../x", "<script>alert(1)</script>", "=cmd()", "+1+2", "-2", "@SUM(A1)", "a,\"b\"|c",
        "`code` [x](javascript:alert(1))", "'; DROP TABLE reading; --", "Robert; =HYPERLINK(1)",
        "%s%n%p", "http://[bad", "CON", "naïve ☃", "]]>", "&amp;<b>"]
with open("hostile/stations.csv", "w", encoding="utf-8", newline="") as f:
    w = csv.writer(f)
    w.writerow(["station", "name", "longitude", "latitude", "elevation", "fid", "GEOM", "a b",
                "=cmd()", "Name", "</td><script>", "x" * 5000, ""])
    for i, name in enumerate(evil):
        w.writerow([name, long if i == 1 else name, 1.4 + i / 100, 43.6, "", name, name, long,
                    name, name, name, "", name])
with open("hostile/readings.csv", "w", encoding="utf-8", newline="") as f:
    w = csv.writer(f)
    w.writerow(["time", "station", "air_temperature"])
    for i, name in enumerate(evil):
        w.writerow(["2025-07-01T00:00Z", name, i - 5])
        w.writerow(["2025-07-01T01:00Z", name, i - 4])
END
sed 's/^name .*/name = <script>alert(1)<\/script> =cmd() ..\/..\/x/' town.ini >hostile/town.ini
with hostile/town.ini "[publish]" 'publisher = "><img src=x onerror=alert(1)> & =cmd()' \
    'title = </script><script>alert(2)</script>' 'attribution = [x](javascript:alert(3)) `a`' \
    'description = ![x](https://example.org/track.png)' 'url = https://example.org/a/' >hostile/evil.ini
mkdir hostile/place
cd hostile || exit 1
"$autan" ingest -q evil.ini readings.csv
files | grep -v '/place' >"$work/before"
does "hostile names are published" "$autan" publish -q -o place/out evil.ini
files | grep -v '/place' >"$work/after"
check "no path is made of them" cmp "$work/before" "$work/after"
check "and no file but the known ones" sh -c '[ -z "$(ls -A place | grep -v "^out$")" ] &&
    [ "$(ls -A place/out)" = "$(printf "2025-07\nREADME.md\ncatalog.jsonld")" ] &&
    ! ls -A place/out/2025-07 | grep -v -E "^(observations|stations|findings|changes|README|LISEZMOI|datapackage|SHA256SUMS)"'
does "values and places are theirs all the same" "$python" - <<'END'
import csv, json, sqlite3
names = [r["station"] for r in csv.DictReader(open("stations.csv", encoding="utf-8"))]
rows = list(csv.DictReader(open("place/out/2025-07/stations.csv", encoding="utf-8", newline="")))
assert len(rows) == len(names)
for row in csv.reader(open("place/out/2025-07/stations.csv", encoding="utf-8", newline="")):
    for field in row:
        for part in field.replace(",", ";").replace("|", ";").split(";"):
            text = part.lstrip(' "')
            # Numbers may be negative; nothing else may begin a formula.
            try:
                float(text)
            except ValueError:
                assert text[:1] not in ("=", "+", "-", "@"), field
read = [r["station"].lstrip("'") for r in rows]
assert sorted(read) == sorted(n.lstrip("'").replace("; =", "; '=").replace("; --", "; '--") for n in names), read
geo = json.load(open("place/out/2025-07/stations.geojson", encoding="utf-8"))
assert sorted(f["properties"]["station"] for f in geo["features"]) == sorted(names)
package = sqlite3.connect("place/out/2025-07/stations.gpkg")
assert sorted(n for n, in package.execute("SELECT station FROM stations")) == sorted(names)
columns = [r[1] for r in package.execute("PRAGMA table_info(stations)")]
assert len({c.lower() for c in columns}) == len(columns) == 2 + 9 + 8
END
check "no tag stands in JSON" sh -c '! grep -l "[<>&]" place/out/*.jsonld place/out/2025-07/datapackage.json'
check "nor in what people read" sh -c '! grep -E "<(script|img|b>)" place/out/*.md place/out/2025-07/*.md'
check "names in pages are cut" sh -c '[ "$(wc -L <place/out/2025-07/README.md)" -lt 3000 ]'
does "the NetCDF is sound" "$python" "$reference/cf_check.py" place/out/2025-07/observations.nc
hostile=$work/place/hostile/place/out
cd .. || exit 1

# --- maps ---

small_town maps_town
"$autan" map -q --from 2021-07-01T20:00Z --to 2021-07-01T22:00Z --geotiff maps_town/maps \
    maps_town/town.ini
touch maps_town/maps/notes.txt maps_town/maps/other_2021.tif
says "2021-07: 9 maps" "maps are published" "$autan" publish --maps maps_town/maps -o atlas \
    maps_town/town.ini
check "as a folder of its own" sh -c '[ "$(ls atlas/maps)" = "$(printf "2021-07\ncollection.json")" ] &&
    [ "$(ls atlas/maps/2021-07 | wc -l)" = 19 ]'
check "the very same maps" sh -c 'for f in maps_town/maps/*Z.tif; do
    cmp "$f" atlas/maps/2021-07/"${f##*/}" || exit 1; done'
check "still Cloud Optimized" sh -c 'for f in atlas/maps/2021-07/*.tif; do
    "$1" -m osgeo_utils.samples.validate_cloud_optimized_geotiff "$f" || exit 1
    gdalinfo "$f" | grep -q LAYOUT=COG || exit 1; done' - "$python"
cat >index.py <<'END'
from osgeo import gdal, ogr
import os
gdal.UseExceptions()
folder = "atlas/maps/2021-07"
listed = set()
for name in ("air_temperature", "air_temperature_standard_error", "urban_heat_island"):
    vrt = gdal.Open(f"{folder}/{name}.vrt")
    assert vrt.RasterCount == 3
    for k in range(3):
        band = vrt.GetRasterBand(k + 1)
        file = gdal.Open(f"{folder}/{name}_20210701T{20 + k}00Z.tif")
        assert band.GetDescription() == f"2021-07-01T{20 + k}:00:00Z"
        assert vrt.GetGeoTransform() == file.GetGeoTransform()
        assert vrt.GetSpatialRef().IsSame(file.GetSpatialRef())
        assert band.GetUnitType() == file.GetRasterBand(1).GetUnitType()
        assert band.GetNoDataValue() == file.GetRasterBand(1).GetNoDataValue()
        assert (band.ReadAsArray() == file.ReadAsArray()).all()
tiles = ogr.Open(f"{folder}/index.gpkg")
for f in tiles.GetLayer(0):
    tile = gdal.Open(os.path.join(folder, f.GetField("location")))
    x, dx, _, y, _, dy = tile.GetGeoTransform()
    assert f.GetGeometryRef().GetEnvelope() == (
        x, x + dx * tile.RasterXSize, y + dy * tile.RasterYSize, y)
    listed.add((f.GetField("variable"), f.GetField("time")))
assert len(listed) == 9, listed
os.chdir(folder)
gdal.Open('STACIT:"items.json":asset=air_temperature').ReadAsArray()
END
does "GDAL reads their indexes: virtual rasters, tiles, items" "$python" index.py
check "the catalogue names them" grep -q maps/collection.json atlas/catalog.jsonld
"$autan" publish -q --maps maps_town/maps -o atlas2 maps_town/town.ini
check "the same maps give the same bytes" diff -r atlas atlas2
says "nothing new" "the same maps are left alone" \
    "$autan" publish --maps maps_town/maps -o atlas maps_town/town.ini
"$autan" map -q --from 2021-07-01T23:00Z --to 2021-07-01T23:00Z --geotiff maps_town/maps \
    maps_town/town.ini
says "2021-07: 12 maps" "more of them are a change" \
    "$autan" publish --maps maps_town/maps -o atlas maps_town/town.ini
refuses 1 "no map VARIABLE_YYYYMMDDTHHMMZ.tif of that time is there" "no map of the month" \
    "$autan" publish --month 2021-07 --maps atlas -o nowhere maps_town/town.ini
refuses 1 "nowhere.d: cannot be read" "no folder of maps" \
    "$autan" publish --maps nowhere.d -o nowhere maps_town/town.ini
cp -r atlas before_bad
mkdir bad_maps
cp maps_town/maps/air_temperature_20210701T20* bad_maps
gdal_translate -q bad_maps/air_temperature_20210701T2000Z.tif bad_maps/air_temperature_20210701T2100Z.tif
refuses 1 "air_temperature_20210701T2100Z.tif: is not laid out as one" "a plain GeoTIFF" \
    "$autan" publish --maps bad_maps -o atlas maps_town/town.ini
gdal_translate -q -of COG -srcwin 0 0 5 5 bad_maps/air_temperature_20210701T2000Z.tif \
    bad_maps/x.tif && mv bad_maps/x.tif bad_maps/air_temperature_20210701T2100Z.tif
refuses 1 "is on another grid than air_temperature_20210701T2000Z.tif" "another grid" \
    "$autan" publish --maps bad_maps -o atlas maps_town/town.ini
head -c 100 /dev/zero >bad_maps/air_temperature_20210701T2100Z.tif
refuses 1 "air_temperature_20210701T2100Z.tif: cannot be opened" "a file of zeros" \
    "$autan" publish --maps bad_maps -o atlas maps_town/town.ini
check "leave what was published" diff -r before_bad atlas

# --- as others read it ---

if [ -n "${AUTAN_QUICK-}" ]; then
    echo "skipped: validators of npm, for quickness"
elif command -v node >/dev/null && [ -d "$node_modules" ]; then
    node() { NODE_PATH=$node_modules command node "$top/tests/node/$@"; }
    does "npm's datapackage and tableschema find every row valid" node validate_datapackage.mjs \
        former/2025-07/datapackage.json out2/2025-09/datapackage.json \
        whole/2025-07/datapackage.json "$hostile/2025-07/datapackage.json"
    cp -r former/2025-07 broken
    sed -i '5s/^[^,]*,s[0-9]/2025-07-28T00:00:00Z,nobody/' broken/observations.csv
    refuses 1 "broken/datapackage.json" "and would find one that is not" node validate_datapackage.mjs broken/datapackage.json
    check "by its reference" grep -q "oreign" "$work/err"
    with maps_town/town.ini "[publish]" "licence = ODbL-1.0" "high_value = yes" \
        "contact = data@example.org" "publisher = Town" "publisher_url = https://example.org/" \
        "url = https://example.org/weather" "identifier = doi:10.1/2" >maps_town/full.ini
    "$autan" publish -q --maps maps_town/maps -o full maps_town/full.ini
    for folder in data atlas full "$hostile"; do
        does "the catalogue of ${folder##*/} fits the shapes of DCAT-AP" \
            node validate_dcat.mjs $folder/catalog.jsonld
    done
    for broken in 's/"dct:publisher"/"dct:editor"/' 's/xsd:decimal/xsd:string/' \
        's/"dcatap:hvdCategory"/"dcatap:category"/' 's/mailto:data@/mailto:data/' \
        's/"dcat:accessURL"/"dcat:url"/' 's/file-type\/CSV/file-type\/XYZ/'; do
        sed "$broken" full/catalog.jsonld >broken.jsonld
        refuses 1 "broken.jsonld" "and does not after $broken" node validate_dcat.mjs broken.jsonld
    done
    for folder in atlas full; do
        does "the items and links of $folder fit the schemas of STAC" \
            node validate_stac.mjs $folder/maps/collection.json
        check "all of them" grep -q "Feature: 4" "$work/out"
    done
    sed -i 's/"datetime"/"date"/' full/maps/2021-07/20210701T2000Z.json
    refuses 1 "must have required property 'datetime'" "and not without a time" \
        node validate_stac.mjs full/maps/collection.json
    sed -i 's/"license": "ODbL-1.0"/"license": "some text"/' full/maps/collection.json
    refuses 1 "/license must match pattern" "or with a licence that is none" \
        node validate_stac.mjs full/maps/collection.json
    does "pages of hostile names are text" node validate_pages.mjs "$hostile"/README.md \
        "$hostile"/2025-07/README.md "$hostile"/2025-07/LISEZMOI.md
else
    echo "skipped: validators of npm (Debian: nodejs, npm; then npm ci in tests/node)"
fi
finish
