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

echo "$passed passed, $failed failed"
[ $failed = 0 ]
