#!/bin/bash
# The simulated readings of Toulouse: what examples/toulouse/simulate writes.
# Needs awk, gzip; with gdallocationinfo the maps of the truth are checked too.
# shellcheck disable=SC2016 # awk programs
set -u
export LC_ALL=C

top=$(cd "${srcdir:-$(dirname "$0")/..}" && pwd)
simulate=$PWD/examples/toulouse/simulate
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# check NAME COMMAND...: the command succeeds
check() {
    local name=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        echo "FAILED: $name"
        failed=$((failed + 1))
    fi
}

run() {
    "$simulate" --stations "$top/stations/toulouse.csv" --grids "$top/grids/toulouse" "$@"
}

# exits CODE TEXT COMMAND...: the command ends with that code and says TEXT
exits() {
    local code=$1 text=$2
    shift 2
    "$@" >"$work/out" 2>"$work/err"
    [ $? = "$code" ] && grep -qF -- "$text" "$work/out" "$work/err"
}

# column FILE STATION NAME: time and value of one station's column
column() {
    awk -F, -v station="$2" -v name="$3" '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i; next }
        $2 == station { print $1, $c }' "$1"
}

# --- what is asked wrongly is refused ---

check "the help says that all is simulated" exits 0 SIMULATED "$simulate" --help
check "an unknown option is a usage error" exits 2 --nonsense run --nonsense
check "a time without zone is a usage error" exits 2 2025-01-01T00:15 \
    run --from 2025-01-01T00:15
check "a step that is no part of an hour is a usage error" exits 2 "1800 or 3600" \
    run --step 700
check "an end before the beginning is a usage error" exits 2 "--to" \
    run --from 2025-02-01 --to 2025-01-01
check "times of maps without their folder are a usage error" exits 2 "go together" \
    run --truth-times 2025-01-10T06:00Z
check "a folder without grids is an error that names the file" exits 1 building.tif \
    "$simulate" --stations "$top/stations/toulouse.csv" --grids "$work"
check "a folder that is not there is an error that names the output" exits 1 none/a.csv \
    run --to 2025-01-01T01:00Z --output "$work/none/a.csv"
mkdir "$work/place.csv"
check "an output that is a folder is an error" exits 1 place.csv \
    run --to 2025-01-01T01:00Z --output "$work/place.csv"
rmdir "$work/place.csv"
check "no temporary file is left" test -z "$(find "$work" -name '*.tmp')"

ini=$top/examples/toulouse/toulouse.ini
check "the city file says that the readings are simulated" \
    grep -q '^notice .*simulés.*Simulated' "$ini"

# --- readings ---

# Seventy days that hold a fault of each kind but one.
period=(--from 2025-05-13T00:15Z --to 2025-07-22)
run "${period[@]}" --output "$work/readings.csv" --faults "$work/faults.csv" >/dev/null &&
    run "${period[@]}" --output "$work/clean.csv" --faults "$work/gaps.csv" --no-faults \
        >/dev/null || exit 1

header=time,station,air_temperature,relative_humidity,wind_speed,wind_from_direction
header=$header,air_pressure,precipitation_amount
check "the header is the contract's" test "$(head -1 "$work/readings.csv")" = "$header"
check "there are 70 days of 96 times, 77 stations, and few gaps" awk -F, '
    NR > 1 { time[$1]; station[$2] }
    END { exit !(length(time) == 70 * 96 && length(station) == 77 &&
                 NR - 1 > 0.97 * 70 * 96 * 77 && NR - 1 < 0.995 * 70 * 96 * 77) }' \
    "$work/readings.csv"
check "the times ascend" awk -F, 'NR > 1 { if ($1 < last) exit 1; last = $1 }' \
    "$work/readings.csv"
check "every row has 8 fields, and temperatures have one decimal" awk -F, '
    NF != 8 || (NR > 1 && $3 != "" && $3 !~ /^-?[0-9]+\.[0-9]$/) { exit 1 }' \
    "$work/readings.csv"
check "the forest's sensor has humidity and no wind" awk -F, '
    $2 == "23-pibrac-bouconne-foret" { n++; if ($4 == "" || $5 $6 $7 $8 != "") exit 1 }
    END { exit n == 0 }' "$work/readings.csv"
check "humidity is at most 100 %, directions are under 360 degrees" awk -F, '
    NR > 1 && ($4 + 0 < 1 || $4 + 0 > 100 || $6 + 0 < 0 || $6 + 0 >= 360) { exit 1 }' \
    "$work/readings.csv"
check "a calm has no direction" awk -F, '
    NR > 1 && $5 != "" && ($5 == 0) != ($6 == "") { exit 1 }' "$work/readings.csv"

run --from 2025-06-04 --to 2025-06-05 --output "$work/part.csv.gz" >/dev/null
check "a part is the same as in the whole, and gzipped when its name says so" cmp -s \
    <(gunzip -c "$work/part.csv.gz") \
    <(awk -F, 'NR == 1 || ($1 >= "2025-06-04T00:00:00Z" && $1 <= "2025-06-05T00:00:00Z")' \
        "$work/readings.csv")
run --from 2025-06-04 --to 2025-06-05 --step 3600 --output "$work/hours.csv" >/dev/null
check "an hourly reading is the mean of four" awk -F, '
    $2 != "28-carmes" || $3 == "" { next }
    NR == FNR { if ($1 > "2025-06-04T09:00:00Z" && $1 <= "2025-06-04T10:00:00Z") {
                    sum += $3; n++ } next }
    $1 == "2025-06-04T10:00:00Z" { d = $3 - sum / n; found = 1 }
    END { exit !(found && n == 4 && d < 0.11 && d > -0.11) }' \
    "$work/readings.csv" "$work/hours.csv"
run --to 2025-01-02 --output "$work/a.csv" >/dev/null
run --to 2025-01-02 --output "$work/b.csv" --seed 2 >/dev/null
check "another seed is another weather" test "$(diff "$work/a.csv" "$work/b.csv" |
    grep -c '^<')" -gt 6500

# --- faults ---

check "the period's faults are planted and listed" test "$(
    cut -d, -f2 "$work/faults.csv" | grep -vE '^(gap|kind)$' | sort | tr '\n' ' ')" \
    = "clock frozen offset spike "
check "without faults the gaps stay, and only they are listed" cmp -s \
    <(grep -E ',(gap|kind),' "$work/faults.csv") "$work/gaps.csv"
check "nothing differs from the faultless period outside the listed faults" awk -F, '
    NR == FNR { if (FNR > 1 && $2 != "gap") { s[++n] = $1; a[n] = $3; b[n] = $4 } next }
    /^>/ {
        differing++
        time = substr($1, 3)
        for (k = 1; k <= n; k++) if ($2 == s[k] && time >= a[k] && time <= b[k]) next
        exit bad = 1
    }
    END { exit bad || n != 4 || differing < 1000 }' \
    "$work/faults.csv" <(diff "$work/clean.csv" "$work/readings.csv")
check "a spike is -50 degrees, in its place" test \
    "$(column "$work/readings.csv" 20-mondonville-ecole air_temperature |
        grep -- ' -50.0')" = "2025-06-21T03:45:00Z -50.0"
check "a frozen sensor gives one value for a day" test \
    "$(column "$work/readings.csv" 58-fondeyre air_temperature |
        awk '$1 >= "2025-05-14T06:00:00Z" && $1 <= "2025-05-15T06:00:00Z" && NF == 2 {
            print $2 }' | sort -u | wc -l)" = 1
check "an offset is 3 K, for ten days" awk '
    NR == FNR { clean[$1] = $2; next }
    NF == 2 && clean[$1] != "" && $2 - clean[$1] > 2.95 && $2 - clean[$1] < 3.05 { n++ }
    END { exit !(n > 850 && n <= 960) }' \
    <(column "$work/clean.csv" 53-ponsan air_temperature) \
    <(column "$work/readings.csv" 53-ponsan air_temperature)
check "a clock is two hours late" awk '
    NR == FNR { clean[substr($1, 1, 16)] = $2; next }
    $1 > "2025-06-04T00" && $1 < "2025-06-05T00" && NF == 2 {
        hour = substr($1, 12, 2) - 2
        if (hour < 0) next
        before = sprintf("%s%02d%s", substr($1, 1, 11), hour, substr($1, 14, 3))
        if (clean[before] == "") next
        n++
        if (clean[before] != $2) exit bad = 1
    }
    END { exit bad || n < 70 }' \
    <(column "$work/clean.csv" 16-saint-alban-leon-jouhaux air_temperature) \
    <(column "$work/readings.csv" 16-saint-alban-leon-jouhaux air_temperature)
run --from 2025-09-08 --to 2025-09-09 --output "$work/dead.csv" >/dev/null
check "a dead station falls silent at its hour" test \
    "$(column "$work/dead.csv" 47-la-machine-tm air_temperature | tail -1 |
        cut -c1-20)" = "2025-09-08T09:45:00Z"

# --- a year, and the truth ---

if [ -n "${AUTAN_QUICK:-}" ]; then
    echo "skipped: the whole simulated year (AUTAN_QUICK)"
    echo "$passed passed, $failed failed"
    [ $failed = 0 ]
    exit
fi

times=2025-01-10T06:00Z,2025-01-10T16:30Z,2025-08-23T05:00Z,2025-08-23T15:30Z
run --step 3600 --truth "$work" --truth-times $times --truth-sample "$work/sample.csv" \
    --sample-cells 40 --sample-hours 0 --sample-months 8 --output "$work/year.csv" \
    --faults "$work/faults.csv" >"$work/summary" || exit 1
check "ten faults are planted in a year" test \
    "$(grep -cE ',(spike|frozen|offset|clock|silent),' "$work/faults.csv")" = 10
# From the summary, each with the highest: means of the daily maxima of the year and of
# summer. The bounds are about what was published for Toulouse: 3.35, 3.95 and 6.8 K.
check "the heat island is that of Toulouse" awk '
    /daily maxima/ { for (i = 1; i < NF; i++) if ($(i + 1) ~ /^K/) v[++n] = $i }
    END { exit !(n == 4 && v[1] > 3.2 && v[1] < 3.6 && v[3] > 3.8 && v[3] < 4.2 &&
                 v[2] > 6.5 && v[2] < 7.5) }' "$work/summary"
check "the sample has all hours of August at 40 cells" awk -F, '
    NR == 1 { exit_code = $0 != "time,x,y,observed,truth"; next }
    { time[$1]; place[$2 "," $3] }
    END { exit exit_code || length(time) != 744 || length(place) != 40 ||
              NR - 1 != 744 * 40 }' "$work/sample.csv"
# Siting of 0.20, 0.15 and 0.15 K and noise of 0.15/2 K leave about 0.25 K.
check "a new station differs from the truth by its siting and noise" awk -F, '
    NR > 1 { d = $4 - $5; sum += d; square += d * d; n++ }
    END { sd = sqrt(square / n); exit !(sd > 0.17 && sd < 0.33 && sum / n < 0.1 &&
                                        sum / n > -0.1) }' "$work/sample.csv"
run --sample-cells 20 --sample-hours 7 --truth-sample "$work/few.csv" \
    --to 2025-01-11 >/dev/null
check "a sample has as many hours as asked for" test \
    "$(tail -n +2 "$work/few.csv" | cut -d, -f1 | sort -u | wc -l)" = 7

if command -v gdallocationinfo >/dev/null; then
    at() { # at MAP [-geoloc|-wgs84]: values at places read from standard input
        gdallocationinfo -valonly "${@:2}" "$work/truth_$1.tif"
    }
    grep '^2025-08-23T05:00:00Z' "$work/sample.csv" >"$work/hour.csv"
    check "the sample is the map at the same cells" awk -F, '
        NR == FNR { map[FNR] = $1; next }
        { d = map[FNR] - $5; if (d > 0.001 || d < -0.001) exit bad = 1; n++ }
        END { exit bad || n != 40 }' \
        <(cut -d, -f2,3 "$work/hour.csv" | tr , ' ' | at 20250823T0500Z -geoloc) \
        "$work/hour.csv"

    # The centre at the Capitole, the plain at Bouconne, the hilltop of Pech David.
    centre='574100 6279800' plain='562000 6286000' wood='557000 6284500' hill='574500 6275500'
    warmer() { # warmer MAP PLACE PLACE LOWEST HIGHEST
        printf '%s\n%s\n' "$2" "$3" | at "$1" -geoloc |
            awk -v low="$4" -v high="$5" 'NR == 1 { a = $1 }
                END { exit !(NR == 2 && a - $1 > low && a - $1 < high) }'
    }
    check "on 10 January at 07:00 the centre is warm" \
        warmer 20250110T0600Z "$centre" "$plain" 2.5 7
    check "on 10 January at 17:30 it begins to be" \
        warmer 20250110T1630Z "$centre" "$plain" 0.3 3
    check "on 23 August at 07:00 the centre is warm" \
        warmer 20250823T0500Z "$centre" "$plain" 3 7.5
    check "on 23 August at 17:30 it is little warmer" \
        warmer 20250823T1530Z "$centre" "$plain" -0.5 2
    check "on 23 August at 17:30 the forest is cool" \
        warmer 20250823T1530Z "$plain" "$wood" 1 4
    check "on 10 January at 07:00 the hill is above the cold air" \
        warmer 20250110T0600Z "$hill" '573700 6272500' 0.5 6
    range() { # range MAP LOWEST HIGHEST: all four places lie between
        printf '%s\n%s\n%s\n' "$centre" "$plain" "$hill" | at "$1" -geoloc |
            awk -v low="$2" -v high="$3" '$1 < low || $1 > high { exit bad = 1 }
                END { exit bad || NR != 3 }'
    }
    check "on 10 January at 07:00 it freezes or nearly" range 20250110T0600Z -5 3.5
    check "on 23 August at 17:30 it is about 36 degrees" range 20250823T1530Z 34 40

    # Readings against the map at the stations' places: siting, noise, and what the
    # field changes within 100 m.
    awk -F, '$1 == "2025-08-23T05:00:00Z" && $3 != "" { print $2 "," $3 }' \
        "$work/year.csv" | sort >"$work/means.csv"
    # Names are quoted and hold commas; ids and numbers do neither.
    sed '1d; s/"[^"]*"//' "$top/stations/toulouse.csv" | cut -d, -f1,3,4 | sort \
        >"$work/places.csv"
    cut -d, -f2,3 "$work/places.csv" | tr , ' ' | at 20250823T0500Z -wgs84 |
        paste -d, "$work/places.csv" - >"$work/truths.csv"
    check "readings follow the truth at their stations" awk -F, '
        NR == FNR { truth[$1] = $4; next }
        { d = $2 - truth[$1]; square += d * d; sum += d; n++ }
        END { rmse = sqrt(square / n); exit !(n > 70 && rmse > 0.1 && rmse < 0.45 &&
              sum / n < 0.15 && sum / n > -0.15) }' \
        "$work/truths.csv" "$work/means.csv"
else
    echo "skipped: the maps of the truth; Debian: apt-get install gdal-bin"
fi

echo "$passed passed, $failed failed"
[ $failed = 0 ]
