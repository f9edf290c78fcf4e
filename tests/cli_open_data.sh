#!/bin/sh
# doc/open-data.md: the folder is served by nginx as the page says, and its examples in
# Python, R, QGIS and a browser read it there, each where its program is installed.
set -u
. "${srcdir:-$(dirname "$0")/..}/tests/cli_common.sh"
page=$top/doc/open-data.md

if ! nginx=$(PATH=$PATH:/usr/sbin command -v nginx); then
    echo "skipped: no nginx (Debian: nginx-light)"
    exit 77
fi

# block LANGUAGE: the code of that language on the page, where it is served here
block() {
    awk -v start="\`\`\`$1" '$0 == start { on = 1; next } /^```$/ { on = 0 } on' "$page" |
        sed "s|https://data.example.org|$data|g"
}

small_town place
"$autan" map -q --from 2021-07-01T20:00Z --to 2021-07-01T22:00Z --geotiff place/maps place/town.ini
"$autan" publish -q --maps place/maps -o place/data place/town.ini
mkdir place/data/.2021-07.autan-new www logs
echo secret >place/data/.2021-07.autan-new/half.csv

set -- $("$python" -c 'import socket
sockets = [socket.socket() for _ in range(2)]
for s in sockets:
    s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))')
data=http://127.0.0.1:$1
pages=http://127.0.0.1:$2
{
    [ "$(id -u)" != 0 ] || echo "user root;"
    echo "worker_processes 1; daemon off; pid $work/nginx.pid; error_log $work/logs/error.log;
events {} http { access_log $work/logs/access.log;
client_body_temp_path $work/t1; proxy_temp_path $work/t2; fastcgi_temp_path $work/t3;
uwsgi_temp_path $work/t4; scgi_temp_path $work/t5;"
    block nginx | sed "s|listen 80;|listen 127.0.0.1:$1;|; s|/srv/open-data|$work/place/data|"
    # Where the page of the browser comes from: another place than the data.
    echo "server { listen 127.0.0.1:$2; root $work/www;
types { text/html html; application/javascript js; } } }"
} >nginx.conf
"$nginx" -c "$work/nginx.conf" -p "$work" -e "$work/logs/error.log" 2>"$work/logs/start" &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null; clean_up' EXIT
n=0
while ! curl -s -o /dev/null "$data/README.md" && [ $n -lt 600 ]; do
    sleep 0.1
    n=$((n + 1))
done

# --- what the server says ---

# header NAME VALUE URL [OPTION...]: the answer has the header
header() {
    field=$1 value=$2 url=$3
    shift 3
    curl -s -o body -D head "$@" "$url" && grep -qiF "$field: $value" head
}
map=maps/2021-07/air_temperature_20210701T2000Z.tif
check "a range is a range" header Content-Range "bytes 16-31/" "$data/$map" -r 16-31
check "of the very bytes" sh -c 'dd if="$1" bs=1 skip=16 count=16 2>/dev/null | cmp - body' - \
    "place/data/$map"
check "and other sites may read it" header Access-Control-Allow-Origin '*' "$data/$map" -r 0-3
check "with its range" header Access-Control-Expose-Headers "Accept-Ranges, Content-Range" "$data/$map"
for type in observations.csv=text/csv observations.nc=application/x-netcdf \
    stations.geojson=application/geo+json stations.gpkg=application/geopackage+sqlite3 \
    datapackage.json=application/json README.md=text/markdown; do
    check "${type%%=*} is ${type#*=}" header Content-Type "${type#*=}" "$data/2021-07/${type%%=*}"
done
check "the catalogue is JSON-LD" header Content-Type application/ld+json "$data/catalog.jsonld"
check "a map is TIFF" header Content-Type image/tiff "$data/$map"
check "text is compressed" header Content-Encoding gzip "$data/2021-07/observations.csv" \
    -H "Accept-Encoding: gzip"
curl -s -o body -D head -H "Accept-Encoding: gzip" "$data/$map"
check "maps are not" sh -c '! grep -qi Content-Encoding head' -
check "a month on its way is not shown" sh -c '
    [ "$(curl -s -o /dev/null -w "%{http_code}" "$1/.2021-07.autan-new/half.csv")" = 403 ]' - "$data"
check "nothing can be put there" sh -c '
    [ "$(curl -s -o /dev/null -w "%{http_code}" -X PUT -d x "$1/x.csv")" = 403 ]' - "$data"
check "the sums are right when fetched" sh -c 'mkdir got && cd got &&
    curl -s -O "$1/2021-07/SHA256SUMS" && while read -r sum name; do
        curl -s -O "$1/2021-07/$name" || exit 1; done <SHA256SUMS && sha256sum --quiet -c SHA256SUMS' \
    - "$data"

# --- who reads it ---

hottest=$("$python" -c 'from osgeo import gdal
print("%.2f" % gdal.Open("place/data/'$map'").ReadAsArray()[0, 0])' 2>/dev/null)
block python >example.py
says "2021-07-01T20:00:00Z [[$hottest, " "the example in Python" "$python" example.py
check "has the stations" grep -q "^s1 " "$work/out"
if Rscript -e 'library(ncdf4); library(sf); library(terra)' >/dev/null 2>&1; then
    block r >example.R
    says "[1] 12" "the example in R" Rscript example.R
    check "has the maps by their times" grep -q "2021-07-01T22:00:00Z" "$work/out"
else
    echo "skipped: R (Debian: r-base-core r-cran-ncdf4 r-cran-sf r-cran-terra)"
fi
if "$python" -c 'import qgis.core' 2>/dev/null; then
    block pyqgis >console.py
    QT_QPA_PLATFORM=offscreen XDG_RUNTIME_DIR=$work HOME=$work
    export QT_QPA_PLATFORM XDG_RUNTIME_DIR HOME
    says "True 3 EPSG:2154" "the example in QGIS" "$python" console.py
    check "has the stations" grep -q "True 12 EPSG:4326" "$work/out"
else
    echo "skipped: QGIS (Debian: python3-qgis)"
fi
browser=$(command -v chromium)
script=$top/tests/node/node_modules/geotiff/dist-browser/geotiff.js
if [ -n "$browser" ] && [ -f "$script" ]; then
    block html >www/index.html
    cp "$script" www
    says "2021-07-01T20:00:00Z: $hottest " "the example in a browser, of another site" \
        "$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$work/profile" \
        --virtual-time-budget=20000 --dump-dom "$pages/index.html"
    check "has the stations" grep -q "12 stations" "$work/out"
    check "and the readings" grep -q "readings: time,station,air_temperature" "$work/out"
    check "the map in ranges" grep -q "$map HTTP/1.1. 206" "$work/logs/access.log"
else
    echo "skipped: a browser (Debian: chromium, nodejs, npm; then npm ci in tests/node)"
fi
finish
