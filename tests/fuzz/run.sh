#!/bin/sh
# Fuzzes the parsers with libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer.
#
#   sh tests/fuzz/run.sh [SECONDS [TARGET...]]     default: 60 s of every target
#
# A target is a reader of what comes from outside: fuzz_NAME.c, or NAME-VARIANT of those
# that have variants. $FUZZ_JOBS run at a time, as many as there are processors when not
# set. Each starts from tests/fuzz/seeds and tests/fuzz/corpus, what was found before, and
# mixes in the words of the sources that it reads with. Its corpus stays in $FUZZ_WORK/TARGET.d
# (FUZZ_WORK: fuzz-work in the current folder); what breaks it is written there as
# TARGET-crash-*, -leak-*, -oom-* or -timeout-*.
# FUZZ_SEED=N begins with the same random numbers each time, so that a find is made again.
# With FUZZ_KEEP=1 the corpora, made small, go back into tests/fuzz/corpus.
# Needs clang and its runtime. Closes with `N passed, N failed`.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
seconds=${1:-60}
[ $# = 0 ] || shift
work=${FUZZ_WORK:-fuzz-work}
mkdir -p "$work/lib"
work=$(realpath "$work")
jobs=${FUZZ_JOBS:-$(nproc)}
[ $# -gt 0 ] || set -- format-any format-observations format-toulouse \
    format-meteofrance format-synop format-netatmo format-wunderground format-ngsi-ld \
    format-sensorthings format-mapped frame text stations limits city filter model \
    guidance areas series netcdf-map netcdf-forecast netcdf-guidance

packages="glib-2.0 zlib jansson libcurl lapacke openblas nlopt netcdf gdal libdeflate"
flags="-g -O1 -std=gnu11 -D_GNU_SOURCE -fsanitize=address,undefined
-fno-sanitize-recover=all -I$top/lib -I$work $(pkg-config --cflags $packages)"
libraries="-lcsv -lm"
if [ -e /usr/include/udunits2.h ]; then
    flags="$flags -DHAVE_UDUNITS=1"
    libraries="$libraries -ludunits2"
fi
printf '#define PACKAGE_NAME "autan"\n#define PACKAGE_VERSION "fuzz"\n' >"$work/config.h"
echo 'int main(void){return 0;}' >"$work/probe.c"
if ! clang -fsanitize=address -o "$work/probe" "$work/probe.c" 2>/dev/null; then
    echo "skipped: no clang with sanitizers (Debian: clang, libclang-rt-14-dev)"
    exit 77
fi

# The library once, instrumented; the targets are then quick to link.
sources=$(cd "$top/lib" && ls base/*.c data/*.c qc/*.c heat/*.c kriging/*.c \
    files/formats/*.c files/format.c files/mapping.c files/observation_file.c \
    files/csv.c files/ini.c files/city.c files/station_file.c files/model_file.c \
    files/outfile.c files/http.c files/open_data.c files/licence.c files/limits_file.c \
    files/area_file.c files/guidance.c files/place_series.c files/mapfile_read.c \
    files/forecast_file.c ground/filter.c ground/recipe.c)
export top work flags
# shellcheck disable=SC2016 # expanded by the inner shells
echo "$sources" | xargs -P "$jobs" -I '{}' sh -c \
    'object=$work/lib/$(echo "{}" | tr / -).o
     [ "$object" -nt "$top/lib/{}" ] ||
         clang $flags -fsanitize=fuzzer-no-link -c -o "$object" "$top/lib/{}"'
rm -f "$work/libautan.a"
ar rcs "$work/libautan.a" "$work"/lib/*.o

# The words that a reader knows are the texts in its sources.
words() (
    cd "$top/lib"
    case $1 in
    format) set -- files/formats/*.c files/format.c files/mapping.c \
        files/observation_file.c data/variable.c ;;
    city) set -- files/city.c files/ini.c files/licence.c files/open_data.c \
        ground/recipe.c kriging/covariance.c qc/check.c heat/rule.c data/variable.c ;;
    stations) set -- files/station_file.c ;;
    limits) set -- files/limits_file.c data/variable.c ;;
    model) set -- files/model_file.c kriging/covariance.c ;;
    filter) set -- ground/filter.c ;;
    guidance) set -- files/guidance.c ;;
    areas) set -- files/area_file.c ;;
    *) set -- ;;
    esac
    printf '"%s"\n' 2023-08-21T15:00:00Z 1692630000 -1e300 nan null '\xef\xbb\xbf'
    [ $# = 0 ] || LC_ALL=C grep -oh '"[ !#-$&-[^-~]\{2,40\}"' "$@" | sort -u
)
for target; do
    source=${target%%-*}
    variant=NULL
    [ "$source" = "$target" ] || variant="\"${target#*-}\""
    [ "$target" != format-any ] || variant=NULL
    # shellcheck disable=SC2046,SC2086 # lists of words
    clang $flags -fsanitize=fuzzer -DFUZZ_VARIANT="$variant" -o "$work/$target" \
        "$top/tests/fuzz/fuzz_$source.c" "$work/libautan.a" \
        $(pkg-config --libs $packages) $libraries
    words "$source" >"$work/$target.words"
    mkdir -p "$work/$target.d"
    [ ! -e "$top/tests/fuzz/corpus/$target.tar.xz" ] ||
        tar -C "$work/$target.d" -xJf "$top/tests/fuzz/corpus/$target.tar.xz"
done

# HDF5 keeps what it has freed, which would have each run searched for leaks; there is one
# search at the end.
export seconds LSAN_OPTIONS="suppressions=$top/tests/lsan.supp:print_suppressions=0"
# shellcheck disable=SC2016
printf '%s\n' "$@" | xargs -P "$jobs" -I '{}' sh -c '
    cd "$work"
    seeds=$top/tests/fuzz/seeds/$(echo "{}" | cut -d- -f1)
    leaks=1 memory=1024
    case {} in netcdf*) leaks=0 ;; esac
    # The sanitizer takes some twelve times the memory that a band of GDAL has without it.
    case {} in netcdf-guidance) memory=3072 ;; esac
    rm -f "{}.ok"
    "./{}" -max_total_time="$seconds" -seed="${FUZZ_SEED:-0}" -timeout=60 -rss_limit_mb="$memory" -max_len=16384 \
        -detect_leaks=$leaks -dict="{}.words" -print_final_stats=1 \
        -artifact_prefix="{}-" "{}.d" "$seeds" >"{}.log" 2>&1 &&
        : >"{}.ok"
    exit 0'

passed=0
failed=0
for target; do
    if [ -e "$work/$target.ok" ]; then
        passed=$((passed + 1))
        echo "ok: $target: $(awk '/number_of_executed_units|peak_rss/ { print $2 }' \
            "$work/$target.log" | paste -sd' ' | sed 's/ / runs, /') MB"
    else
        failed=$((failed + 1))
        echo "FAIL: $target"
        tail -n 40 "$work/$target.log"
    fi
done
if [ -n "${FUZZ_KEEP:-}" ]; then
    mkdir -p "$top/tests/fuzz/corpus"
    for target; do
        rm -rf "$work/$target.small"
        mkdir "$work/$target.small"
        "$work/$target" -merge=1 -max_len=16384 "$work/$target.small" "$work/$target.d" \
            2>>"$work/$target.log"
        tar -C "$work/$target.small" --sort=name --mtime=@0 --owner=0 --group=0 \
            --numeric-owner -cJf "$top/tests/fuzz/corpus/$target.tar.xz" .
    done
fi
echo "$passed passed, $failed failed"
[ $failed = 0 ]
