#!/bin/sh
# A covariance given by hand goes through the whole program to maps and scores: against
# gstat, and against kriging from the textbook, with odd data.
set -u
. "${srcdir:-$(dirname "$0")/..}/tests/cli_common.sh"

hour=2020-07-01T12:00Z
kriging() {
    "$python" "$reference/kriging.py" "$@"
}

map() ( # map CITY.ini FILE.nc [option...]: the hours $from to $to
    ini=$1 file=$2
    shift 2
    exec "$autan" map --from "$from" --to "$to" -o "$file" "$@" "$ini"
)

# --- against gstat ---

meuse() { # meuse TREND COVARIANCE: its city file
    cat <<END
[city]
name       = Meuse
timezone   = Europe/Amsterdam
crs        = EPSG:28992
extent     = 178440 329600 181560 333760
resolution = 40
archive    = meuse
[stations]
file = stations.csv
[covariate sqrtdist]
file = sqrtdist.tif
[covariate elev]
file = elev.tif
[model]
trend      = $1
covariance = $2
END
}

# Later hours: stations drop out, a tenth, half, all but three, all but two.
more_hours() {
    awk -F, 'NR == 1 || FNR == 1 { next }
        { k = substr($2, 2) + 0
          if (k % 10) print "2020-07-01T13:00:00Z," $2 "," $3 + 1
          if (k % 2) print "2020-07-01T14:00:00Z," $2 "," $3 * 2
          if (k <= 3) print "2020-07-01T16:00:00Z," $2 "," $3
          if (k <= 2) print "2020-07-01T17:00:00Z," $2 "," $3
          if (k % 10) print "2020-07-01T18:00:00Z," $2 "," $3 + k / 100 }' observations.csv
}

if shared reference/kriging/meuse.csv; then
    gstat=$(dirname "$found")
    "$python" "$reference/meuse_city.py" "$gstat" . || exit 1
    meuse none '0.59 sph 897 + 0.05 nugget' >meuse-ok.ini
    meuse sqrtdist '0.15 exp 340 + 0.08 nugget' >meuse-uk.ini
    check "meuse is ingested" "$autan" ingest meuse-ok.ini observations.csv
    from=$hour to=$hour
    check "ordinary kriging is mapped" map meuse-ok.ini ok.nc --geotiff tif
    check "its means and standard errors are gstat's to 1e-6" \
        kriging gstat "$gstat/pred_meuse_ok_sph.csv" - ok.nc
    check "universal kriging is mapped" map meuse-uk.ini uk.nc
    check "its means and standard errors are gstat's to 1e-6 too" \
        kriging gstat "$gstat/pred_meuse_uk_sqrtdist.csv" - uk.nc
    refuses 1 "differs by" "the comparison can fail" \
        kriging gstat "$gstat/pred_meuse_uk_sqrtdist.csv" - ok.nc

    check "withheld stations are predicted" "$autan" validate --from $hour --to $hour \
        -o ok.csv meuse-ok.ini
    check "as gstat predicts them" \
        kriging gstat-loo "$gstat/cv_meuse_ok_sph_loo.csv" - ok.csv
    check "withheld stations are predicted with a covariate" "$autan" validate --from $hour \
        --to $hour -o uk.csv meuse-uk.ini
    check "as gstat predicts them too" \
        kriging gstat-loo "$gstat/cv_meuse_uk_sqrtdist_loo.csv" - uk.csv

    more_hours >more.csv
    cat more.csv >>observations.csv
    check "more hours are ingested" "$autan" ingest meuse-ok.ini observations.csv
    to=2020-07-01T18:00Z
    for model in exp sph gau mat32 mat52; do
        meuse none "0.4 $model 300 + 0.1 nugget" >one.ini
        check "$model is mapped" map one.ini one.nc
        check "$model is as in the textbook, with stations missing and an empty hour" \
            kriging map one.ini observations.csv one.nc
    done
    meuse 'sqrtdist, elev' '0.1 mat32 200 + 0.05 exp 1000 + 0.02 nugget + 0.06 nugget' \
        >two.ini
    says "elev is not known at" "stations without a covariate are named" map two.ini two.nc
    says "2 hours have too few stations for the trend" \
        "hours with fewer stations than trend terms are said to have no trend" \
        map two.ini two.nc
    says "1 of 7 hours has no reading" "an hour without readings is said to be empty" \
        map two.ini two.nc
    check "two covariates, nested terms, missing stations and missing cells agree" \
        kriging map two.ini observations.csv two.nc
    check "withheld stations are predicted from what is left" "$autan" validate \
        --from $hour --to $to -o two.csv two.ini
    check "as in the textbook" kriging loo two.ini observations.csv two.csv
    meuse 'sqrtdist elev' '0.2 exp 500' >bare.ini
    check "without a nugget, maps agree too" sh -c \
        '"$1" map -q --from $2 --to $2 -o bare.nc bare.ini &&
         "$3" "$4/kriging.py" map bare.ini observations.csv bare.nc' \
        - "$autan" $hour "$python" "$reference"

    check "GeoTIFFs hold the NetCDF's values, missing ones included" "$python" - <<'END'
import glob
import sys
import netCDF4
import numpy as np
from osgeo import gdal
file = netCDF4.Dataset("ok.nc")
for name in "air_temperature", "air_temperature_standard_error":
    tif = gdal.Open(f"tif/{name}_20200701T1200Z.tif")
    band = tif.GetRasterBand(1)
    got = band.ReadAsArray()
    got[got == band.GetNoDataValue()] = np.nan
    want = np.ma.filled(file[name][0], np.nan)
    if not np.array_equal(got, want, equal_nan=True):
        sys.exit(f"{name} differs")
    if tif.GetGeoTransform() != (178440, 40, 0, 333760, 0, -40):
        sys.exit(f"{name} is at {tif.GetGeoTransform()}")
END
fi

# --- odd data: each is handled and said ---

small_town town || exit 1

# odd NAME CITY-LINES... : a folder with a town of its own; readings on standard input
odd() {
    mkdir -p "$1" && cp town/stations.csv town/building.tif "$1" || exit 1
    folder=$1
    shift
    with town/town.ini "$@" >"$folder/town.ini"
    { echo time,station,air_temperature; cat; } >"$folder/observations.csv"
}
given='covariance = 1 exp 2000 + 0.1 nugget'
from=2021-08-01 to=2021-08-01
noon=2021-08-01T00:00:00Z

echo $noon,s1,20 | odd single '[model]' 'trend = none' "$given"
"$autan" ingest -q single/town.ini single/observations.csv
check "a single station gives maps" map single/town.ini single/a.nc
check "as in the textbook" kriging map single/town.ini single/observations.csv single/a.nc

printf '%s\n' 2021-08-01T00:00:00Z,s1,19 2021-08-01T00:15:00Z,s1,20 \
    2021-08-01T00:30:00Z,s1,21 2021-08-01T01:00:00Z,s1,25 2021-08-01T01:15:00Z,s1,90 |
    odd quarter '[model]' 'trend = none' "$given"
"$autan" ingest -q quarter/town.ini quarter/observations.csv
"$autan" map -q --from 2021-08-01T01:00Z --to 2021-08-01T01:00Z -o quarter/a.nc \
    quarter/town.ini
check "a map is of the mean over the hour that ends at its time" \
    close "$(value quarter/a.nc air_temperature 0 5 5)" 22 1e-5
"$autan" map -q --from 2021-08-01T00:30Z --to 2021-08-01T00:30Z -o quarter/b.nc \
    quarter/town.ini
check "also between full hours" \
    close "$(value quarter/b.nc air_temperature 0 5 5)" 20 1e-5

: | odd nobody
"$autan" ingest -q nobody/town.ini nobody/observations.csv 2>/dev/null
refuses 1 nobody/archive "an archive without readings is an error" \
    map nobody/town.ini nobody/a.nc
refuses 1 archive "an hour without any reading alone is an error that names the archive" \
    "$autan" map --from 2019-01-01 --to 2019-01-02 -o none.nc town/town.ini
check "and leaves no file" test ! -e nobody/a.nc

twins() { # two stations in one place
    awk -F, -v OFS=, 'NR == 1 || $1 == "s1" { x = $2; y = $3 } $1 == "s2" { $2 = x; $3 = y }
        { print }' town/stations.csv >"$1/stations.csv"
    "$autan" ingest -q "$1/town.ini" "$1/observations.csv"
}
several() {
    awk -F, -v t=$noon '/^2021-07-05T03/ { print t "," $2 "," $3 }' town/observations.csv
}
several | odd twins '[model]' 'trend = none' "$given"
twins twins
check "two stations in one place are mapped, with a nugget" map twins/town.ini twins/a.nc
check "as in the textbook" kriging map twins/town.ini twins/observations.csv twins/a.nc
several | odd bare-twins '[model]' 'trend = none' 'covariance = 1 exp 2000'
twins bare-twins
says "stations s1 and s2 are in one place and the covariance has no nugget" \
    "without a nugget they count as one, and that is said" \
    map bare-twins/town.ini bare-twins/a.nc
mkdir one && cp bare-twins/* one 2>/dev/null
sed -i '/^s2,/d' one/stations.csv
awk -F, -v OFS=, '$2 == "s1" || $2 == "s2" { n++; s += $3 } $2 !~ /^s[12]$/ { print }
    END { print "'$noon'", "s1", s / n }' bare-twins/observations.csv >one/observations.csv
check "with the mean of what they read" kriging map one/town.ini one/observations.csv \
    bare-twins/a.nc

constant='[covariate flat]'
several | odd constant "$constant" 'file = flat.tif' '[model]' 'trend = flat' "$given"
gdal_calc.py --quiet -A constant/building.tif --calc='A*0+0.5' --outfile=constant/flat.tif \
    2>/dev/null || gdal_translate -q -scale 0 1 0.5 0.5 constant/building.tif constant/flat.tif
"$autan" ingest -q constant/town.ini constant/observations.csv
says "covariate flat is left out of the trend: it is the same at all stations" \
    "a constant covariate is left out and said" map constant/town.ini constant/a.nc
sed 's/^trend.*/trend = none/' constant/town.ini >constant/plain.ini
map constant/plain.ini constant/b.nc -q
check "the maps are those without it" "$python" -c '
import netCDF4, numpy, sys
a, b = (netCDF4.Dataset(p)["air_temperature"][:] for p in ("constant/a.nc", "constant/b.nc"))
sys.exit(not numpy.allclose(a, b, rtol=0, atol=1e-5))'

# The eastern half has no covariate: some stations and cells lose it.
several | odd half '[covariate west]' 'file = west.tif' '[model]' 'trend = west' "$given"
gdal_translate -q -srcwin 0 0 80 160 half/building.tif half/west.tif
"$autan" ingest -q half/town.ini half/observations.csv
says "covariate west is not known at" "stations without a covariate are counted and named" \
    map half/town.ini half/a.nc
check "cells without it are missing, the others are there" sh -c '
    [ "$1" = nan ] && [ "$2" != nan ]' - "$(value half/a.nc air_temperature 0 10 39)" \
    "$(value half/a.nc air_temperature 0 10 0)"
sed '/\[model\]/,$d' half/town.ini >half/auto.ini
cp town/observations.csv half/all.csv && "$autan" ingest -q half/auto.ini half/all.csv
check "a fitted trend fills them from the rest, with a larger error" sh -c '
    "$1" map -q --from 2021-07-05 --to 2021-07-05 -o half/b.nc half/auto.ini' - "$autan"
check "so that no cell is missing" sh -c '[ "$1" != nan ]' - \
    "$(value half/b.nc air_temperature 0 10 39)"

several | head -n 2 | odd few '[model]' 'trend = building' "$given"
"$autan" ingest -q few/town.ini few/observations.csv
says "too few stations for the trend" "fewer stations than trend terms are said" \
    map few/town.ini few/a.nc
check "and mapped without the trend" kriging map few/town.ini few/observations.csv few/a.nc

finish
