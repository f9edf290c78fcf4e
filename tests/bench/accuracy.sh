# Sourced by berlin.sh, ghent.sh and toulouse.sh: options, autan, its peers, the scores;
# and by speed.sh: where things are.
# shellcheck shell=sh disable=SC2034 # variables for those that source it
#
#   --every N   score every Nth hour only (default 7: all hours of the day in turn)
#   --all       score every hour
#   --fresh     forget the peers' cached predictions
#
# AUTAN        the program to score (default: autan in the current folder)
# BENCH_WORK   scratch folder (default: bench-work in the current folder)
# BENCH_CACHE  predictions of the peers, which take long (default: $BENCH_WORK/cache)

bench=$(realpath "$(dirname "$0")")
source=$(realpath "$bench/../..")
shared=$(realpath -m "${AUTAN_SHARED:-$source/../shared}")
autan=$(realpath "${AUTAN:-autan}")
# In a build folder it is a script of libtool, which would be timed too.
if [ -x "$(dirname "$autan")/.libs/autan" ]; then
    autan=$(dirname "$autan")/.libs/autan
    LD_LIBRARY_PATH=$(dirname "$autan")
    export LD_LIBRARY_PATH
fi
sites=$(realpath -m "${BENCH_SITES:-tests/bench/sites}")
work=$(realpath -m "${BENCH_WORK:-bench-work}")
cache=$(realpath -m "${BENCH_CACHE:-$work/cache}")

# Debian's own, which has numpy and scikit-learn from apt.
python=${PYTHON:-/usr/bin/python3}

say() {
    printf '%s\n' "$*" >&2
}

skip() {
    say "skipped: $*"
    exit 77
}

# toulouse_ini FILE: the example's city file, to be used from another folder.
toulouse_ini() {
    sed -e "s|^file *= *|&$source/examples/toulouse/|" -e "s|^archive .*|archive = archive|" \
        "$source/examples/toulouse/toulouse.ini" > "$1"
}

options() {
    every=7
    fresh=no
    while [ $# -gt 0 ]; do
        case $1 in
        --every) every=$2; shift ;;
        --all) every=1 ;;
        --fresh) fresh=yes ;;
        *) say "unknown option $1"; exit 2 ;;
        esac
        shift
    done
}

# The folder of a city, and one of its own for this run.
city_folder() {
    city=$1
    folder=$work/$city
    run=$(mktemp -d "${TMPDIR:-/tmp}/autan-bench.XXXXXX")
    trap 'rm -rf "$run"' EXIT
    mkdir -p "$folder"
    [ -d "$shared/data" ] || skip "no shared data in $shared"
}

# autan_predicts CITY.ini OBSERVATIONS FROM/TO...: predictions at withheld stations in
# $run/autan.csv. The archive and the model are made in $run.
autan_predicts() {
    sed "s|^archive .*|archive = $run/archive|" "$1" > "$folder/run-$$.ini"
    "$autan" ingest -q "$folder/run-$$.ini" "$2"
    /usr/bin/env time -f 'autan fit: %e s, of a processor %U s, %M KiB' "$autan" fit -q "$folder/run-$$.ini" >&2
    shift 2
    for period; do
        "$autan" validate -q --from "${period%/*}" --to "${period#*/}" \
            -o "$run/part.csv" "$folder/run-$$.ini" > /dev/null
        if [ -f "$run/autan.csv" ]; then
            sed 1d "$run/part.csv" >> "$run/autan.csv"
        else
            mv "$run/part.csv" "$run/autan.csv"
        fi
    done
    rm "$folder/run-$$.ini"
}

# peer NAME option=value...: predictions of a peer, from the cache if they are there.
peer() {
    name=$1
    shift
    [ "$fresh" = no ] || rm -f "$peers/$name.csv"
    if [ ! -f "$peers/$name.csv" ]; then
        say "peer $name ..."
        Rscript "$bench/gstat_hourly_uk.R" "$hourly" "$folder/sites.csv" \
            "$peers/$name.csv" "hours=$run/hours.txt" "$@" >&2
    fi
}

# compete CITY.ini OBSERVATIONS HOURLY FROM/TO...: everything, and the table of scores.
# OBSERVATIONS are for autan, HOURLY means of them for the peers.
compete() {
    ini=$1 observations=$2 hourly=$3
    if [ -x "$sites" ]; then
        "$sites" "$ini" > "$run/sites.csv"
        mv "$run/sites.csv" "$folder/sites.csv"
    fi
    [ -f "$folder/sites.csv" ] || skip "no $sites: run make tests/bench/sites"
    shift 3
    "$python" "$bench/hours.py" "$hourly" "$every" "$@" > "$run/hours.txt"
    key=$(cat "$run/hours.txt" "$folder/sites.csv" "$bench/gstat_hourly_uk.R" |
        md5sum | cut -c 1-8)
    peers=$cache/$city-every$every-$key
    mkdir -p "$peers"
    covariates=$(head -n 1 "$folder/sites.csv" | cut -d , -f 4- | tr , ' ')
    peer station-mean method=mean
    peer inverse-distance method=idw
    peer ordinary-kriging
    for covariate in $covariates; do
        peer "kriging-$covariate" "covariate=$covariate"
    done
    peer kriging-all "covariate=$(echo "$covariates" | tr ' ' ,)"
    autan_predicts "$ini" "$observations" "$@"
    [ -z "${BENCH_KEEP:-}" ] || cp "$run/autan.csv" "$BENCH_KEEP"
    "$python" "$bench/score.py" "$(sed -n 's/^timezone *= *//p' "$ini")" \
        "$run/autan.csv" "$peers"
}
