#!/bin/sh
# autan picture in the small town: pictures, differences and animations of a map file.
# Closes with `N passed, N failed`.
. "${srcdir:-$(dirname "$0")/..}/tests/cli_common.sh"

small_town town || exit 1
cd town || exit 1
times=$("$python" - <<'EOF'
import csv
times = sorted({r["time"] for r in csv.DictReader(open("observations.csv"))})
print(times[30], times[35])
EOF
)
from=${times% *} to=${times#* }
"$autan" map -q --from "$from" --to "$to" -o maps.nc --geotiff tif town.ini || exit 1
stamp() { echo "$1" | sed 's/[-:]//g; s/\(T....\)00Z/\1Z/'; }

common_options picture

# --- pictures ---

says "drawn" "all maps of a file are drawn" "$autan" picture -o all town.ini maps.nc
check "temperature and standard error have a picture an hour" sh -c \
    'test "$(ls all/air_temperature_2*.png | wc -l)" = 6 -a \
    "$(ls all/air_temperature_standard_error_2*.png | wc -l)" = 6'
says "1 map drawn" "one of them, less another" "$autan" picture --variable air_temperature \
    --from "$to" --to "$to" --minus "$from" -o less town.ini maps.nc
check "is named for both" test -f \
    "less/air_temperature_$(stamp "$to")_minus_$(stamp "$from").png"
does "an animation" "$autan" picture -q --animation --variable air_temperature -o gif town.ini \
    maps.nc
check "is one file" test "$(ls gif)" = air_temperature.gif
check "with a frame for each of six hours" "$python" - <<'EOF'
from osgeo import gdal
gdal.UseExceptions()
d = gdal.Open("gif/air_temperature.gif")
assert d.RasterXSize == 960, d.RasterXSize
data = open("gif/air_temperature.gif", "rb").read()
assert data.count(b"\x21\xf9\x04") == 6 and data.count(b"NETSCAPE2.0") == 1
EOF
does "a difference animated" "$autan" picture -q --animation --minus "$from" --variable \
    air_temperature -o gif town.ini maps.nc
check "has a name of its own" test -f gif/air_temperature_difference.gif

# A chance has limits of its own, whatever its values.
"$python" - <<'EOF'
import netCDF4
source, made = netCDF4.Dataset("maps.nc"), netCDF4.Dataset("chance.nc", "w")
for name, d in source.dimensions.items(): made.createDimension(name, len(d))
for name in ("time", "y", "x", "crs"):
    v = made.createVariable(name, source[name].dtype, source[name].dimensions)
    v.setncatts({k: source[name].getncattr(k) for k in source[name].ncattrs() if k != "_FillValue"})
    if source[name].dimensions: v[:] = source[name][:]
v = made.createVariable("hot_day_probability", "f4", ("time", "y", "x"))
v.grid_mapping = "crs"; v.units = "1"; v[:] = 0.4
made.close()
EOF
does "probabilities are drawn" "$autan" picture -q --from "$from" --to "$from" -o chance town.ini \
    chance.nc
check "in the colour of 0.4 between 0 and 1" "$python" - <<'EOF'
import glob
from osgeo import gdal
d = gdal.Open(glob.glob("chance/hot_day_probability_*.png")[0])
pixels = [tuple(d.GetRasterBand(b).ReadAsArray(x, y, 1, 1)[0, 0] for b in (1, 2, 3))
          for x in range(100, 700, 40) for y in range(200, 500, 40)]
# Entries 6 and 7 of the table "chance" mixed: place 0.4 * 16 = 6.4.
wanted = tuple(round(a + 0.4 * (b - a)) for a, b in zip((0xff, 0x84, 0x51), (0xff, 0x6c, 0x4b)))
assert pixels.count(wanted) > len(pixels) // 2, (wanted, pixels[:5])
EOF

"$autan" map -q --from "$from" --to "$from" --exceed -2.5 -o exceed.nc town.ini || exit 1
does "the chance of a threshold is drawn" "$autan" picture -q -o chance town.ini exceed.nc
check "under its name" test -f \
    "chance/air_temperature_from_minus_2_5_probability_$(stamp "$from").png"

# --- styles ---

check "a style for QGIS is beside every GeoTIFF" "$python" - <<'EOF'
import glob, xml.etree.ElementTree as E
tifs = glob.glob("tif/*.tif")
assert len(tifs) >= 12
for tif in tifs:
    root = E.parse(tif[:-4] + ".qml").getroot()
    shader = root.find("pipe/rasterrenderer[@type='singlebandpseudocolor']/rastershader/colorrampshader")
    values = [float(i.get("value")) for i in shader.findall("item")]
    assert values == sorted(values) and len(values) >= 9
    assert float(shader.get("minimumValue")) == values[0] < values[-1] == float(shader.get("maximumValue"))
EOF
if "$python" -c 'import qgis.core' 2>/dev/null; then
    check "QGIS opens a GeoTIFF in these colours" env QT_QPA_PLATFORM=offscreen \
        XDG_RUNTIME_DIR="$work" "$python" - <<'EOF'
import glob, os
from qgis.core import QgsApplication, QgsRasterLayer
app = QgsApplication([], False); app.initQgis()
layer = QgsRasterLayer(sorted(glob.glob("tif/air_temperature_2*.tif"))[0], "map")
assert layer.isValid() and layer.renderer().type() == "singlebandpseudocolor"
colours = [i.color.name() for i in layer.renderer().shader().rasterShaderFunction().colorRampItemList()]
assert colours[0] == "#022460" and colours[-1] == "#f7f296", colours
os._exit(0)  # taking QGIS down is no part of this
EOF
else
    echo "skipped: no QGIS (python3-qgis)"
fi
check "a GeoTIFF says its extremes" sh -c \
    'for f in tif/air_temperature_2*.tif; do
    gdalinfo "$f" | grep -q STATISTICS_MAXIMUM || exit 1; done'

# --- what is refused ---

bad 2 "no map file given" "no map file" "$autan" picture -o out town.ini
bad 2 "one map file is expected" "two map files" "$autan" picture -o out town.ini a.nc b.nc
bad 2 "nowhere to write" "no folder" "$autan" picture town.ini maps.nc
bad 2 "--minus is 'noon'" "a time that is none" "$autan" picture --minus noon -o out town.ini \
    maps.nc
bad 1 "none.nc" "a file that is not there" "$autan" picture -o out town.ini none.nc
bad 1 "maps.nc: has no variable 'wind'" "a variable that is not there" \
    "$autan" picture --variable wind -o out town.ini maps.nc
bad 1 "maps.nc: has no map of 1990-01-01T00:00:00Z" "a time that is not there" \
    "$autan" picture -q --minus 1990-01-01 -o less town.ini maps.nc
bad 1 "maps.nc: has no map to draw in the period asked for" "a period without maps" \
    "$autan" picture -q --from 1990-01-01 --to 1990-01-02 -o less town.ini maps.nc
sed 's/^resolution.*/resolution = 50/' town.ini >other.ini
bad 1 "maps.nc: has |expected the grid of other.ini" "a file of another grid" \
    "$autan" picture -q -o out other.ini maps.nc

finish
