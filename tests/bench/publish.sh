#!/bin/sh
# Open data: a month of 50 stations every 15 minutes, seven variables, published in all
# forms for the first time, again, and after a correction; beside pandas writing nothing but
# the CSV of the same table.
set -eu
autan=$(realpath "${AUTAN:-./autan}")
work=bench-work/publish
rm -rf "$work"
mkdir -p "$work"
cd "$work"

cat >town.ini <<'END'
[city]
name       = Bench
timezone   = Europe/Paris
crs        = EPSG:2154
extent     = 569000 6272000 582000 6283000
resolution = 1000
[stations]
file = stations.csv
[publish]
licence = ODbL-1.0
END
awk 'BEGIN {
    print "station,name,longitude,latitude,elevation" >"stations.csv"
    for (i = 1; i <= 50; i++)
        printf "s%02d,Station %d,%.4f,%.4f,%d\n", i, i, 1.3 + i * 0.004, 43.5 + (i * 7 % 50) * 0.003, 140 + i >"stations.csv"
    srand(1)
    print "time,station,air_temperature,relative_humidity,wind_speed,wind_from_direction,air_pressure,precipitation_amount,global_radiation"
    for (t = 0; t < 31 * 96; t++)
        for (i = 1; i <= 50; i++) {
            sun = sin((t % 96 - 36) * 3.14159 / 48)
            printf "2025-07-%02dT%02d:%02dZ,s%02d,%.1f,%.0f,%.1f,%d,%.1f,%.1f,%.0f\n",
                1 + t / 96, t % 96 / 4, t % 4 * 15, i, 20 + 8 * sun + rand(), 60 - 20 * sun + rand(),
                3 * rand(), 360 * rand(), 1010 + 3 * rand(), (rand() > 0.98), (sun > 0 ? 900 * sun : 0)
        }
}' >month.csv
printf 'time,station,air_temperature\n2025-07-03T03:00Z,s02,-3.25\n' >late.csv
"$autan" ingest -q town.ini month.csv

# timed NAME COMMAND...: elapsed and CPU seconds, megabytes
timed() {
    name=$1
    shift
    /usr/bin/time -o time.out -f "%e s elapsed, %U + %S s of CPU, %M kB" "$@"
    printf '%-44s %s\n' "$name" "$(cat time.out)"
}
timed "148 800 readings, all forms" "$autan" publish -q -o data town.ini
timed "again, nothing new" "$autan" publish -q -o data town.ini
"$autan" ingest -q town.ini late.csv
timed "after a correction, compared with issue 1" "$autan" publish -q -o data town.ini
timed "pandas: the same CSV, written" /usr/bin/python3 -c '
import pandas as pd
pd.read_csv("data/2025-07/observations.csv").to_csv("pandas.csv", index=False)'
ls -l data/2025-07 | awk 'NR > 1 { printf "%-20s %9d bytes\n", $9, $5 }'
