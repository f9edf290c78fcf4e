#!/bin/sh
# autan verify in a small town made here: readings of a hundred and ten summer days,
# forecasts of eight of them. Expected numbers are computed beside it, from the same files.
# Closes with `N passed, N failed`.
. "${srcdir:-$(dirname "$0")/..}/tests/cli_common.sh"

cat >city.ini <<'EOF'
[city]
name       = Villette
timezone   = Europe/Paris
crs        = EPSG:2154
extent     = 570000 6276000 576000 6281000
resolution = 500
[stations]
file = stations.csv
[alert]
day_threshold   = 26
night_threshold = 14
EOF
cat >stations.csv <<'EOF'
station,longitude,latitude
a,1.420,43.600
b,1.440,43.590
c,1.450,43.610
d,1.460,43.595
EOF
"$python" - <<'EOF'
import datetime, math, random
random.seed(11)
out = open("observations.csv", "w")
print("time,station,air_temperature,relative_humidity", file=out)
weather, start = 0.0, datetime.datetime(2023, 5, 1)
for h in range(24 * 110):
    weather = 0.985 * weather + 0.6 * random.gauss(0, 1)
    t = (start + datetime.timedelta(hours=h)).strftime("%Y-%m-%dT%H:%MZ")
    for i, s in enumerate("abcd"):
        v = 20 + h / 800 - 6 * math.cos((h - 3) * math.pi / 12) + weather + 0.3 * i + random.gauss(0, 0.3)
        print(f"{t},{s},{v:.2f},{min(99, max(15, 110 - 3 * v + random.gauss(0, 3))):.0f}", file=out)
EOF
"$autan" ingest -q city.ini observations.csv || exit 1

refuses 1 "has no forecast in that period" "without a forecast there is nothing to score" \
    "$autan" verify city.ini
for day in 01 02 03 04 05 06 07 08; do
    "$autan" forecast -q --at 2023-08-${day}T06:00Z --members 20 --days 3 city.ini &&
        "$autan" alert -q --at 2023-08-${day}T07:00Z -o told city.ini ||
        not_ok "forecast and alert of August $day"
done
says "8 forecasts, 8 alerts" "what is kept is scored" "$autan" verify -o scores city.ini
cat >look.py <<'EOF'
import csv, datetime, math, netCDF4, numpy as np
rows = {(r["variable"], int(r["lead_day"])): r for r in csv.DictReader(open("scores/scores.csv"))}
truth = {}
for r in csv.DictReader(open("observations.csv")):
    truth[r["station"], r["time"]] = (float(r["air_temperature"]), float(r["relative_humidity"]))
stamp = lambda t: t.strftime("%Y-%m-%dT%H:%MZ")
hour = datetime.timedelta(hours=1)
error, crps, within, low = [], [], [], []
damp = []
for day in range(1, 9):
    origin = datetime.datetime(2023, 8, day, 6)
    d = netCDF4.Dataset(f"archive/forecasts/202308{day:02d}T0600Z.nc")
    x, u = d["air_temperature"][:].filled(np.nan), d["relative_humidity"][:].filled(np.nan)
    assert 0 <= u.min() and u.max() <= 100
    for i, s in enumerate(d["station"][:]):
        for h in range(24, 48):
            y, w = truth[s, stamp(origin + (h + 1) * hour)]
            m = np.sort(x[:, i, h].astype(float))
            error.append(m.mean() - y)
            crps.append(abs(m - y).mean() - abs(m[:, None] - m[None, :]).sum() / (2 * m.size ** 2))
            damp.append(u[:, i, h].mean() - w)
        # The minimum of the second day after: 18 UTC to 18 UTC.
        first = 24 + 24 - 6 - 5 - 1
        ys = [truth[s, stamp(origin + (h + 1) * hour)][0] for h in range(first, first + 24)]
        low.append(x[:, i, first:first + 24].min(axis=1).mean() - min(ys))
def same(row, name, value):
    assert abs(float(row[name]) - value) < 2e-3, (name, row[name], value)
row = rows["air_temperature", 2]
assert int(row["n"]) == 8 * 4 * 24
same(row, "bias", np.mean(error))
same(row, "rmse", math.sqrt(np.mean(np.square(error))))
same(row, "crps", np.mean(crps))
same(row, "skill_climatology", 1 - float(row["crps"]) / float(row["crps_climatology"]))
same(rows["relative_humidity", 2], "bias", np.mean(damp))
row = rows["air_temperature_minimum", 2]
assert int(row["n"]) == 32
same(row, "bias", np.mean(low))
same(row, "rmse", math.sqrt(np.mean(np.square(low))))
# Persistence of the hours of D+1 is the reading 24 hours before.
p = []
for day in range(1, 9):
    origin = datetime.datetime(2023, 8, day, 6)
    for s in "abcd":
        for h in range(1, 25):
            p.append(abs(truth[s, stamp(origin + h * hour)][0] - truth[s, stamp(origin + (h - 24) * hour)][0]))
same(rows["air_temperature", 1], "crps_persistence", np.mean(p))
table = list(csv.DictReader(open("scores/colours.csv")))
assert {r["scope"] for r in table} == {"town", "zones"}
for r in table:
    n = sum(int(r[k]) for k in ("hits", "misses", "false_alarms", "rejections"))
    assert 0 < n <= 8, r
reliability = list(csv.DictReader(open("scores/reliability.csv")))
events = {(r["scope"], r["event"], r["lead_day"]): r for r in csv.DictReader(open("scores/events.csv"))}
for key, e in events.items():
    bins = [r for r in reliability if (r["scope"], r["event"], r["lead_day"]) == key]
    assert sum(int(r["n"]) for r in bins) == int(e["n"]), key
    assert 0 <= float(e["brier"]) <= 1
EOF
check "its numbers are those of the forecasts and readings" "$python" look.py
for name in skill-hourly skill-minimum skill-maximum reliability roc; do
    check "$name.png is a picture" sh -c "head -c 8 scores/$name.png | grep -q PNG"
done
says "1 forecasts, 1 alerts" "a period takes what was made in it" \
    "$autan" verify --from 2023-08-03 --to 2023-08-04 city.ini

# What was known at the origins does not change with what comes after.
"$autan" verify --to 2023-08-02 -o before city.ini >/dev/null
mkdir early && sed 's|^file = |&../|' city.ini >early/city.ini
head -n 1 observations.csv >known.csv
awk -F, 'NR > 1 && $1 < "2023-08-06"' observations.csv >>known.csv
"$autan" ingest -q early/city.ini known.csv && mkdir -p early/archive/forecasts &&
    cp archive/forecasts/20230801T0600Z.nc early/archive/forecasts/
"$autan" verify --to 2023-08-02 -o after early/city.ini >/dev/null
check "references know nothing from after the origin" \
    sh -c 'cut -d, -f1,2,7,8 before/scores.csv >1 && cut -d, -f1,2,7,8 after/scores.csv >2 && cmp 1 2'

printf 'garbage' >archive/forecasts/20230809T0600Z.nc
says "1 kept file cannot be read" "a damaged forecast is passed over, and that is said" \
    "$autan" verify city.ini
says "Skill of the last 30 days" "the bulletin shows the skill of the last days" \
    sh -c '"$0" alert -q --at 2023-08-08T08:00Z -o told city.ini && cat told/bulletin.txt' "$autan"
refuses 2 "--wrong" "an unknown option is named" "$autan" verify --wrong city.ini
refuses 2 "lies before" "a period is in order" \
    "$autan" verify --from 2023-08-04 --to 2023-08-03 city.ini

echo "$passed passed, $failed failed"
[ $failed = 0 ]
