#!/bin/sh
# autan scenario: nothing for nothing, twice for twice, warnings and refusals.
set -u
. "${srcdir:-$(dirname "$0")/..}/tests/cli_common.sh"

small_town town || exit 1
ini=town/town.ini
from=2021-07-05T02:00Z to=2021-07-05T04:00Z

# changes FILE CHANGE AMOUNT [LAST]: a file with a box of 600 m x 500 m in the town
changes() {
    "$python" - "$@" <<'END'
import json, sys
from osgeo import osr
def reference(code):
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(code)
    srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return srs
way = osr.CoordinateTransformation(reference(2154), reference(4326))
path, change, amount = sys.argv[1:4]
x = float(sys.argv[4]) if len(sys.argv) > 4 else 573000
ring = [way.TransformPoint(*p)[:2] for p in
        [(x, 6281000), (x + 600, 6281000), (x + 600, 6281500), (x, 6281500), (x, 6281000)]]
box = {"type": "Feature", "properties": {"change": change},
       "geometry": {"type": "Polygon", "coordinates": [ring]}}
if amount != "-":
    box["properties"]["amount"] = float(amount)
json.dump({"type": "FeatureCollection", "features": [box] if change else []}, open(path, "w"))
END
}

scenario() { # scenario CHANGES OUTPUT [option...]
    file=$1 out=$2
    shift 2
    "$autan" scenario --from $from --to $to -o "$out" "$@" $ini "$file"
}

# differs FILE EXPRESSION: of the arrays change, error, beyond (time, y, x)
compare() {
    expression=$1
    shift
    "$python" - "$expression" "$@" <<'END'
import sys
import netCDF4
import numpy as np
f = [netCDF4.Dataset(p) for p in sys.argv[2:]]
change = [np.ma.filled(d["air_temperature_change"][:], np.nan) for d in f]
error = [np.ma.filled(d["air_temperature_change_standard_error"][:], np.nan) for d in f]
beyond = [np.ma.filled(d["extrapolation"][:], np.nan) for d in f]
if not eval(f"({sys.argv[1]})"):
    sys.exit(f"{sys.argv[1]}: {[np.nanmin(c) for c in change]} to {[np.nanmax(c) for c in change]}")
END
}

changes nothing.geojson "" -
says "0 polygons change 0 of 1200 cells" "an empty scenario is no error" \
    scenario nothing.geojson nothing.nc
check "and changes nothing, to the bit" compare \
    '(change[0] == 0).all() and (error[0] == 0).all() and (beyond[0] == 0).all()' nothing.nc
changes zero.geojson build 0
check "so does an amount of 0" scenario zero.geojson zero.nc
check "to the bit" compare '(change[0] == 0).all()' zero.nc

changes half.geojson build 0.2
changes full.geojson build 0.4
check "building is computed" scenario half.geojson half.nc --picture pictures
check "and twice as much" scenario full.geojson full.nc
check "it warms the nights, most where it is built, and not far away" compare \
    '(change[0] >= 0).all() and 0.02 < change[0].max() < 1 and
     (change[0][:, :5, :] == 0).all() and (change[0][:, :, 25:] == 0).all()' half.nc
check "twice the change has twice the effect and twice the error" compare \
    'np.allclose(change[1], 2 * change[0], rtol=1e-5) and
     np.allclose(error[1], 2 * error[0], rtol=1e-5)' half.nc full.nc
check "every effect has an error" compare '(error[0][change[0] != 0] > 0).all()' half.nc
check "there is a picture for each hour" test "$(ls pictures | wc -l)" = 3
says "K (standard error" "the answer is printed" scenario half.geojson again.nc
check "the same scenario gives the same maps" compare \
    '(change[0] == change[1]).all() and (error[0] == error[1]).all()' half.nc again.nc

ogr2ogr -q -t_srs EPSG:2154 -f GPKG half.gpkg half.geojson
check "a GeoPackage in the town's own CRS is read" scenario half.gpkg package.nc
check "and gives the same maps" compare \
    'np.allclose(change[0], change[1], rtol=1e-5) and np.allclose(error[0], error[1], rtol=1e-5)' \
    half.nc package.nc

changes extreme.geojson build -
says "the model extrapolates there" "what no station has seen is warned of" \
    scenario extreme.geojson extreme.nc
check "and marked" compare 'beyond[0].max() > 0.1' extreme.nc

changes odd.geojson demolish 1
refuses 2 "1 features have another change than open, plant, build or whiten" \
    "an unknown change is an error" scenario odd.geojson odd.nc
changes white.geojson whiten 1
refuses 2 "no covariate answers to the change 'whiten'" \
    "a change that no covariate answers to is an error" scenario white.geojson white.nc
changes much.geojson build 1.5
refuses 2 "an amount is 1.5, expected 0 to 1" "an amount above 1 is an error" \
    scenario much.geojson much.nc
changes outside.geojson build 1 600000
refuses 2 "lie outside the extent" "a polygon of elsewhere is an error" \
    scenario outside.geojson outside.nc
refuses 1 "missing.geojson: no such file" "a file that is not there is named" \
    scenario missing.geojson missing.nc
refuses 2 "expected CITY.ini and one file of changes" "the changes are needed" \
    "$autan" scenario --from $from --to $to $ini
check "failures leave no file" test ! -e odd.nc -a ! -e much.nc -a ! -e outside.nc

# --- more cells than are held: 1.9 million, the box across where the rows are cut ---

sed 's/^resolution .*/resolution = 2.5/' $ini >town/fine.ini
check "a fine grid is worked through by rows" "$autan" scenario --from $from --to $from \
    -o fine.nc town/fine.ini half.geojson
check "and changes by what a coarse one does, everywhere" "$python" - <<'END'
import netCDF4
import numpy as np
coarse, fine = (np.ma.filled(netCDF4.Dataset(f)["air_temperature_change"][0], np.nan)
                for f in ("half.nc", "fine.nc"))
fine = fine.reshape(30, 40, 40, 40).mean(axis=(1, 3))
if not np.abs(fine - coarse).max() < 0.03 * coarse.max():
    raise SystemExit(f"{np.abs(fine - coarse).max()} of {coarse.max()}")
END
finish
