#!/bin/bash
# The example of Toulouse on two months of its simulated year: the maps beside the kept
# truth, and the stated uncertainty beside what new stations would have read.
# Needs awk, gzip, gdal-bin.
# shellcheck disable=SC2016 # awk programs
set -u
export LC_ALL=C

top=$(cd "${srcdir:-$(dirname "$0")/..}" && pwd)
autan=${AUTAN:-$PWD/autan}
tools=$PWD/examples/toulouse
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

if ! command -v gdallocationinfo >/dev/null; then
    echo "skipped: GDAL's programs; Debian: apt-get install gdal-bin"
    exit 77
fi

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

# exits CODE TEXT COMMAND...: the command ends with that code and says TEXT
exits() {
    local code=$1 text=$2
    shift 2
    "$@" >"$work/out" 2>"$work/err"
    [ $? = "$code" ] && grep -qF -- "$text" "$work/out" "$work/err"
}

# The example's own city file, its folder aside.
city=$work/toulouse.ini
sed -e "s|^archive .*|archive = $work/archive|" \
    -e "s|= \.\./\.\./|= $top/|" \
    -e "s|= building_sqrt.vrt|= $top/examples/toulouse/building_sqrt.vrt|" \
    "$top/examples/toulouse/toulouse.ini" >"$city"

# 07:00 and 17:30 local time, each the end of the hour that is averaged.
january='2025-01-10T06:00Z 2025-01-10T16:30Z'
august='2025-08-23T05:00Z 2025-08-23T15:30Z'

simulate() { # simulate FROM TO TIMES NAME
    "$tools/simulate" --stations "$top/stations/toulouse.csv" \
        --grids "$top/grids/toulouse" --from "$1" --to "$2" --output "$work/$4.csv.gz" \
        --truth "$work" --truth-times "${3// /,}" --truth-sample "$work/$4-truth.csv" \
        --sample-cells 100 --sample-hours 0 >/dev/null
}
simulate 2025-01-01T00:15Z 2025-02-01 "$january" january &&
    simulate 2025-08-01T00:15Z 2025-09-01 "$august" august &&
    "$autan" ingest -q "$city" "$work/january.csv.gz" "$work/august.csv.gz" &&
    "$autan" fit -q "$city" &&
    "$tools/score" "$city" "$work/january-truth.csv" >"$work/january.txt" 2>/dev/null &&
    "$tools/score" "$city" "$work/august-truth.csv" >"$work/august.txt" || exit 1

# --- truth at places without a station ---

# between FILE COLUMN ROWS LOW HIGH: the column's values in the rows that match, none or
# other than wanted is a failure
between() {
    awk -v column="$2" -v rows="$3" -v low="$4" -v high="$5" '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) c = i; next }
        $1 ~ rows { n++; if (!($c >= low && $c <= high)) { print; bad = 1 } }
        END { exit bad || !c || n == 0 }' "$1"
}
check "all hours of the day are scored" test \
    "$(grep -c '^[0-2][0-9]:00 .* [0-9.]*$' "$work/august.txt")" = 24
# The truth is drawn with its own noise and siting, so that 0.90 is what an honest
# statement gives.
check "new stations of January are in the 90 % interval 87 to 93 times of 100" \
    between "$work/january.txt" cover90 '^all$' 0.87 0.93
check "so are those of August" between "$work/august.txt" cover90 '^all$' 0.87 0.93
check "at no hour of the day is the interval far off" \
    between "$work/august.txt" cover90 ':' 0.85 0.96
check "half of them are in the 50 % interval" \
    between "$work/august.txt" cover50 '^all$' 0.45 0.57
check "the map is near the truth at every hour of the day" \
    between "$work/august.txt" RMSE ':' 0 0.65
# Stations are where people live: what is left of that is small beside 4 K.
check "the map is hardly warmer than the truth" \
    between "$work/august.txt" bias '^all$' -0.2 0.2

# --- the four maps ---

for time in $january $august; do
    "$autan" map -q --from "$time" --to "$time" --geotiff "$work/maps" \
        --picture "$work/maps" -o "$work/maps-$time.nc" "$city" || exit 1
done
lattice() { # every 2 km
    awk 'BEGIN { for (y = 6263050; y < 6296000; y += 2000)
                     for (x = 555050; x < 592000; x += 2000) print x, y }'
}
at() { # at FILE
    lattice | gdallocationinfo -valonly -geoloc "$1"
}
for stamp in 20250110T0600Z 20250110T1630Z 20250823T0500Z 20250823T1530Z; do
    tif=$work/maps/air_temperature_$stamp.tif
    # The hour's own field is one draw for the whole map: its error is that of a few
    # independent places only.
    check "the map of $stamp is as near to the truth as it says" awk '
        { d = $1 - $2; error += d * d; stated += $3 * $3; n++ }
        END { exit !(n == 17 * 19 && error < 1.5 * stated) }' \
        <(paste <(at "$tif") <(at "$work/truth_$stamp.tif") \
            <(at "$work/maps/air_temperature_standard_error_$stamp.tif"))
    check "the map of $stamp follows the truth" awk '
        { a += $1; b += $2; aa += $1 * $1; bb += $2 * $2; ab += $1 * $2; n++ }
        END { r = (ab - a * b / n) / sqrt((aa - a * a / n) * (bb - b * b / n))
              exit !(r > 0.6) }' <(paste <(at "$tif") <(at "$work/truth_$stamp.tif"))
    check "the map of $stamp says its time and that it is simulated" \
        exits 0 "Simulated readings, not measurements" gdalinfo "$tif"
    check "its time is the end of its hour" grep -q \
        "time=${stamp:0:4}-${stamp:4:2}-${stamp:6:5}:${stamp:11:2}:00Z" "$work/out"
    check "the picture of $stamp is there" test -s "$work/maps/urban_heat_island_$stamp.png"
done
# Discs that reach beyond the covariates know less of the ground, not nothing.
corners() { # at the four corners, and one kilometre inside
    printf '%s\n' '554050 6262050' '555050 6263050' '591950 6262050' '590950 6263050' \
        '554050 6295950' '555050 6294950' '591950 6295950' '590950 6294950' |
        gdallocationinfo -valonly -geoloc "$work/maps/air_temperature_20250823T0500Z.tif"
}
check "the corners of the map are like what is beside them" awk '
    NR % 2 { corner = $1; next }
    { d = corner - $1; if (d > 0.8 || d < -0.8) { print corner, $1; bad = 1 } }
    END { exit bad || NR != 8 }' <(corners)
check "the NetCDF file says that it is simulated" \
    exits 0 "Simulated readings, not measurements" gdalinfo "$work/maps-2025-08-23T05:00Z.nc"

# --- the sheet ---

check "four maps stand on one sheet" "$tools/sheet" "$city" urban_heat_island \
    "$work/sheet.png" "$work"/maps-*.nc
check "the sheet is a picture of 960 pixels" exits 0 "Size is 960, " \
    gdalinfo "$work/sheet.png"
check "a variable without a sheet is a usage error" exits 2 Usage \
    "$tools/sheet" "$city" wind "$work/none.png" "$work/maps-2025-08-23T05:00Z.nc"
check "a file that is no map is an error that names it" exits 1 "$city" \
    "$tools/sheet" "$city" air_temperature "$work/none.png" "$city"
check "a thirteenth map is an error" exits 1 "more than 12 maps" "$tools/sheet" "$city" \
    air_temperature "$work/none.png" "$work"/maps-*.nc "$work"/maps-*.nc \
    "$work"/maps-*.nc "$work/maps-2025-08-23T05:00Z.nc"
sed 's|^resolution.*|resolution = 200|' "$city" >"$work/coarse.ini"
check "maps of another grid are an error" exits 1 "another grid" "$tools/sheet" \
    "$work/coarse.ini" air_temperature "$work/none.png" "$work/maps-2025-08-23T05:00Z.nc"
check "a sheet that failed leaves nothing" test ! -e "$work/none.png"

# --- the score ---

check "a score without a sample is a usage error" exits 2 Usage "$tools/score" "$city"
check "a table that is no sample is an error that names it" exits 1 stations/toulouse.csv \
    "$tools/score" "$city" "$top/stations/toulouse.csv"

echo "$passed passed, $failed failed"
[ $failed = 0 ]
