#!/bin/sh
# All benchmarks: autan beside its peers and the bounds of the machine, as ratios.
#
#   make bench                          about ten minutes on a quiet machine with two cores
#   make bench BENCH="day berlin"       some of them
#
# Names: the parts of speed.sh (day million ten year latest large), berlin, ghent, toulouse,
# qc, publish, grid, and extent, which is long and made only when it is named.
# Installs the peers when it may, and else names the packages that are missing. Scratch
# files, the peers' predictions among them, stay in bench-work in the build folder.
set -eu
bench=$(realpath "$(dirname "$0")")

missing=
for package in r-cran-gstat r-cran-sp r-cran-fields python3-sklearn python3-numpy \
    python3-gdal gdal-bin time; do
    state=$(dpkg-query -W -f '${Status}' $package 2>/dev/null || true)
    [ "$state" = "install ok installed" ] || missing="$missing $package"
done
if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
    echo "Installing:$missing"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of words
    apt-get install -y -qq --no-install-recommends $missing > /dev/null
elif [ -n "$missing" ]; then
    echo "skipped: missing packages; on Debian: apt-get install$missing" >&2
    exit 77
fi

[ $# -gt 0 ] || set -- day ten year latest berlin ghent toulouse qc publish grid
for part; do
    echo "== $part"
    case $part in
    berlin | ghent | toulouse | qc | publish | grid | extent) sh "$bench/$part.sh" ;;
    *) sh "$bench/speed.sh" "$part" ;;
    esac || [ $? = 77 ]
    echo
done
