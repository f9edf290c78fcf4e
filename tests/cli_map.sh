#!/bin/sh
# autan map: what its files are to other programs, at the right place and time.
set -u
. "${srcdir:-$(dirname "$0")/..}/tests/cli_common.sh"

map() ( # map CITY.ini FILE.nc [option...]: the hours $from to $to
    ini=$1 file=$2
    shift 2
    exec "$autan" map --from "$from" --to "$to" -o "$file" "$@" "$ini"
)

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

"$autan" map -q --from $from --to 2021-07-03T20:00Z --geotiff both $ini 2>first.err &
"$autan" map -q --from 2021-07-03T21:00Z --to $to --geotiff both $ini 2>second.err
wait $!
for half in "$from 2021-07-03T20:00Z" "2021-07-03T21:00Z $to"; do
    "$autan" map -q --from "${half% *}" --to "${half#* }" --geotiff alone $ini 2>third.err
done
check "two runs side by side into one folder do not meet" diff -r both alone
check "and leave nothing hidden there" test -z "$(find both -name '.*.nc*')"

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

check "and how far the ground lies beyond what stations have seen" "$python" - <<'END'
import sys
import netCDF4
import numpy as np
f = netCDF4.Dataset("a.nc")
v = f["extrapolation"]
if v.dimensions != ("y", "x") or v.grid_mapping != "crs" or \
        "extrapolation" not in f["air_temperature"].ancillary_variables.split():
    sys.exit(f"extrapolation is {v}")
# The share of built ground falls with the distance from the town's centre: what is within
# is a ring around it.
beyond = np.ma.filled(v[:], np.nan)
x, y = np.meshgrid(f["x"][:] - 574000, f["y"][:] - 6281500)
r = np.hypot(x, y)
within = beyond == 0
if not within.any() or within.all():
    sys.exit(f"{within.sum()} of {within.size} cells are within")
near, far = r[within].min(), r[within].max()
if (beyond[(r < near - 150) | (r > far + 150)] <= 0).any() or \
        (beyond[(r > near + 150) & (r < far - 150)] > 0).any():
    sys.exit(f"cells are within from {near} to {far} m, but not only these")
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
    says "xsize     = 40" "CDO sees a grid of 40 columns" cdo -s griddes -selname,air_temperature a.nc
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

# --- probabilities and quantiles ---

check "thresholds and quantiles are maps of their own" "$autan" map --from $from \
    --to 2021-07-03T03:00Z --exceed 20,-2.5 --quantile 10,90 -o more.nc --geotiff more $ini
check "they follow from temperature and standard error" "$python" - <<'END'
import math
import sys
import netCDF4
import numpy as np
f = netCDF4.Dataset("more.nc")
mean = f["air_temperature"][:].astype(float)
error = f["air_temperature_standard_error"][:].astype(float)
erfc = np.vectorize(math.erfc)
for name, threshold in (("from_20", 20.0), ("from_minus_2_5", -2.5)):
    want = 0.5 * erfc((threshold - mean) / error / math.sqrt(2))
    got = f[f"air_temperature_{name}_probability"]
    assert got.units == "1", got.units
    # Both sides of the quotient are rounded to 1/256 K.
    assert abs(got[:] - want).max() < 0.01, abs(got[:] - want).max()
for percent, z in ((10, -1.2815515655446004), (90, 1.2815515655446004)):
    got = f[f"air_temperature_p{percent}"]
    assert got.units == "degC", got.units
    assert abs(got[:] - mean - z * error).max() < 0.01
END
check "and GeoTIFFs" test -f more/air_temperature_from_20_probability_20210703T0000Z.tif
for option in "--exceed warm" "--exceed 20,,25" "--exceed 99" "--exceed 20,20" "--quantile 0" \
    "--quantile 100" "--quantile nan"; do
    # shellcheck disable=SC2086 # an option and its value
    refuses 2 "expected" "no map with $option" "$autan" map --from $from --to $to $option \
        -o never.nc $ini
done
check "nothing is left of them" test ! -e never.nc
if "$autan" map --help | grep -q members && ! "$autan" map -q --from $from --to $from --members 1 \
    -o never.nc $ini 2>&1 | grep -q "without KISS FFT"; then
    rm -f never.nc
    for n in 1 2; do
        OMP_NUM_THREADS=$n "$autan" map -q --from $from --to 2021-07-03T02:00Z --members 9 \
            -o members-$n.nc $ini || exit 1
    done
    "$autan" map -q --from $from --to 2021-07-03T02:00Z --members 9 --seed 2 -o seed.nc $ini
    "$autan" map -q --from $from --to 2021-07-03T02:00Z --members 3 --no-noise -o field.nc $ini
    check "one thread and two draw the same members" same_values members-1.nc members-2.nc
    check "members are a variable of their own" "$python" - <<'END'
import netCDF4
import numpy as np
f, g = netCDF4.Dataset("members-1.nc"), netCDF4.Dataset("field.nc")
member = f["air_temperature_member"]
assert member.dimensions == ("realization", "time", "y", "x"), member.dimensions
assert f["realization"].standard_name == "realization"
assert list(f["realization"][:]) == list(range(9))
mean, error = f["air_temperature"][:], f["air_temperature_standard_error"][:]
z = (member[:] - mean) / error
# Of some thousand cells in 27 maps; neighbours have much in common.
assert abs(z.mean()) < 0.6 and 0.7 < z.std() < 1.3 and abs(z).max() < 6, (z.mean(), z.std())
other = netCDF4.Dataset("seed.nc")["air_temperature_member"][:]
assert not (other == member[:]).all(), "another seed draws the same"
def rough(maps):
    return np.diff(maps, axis=-1).std()
assert g["air_temperature_member"].shape[0] == 3
assert rough(g["air_temperature_member"][:]) < rough(member[:]), "the noise is still there"
END
    for option in "--members 0" "--members 2.5" "--members 9999" "--members 2 --seed -1"; do
        # shellcheck disable=SC2086 # options and their values
        refuses 2 "expected a whole number" "no map with $option" "$autan" map --from $from \
            --to $from $option -o never.nc $ini
    done
    refuses 2 "give -o" "members need a NetCDF file" "$autan" map --from $from --to $from \
        --members 2 --geotiff never $ini
else
    echo "skipped: members, built without KISS FFT"
fi
says "Wh" "the electricity is said on request" "$autan" map -v --from $from --to $from \
    -o one.nc $ini

# --- maps that are too large to be held all together ---

sed 's/^resolution .*/resolution = 2.5/' $ini >town/fine.ini
from=2021-07-05T02:00Z
check "the maps of an hour are written side by side" \
    "$autan" map -q --from $from --to $from --geotiff held town/fine.ini
check "or, where there are too many values, one by one and by rows" \
    "$autan" map -q --from $from --to $from --geotiff by-rows \
    --quantile 5,10,20,30,70,90,95 town/fine.ini
check "to the same bytes, style and all" sh -c \
    'for f in held/*; do cmp "$f" "by-rows/${f#held/}" || exit 1; done'
check "with one file for each map" test "$(find by-rows -name '*.tif' | wc -l)" = 10
finish
