#!/bin/sh
# Quality control and ingest: checks of one moment, a year of 50 stations, and the Berlin
# file beside sqlite3 .import with the same durability. Names as in speed.sh.
set -eu
. "$(dirname "$0")/accuracy.sh"
tools=$(realpath -m "${BENCH_TOOLS:-tests/bench}")
mkdir -p "$work/qc"
"$tools/spatial"

cat >"$work/qc/town.ini" <<'END'
[city]
name       = Town
timezone   = Europe/Paris
crs        = EPSG:2154
extent     = 554000 6262000 592000 6296000
resolution = 1000
[stations]
file = stations.csv
END
awk -v folder="$work/qc" 'BEGIN { srand(1)
    s = folder "/stations.csv"; r = folder "/readings.csv"
    print "station,longitude,latitude" >s
    for (i = 0; i < 50; i++)
        printf "s%d,%.4f,%.4f\n", i, 1.3 + 0.02 * (i % 10), 43.5 + 0.04 * int(i / 10) >s
    print "time,station,air_temperature" >r
    for (t = 0; t < 8760; t++) {
        day = strftime("%Y-%m-%dT%H:00Z", 1735689600 + 3600 * t, 1)
        shared = 12 - 9 * cos(t / 1394) + 5 * sin((t - 9) / 3.8197) + 2 * sin(t / 31)
        for (i = 0; i < 50; i++)
            printf "%s,s%d,%.1f\n", day, i, shared + 0.02 * i + rand() >r
    } }'

timed() { # timed NAME WANTED RUNS MADE COMMAND...: the quickest run; MADE is removed before each
    name=$1 wanted=$2 runs=$3 made=$4
    shift 4
    : >"$work/qc/time"
    while [ "$runs" -gt 0 ]; do
        runs=$((runs - 1))
        rm -rf ${made:+"$work/qc/$made"}
        env time -a -o "$work/qc/time" -f '%e %U %S' "$@" >/dev/null 2>&1
    done
    sort -n "$work/qc/time" | sed 1q | awk -v name="$name" -v wanted="$wanted" '{
        printf "%-50s %6.2f s   (%.2f s of processors; wanted: %s)\n", name, $1, $2 + $3,
            wanted }'
}
timed "ingest of a year of 50 stations" "below the next" 3 archive \
    "$autan" ingest "$work/qc/town.ini" "$work/qc/readings.csv"
timed "sqlite3 .import of the same rows" "-" 3 table.sqlite sqlite3 "$work/qc/table.sqlite" \
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" \
    "CREATE TABLE r (time TEXT, station TEXT, t REAL, PRIMARY KEY (time, station)) WITHOUT ROWID;" \
    ".mode csv" ".import --skip 1 $work/qc/readings.csv r"
timed "qc of a year of 50 stations" "below 2" 1 "" "$autan" qc "$work/qc/town.ini"
