#!/bin/sh
# autan report in a small town made here: ten stations, twenty summer days and ten of
# winter, three districts, local climate zones. Closes with `N passed, N failed`.
. "${srcdir:-$(dirname "$0")/..}/tests/cli_common.sh"

mkdir town && cd town || exit 1
cat >town.ini <<EOF
[city]
name       = Villette <i>
timezone   = Europe/Paris
crs        = EPSG:2154
extent     = 570000 6276000 576000 6281000
resolution = 250
[stations]
file = stations.csv
[covariate building]
file = building.tif
[covariate wood]
file = wood.tif
[urban_heat_island]
rural = r1 r2
[report]
zones      = zones.geojson
lcz        = lcz.tif
thresholds = 28
[dataset]
credits = Stations <b>de test</b>
EOF
"$python" - <<'EOF'
import datetime, json, math, random
import numpy as np
from osgeo import gdal, osr
gdal.UseExceptions()
srs = osr.SpatialReference(); srs.ImportFromEPSG(2154)
def raster(name, array):
    d = gdal.GetDriverByName("GTiff").Create(name, 24, 20, 1, gdal.GDT_Float32)
    d.SetGeoTransform((570000, 250, 0, 6281000, 0, -250)); d.SetProjection(srs.ExportToWkt())
    d.GetRasterBand(1).WriteArray(array)
y, x = np.mgrid[0:20, 0:24]
built = np.exp(-((x - 12) ** 2 + (y - 10) ** 2) / 30.0)
wood = np.clip(np.sin(x / 3.0) * np.cos(y / 4.0), 0, 1)
raster("building.tif", built); raster("wood.tif", wood)
raster("lcz.tif", np.where(built > 0.5, 2, np.where(wood > 0.5, 101, 6)))
wgs = osr.SpatialReference(); wgs.ImportFromEPSG(4326)
for s in srs, wgs: s.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
to = osr.CoordinateTransformation(srs, wgs)
def lonlat(px, py): p = to.TransformPoint(px, py); return [p[0], p[1]]
def box(x0, y0, x1, y1): return [[lonlat(*p) for p in ((x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0))]]
def feature(name, g): return {"type": "Feature", "properties": {"nom": name}, "geometry": {"type": "Polygon", "coordinates": g}}
json.dump({"type": "FeatureCollection", "features": [
    feature("Centre", box(572000, 6277500, 574000, 6279500)),
    feature("<script>alert(1)</script>", box(570000, 6276000, 572000, 6281000)),
    feature("=cmd()|' /C calc'!A0", box(574000, 6276000, 576000, 6277500)),
    feature("../../x" + "é" * 10000, box(574000, 6277500, 576000, 6281000))]}, open("zones.geojson", "w"))
random.seed(4)
sites = [("r1", 570300, 6280600, "D"), ("r2", 575700, 6276300, "D"), ("c1", 572900, 6278500, "2"),
    ("c2", 573200, 6278300, "2"), ("c3", 572600, 6278800, "2"), ("m1", 571500, 6277500, "6"),
    ("m2", 574500, 6279500, "6"), ("m3", 573500, 6276500, "A"), ("m4", 571200, 6279800, "6"),
    ("m5", 575200, 6280500, "nonsense")]
out = open("stations.csv", "w"); print("station,name,longitude,latitude,lcz", file=out)
for i, (s, px, py, lcz) in enumerate(sites):
    print("%s,%s,%.6f,%.6f,%s" % (s, '"=1+1 <b>"' if s == "m1" else s, *lonlat(px, py), lcz), file=out)
out.close()
out = open("observations.csv", "w"); print("time,station,air_temperature", file=out)
for start, n, level in (("2025-01-10", 10, 5), ("2025-07-01", 20, 26)):
    for t in range(24 * n):
        when = datetime.datetime.fromisoformat(start) + datetime.timedelta(hours=t + 1)
        night = max(0.0, math.cos((when.hour - 2) * math.pi / 12))
        strength = 1 + 0.5 * math.sin(t // 24)
        for s, px, py, lcz in sites:
            c, r = int((px - 570000) / 250), int((6281000 - py) / 250)
            value = level + 6 * math.sin((when.hour - 9) * math.pi / 12) + random.gauss(0, 0.2) \
                + (0.4 + 3 * night * strength) * built[r, c] - 0.8 * wood[r, c] + (1.5 if level > 20 else 0)
            print("%sZ,%s,%.2f" % (when.isoformat(), s, value), file=out)
EOF
"$autan" ingest -q town.ini observations.csv || exit 1

common_options report
summer='--from 2025-07-01T01:00Z --to 2025-07-20T00:00Z'

# --- the report ---

# shellcheck disable=SC2086 # two options
says "report of 456 hours and 22 zones in report" "a report says of what it is" \
    "$autan" report $summer -o report town.ini
check "its folder holds the page, the tables and the pictures, and nothing else" test \
    "$(find report -type f -printf '%f\n' | sort | tr '\n' ' ')" = \
    "effects.csv evening_morning.png heat_island.csv index.html nights.csv standard_errors.png summer.png tropical_nights.png zones.csv "
check "nothing is outside it" test ! -e x -a ! -e ../x

# number FILE ZONE FIELD...: the value of the row whose fields from the third on begin so
number() {
    "$python" - "$@" <<'EOF'
import csv, sys
for row in csv.DictReader(open(sys.argv[1], encoding="utf-8")):
    if list(row.values())[0] + ":" + row["zone"] == sys.argv[2] and list(row.values())[2:2 + len(sys.argv) - 4] == sys.argv[4:]:
        print(row[sys.argv[3]])
EOF
}

# The mean over a district and hour is linear in the maps: the maps themselves are the
# answer, to the rounding of the map file (1/1024 K).
# shellcheck disable=SC2086
"$autan" map -q $summer -o maps.nc town.ini || exit 1
"$python" - >maps.txt <<'EOF'
import netCDF4, numpy as np, datetime
d = netCDF4.Dataset("maps.nc")
time = d["time"][:]
hour = np.array([(int(t) // 3600 + 2) % 24 for t in time])   # CEST
island = d["urban_heat_island"][:]
x, y = d["x"][:], d["y"][:]
centre = ((y[:, None] > 6277500) & (y[:, None] < 6279500)) & ((x[None, :] > 572000) & (x[None, :] < 574000))
print("%.6f" % island[hour == 2][:, centre].mean())
print("%.6f" % np.mean([island[hour == h][:, centre].mean() for h in (21, 22, 23)]))
town = centre | (x[None, :] < 572000) | (x[None, :] > 574000)
print("%.6f" % island[hour == 2][:, town].mean())
EOF
check "the mean over a district is that of the maps" \
    close "$(number report/heat_island.csv district:Centre value summer 02 mean)" \
    "$(sed -n 1p maps.txt)" 0.002
check "so is that of a part of the day" \
    close "$(number report/heat_island.csv district:Centre value summer evening mean)" \
    "$(sed -n 2p maps.txt)" 0.002
check "and that of all districts" \
    close "$(number report/heat_island.csv 'town:Villette <i>' value summer 02 mean)" \
    "$(sed -n 3p maps.txt)" 0.002
# What is simulated at the centre: 0.4 + 3 K at night on average; cells have less of it.
check "the centre is warmest at night, beyond doubt" "$python" - <<'EOF'
import csv
rows = {r["zone"]: r for r in csv.DictReader(open("report/heat_island.csv"))
        if r["kind"] == "district" and r["season"] == "summer" and r["hours"] == "night"}
centre = rows.pop("Centre")
assert 1.0 < float(centre["value"]) < 3.4, centre
assert len(rows) == 3
for r in rows.values():
    assert float(r["high"]) < float(centre["low"]), (r, centre)
    assert float(r["low"]) < float(r["value"]) < float(r["high"])
EOF
# Stations give the counts of nights and hours: their noise (0.2 K) moves few of them.
check "nights and hot hours at a station are near what it read" "$python" - <<'EOF'
import csv, collections, datetime
night, hot = collections.defaultdict(list), 0
for r in csv.DictReader(open("observations.csv")):
    t = datetime.datetime.fromisoformat(r["time"][:-1])
    if r["station"] != "c1" or t < datetime.datetime(2025, 7, 1, 1) or t > datetime.datetime(2025, 7, 20):
        continue
    v = float(r["air_temperature"])
    night[(t - datetime.timedelta(hours=1) + datetime.timedelta(hours=6)).date()].append(v)
    hot += v >= 28
tropical = sum(min(v) >= 20 for v in night.values() if len(v) >= 20)
rows = {(r["statistic"], r["threshold"]): r for r in csv.DictReader(open("report/nights.csv"))
        if r["kind"] == "station" and r["zone"] == "c1" and r["season"] == "summer"}
assert rows["tropical_nights", "20"]["out_of"] == str(sum(len(v) >= 20 for v in night.values()))
assert abs(float(rows["tropical_nights", "20"]["value"]) - tropical) <= 2, (tropical, rows)
assert abs(float(rows["hours_at_or_above", "28"]["value"]) - hot) <= 0.15 * hot, hot
assert ("hours_at_or_above", "30") not in rows
EOF
check "wood cools, as it was made to" "$python" - <<'EOF'
import csv
rows = [r for r in csv.DictReader(open("report/effects.csv")) if r["covariate"] == "wood" and r["hours"] == "afternoon"]
assert [r["season"] for r in rows] == ["summer"]
r = rows[0]
true = -0.8 * (float(r["to"]) - float(r["from"]))
assert float(r["value"]) < -0.1 and abs(float(r["value"]) - true) < 4 * float(r["standard_error"]) + 0.1, r
EOF
check "climate zones are told of by cells and by stations" "$python" - <<'EOF'
import csv
rows = list(csv.DictReader(open("report/zones.csv")))
assert [r["zone"] for r in rows if r["kind"] == "lcz"] == ["LCZ 2", "LCZ 6", "LCZ A"]
assert {r["zone"]: r["places"] for r in rows if r["kind"] == "lcz_stations"} == \
    {"LCZ 2": "3", "LCZ 6": "3", "LCZ A": "1", "LCZ D": "2"}
island = {(r["kind"], r["zone"]): r for r in csv.DictReader(open("report/heat_island.csv"))
          if r["season"] == "summer" and r["hours"] == "night"}
assert float(island["lcz", "LCZ 2"]["value"]) > float(island["lcz", "LCZ 6"]["value"]) + 0.5
# One station says nothing of other places of its class.
assert island["lcz_stations", "LCZ A"]["standard_error"] == ""
assert float(island["lcz_stations", "LCZ 2"]["standard_error"]) > 0
EOF

# --- the page ---

check "the page is whole, alone, told to those who cannot see, and in two languages" \
    "$python" - <<'EOF'
import html.parser
void = {"meta", "br", "img", "link", "line", "path", "circle"}
class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(); self.open = []; self.seen = []
    def handle_starttag(self, tag, attrs):
        a = dict(attrs); self.seen.append((tag, a))
        if tag not in void: self.open.append(tag)
        for k in ("src", "href"):
            if k in a: assert a[k].startswith("data:image/png;base64,") or a[k] in ("zones.csv", "heat_island.csv", "nights.csv", "effects.csv"), a[k][:80]
        assert not any(k.startswith("on") for k in a), a
    def handle_startendtag(self, tag, attrs): self.seen.append((tag, dict(attrs)))
    def handle_endtag(self, tag): assert self.open.pop() == tag, tag
p = Page(); text = open("report/index.html", encoding="utf-8").read(); p.feed(text)
assert not p.open
tags = [t for t, a in p.seen]
assert "script" not in tags and "b>de test" not in tags and "<i>" not in text.split("<main>")[0].split("<header>")[1]
assert all(a.get("alt") for t, a in p.seen if t == "img") and tags.count("img") == 4
assert tags.count("table") == tags.count("caption") >= 4
assert all("scope" in a for t, a in p.seen if t == "th")
assert all(a["role"] == "img" and a["aria-labelledby"] for t, a in p.seen if t == "svg") and tags.count("svg") >= 5
assert tags.count("title") == tags.count("svg") + 1
assert dict(p.seen[0][1])["lang"] == "fr" and any(a.get("lang") == "en" for t, a in p.seen)
identifiers = [a["id"] for t, a in p.seen if "id" in a]
assert len(set(identifiers)) == len(identifiers)
assert "&lt;script&gt;alert(1)" in text and "<script" not in text and "nan" not in text.lower().replace("nanterre", "").split("base64")[0]
assert "é" * 70 not in text
EOF
check "no cell of a table starts a formula" "$python" - <<'EOF'
import csv, glob
names = 0
for path in glob.glob("report/*.csv"):
    for row in csv.reader(open(path, encoding="utf-8")):
        for cell in row:
            if cell[:1] in "=+@\t\r" and cell: raise SystemExit(path + ": " + cell[:40])
            if cell[:1] == "-": float(cell)
            names += cell.startswith("'=")
assert names > 2
EOF
# shellcheck disable=SC2086
does "the same report again" "$autan" report -q $summer -o again town.ini
check "has the same bytes" diff -r report again

# --- long and empty periods ---

does "a period of more than a year, most of it without readings" \
    "$autan" report -q --from 2024-07-01 --to 2025-12-31 -o long town.ini
check "tells of winter and summer" sh -c \
    'cut -d, -f3 long/heat_island.csv | sort -u | tr "\n" " " | grep -q "all season summer winter" &&
    test -s long/summer_winter.png -a -s long/winter.png'
check "and of the same summer" sh -c \
    'grep -h "^district,Centre,summer,02,mean" long/heat_island.csv report/heat_island.csv |
    awk -F, "{v[NR] = \$6} END {d = v[1] - v[2]; exit !(NR == 2 && d * d < 0.05 * 0.05)}"'
grep -v -e '^zones' -e '^lcz' -e '^rural' -e '^\[urban' town.ini >plain.ini
# shellcheck disable=SC2086
does "without zones, climate zones and rural stations there is a report too" \
    "$autan" report $summer -o plain plain.ini
check "of the heat island derived from what is built" grep -q "least built" plain/index.html

# --- what is refused ---

bad 2 "nowhere to write" "a report without a folder" "$autan" report --from 2025-07-01 \
    --to 2025-07-02 town.ini
bad 2 "--from and --to are both needed" "a report without a period" \
    "$autan" report -o none town.ini
bad 1 "no air_temperature in the period" "a period without readings" \
    "$autan" report -q --from 2024-07-01 --to 2024-07-02 -o report town.ini
with plain.ini '[report]' 'zones = nowhere.geojson' >wrong.ini
# shellcheck disable=SC2086
bad 1 "nowhere.geojson: there is no such file" "zones that are not there" \
    "$autan" report -q $summer -o report wrong.ini
grep -v thresholds plain.ini >base.ini
with base.ini '[report]' 'thresholds = 30 warm' >wrong.ini
# shellcheck disable=SC2086
bad 2 "thresholds is 'warm', expected a number" "a threshold that is no number" \
    "$autan" report -q $summer -o report wrong.ini
with base.ini '[report]' 'thresholds = 1 2 3 4 5 6 7' >wrong.ini
# shellcheck disable=SC2086
bad 2 "thresholds has 7 numbers, expected 1 to 6" "too many thresholds" \
    "$autan" report -q $summer -o report wrong.ini
: >file
# shellcheck disable=SC2086
bad 1 "file: cannot make the folder" "a folder that is a file" \
    "$autan" report -q $summer -o file town.ini

# --- more cells than are drawn: 4.8 million, in squares of two by two ---

sed 's/^resolution .*/resolution = 2.5/' town.ini >fine.ini
evening='--from 2025-07-02T17:00Z --to 2025-07-03T06:00Z'
# shellcheck disable=SC2086
check "a report of a coarse grid" "$autan" report -q $evening -o coarse town.ini
# shellcheck disable=SC2086
check "and of a fine one, with the same raster below" "$autan" report -q $evening -o fine fine.ini
check "have nearly the same pictures" "$python" - <<'END_OF_PYTHON'
import numpy as np
from osgeo import gdal
for name in "summer", "evening_morning":
    coarse, fine = (gdal.Open(f"{f}/{name}.png").ReadAsArray().astype(float)
                    for f in ("coarse", "fine"))
    share = (np.abs(coarse - fine).max(axis=0) > 40).mean()
    if not share < 0.1:
        raise SystemExit(f"{name}: {share:.2%} of the pixels are another colour")
END_OF_PYTHON

finish
