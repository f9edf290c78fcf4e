#!/bin/sh
# Installs what is needed, builds, and runs all tests: the plain build, the build with
# sanitizers, the fuzz targets for $AUTAN_FUZZ_SECONDS each (60 when not set: twelve minutes for
# all of them on two processors), and the release archive. Closes with `N passed, N failed`.
#
#   sh tests/run.sh
#
# Results and messages of the four are in build/NAME.out. AUTAN_SHARED is the folder of
# the shared data, ../shared when not set.
set -eu
cd "$(dirname "$0")/.."
top=$(pwd)
AUTAN_SHARED=$(realpath -m "${AUTAN_SHARED:-$top/../shared}")
export AUTAN_SHARED
jobs=$(nproc)

sh setup.sh --tests
rm -f build/tests/*.log build-sanitizers/tests/*.log

failed_steps=0

# step NAME COMMAND...: runs it, shows its end when it fails.
step() {
    name=$1
    shift
    echo "== $name"
    if ! "$@" >"$top/build/$name.out" 2>&1; then
        failed_steps=$((failed_steps + 1))
        grep -E '^(FAIL|ERROR): ' "$top/build/$name.out" || true
        tail -n 60 "$top/build/$name.out"
        echo "== $name FAILED"
    fi
}

plain() {
    make -C "$top/build" -j"$jobs" check
}

# What reads files from outside and what computes, in a few minutes; forecasts and the year
# of Toulouse would take an hour.
sanitized_tests=
for name in test_status test_calendar test_number test_data test_covariance test_krige \
    test_design test_csv test_city test_station_file test_observation_file test_outfile test_publish \
    cli_ingest.sh cli_fit.sh cli_given.sh cli_large.sh cli_map.sh cli_validate.sh cli_bad_files.sh \
    cli_bad_input.sh cli_qc.sh cli_formats.sh cli_grid.sh; do
    sanitized_tests="$sanitized_tests tests/$name"
done

sanitized() (
    LSAN_OPTIONS="suppressions=$top/tests/lsan.supp:print_suppressions=0"
    ASAN_OPTIONS="detect_leaks=1:abort_on_error=0"
    UBSAN_OPTIONS="print_stacktrace=1"
    export LSAN_OPTIONS ASAN_OPTIONS UBSAN_OPTIONS
    mkdir -p "$top/build-sanitizers" &&
        cd "$top/build-sanitizers" &&
        { [ -f Makefile ] || ../configure --quiet --enable-sanitizers; } &&
        make -j"$jobs" check TESTS="$sanitized_tests"
)

# The release archive builds, tests (the quick ones) and installs outside its folder.
distribution() {
    make -C "$top/build" -j"$jobs" distcheck AUTAN_QUICK=1
}

fuzzed() {
    FUZZ_SEED=1 FUZZ_WORK="$top/build-sanitizers/fuzz" sh "$top/tests/fuzz/run.sh" \
        "${AUTAN_FUZZ_SECONDS:-60}" || { code=$?; [ $code = 77 ] || return $code; }
}

step check plain
step sanitizers sanitized
step fuzz fuzzed
step distcheck distribution

# Check's summaries and the scripts' closing lines, added up. A step that failed counts
# once more: what failed in it may have no line of its own.
find build/tests build-sanitizers/tests build/fuzz.out -name '*.log' -o -name fuzz.out |
    xargs cat |
    awk -v failed_steps="$failed_steps" '
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
