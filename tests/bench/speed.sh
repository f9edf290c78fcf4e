#!/bin/sh
# Speed and memory of autan beside its peers and the bounds of the machine, in one run.
#
#   sh tests/bench/speed.sh [PART...]
#
# Parts (default: day ten year latest):
#   day     24 maps of 250 000 cells, 50 stations, 3 covariates, against the peers
#   million the same with 1 000 000 cells
#   ten     the same city with ten times the cells: time and memory
#   year    fit and 8 760 maps of the simulated Toulouse
#   latest  the latest hour of it alone: NetCDF, GeoTIFF, PNG
#   large   5 000 stations, 250 000 cells, one hour; the nearest stations in place of all;
#           50 000 stations
#
# Seconds are of the clock, the fewest of some runs. On a busy machine they say little;
# those of a processor, in brackets, say more. AUTAN, BENCH_WORK and BENCH_SIMULATE as in
# accuracy.sh; BENCH_TOOLS is the folder of kernel and bounds (default: tests/bench in the
# current folder).
set -eu
. "$(dirname "$0")/accuracy.sh"
tools=$(realpath -m "${BENCH_TOOLS:-tests/bench}")
simulate=$(realpath -m "${BENCH_SIMULATE:-examples/toulouse/simulate}")
mkdir -p "$work"
[ -x "$tools/bounds" ] || skip "no $tools/bounds: use make bench"

# measure RUNS COMMAND...: the fewest seconds in $wall, with those of processors in $cpu,
# and the most memory in MiB in $memory.
measure() {
    runs=$1 log=$work/measured
    shift
    : > "$log"
    while [ "$runs" -gt 0 ]; do
        runs=$((runs - 1))
        env time -a -o "$log" -f '%e %U %S %M' "$@"
    done
    eval "$(sort -n "$log" | awk 'NR == 1 { wall = $1; cpu = $2 + $3 } $4 > most { most = $4 }
        END { printf "wall=%s cpu=%.2f memory=%.0f", wall, cpu, most / 1024 }')"
}

# calc EXPRESSION: its value, two decimals.
calc() {
    awk "BEGIN { printf \"%.2f\", $1 }"
}

line() {
    printf '%-62s %9s %s\n' "$1" "$2" "${3:-}"
}

# ratio TEXT A B WANTED: A over B, and what is wanted of it.
ratio() {
    line "$1" "$(calc "$2 / $3")" "(wanted: $4)"
}

whole() {
    line "$1" "$wall" "s  ($cpu s of a processor, $memory MiB)"
}

# a_day CITY NX NY RESOLUTION: makes the city, its archives and its model.
a_day() {
    city=$work/speed-$1
    mkdir -p "$city"
    "$python" "$bench/speed_city.py" "$city" "$2" "$3" "$4"
    for model in given auto; do
        rm -rf "$city/archive-$model"
        "$autan" ingest -q "$city/$model.ini" "$city/observations.csv"
        "$autan" fit -q "$city/$model.ini"
    done
}

measure_day() {
    measure 3 "$autan" map -q --from 2025-06-30 --to 2025-06-30T23:00Z \
        -o "$city/$1.nc" "$city/$1.ini"
}

# peers HOURS: their seconds in $gstat, $fields and $sklearn.
peers() {
    hours=$1
    eval "$(Rscript "$bench/speed_gstat.R" "$city" "$hours")"
    eval "$(Rscript "$bench/speed_fields.R" "$city")"
    eval "$("$python" "$bench/speed_sklearn.py" "$city")"
    line "gstat krige, $hours of 24 hours, scaled" "$gstat" s
    line "fields mKrig, hours as columns, and predictSE once" "$fields" s
    line "scikit-learn GaussianProcessRegressor on residuals" "$sklearn" s
}

against_peers() {
    echo "24 maps of $2 cells, 50 stations, 3 covariates, mean and standard error"
    a_day "$1" "$3" "$4" "$5"
    peers 3
    for model in given auto; do
        echo "Covariance $([ $model = given ] && echo 'given by hand, as the peers have it' ||
            echo 'and trend fitted (the default)')"
        measure_day $model
        whole "  autan map, whole process, NetCDF on disk"
        eval "$("$tools/kernel" "$city/$model.ini" 2025-06-30 2025-06-30T23:00Z 3)"
        eval "$("$tools/bounds" product "$cells" "$hours" "$stations" "$kernels" \
            "$terms" "$groups")"
        eval "$("$tools/bounds" file "$city/$model.nc" 24)"
        kernel=$(calc "$solve + $field")
        line "  kriging alone (solving $solve, maps $field)" "$kernel" s
        line "  bound: products (means $mean, errors $error), exp $exponentials" \
            "$(calc "$mean + $error + $exponentials")" s
        line "  bound: compression on all processors" "$compress" s
        line "  bound: write and sync of $((bytes / 1048576)) MiB" "$write" s
        ratio "  kriging over its bound" "$kernel" "($mean + $error + $exponentials)" "<= 1.3"
        ratio "  whole over kriging and compression" "$wall" "($kernel + $compress)" "<= 1.7"
        ratio "  gstat over kriging" "$gstat" "$kernel" ">= 300"
        ratio "  gstat over whole" "$gstat" "$wall" ">= 100"
        ratio "  fields over kriging" "$fields" "$kernel" ">= 15"
        ratio "  fields over whole" "$fields" "$wall" ">= 5"
        ratio "  scikit-learn over kriging" "$sklearn" "$kernel" ">= 4"
    done
    "$python" "$bench/speed_agree.py" "$city/given.nc" "$city/gstat.csv" 2 \
        "$city/fields.csv"
}

part_day() {
    against_peers day '250 000' 500 500 100
}

part_million() {
    against_peers million '1 000 000' 1000 1000 50
}

part_ten() {
    echo "Ten times the cells: 24 maps of 2 500 000, fitted"
    a_day one 500 500 100
    measure_day auto
    whole "  250 000 cells"
    wall_one=$wall memory_one=$memory
    a_day ten 500 5000 100
    measure_day auto
    whole "  2 500 000 cells"
    ratio "  time" "$wall" "$wall_one" "about 10"
    ratio "  memory" "$memory" "$memory_one" "not 10"
    rm -rf "$work/speed-one" "$work/speed-ten"
}

# The simulated year, its archive and model; fit is timed once.
a_year() {
    city=$work/speed-year
    [ -f "$city/archive/model.json" ] && return
    [ -x "$simulate" ] || skip "no $simulate"
    mkdir -p "$city"
    "$simulate" --stations "$source/stations/toulouse.csv" \
        --grids "$source/grids/toulouse" --output "$city/year.csv.gz" > /dev/null
    toulouse_ini "$city/toulouse.ini"
    measure 1 "$autan" ingest -q "$city/toulouse.ini" "$city/year.csv.gz"
    whole "  autan ingest, 2.6 million rows"
    measure 1 "$autan" fit -q "$city/toulouse.ini"
    whole "  autan fit (wanted: < 20 s)"
}

part_year() {
    echo "A year of the simulated Toulouse, 77 stations, 8 760 maps of 129 200 cells"
    rm -rf "$work/speed-year"
    a_year
    from=2025-01-01T01:00Z to=2026-01-01T00:00Z
    measure 1 "$autan" map -q --from $from --to $to -o "$city/year.nc" "$city/toulouse.ini"
    whole "  autan map, whole process (wanted: < 60 s, < 1024 MiB)"
    eval "$("$tools/kernel" "$city/toulouse.ini" 2025-07-01 2025-07-03T23:00Z 1)"
    # One group for every regime of the year: the hour's class is not counted.
    eval "$("$tools/bounds" product "$cells" 8760 "$stations" "$kernels" "$terms" 288)"
    eval "$("$tools/bounds" file "$city/year.nc" 200)"
    rm "$city/year.nc"
    line "  bound: product of the means (errors, 288 regimes: $error)" "$mean" s
    line "  bound: compression of three variables" "$compress" s
    line "  bound: write and sync of $((bytes / 1048576)) MiB" "$write" s
    ratio "  whole over the sum of the bounds" "$wall" "($mean + $compress + $write)" "<= 1.7"
}

part_latest() {
    echo "The latest hour alone, archive to NetCDF, GeoTIFF and PNG"
    a_year
    latest=2025-12-31T22:00Z
    measure 5 "$autan" map -q --from $latest --to $latest -o "$city/latest.nc" \
        --geotiff "$city/latest" --picture "$city/latest" "$city/toulouse.ini"
    whole "  autan map (wanted: < 0.4 s)"
}

part_large() {
    echo "5 000 stations, 250 000 cells, one hour, covariance given by hand"
    city=$work/speed-large
    mkdir -p "$city"
    "$python" "$bench/speed_city.py" "$city" 500 500 100 5000
    rm -rf "$city/archive-given"
    tail -n 200000 "$city/observations.csv" | sed '1i time,station,air_temperature' > "$city/late.csv"
    "$autan" ingest -q "$city/given.ini" "$city/late.csv"
    late=2025-06-30T23:00Z
    measure 1 "$autan" map -q --from $late --to $late -o "$city/given.nc" "$city/given.ini"
    whole "  autan map, whole process, exact"
    eval "$("$tools/kernel" "$city/given.ini" $late $late 1)"
    line "  solving" "$solve" s
    line "  means with standard errors" "$field" s
    line "  means alone, solving included (wanted: < 4 s)" "$(calc "$solve + $alone")" s
    eval "$(Rscript "$bench/speed_gstat.R" "$city" 1 1000)"
    line "  gstat krige, 1 000 cells, scaled to 250 000" "$(calc "$gstat / 24")" s
    ratio "  gstat over whole" "$gstat / 24" "$wall" ">= 60"

    echo "The nearest stations in place of all, 5 000 stations, 2 000 cells"
    city=$work/speed-near
    a_crowd 5000 168
    for model in given auto; do
        "$tools/near" "$city/$model.ini" 2025-06-05T20:00Z 2000 16 32 48 64 96 |
            awk -v model=$model 'NR == 1 { print "  " model ", microseconds a cell: " $3 }
                NR > 1 { print "    " $0 }'
    done

    echo "50 000 stations, 24 hours, fitted"
    city=$work/speed-crowd
    a_crowd 50000 24
    measure 1 "$autan" validate -q --from 2025-06-01T20:00Z --to 2025-06-01T20:00Z \
        "$city/auto.ini"
    whole "  autan validate, one hour"
    measure 1 "$autan" map -q --from 2025-06-01T20:00Z --to 2025-06-01T20:00Z \
        -o "$city/auto.nc" "$city/auto.ini"
    whole "  autan map, one hour, 250 000 cells"
}

# a_crowd STATIONS HOURS: makes $city, its archives and its model; the fit is timed.
a_crowd() {
    mkdir -p "$city"
    "$python" "$bench/large_city.py" "$city" "$1" "$2"
    rm -rf "$city/archive-given" "$city/archive-auto"
    "$autan" ingest -q "$city/given.ini" "$city/observations.csv"
    measure 1 "$autan" ingest -q "$city/auto.ini" "$city/observations.csv"
    whole "  autan ingest, $1 stations, $2 hours"
    measure 1 "$autan" fit -q "$city/auto.ini"
    whole "  autan fit"
}

[ $# -gt 0 ] || set -- day ten year latest
for part; do
    case $part in
    day | million | ten | year | latest | large) "part_$part" ;;
    *) say "no part $part"; exit 2 ;;
    esac
done
