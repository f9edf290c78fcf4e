#!/bin/sh
# Installs what Autan needs on Debian 12 and builds it in build/.
#
#   sh setup.sh            what is needed to build and to run
#   sh setup.sh --tests    what the tests use besides
#
# Packages are installed as root, or with sudo where there is one. Without either
# ./configure names what is missing.
set -eu
cd "$(dirname "$0")"

build="autoconf automake libtool pkg-config gcc make libc6-dev
libglib2.0-dev libnetcdf-dev libhdf5-dev libgdal-dev libsqlite3-dev libnlopt-dev libxml2-dev libxml2-utils
libjansson-dev libcurl4-gnutls-dev libudunits2-dev libcairo2-dev libgif-dev zlib1g-dev libdeflate-dev libopenblas-dev libkissfft-dev
liblapacke-dev libcsv-dev fonts-dejavu-core"
tests="check gdal-bin netcdf-bin cdo sqlite3 xz-utils man-db groff-base osmium-tool
chromium nginx-light r-base-core r-cran-ncdf4 r-cran-sf r-cran-terra python3-qgis
python3-gdal python3-numpy python3-xarray python3-netcdf4 clang libclang-rt-14-dev openssl"

# The viewer is bundled by npm; any Node.js from 18 on will do.
command -v npm >/dev/null || build="$build nodejs npm"

wanted=$build
if [ "${1:-}" = --tests ]; then
    wanted="$build $tests"
fi

missing=
for package in $wanted; do
    state=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
    [ "$state" = "install ok installed" ] || missing="$missing $package"
done
# install COMMAND: the packages, by what runs the rest of its line as root.
install() {
    echo "Installing:$missing"
    "$@" apt-get update -qq
    # shellcheck disable=SC2086 # a list of words
    "$@" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends $missing >/dev/null
}
if [ -n "$missing" ] && command -v apt-get >/dev/null; then
    if [ "$(id -u)" = 0 ]; then
        install env
    elif command -v sudo >/dev/null; then
        install sudo
    fi
fi

# What published files are validated with; without it those tests are skipped, and say so.
for folder in tests/node tests/web; do
    if [ "${1:-}" = --tests ] && command -v npm >/dev/null && [ ! -d $folder/node_modules ]; then
        npm ci --prefix $folder --no-audit --no-fund --ignore-scripts --silent ||
            echo "npm ci failed in $folder: what needs it is not tested" >&2
    fi
done

if [ ! -x configure ] || [ configure.ac -nt configure ]; then
    autoreconf -fi
fi
mkdir -p build
cd build
if [ ! -f Makefile ] || [ ../configure -nt Makefile ]; then
    ../configure --quiet
fi
make -s -j"$(nproc)"
