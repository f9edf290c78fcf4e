#!/bin/sh
# autan forecast in a small town made here: seven stations, a hundred summer days. Closes
# with `N passed, N failed`.
. "${srcdir:-$(dirname "$0")/..}/tests/cli_common.sh"

make_town() { # make_town FOLDER DAYS: readings from 1 May 2023 on
    mkdir -p "$1"
    cat >"$1/city.ini" <<'EOF'
[city]
name       = Villette
timezone   = Europe/Paris
crs        = EPSG:2154
extent     = 570000 6276000 576000 6281000
resolution = 250
[stations]
file = stations.csv
EOF
    cat >"$1/stations.csv" <<'EOF'
station,longitude,latitude
a,1.420,43.600
b,1.440,43.590
c,1.450,43.610
d,1.460,43.595
e,1.430,43.615
f,1.415,43.585
g,1.445,43.575
EOF
    "$python" - "$2" >"$1/observations.csv" <<'EOF'
import math, random, sys
random.seed(4)
print("time,station,air_temperature")
weather = 0.0
import datetime
start = datetime.datetime(2023, 5, 1)
for h in range(24 * 110):
    weather = 0.98 * weather + 0.6 * random.gauss(0, 1)
    noise = [random.gauss(0, 0.3) for _ in range(7)]
    if h >= 24 * int(sys.argv[1]):
        break
    t = (start + datetime.timedelta(hours=h)).strftime("%Y-%m-%dT%H:%MZ")
    for i, s in enumerate("abcdefg"):
        value = 20 + h / 800 - 6 * math.cos((h - 3) * math.pi / 12) + weather + 0.3 * i
        print(f"{t},{s},{value + noise[i]:.2f}")
EOF
    "$autan" ingest -q "$1/city.ini" "$1/observations.csv" || exit 1
}

make_town long 110
make_town short 100
make_town new 40
at=2023-08-08T06:00Z

check "a forecast is made with maps" \
    "$autan" forecast --at $at --members 20 --days 3 -o long/f.nc long/city.ini
says "20 members" "a forecast says how large it is" \
    "$autan" forecast --at $at --members 20 --days 3 short/city.ini
check "readings after the origin change nothing" \
    cmp long/archive/forecasts/20230808T0600Z.nc short/archive/forecasts/20230808T0600Z.nc
says "one is fitted from those before, and not kept" "a model that knows the future is not used" \
    "$autan" forecast --at $at --members 20 --days 3 -o short/f.nc --geotiff tif --hourly \
    short/city.ini
cat >same.py <<'EOF'
import netCDF4, numpy as np
for part in ("", "-daily"):
    long, short = (netCDF4.Dataset(f"{town}/f{part}.nc") for town in ("long", "short"))
    for name, v in long.variables.items():
        if v.dimensions[-2:] == ("y", "x"):
            assert np.array_equal(v[:].filled(-1), short[name][:].filled(-1)), (part, name)
EOF
check "readings after the origin change no map" "$python" same.py
check "hourly maps are Cloud Optimized GeoTIFFs too" \
    sh -c 'gdalinfo tif/air_temperature_q90_20230808T0900Z.tif | grep -q LAYOUT=COG'
refuses 2 "--hourly needs --geotiff" "hours as GeoTIFF need their folder" \
    "$autan" forecast --hourly -o f.nc long/city.ini
says "2023-08-08T23:00:00Z" "without --at the newest reading is the origin" \
    "$autan" forecast --members 10 short/city.ini
says "the newest reading is of 2023-08-08T23:00:00Z, 31 hours before" \
    "an archive that ends early is said" \
    "$autan" forecast --at 2023-08-10T06:00Z --members 10 short/city.ini
refuses 1 "60 days" "a new archive teaches nothing, and that is said" \
    "$autan" forecast new/city.ini
refuses 2 "--days is '11'" "eleven days are too many" "$autan" forecast --days 11 long/city.ini
refuses 2 "--members is '2.5'" "members are a whole number" \
    "$autan" forecast --members 2.5 long/city.ini
says "Usage: autan forecast" "help is printed" "$autan" forecast --help
refuses 2 "--geotiff needs -o" "maps as GeoTIFF need their maps" \
    "$autan" forecast --geotiff tif long/city.ini
refuses 2 "--wrong" "an unknown option is named" "$autan" forecast --wrong long/city.ini
refuses 1 "up to the time asked for" "nothing is forecast before the archive" \
    "$autan" forecast --at 2020-01-01 long/city.ini

cat >look.py <<'EOF'
import sys, numpy as np, netCDF4
d = netCDF4.Dataset("long/f.nc")
assert d["forecast_reference_time"].standard_name == "forecast_reference_time"
assert d["forecast_period"][0] == 1 and d["forecast_period"][:].size == 96
assert (d["time"][:] - d["forecast_reference_time"][:] == 3600 * d["forecast_period"][:]).all()
q = [d["air_temperature" + s][:] for s in ("_q10", "_q50", "_q90")]
assert (q[0] <= q[1]).all() and (q[1] <= q[2]).all()
spread = [(q[2] - q[0])[h].mean() for h in (0, 80)]
assert spread[0] < 0.7 * spread[1], spread
d = netCDF4.Dataset("long/f-daily.nc")
assert d["time"].size == 3
low, high = d["air_temperature_minimum"][:], d["air_temperature_maximum"][:]
assert (low < high).all() and 5 < low.min() and high.max() < 45
for name in ("tropical_night_probability", "hot_day_probability"):
    assert 0 <= d[name][:].min() and d[name][:].max() <= 1
EOF
check "maps have CF's forecast coordinates, quantiles in order and a growing spread" \
    "$python" look.py
check "GDAL reads the forecast's maps" gdalinfo 'NETCDF:"long/f.nc":air_temperature_q90'

# A covariate that grows eastwards, beyond the stations at both ends of the grid.
"$python" - <<'EOF' || exit 1
import numpy as np
from osgeo import gdal, osr
srs = osr.SpatialReference()
srs.ImportFromEPSG(2154)
file = gdal.GetDriverByName("GTiff").Create("long/east.tif", 24, 20, 1, gdal.GDT_Float32)
file.SetGeoTransform((570000, 250, 0, 6281000, 0, -250))
file.SetProjection(srs.ExportToWkt())
file.GetRasterBand(1).WriteArray(np.tile(np.arange(24.0), (20, 1)))
EOF
{
    sed 's/\[stations\]/archive = ground\n[stations]/' long/city.ini
    printf '[covariate east]\nfile = east.tif\n[model]\ntrend = east\n'
} >long/ground.ini
check "a town with a covariate is known" "$autan" ingest -q long/ground.ini long/observations.csv
check "its forecast is made" "$autan" forecast -q --at $at --members 10 --days 1 -o long/g.nc \
    --geotiff long/tif long/ground.ini
check "every file of forecast maps says where the ground is beyond the stations" \
    "$python" - <<'EOF'
import sys, numpy as np, netCDF4
for path in "long/g.nc", "long/g-daily.nc":
    d = netCDF4.Dataset(path)
    v = d["extrapolation"]
    if v.dimensions != ("y", "x") or not (v[:, 0] > 0.3).all() or (v[:, 11] > 0).any():
        sys.exit(f"{path}: {v[0]}")
    for name in d.variables:
        if name.startswith("air_temperature") and \
                "extrapolation" not in d[name].ancillary_variables.split():
            sys.exit(f"{path}: {name} does not name it")
EOF

# Guidance that knows the weather but is 9 K too cold; a run a day from 10 July on.
mkdir runs
"$python" - <<'EOF'
import csv, datetime, json, random
random.seed(9)
truth = {}
for r in csv.DictReader(open("long/observations.csv")):
    truth.setdefault(r["time"], []).append(float(r["air_temperature"]))
def run(day, name, lon=1.44, shift=-9.0, hours=60):
    times = [(day + datetime.timedelta(hours=h)).strftime("%Y-%m-%dT%H:%MZ") for h in range(1, hours)]
    values = [round(sum(truth[t]) / 7 + shift + random.gauss(0, 0.5), 2) for t in times]
    json.dump({"reference": day.strftime("%Y-%m-%dT%H:%MZ"), "points": [{"longitude": lon,
        "latitude": 43.60, "time": times, "air_temperature": values}]}, open(name, "w"))
day = datetime.datetime(2023, 7, 10)
for k in range(29):
    run(day + datetime.timedelta(days=k), (day + datetime.timedelta(days=k)).strftime("runs/%Y-%m-%d.json"))
gap = json.load(open("runs/2023-08-07.json"))
point = gap["points"][0]
for k in ("time", "air_temperature"):
    point[k] = point[k][:11] + point[k][18:]
json.dump(gap, open("runs/gap.json", "w"))
run(datetime.datetime(2023, 8, 7), "runs/other-area.json", lon=5.0)
run(datetime.datetime(2023, 8, 7), "runs/wrong-unit.json", shift=80.0)
run(datetime.datetime(2023, 8, 9), "runs/later.json")
EOF
says "taken as it is" "the first guidance is taken with a wide spread, and that is said" \
    "$autan" forecast --at 2023-07-10T06:00Z --days 1 --members 10 \
    --guidance runs/2023-07-10.json long/city.ini
for day in 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31; do
    "$autan" forecast -q --at 2023-07-${day}T06:00Z --days 1 --members 10 \
        --guidance runs/2023-07-$day.json long/city.ini || not_ok "guidance of July $day"
done
for day in 01 02 03 04 05 06; do
    "$autan" forecast -q --at 2023-08-${day}T06:00Z --days 1 --members 10 \
        --guidance runs/2023-08-$day.json long/city.ini || not_ok "guidance of August $day"
done
check "trained guidance is used" "$autan" forecast --at 2023-08-07T06:00Z --days 2 --members 20 \
    --guidance runs/2023-08-07.json long/city.ini
cat >guided.py <<'EOF'
import csv, datetime, netCDF4, numpy as np
d = netCDF4.Dataset("long/archive/forecasts/20230807T0600Z.nc")
assert "28 earlier runs" in d.source, d.source
truth = {(r["time"], r["station"]): float(r["air_temperature"])
         for r in csv.DictReader(open("long/observations.csv"))}
f = d["air_temperature"][:]
error, spread = [], []
for i, s in enumerate(d["station"][:]):
    for h in range(48):
        t = datetime.datetime(2023, 8, 7, 7) + datetime.timedelta(hours=h)
        error.append(f[:, i, h].mean() - truth[t.strftime("%Y-%m-%dT%H:%MZ"), s])
        spread.append(f[:, i, h].std())
error = np.array(error)
# Guidance has an error of 0.5 K and stations 0.3 K of their own.
assert abs(error.mean()) < 0.4 and np.sqrt((error ** 2).mean()) < 1.0, (error.mean(), error.std())
assert np.mean(spread) < 1.2, np.mean(spread)
EOF
check "its bias is gone and its spread is small" "$python" guided.py
without() { # without FILE TEXT NAME: such guidance is left aside, and that is said
    says "degraded: guidance not used: runs/$1$2" "$3" "$autan" forecast \
        --at 2023-08-07T06:00Z --members 10 --days 1 --guidance "runs/$1" long/city.ini
    check "and the forecast goes without: $1" says_method "without guidance"
}
says_method() {
    ncdump -h long/archive/forecasts/20230807T0600Z.nc | grep -qF "source = \"$1"
}
head -c 300 runs/2023-08-07.json >runs/truncated.json
without other-area.json ": reaches no station: it is of another area" "guidance of another area is told from the town's"
without wrong-unit.json ": has an air_temperature that is none in K or degC" "guidance in wrong units is not believed"
without later.json ": is of 2023-08-09T00:00:00Z, after the origin" "guidance from the future is not looked at"
without truncated.json ":1: " "truncated guidance is not read"
says "ends before" "guidance that has ended is left aside" "$autan" forecast \
    --at 2023-08-12T06:00Z --members 10 --days 1 --guidance runs/2023-08-07.json long/city.ini
refuses 1 "no such file" "guidance that is not there is an error" "$autan" forecast \
    --at 2023-08-07T06:00Z --guidance runs/absent.json long/city.ini
says "steps are missing from the guidance: 7 hours" "missing steps are said" "$autan" forecast \
    --at 2023-08-07T06:00Z --members 10 --days 1 --guidance runs/gap.json long/city.ini
says "guidance of 2023-08-07T00:00:00Z with 2 members" "files of one run are joined" \
    sh -c '"$0" forecast -q --at 2023-08-07T06:00Z --members 10 --days 1 \
        --guidance runs/2023-08-07.json --guidance runs/gap.json long/city.ini &&
        ncdump -h long/archive/forecasts/20230807T0600Z.nc' "$autan"
says "of another run" "files of another run are not" "$autan" forecast \
    --at 2023-08-07T06:00Z --members 10 --days 1 --guidance runs/2023-08-07.json \
    --guidance runs/2023-08-06.json long/city.ini
says "hours old" "late guidance is said" "$autan" forecast --at 2023-08-08T06:00Z \
    --guidance runs/2023-08-07.json long/city.ini

echo "$passed passed, $failed failed"
[ $failed = 0 ]
