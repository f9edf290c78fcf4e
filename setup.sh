#!/bin/sh
# Installs what Autan needs on Debian 12 and builds it in build/.
#
#   sh setup.sh            what is needed to build and to run
#   sh setup.sh --tests    what the tests use besides
#
# Without root or apt-get nothing is installed: ./configure then names what is missing.
set -eu
cd "$(dirname "$0")"

build="autoconf automake libtool pkg-config gcc make libc6-dev
libglib2.0-dev libnetcdf-dev libhdf5-dev libgdal-dev libsqlite3-dev libnlopt-dev libxml2-dev libxml2-utils
libjansson-dev libcurl4-gnutls-dev libudunits2-dev libcairo2-dev zlib1g-dev libdeflate-dev libopenblas-dev
liblapacke-dev libcsv-dev fonts-dejavu-core"
tests="check gdal-bin netcdf-bin cdo sqlite3 xz-utils man-db groff-base python3-gdal
python3-numpy python3-xarray python3-netcdf4"

wanted=$build
if [ "${1:-}" = --tests ]; then
    wanted="$build $tests"
fi

missing=
for package in $wanted; do
    state=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
    [ "$state" = "install ok installed" ] || missing="$missing $package"
done
if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing:$missing"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of words
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

[ -x configure ] && [ configure -nt configure.ac ] || autoreconf -fi
mkdir -p build
cd build
[ -f Makefile ] && [ Makefile -nt ../configure ] || ../configure --quiet
make -s -j"$(nproc)"
