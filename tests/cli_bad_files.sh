#!/bin/sh
# Bad files, a case a line: rasters, archives and model files that are not what they
# should be, and places where nothing can be written. Each ends in an error that names
# what is wrong, with every file as it was.
set -u
. "${srcdir:-$(dirname "$0")/..}/tests/cli_common.sh"

small_town place || exit 1
cd place || exit 1
"$autan" fit -q town.ini || exit 1
from=2021-07-05 to=2021-07-05
mkdir in

map() { # map [CITY.ini]: one map into new.nc
    "$autan" map --from $from --to $to -o new.nc "${1:-town.ini}"
}

# ===== covariates =====

covariate() { # covariate TEXT NAME: the town with the raster in/c
    sed 's|building.tif|in/c|' town.ini >other.ini
    bad 1 "in/c (covariate building): $1" "$2" map other.ini
}
rm -f in/c
covariate "no such file" "a covariate that is not there"
mkdir in/c
covariate "" "a folder as covariate"
rmdir in/c
: >in/c
covariate "not a raster that GDAL reads" "an empty covariate"
cp stations.csv in/c
covariate "not a raster that GDAL reads" "a table as covariate"
echo '{"type": "FeatureCollection", "features": []}' >in/c
covariate "not a raster that GDAL reads" "a GeoJSON file as covariate"
gdal_translate -q -a_ullr 0 10 10 0 building.tif in/c
covariate "does not overlap the city's extent" "a covariate elsewhere"
"$python" -c 'from osgeo import gdal
gdal.UseExceptions()
file = gdal.GetDriverByName("GTiff").Create("in/c", 160, 160)
file.SetGeoTransform((570000, 50, 0, 6285000, 0, -50))'
covariate "has no CRS" "a covariate without CRS"
gdal_translate -q -of PNG -ot Byte -scale building.tif in/c 2>/dev/null
rm -f in/c.aux.xml
covariate "has no" "a picture without a place"
head -c 3000 building.tif >in/c
covariate "" "a truncated covariate"
gdal_translate -q -co COMPRESS=DEFLATE building.tif in/c
"$python" -c 'from osgeo import gdal
raster = gdal.Open("in/c")
file = open("in/c", "r+b")
file.seek(int(raster.GetRasterBand(1).GetMetadataItem("BLOCK_OFFSET_0_5", "TIFF")))
file.write(100 * b"X")'
covariate "" "a damaged covariate"
"$autan" map -q --from $from --to $to -o in/good.nc town.ini
head -c 20000 in/good.nc >in/c
covariate "" "a truncated NetCDF"
{ printf '\211HDF\r\n\032\n'; head -c 4000 /dev/zero; } >in/c
covariate "not a raster that GDAL reads" "a NetCDF that is not one"
{ printf 'CDF\001'; head -c 4000 /dev/zero | tr '\0' '\377'; } >in/c
covariate "not a raster that GDAL reads" "a classic NetCDF that is not one"
echo '<VRTDataset rasterXSize="1" rasterYSize="1"><VRTRasterBand dataType="Byte" band="1">
<SimpleSource><SourceFilename>/etc/passwd</SourceFilename></SimpleSource></VRTRasterBand>
</VRTDataset>' >in/c
covariate "" "a virtual raster of something else"
rm -f in/c

# ===== archives =====

archive() { # archive CODE TEXT NAME: the town with the archive in/archive
    sed 's|^resolution.*|&\narchive = in/archive|' town.ini >other.ini
    bad "$1" "$2" "$3: map" map other.ini
    bad "$1" "$2" "$3: ingest" "$autan" ingest other.ini observations.csv
}
sed 's|^resolution.*|&\narchive = in/archive|' town.ini >other.ini
bad 1 "in/archive/autan.sqlite: no archive there (No such file or directory); run ingest" \
    "no archive" map other.ini
echo "not a folder" >in/archive
archive 1 "in/archive|Not a directory" "a file as archive folder"
rm in/archive
mkdir in/archive
echo "no database" >in/archive/autan.sqlite
archive 1 "in/archive/autan.sqlite: is damaged or not an archive" "text as archive"
head -c 50000 archive/autan.sqlite >in/archive/autan.sqlite
archive 1 "in/archive/autan.sqlite: is damaged or not an archive" "a truncated archive"
{ head -c 8192 archive/autan.sqlite; head -c 300000 /dev/zero | tr '\0' X; } \
    >in/archive/autan.sqlite
archive 1 "in/archive/autan.sqlite: is damaged or not an archive" "a corrupt archive"
sql() { # sql STATEMENT: on in/archive/autan.sqlite
    "$python" -c 'import sqlite3, sys
with sqlite3.connect("in/archive/autan.sqlite") as db:
    db.execute(sys.argv[1])' "$1"
}
rm in/archive/autan.sqlite
sql "CREATE TABLE a (b)"
archive 1 "in/archive/autan.sqlite: is an SQLite database, but not an Autan archive" \
    "another program's database"
cp archive/autan.sqlite in/archive
sql "PRAGMA user_version = 999"
archive 1 "in/archive/autan.sqlite: has archive version 999, this program reads version" \
    "an archive of a later version"
rm -r in/archive

# ===== model files =====

model=archive/model.json
cp $model good.json
damaged() { # damaged NAME [TEXT]: the model file as it is now
    bad 1 "$model|${2:-}" "$1" map
}
head -c 2000 good.json >$model
damaged "a truncated model file" "is no JSON"
: >$model
damaged "an empty model file" "is no JSON"
echo '{}' >$model
damaged "a model file without content" "run fit again"
sed 's/"version": [0-9]*/"version": 999/' good.json >$model
damaged "a model file of another version" "run fit again"
sed 's|"scale": [^,]*|"scale": -1|' good.json >$model
damaged "a model file with a negative scale" "terms"
sed 's/"range_m": .*/"range_m": "far"/' good.json >$model
damaged "a model file with a text for a range" "kernels"
sed 's/"hour_utc": .*/"hour_utc": 99,/' good.json >$model
damaged "a model file with an hour 99" "regime 1"
sed 's/"dof": .*/"dof": -3,/' good.json >$model
damaged "a model file with a negative weight" "dof"
head -c 4000 /dev/urandom >$model
damaged "a model file of noise" "is no JSON"
head -c 100000 /dev/zero | tr '\0' '[' >$model
damaged "a model file of brackets" "is no JSON"
rm $model && mkdir $model
damaged "a folder as model file"
rmdir $model && cp good.json $model

# ===== where nothing can be written =====

output() { # output TEXT NAME OPTION...: one map, written as the options say
    text=$1 name=$2
    shift 2
    bad 1 "$text" "$name" "$autan" map -q --from $from --to $to "$@" town.ini
}
output "in/none/a.nc" "an output in a folder that is not there" -o in/none/a.nc
mkdir in/folder
output "in/folder" "an output that is a folder" -o in/folder
output "/dev/null" "a device as output" -o /dev/null
: >in/file
output "in/file" "a GeoTIFF folder that is a file" --geotiff in/file
output "in/file" "a picture folder that is a file" --picture in/file
bad 1 "in/none/a.csv" "scores in a folder that is not there" \
    "$autan" validate --from $from --to $to -o in/none/a.csv town.ini

# What a file may hold, in blocks of 512 bytes: half of big.nc.
"$autan" map -q --from 2021-07-02 --to $to -o "$work/big.nc" town.ini
limit=$(($(wc -c <"$work/big.nc") / 1024))
limited() { # limited COMMAND...: no file may grow beyond the limit
    (trap '' XFSZ
     ulimit -f $limit 2>/dev/null
     exec "$@")
}
cp in/good.nc in/kept.nc
bad 1 "in/kept.nc: cannot be written: File too large" \
    "a map file that cannot grow, over an old one" \
    limited "$autan" map -q --from 2021-07-02 --to $to -o in/kept.nc town.ini
limit=80 # less than SQLite needs beside an archive, it could not be read
bad 1 "in/a.csv: cannot be written: File too large" "a scores file that cannot grow" \
    limited "$autan" validate -q --from 2021-07-01 --to $to -o in/a.csv town.ini
if [ -w /dev/full ]; then
    bad 1 "standard output: cannot write: No space left on device" "help on a full disk" \
        sh -c '"$1" map --help >/dev/full' - "$autan"
fi

mkdir disk
leave() { # leave KIB: fills the disk up to that
    free=$(df --output=avail -k disk | tail -n 1)
    head -c $((free - $1))k /dev/zero >disk/filler 2>/dev/null
}
if mount -t tmpfs -o size=256k tmpfs disk 2>/dev/null; then
    mounted=$work/place/disk
    leave 100
    output "disk/a.nc: cannot be written: No space left on device" "a map on a full disk" \
        -o disk/a.nc --from 2021-07-01
    bad 1 "disk/a.csv: cannot be written: No space left on device" "scores on a full disk" \
        "$autan" validate -q --from 2021-07-01 --to 2021-07-16 -o disk/a.csv town.ini
    rm disk/*
    sed 's|^resolution.*|&\narchive = disk|' town.ini >other.ini
    printf 'time,station,air_temperature\n2021-08-01T00:00Z,s1,20\n' >in/first.csv
    "$autan" ingest -q other.ini in/first.csv
    leave 100
    bad 1 "disk/autan.sqlite: " "an archive on a full disk" \
        "$autan" ingest other.ini observations.csv
    rm disk/*
    # Room for what SQLite needs beside the archive, not for the model.
    cp archive/autan.sqlite disk
    leave 44
    bad 1 "disk/model.json: cannot be written: No space left on device" \
        "a model file on a full disk" "$autan" fit -q other.ini
    rm disk/*
    # Some of the maps fit in; each of those is whole.
    "$autan" map -q --from 2021-07-01 --to $to --geotiff disk town.ini 2>"$work/err"
    got=$?
    if [ $got = 1 ] && said "autan: error: disk/|No space left"; then
        ok "GeoTIFFs on a full disk"
    else
        not_ok "GeoTIFFs on a full disk: exit $got" "$work/err"
    fi
    check "leave whole ones alone" sh -c '
        [ -z "$(find disk -type f ! -name "*Z.tif")" ] && for f in disk/*.tif; do
            [ ! -e "$f" ] || gdalinfo -checksum "$f" >/dev/null || exit 1; done'
    umount disk && mounted=
else
    echo "skipped: a full disk (needs the right to mount a tmpfs)"
fi

# As somebody who may not write: root may write everywhere.
chmod 755 "$work"
nobody() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
    else
        "$@"
    fi
}
if nobody "$autan" --version >/dev/null 2>&1; then
    # Whoever reads an archive has to be able to write beside it.
    chmod 777 archive && chmod 666 archive/*
    head -n 9 observations.csv >in/first.csv
    mkdir in/locked && chmod 555 in/locked
    bad 1 "in/locked/a.nc: cannot be written: Permission denied" "an unwritable folder" \
        nobody "$autan" map -q --from $from --to $to -o in/locked/a.nc town.ini
    sed 's|^resolution.*|&\narchive = in/locked|' town.ini >other.ini
    bad 1 "in/locked/autan.sqlite: |" "an archive in an unwritable folder" \
        nobody "$autan" ingest other.ini observations.csv
    sed 's|^resolution.*|&\narchive = in/locked/archive|' town.ini >other.ini
    bad 1 "in/locked/archive: |Permission denied" "an archive folder that cannot be made" \
        nobody "$autan" ingest other.ini observations.csv
    chmod 000 in/first.csv
    bad 1 "in/first.csv: cannot open: Permission denied" "an unreadable observation file" \
        nobody "$autan" ingest town.ini in/first.csv
else
    echo "skipped: an unwritable folder (nobody else can run the program)"
fi

finish
