#!/bin/sh
# Fuzzes the parsers with libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer.
#
#   sh tests/fuzz/run.sh [SECONDS [TARGET...]]     default: 60 s of every fuzz_*.c
#
# Needs clang. The corpus stays in $FUZZ_CORPUS (default: fuzz-corpus in the current
# folder); what breaks a target is written there as crash-*, leak-* or timeout-*.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
seconds=${1:-60}
[ $# = 0 ] || shift
corpus=${FUZZ_CORPUS:-fuzz-corpus}
mkdir -p "$corpus"
corpus=$(realpath "$corpus")
command -v clang >/dev/null || { echo "skipped: no clang"; exit 77; }
[ $# -gt 0 ] || set -- $(cd "$top/tests/fuzz" && ls fuzz_*.c | sed 's/\.c$//')

packages="glib-2.0 zlib jansson"
define=
if [ -e /usr/include/udunits2.h ]; then define=-DHAVE_UDUNITS=1; fi
echo "/* none */" >"$corpus/config.h"
for target; do
    # shellcheck disable=SC2046,SC2086 # lists of words
    clang -g -O1 -std=gnu11 -D_GNU_SOURCE $define -fsanitize=fuzzer,address,undefined \
        -fno-sanitize-recover=all -I"$top/lib" -I"$corpus" -o "$corpus/$target" \
        "$top/tests/fuzz/$target.c" "$top"/lib/base/*.c "$top"/lib/data/*.c \
        "$top"/lib/files/formats/*.c "$top"/lib/files/format.c \
        "$top"/lib/files/mapping.c "$top"/lib/files/observation_file.c \
        "$top"/lib/files/csv.c $(pkg-config --cflags --libs $packages) -lcsv -lm \
        ${define:+-ludunits2}
    mkdir -p "$corpus/$target.d"
    echo "== $target"
    (cd "$corpus" && "./$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
        -max_len=16384 -print_final_stats=1 "$target.d" "$top/tests/fuzz/seeds") 2>"$corpus/$target.log" || {
        tail -n 40 "$corpus/$target.log"
        exit 1
    }
    grep -E "DONE|peak_rss" "$corpus/$target.log"
done
