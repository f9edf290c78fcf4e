#!/bin/sh
# autan map, from readings to files: values against gstat and kriging from the textbook,
# place and time as other programs see them, odd data, bad input.
set -u
. "${srcdir:-$(dirname "$0")/..}/tests/cli_maps_common.sh"

hour=2020-07-01T12:00Z
kriging() {
    "$python" "$reference/kriging.py" "$@"
}

map() { # map CITY.ini FILE.nc [option...]: the hours $from to $to
    ini=$1 file=$2
    shift 2
    "$autan" map --from "$from" --to "$to" -o "$file" "$@" "$ini"
}

# --- a covariance given by hand, against gstat ---

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
        { k = substr($2, 2)
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

    more_hours >>observations.csv
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
    says "1 of 7 hours have no reading" "an hour without readings is said to be empty" \
        map two.ini two.nc
    check "two covariates, nested terms, missing stations and missing cells agree" \
        kriging map two.ini observations.csv two.nc
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

# --- a small town: what other programs see ---

small_town town || exit 1
ini=town/town.ini
from=2021-07-05T02:00Z to=2021-07-05T04:00Z
says "no model file town/archive/model.json yet: fitting one now" \
    "without a model file one is fitted, and that is said" \
    "$autan" map --from $from --to $to -o a.nc --geotiff tifs $ini
check "the model file is there afterwards" test -s town/archive/model.json
check "the same command gives the same values" sh -c \
    '"$1" map --from $2 --to $3 -o b.nc $4 2>err && ! grep -q fitting err' \
    - "$autan" $from $to $ini
check "and the same file but for when it was made" same_values a.nc b.nc

from=2021-07-03 to=2021-07-05
for n in 1 2; do
    OMP_NUM_THREADS=$n "$autan" map -q --from $from --to $to -o threads-$n.nc \
        --geotiff threads-$n $ini || exit 1
done
check "one thread and two give the same file" same_values threads-1.nc threads-2.nc
check "and the same GeoTIFFs, byte for byte" diff -r threads-1 threads-2
check "there are as many as hours and variables" \
    test "$(find threads-1 -name '*.tif' | wc -l)" = $((49 * 3))

check "the file holds the contract's variables" "$python" - <<'END'
import sys
import netCDF4
import numpy as np
f = netCDF4.Dataset("a.nc")
want = {"air_temperature": "degC", "air_temperature_standard_error": "K",
        "urban_heat_island": "K", "time": "seconds since 1970-01-01T00:00:00Z",
        "x": "m", "y": "m"}
for name, units in want.items():
    if f[name].units not in (units, "degC" if name.startswith("air") else units):
        sys.exit(f"{name} is in {f[name].units}")
for name in list(want)[:3]:
    v = f[name]
    if v.dimensions != ("time", "y", "x") or v.grid_mapping != "crs" or v.dtype != "f4":
        sys.exit(f"{name} is {v}")
if "_FillValue" in f["time"].ncattrs() or "rural_reference" not in f[name].ncattrs():
    sys.exit("time has a fill, or the heat island no reference")
if f["air_temperature"].standard_name != "air_temperature":
    sys.exit("no standard name")
if f["x"].dtype != "f8" or set(np.diff(f["x"][:])) != {100.0} \
        or set(np.diff(f["y"][:])) != {-100.0} or f["x"][0] != 572050 or f["y"][0] != 6282950:
    sys.exit("x, y are no cell centres of equal steps")
if not f["crs"].crs_wkt.startswith("PROJCRS") or "2154" not in f["crs"].crs_wkt:
    sys.exit("no crs_wkt")
if list(f["time"][:]) != [1625450400, 1625454000, 1625457600]:
    sys.exit(f"times are {f['time'][:]}")
for key in ("Conventions", "title", "summary", "keywords", "source", "history",
            "date_created", "time_coverage_start", "time_coverage_end",
            "geospatial_lat_min", "geospatial_lon_max"):
    if key not in f.ncattrs():
        sys.exit(f"no attribute {key}")
if f.Conventions != "CF-1.10, ACDD-1.3" or f.time_coverage_start != "2021-07-05T02:00:00Z":
    sys.exit("conventions or coverage are wrong")
END

# The cell of longitude 1.43, latitude 43.62 in the second hour, five ways.
place=$(echo "1.43 43.62" | gdaltransform -s_srs EPSG:4326 -t_srs EPSG:2154 -output_xy)
x=${place% *} y=${place#* }
column=$(awk -v x="$x" 'BEGIN { print int((x - 572000) / 100) }')
row=$(awk -v y="$y" 'BEGIN { print int((6283000 - y) / 100) }')
want=$(value a.nc air_temperature 1 "$row" "$column")
gdal_value() {
    gdallocationinfo -valonly -b 2 "$1" "$x" "$y" -geoloc
}
check "GDAL finds the value at its place" \
    close "$(gdal_value NETCDF:a.nc:air_temperature)" "$want" 1e-5
check "GDAL finds it by longitude and latitude" close "$(gdallocationinfo -valonly -wgs84 \
    -b 2 NETCDF:a.nc:air_temperature 1.43 43.62)" "$want" 1e-5
check "the GeoTIFF of that hour has it too" close "$(gdallocationinfo -valonly -wgs84 \
    tifs/air_temperature_20210705T0300Z.tif 1.43 43.62)" "$want" 1e-5
says EPSG:2154 "GDAL knows the CRS" gdalsrsinfo -o epsg NETCDF:a.nc:air_temperature
says NETCDF_DIM_time=1625454000 "GDAL knows the time" gdalinfo NETCDF:a.nc:air_temperature
if "$python" -c 'import xarray' 2>/dev/null; then
    check "xarray finds it at its place and time" close "$("$python" -c '
import sys, xarray
d = xarray.open_dataset("a.nc")
print("%.9g" % d.air_temperature.sel(time="2021-07-05T03:00", x=float(sys.argv[1]),
                                     y=float(sys.argv[2]), method="nearest"))' \
        "$x" "$y")" "$want" 1e-5
else
    echo "skipped: xarray (python3-xarray)"
fi
if command -v cdo >/dev/null; then
    set -- $(cdo -s outputtab,date,time,value -remapnn,lon=1.43_lat=43.62 \
        -selname,air_temperature a.nc | awk 'NR == 3')
    check "CDO finds it at its place" close "${3:-}" "$want" 1e-4
    check "CDO knows the time" test "${1:-} ${2:-}" = "2021-07-05 03:00:00"
    says "40x30" "CDO sees a projected grid" cdo -s griddes -selname,air_temperature a.nc
    says "lambert_conformal_conic" "CDO sees the projection" cdo griddes a.nc
else
    echo "skipped: CDO (cdo)"
fi

for tif in tifs/*.tif; do
    check "$(basename "$tif") is a valid COG" sh -c '
        /usr/bin/python3 -m osgeo_utils.samples.validate_cloud_optimized_geotiff "$1" &&
        gdalinfo "$1" | grep -q LAYOUT=COG && gdalinfo "$1" | grep -q "NoData Value"' - "$tif"
done
says EPSG:2154 "the GeoTIFF has the CRS" gdalsrsinfo -o epsg \
    tifs/air_temperature_20210705T0300Z.tif

# --- the heat island ---

check "the heat island is the temperature above one rural value an hour" "$python" - <<'END'
import sys
import netCDF4
import numpy as np
f = netCDF4.Dataset("a.nc")
rural = f["air_temperature"][:].astype(float) - f["urban_heat_island"][:]
spread = rural.max(axis=(1, 2)) - rural.min(axis=(1, 2))
sys.exit(0 if (spread < 0.003).all() and len(spread) == 3 else f"spread {spread}")
END
with $ini '[urban_heat_island]' 'rural = s1, s3' >town/rural.ini
check "stations can be the rural reference" map town/rural.ini rural.nc
check "and are named in the file" sh -c \
    'ncdump -h rural.nc | grep -q "rural_reference = \"mean at stations.*s1.*s3"'
with $ini '[urban_heat_island]' 'rural = none' >town/none.ini
says "urban_heat_island is left out" "without a reference the heat island is left out" \
    map town/none.ini none.nc
check "and the file has none" sh -c '! ncdump -h none.nc | grep -q urban_heat_island'
with $ini '[urban_heat_island]' 'rural = s99' >town/who.ini
refuses 2 "s99" "a rural station that is not in the table is refused" map town/who.ini who.nc

# --- odd data: each is handled and said ---

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
    "$autan" map --from 2019-01-01 --to 2019-01-02 -o none.nc $ini
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
refuses 1 "bare-twins/town.ini" "without a nugget they are an error" \
    map bare-twins/town.ini bare-twins/a.nc
check "that leaves no file" test ! -e bare-twins/a.nc

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

# --- bad input: exit code, message, nothing left ---

mkdir clean
from=2021-07-05 to=2021-07-05
run_map() {
    "$autan" map "$@"
}
refuses 2 "--from is 'yesterday'" "a time that is none is refused" \
    run_map --from yesterday --to 2021-07-05 -o clean/a.nc $ini
refuses 2 "2021-07-05T12:00" "a time without a zone is refused" \
    run_map --from 2021-07-05T12:00 --to 2021-07-05 -o clean/a.nc $ini
refuses 2 "2021-13-01" "a month 13 is refused" \
    run_map --from 2021-13-01 --to 2021-07-05 -o clean/a.nc $ini
refuses 2 "before --from" "--to before --from is refused" \
    run_map --from 2021-07-06 --to 2021-07-05 -o clean/a.nc $ini
refuses 2 "both needed" "--from alone is refused" run_map --from 2021-07-05 -o clean/a.nc $ini
refuses 2 "nonsense" "an unknown option is refused" run_map --nonsense $ini
refuses 2 "nothing to write" "no output asked for is refused" \
    run_map --from $from --to $to $ini
refuses 2 "no city file" "no city file is refused" run_map --from $from --to $to -o clean/a.nc
refuses 2 "one argument too many" "two city files are refused" \
    run_map --from $from --to $to -o clean/a.nc $ini $ini
refuses 2 "nowhere.ini" "a city file that is not there is named" map nowhere.ini clean/a.nc
refuses 2 "-o" "an option without its value is refused" run_map $ini -o
refuses 1 "clean/none/a.nc" "an output folder that is not there is named" \
    map $ini clean/none/a.nc
mkdir clean/a.nc
refuses 1 "clean/a.nc" "an output that is a folder is named" map $ini clean/a.nc
rmdir clean/a.nc
refuses 1 "/dev/null" "a device is no output" map $ini /dev/null
: >clean/file
refuses 1 "clean/file" "a GeoTIFF folder that is a file is named" \
    run_map --from $from --to $to --geotiff clean/file $ini

covariate() { # covariate FILE: the town with another covariate file
    sed "s|building.tif|$1|" $ini >town/other.ini
}
wrong() { # wrong CODE TEXT NAME: the town with the covariate file town/$bad
    covariate "$bad"
    refuses "$1" "$2" "$3" map town/other.ini clean/a.nc
}
bad=far.tif
gdal_translate -q -a_ullr 0 10 10 0 town/building.tif town/$bad
wrong 1 "town/far.tif (covariate building): does not overlap" \
    "a covariate elsewhere is refused"
bad=nocrs.tif
gdal_translate -q -a_srs "" town/building.tif town/$bad 2>/dev/null
wrong 1 "town/nocrs.tif (covariate building): has no CRS" "a covariate without CRS is refused"
bad=stations.csv
wrong 1 "town/stations.csv (covariate building): not a raster" "a table is no covariate"
bad=missing.tif
wrong 1 "town/missing.tif (covariate building): no such file" "a covariate that is not there"
bad=empty.tif
: >town/$bad
wrong 1 "town/empty.tif (covariate building)" "an empty file is no covariate"
bad=cut.tif
head -c 3000 town/building.tif >town/$bad
wrong 1 "town/cut.tif (covariate building)" "a truncated covariate is refused"
bad=noplace.png
gdal_translate -q -of PNG -ot Byte -scale town/building.tif town/$bad 2>/dev/null
rm -f town/$bad.aux.xml
wrong 1 "town/noplace.png (covariate building)" "a picture without a place is refused"
bad=.
wrong 1 "(covariate building)" "a folder is no covariate"

wrong_city() { # wrong_city CODE TEXT NAME SED: the town with its city file changed
    sed "$4" $ini >town/other.ini
    refuses "$1" "$2" "$3" map town/other.ini clean/a.nc
}
wrong_city 2 "EPSG:4326" "a CRS in degrees is refused" 's/EPSG:2154/EPSG:4326/'
wrong_city 2 "EPSG:999999" "a CRS that PROJ does not know is refused" \
    's/EPSG:2154/EPSG:999999/'
wrong_city 2 "other.ini:5" "an extent that is no number is refused" \
    's/572000 /572OOO /'
wrong_city 2 "other.ini:5" "an extent of broken cells is refused" 's/576000/576001/'
wrong_city 2 "resolution" "a resolution of 0 is refused" 's/resolution = 100/resolution = 0/'
wrong_city 1 "town/nothing.csv" "a station table that is not there is named" \
    's/stations.csv/nothing.csv/'
cp a.nc town/a.nc
wrong_city 2 "town/a.nc" "a NetCDF is no city file" 's/x/x/;s/town/town/'"
"  2>/dev/null || true
refuses 2 "a.nc" "a NetCDF is no city file" map town/a.nc clean/a.nc
sed 's|^\[stations\]|archive = elsewhere\n&|' $ini >town/other.ini
refuses 1 "town/elsewhere" "an archive that is not there is named" \
    map town/other.ini clean/a.nc
mkdir town/notdb && echo "no database" >town/notdb/autan.sqlite
sed 's|^\[stations\]|archive = notdb\n&|' $ini >town/other.ini
refuses 1 "town/notdb" "an archive that is no database is named" \
    map town/other.ini clean/a.nc

# Model files.
model=town/archive/model.json
cp $model good.json
damaged() { # damaged NAME: the model file as it is now
    refuses 1 "$model" "$1" map $ini clean/a.nc
}
head -c 2000 good.json >$model
damaged "a truncated model file is named"
: >$model
damaged "an empty model file is named"
echo '{}' >$model
damaged "a model file without content is named"
sed 's/"version": [0-9]*/"version": 999/' good.json >$model
damaged "a model file of another version is named"
sed 's/"scale": .*/"scale": -1/' good.json >$model
damaged "a model file with a negative scale is named"
sed 's/"range_m": .*/"range_m": "far"/' good.json >$model
damaged "a model file with a text for a range is named"
head -c 4000 /dev/urandom >$model
damaged "a model file of noise is named"
cp good.json $model
with $ini '[model]' 'trend = none' >town/other.ini
refuses 2 "was fitted for another trend" "a model of another trend is refused" \
    map town/other.ini clean/a.nc
sed 's/covariate building/covariate houses/' $ini >town/other.ini
refuses 2 "was fitted for another trend or other covariates" \
    "a model of other covariates is refused" map town/other.ini clean/a.nc
check "nothing is left of all that" nothing_left clean

# Where nothing can be written.
if [ "$(id -u)" != 0 ]; then
    mkdir locked && chmod 555 locked
    refuses 1 "locked/a.nc" "an unwritable folder is named" map $ini locked/a.nc
else
    echo "skipped: an unwritable folder (root may write everywhere)"
fi
from=2021-07-03 to=2021-07-06
map $ini big.nc -q
limit=$(($(wc -c <big.nc) / 2048)) # half of it, in blocks of 1024
limited() { # limited COMMAND...: no file may grow beyond half of big.nc
    (trap '' XFSZ
     ulimit -f $limit 2>/dev/null
     exec "$@")
}
cp a.nc clean/kept.nc
refuses 1 "clean/kept.nc: cannot be written" "a file that cannot grow is an error" \
    limited "$autan" map --from $from --to $to -o clean/kept.nc $ini
check "the file of that name before is as it was" cmp -s a.nc clean/kept.nc
rm clean/kept.nc
check "and nothing else is left" nothing_left clean
mkdir disk
if mount -t tmpfs -o size=128k tmpfs disk 2>/dev/null; then
    mounted=$work/disk
    refuses 1 "disk/a.nc: cannot be written" "a full disk is an error" map $ini disk/a.nc
    check "that leaves nothing" nothing_left disk
    refuses 1 "disk/" "GeoTIFFs on a full disk are an error" \
        run_map --from $from --to $to --geotiff disk $ini
    check "that leave no part of one" sh -c '[ -z "$(find disk -name "*.tmp" -o \
        -name ".autan*")" ] && for f in disk/*.tif; do [ ! -e "$f" ] ||
        gdalinfo -checksum "$f" >/dev/null || exit 1; done'
    umount disk && mounted=
else
    echo "skipped: a full disk (needs the right to mount a tmpfs)"
fi
if [ -w /dev/full ]; then
    refuses 1 "standard output: cannot write" "help on a full disk is an error" \
        sh -c '"$1" map --help >/dev/full' - "$autan"
fi

finish
