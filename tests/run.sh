#!/bin/sh
# Installs what is needed, builds, and runs all tests: the plain build, the build with
# sanitizers, and the release archive. Closes with `N passed, N failed`.
set -eu
cd "$(dirname "$0")/.."
top=$(pwd)
[ -n "${AUTAN_SHARED:-}" ] || AUTAN_SHARED=$top/../shared
export AUTAN_SHARED
jobs=$(nproc)

sh setup.sh --tests

logs=
failed_steps=0

# step NAME COMMAND...: runs it, shows its end when it fails.
step() {
    name=$1
    shift
    echo "== $name"
    if ! "$@" >"$top/build/$name.out" 2>&1; then
        failed_steps=$((failed_steps + 1))
        tail -n 60 "$top/build/$name.out"
        echo "== $name FAILED"
    fi
}

plain() {
    make -C "$top/build" -j"$jobs" check
}

sanitized() {
    mkdir -p "$top/build-sanitizers"
    cd "$top/build-sanitizers"
    [ -f Makefile ] || ../configure --quiet --enable-sanitizers
    LSAN_OPTIONS="suppressions=$top/tests/lsan.supp:print_suppressions=0"
    ASAN_OPTIONS="detect_leaks=1:abort_on_error=0"
    UBSAN_OPTIONS="print_stacktrace=1"
    OMP_NUM_THREADS=2
    export LSAN_OPTIONS ASAN_OPTIONS UBSAN_OPTIONS OMP_NUM_THREADS
    make -j"$jobs" check
}

# The release archive builds, tests (the quick ones) and installs outside its folder.
distribution() {
    make -C "$top/build" -j"$jobs" distcheck AUTAN_QUICK=1
}

step check plain
(step sanitizers sanitized; exit "$failed_steps") || failed_steps=$((failed_steps + 1))
step distcheck distribution

# Check's summaries and the scripts' closing lines, added up.
logs=$(find build/tests build-sanitizers/tests -name '*.log' 2>/dev/null)
# shellcheck disable=SC2086 # a list of files
cat $logs | awk -v failed_steps="$failed_steps" '
    match($0, /Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+/) {
        split(substr($0, RSTART, RLENGTH), f, /[:,] */)
        bad = f[4] + f[6]; failed += bad; passed += f[2] - bad
    }
    /^[0-9]+ passed, [0-9]+ failed/ { passed += $1; failed += $3 }
    /^skipped: / { skipped[$0] = 1 }
    END {
        for (line in skipped) print line
        failed += failed_steps
        printf "%d passed, %d failed\n", passed, failed
        exit failed > 0 || passed == 0
    }'
