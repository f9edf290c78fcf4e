#!/bin/sh
# autan qc: planted faults are flagged beside untouched readings, the same flags again and
# again, and maps use what passed.
set -u
. "${srcdir:-$(dirname "$0")/..}/tests/cli_common.sh"

# A town of nine stations, sixty days of hours: the day's wave, weather that all share, a
# level of each station, and noise from a generator that is the same everywhere.
make_town() {
    awk 'BEGIN { print "station,longitude,latitude,elevation"
        for (i = 0; i < 9; i++)
            printf "s%d,%.4f,%.4f,%d\n", i, 1.40 + 0.03 * (i % 3), 43.58 + 0.02 * int(i / 3), 140 + i }' \
        >stations.csv
    "$python" - <<'END'
import math
state = 1
def noise():
    global state
    state = (state * 1103515245 + 12345) % 2**31
    return state / 2**31 - 0.5
start = 1748736000 # 2025-06-01
import datetime
with open("readings.csv", "w") as out:
    out.write("time,station,air_temperature,relative_humidity\n")
    for t in range(60 * 24):
        moment = datetime.datetime.fromtimestamp(start + 3600 * t, datetime.timezone.utc)
        shared = 22 + 6 * math.sin(2 * math.pi * (t - 9) / 24) + 3 * math.sin(t / 37) \
            + 2 * math.sin(t / 11)
        for i in range(9):
            value = shared + 0.2 * i + 0.6 * noise()
            humidity = 60 - 2 * (shared - 22) + 4 * noise()
            if i == 2 and t == 500:
                value += 12 # a spike
            if i == 4 and 800 <= t < 848:
                value = value * 1.8 + 32 # Fahrenheit
            if i == 6 and 300 <= t < 330:
                value = 21.37 # frozen
            out.write(f"{moment:%Y-%m-%dT%H:%MZ},s{i},{value:.2f},{humidity:.1f}\n")
END
}

town() { # town NAME [LINE...]: its city file, with more lines
    cat <<END
[city]
name       = Town
timezone   = Europe/Paris
crs        = EPSG:2154
extent     = 569000 6272000 582000 6283000
resolution = 1000
archive    = $1
[stations]
file = stations.csv
END
    shift
    for line; do echo "$line"; done
}

query() { # query ARCHIVE SQL
    "$python" -c 'import sqlite3, sys
for row in sqlite3.connect(sys.argv[1] + "/autan.sqlite").execute(sys.argv[2]):
    print(*row, sep="|")' "$@"
}

flagged() { # flagged STATION FROM TO CHECK: readings with that flag
    query town "SELECT count(*) FROM flag JOIN station ON station.id = flag.station
        JOIN flag_meaning m ON m.meaning = '$4' WHERE station.name = '$1' AND variable = 0
        AND flag.mask & m.mask AND time >= 1748736000 + 3600 * $2
        AND time < 1748736000 + 3600 * $3"
}

same() { # same NAME A B
    if [ "$2" = "$3" ]; then ok "$1"; else
        printf 'got %s\nexpected %s\n' "$2" "$3" >"$work/out"
        not_ok "$1"
    fi
}

make_town
town town >town.ini
refuses 1 "no archive there" "without an archive it says to ingest first" \
    "$autan" qc town.ini
check "the town is ingested" "$autan" ingest town.ini readings.csv
readings=$(query town "SELECT * FROM reading" | cksum)

says "was never checked" "a map without qc is made, and says so with -v" \
    "$autan" map -v --from 2025-07-01T12:00Z --to 2025-07-01T12:00Z -o before.nc town.ini
says "air_temperature:" "qc counts what it refused" "$autan" qc town.ini
same "the spike is flagged" "$(flagged s2 500 501 spike)" 1
same "the Fahrenheit readings are flagged" "$(flagged s4 800 848 unit)" 48
same "the frozen readings are flagged" "$(flagged s6 300 330 persistence)" 30
same "no good reading but a few is refused" \
    "$(query town 'SELECT count(*) < 20 FROM flag WHERE variable = 0 AND NOT
        (station = 5 AND time >= 1748736000 + 3600 * 800) AND NOT
        (station = 7 AND time >= 1748736000 + 3600 * 300) AND NOT
        (station = 3 AND time = 1748736000 + 3600 * 500)')" 1
same "readings stay as they came" "$(query town "SELECT * FROM reading" | cksum)" "$readings"

flags="SELECT * FROM flag UNION ALL SELECT variable, first, station, mask FROM finding"
query town "$flags" >once
check "qc runs again" "$autan" qc town.ini
query town "$flags" >twice
check "and gives the same flags and findings" cmp once twice
check "qc runs on a part" "$autan" qc --from 2025-06-20 --to 2025-06-25 town.ini
query town "SELECT * FROM flag" >part
check "and the rest keeps its flags" test "$(wc -l <part)" -ge 79
says "that did not pass the checks were not used" "validate uses what passed" \
    "$autan" validate --from 2025-06-10 --to 2025-07-20 town.ini

# The source corrects the spike.
printf 'time,station,air_temperature\n2025-06-21T20:00Z,s2,24.5\n' >late.csv
check "a correction is ingested" "$autan" ingest town.ini late.csv
same "and the corrected reading has no flag any more" "$(flagged s2 500 501 spike)" 0
says "1 batch came since" "which maps say with -v" \
    "$autan" validate -v --from 2025-06-10 --to 2025-07-20 town.ini

check "a report is written" "$autan" qc --report report town.ini
check "with a page" grep -q "Stations à visiter" report/index.html
check "in English too" grep -q "Stations to visit" report/index.html
check "findings" grep -q "^air_temperature,s4,unit,2025-07-04T08:00:00Z,2025-07-06T07:00:00Z" \
    report/findings.csv
check "counts" grep -q "^s6,air_temperature,1440," report/stations.csv
check "and pictures" test "$(head -c 4 report/air_temperature-unit.png | cut -c 2-)" = PNG
check "written again" "$autan" qc --report again town.ini
check "it is the same" diff -r report again

town town "[qc]" "disable = spike, air_temperature.step" \
    "air_temperature.unit.distance = 100" >loose.ini
check "checks can be turned off and numbers changed" "$autan" qc loose.ini
same "then the Fahrenheit readings are no unit mistake" "$(flagged s4 800 848 unit)" 0
town town "[qc]" "disable = spike buddy spatial_consistency rate_of_change range" \
    "enable = air_temperature.kriging" >kriging.ini
printf 'time,station,air_temperature\n2025-06-21T21:00Z,s2,45\n' >hot.csv
check "a hot reading comes" "$autan" ingest kriging.ini hot.csv
check "the model's estimate can be asked for" "$autan" qc kriging.ini
same "and it refuses what is far from it" "$(flagged s2 501 502 kriging)" 1
same "and little else" "$(query town "SELECT count(*) < 10 FROM flag WHERE variable = 0 AND
    mask & (SELECT mask FROM flag_meaning WHERE meaning = 'kriging')")" 1
printf '%s\n' station,month,variable,low,high ,,air_temperature,-20,45 \
    s3,,air_temperature,,15 s3,7,air_temperature,-20, >limits.csv
town town "[qc]" "limits = limits.csv" >limits.ini
check "limits can be given by month and station" "$autan" qc limits.ini
same "readings above the station's are flagged in that month" \
    "$(flagged s3 0 720 climatology)" \
    "$(query town "SELECT count(*) FROM reading JOIN station ON station.id = station
        WHERE name = 's3' AND air_temperature > 15 AND time >= 1748736000
        AND time < 1748736000 + 3600 * 720")"
same "and not in another" "$(flagged s3 720 1440 climatology)" 0
same "nor at other stations" "$(flagged s2 0 499 climatology)" 0
bad_limits() { # bad_limits TEXT NAME LINE...
    text=$1 name=$2
    shift 2
    printf '%s\n' "$@" >limits.csv
    refuses 1 "limits.csv:$text" "$name" "$autan" qc limits.ini
}
bad_limits "1: no column 'variable'" "limits need a variable" station,low,high
bad_limits "1: column 'unit' is unknown" "limits know no other column" variable,low,high,unit
bad_limits "2: station is 's99', expected a station" "limits of no station are refused" \
    station,variable,low,high s99,air_temperature,1,2
bad_limits "2: month is '13', expected a month" "and of no month" \
    month,variable,low,high 13,air_temperature,1,2
bad_limits "2: low is '3', expected no more" "and those the wrong way round" \
    variable,low,high air_temperature,3,2
town town "[qc]" "air_temperature.spike.size = 4" >bad.ini
refuses 2 "bad.ini:11: unknown key 'air_temperature.spike.size' in [qc]" \
    "an unknown number is refused with its line" "$autan" qc bad.ini
town town "[qc]" "enable = buddies" >bad.ini
refuses 2 "bad.ini:11: enable names 'buddies'" "an unknown check is refused" \
    "$autan" qc bad.ini
town town "[qc]" "wind_speed.sct.scale = 4" "wind_speed.unit.window = 5" >bad.ini
refuses 2 "bad.ini:11: unknown key" "a number of an unknown check is refused" "$autan" qc bad.ini
town town "[qc]" "wind_speed.unit.window = 5" >bad.ini
refuses 2 "does not look at wind_speed" "and one of another variable" "$autan" qc bad.ini
says "air_temperature.spike.amplitude = 3.8" "the numbers are listed" \
    "$autan" qc --list town.ini
refuses 1 "holds no reading in the period" "a period without readings is an error" \
    "$autan" qc --from 2030-01-01 town.ini
refuses 2 "expected ISO 8601" "a bad time is a usage error" "$autan" qc --from soon town.ini

# The network's own fault: an empty frame reads -50 degC, 0 %, 900 hPa.
if shared data/toulouse/readings-winter-2025.csv; then
    awk -F, 'NR == 1 { print "time,station,air_temperature,relative_humidity,air_pressure"; next }
        { split($1, t, "+"); sub(" ", "T", t[1]); print t[1] "Z," substr($6, 1, 2) "," $2 "," $3 "," $4 / 100 }' \
        "$found" >winter.csv
    { echo station,longitude,latitude
      cut -d, -f2 winter.csv | sort -u | awk '$1 != "station" {
        printf "%s,%.3f,%.3f\n", $1, 1.40 + NR / 100, 43.6 + NR / 200 }'; } >winter-stations.csv
    town winter | sed 's/^file = stations/file = winter-stations/' >winter.ini
    check "the winter of Toulouse is ingested" "$autan" ingest winter.ini winter.csv
    check "and checked" "$autan" qc winter.ini
    same "every -50 degC is refused, in all variables" \
        "$(query winter "SELECT count(*) FROM reading r WHERE air_temperature = -50 AND
            (SELECT count(*) FROM flag f WHERE f.time = r.time AND f.station = r.station
                AND f.mask & ~(SELECT mask FROM flag_meaning WHERE meaning = 'isolated')) < 3")" 0
    same "and the rest kept" \
        "$(query winter "SELECT count(*) < 15 FROM reading r JOIN flag f USING (time, station)
            WHERE air_temperature > -50 AND variable = 0
            AND f.mask & ~(SELECT mask FROM flag_meaning WHERE meaning = 'isolated')")" 1
fi

finish
