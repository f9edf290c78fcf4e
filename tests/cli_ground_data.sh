#!/bin/sh
# autan grid from open data by one key: OpenStreetMap, BD TOPO, elevation tiles; Urban
# Atlas by its layout; a first city file; and what is wrong with such files.
set -u
. "${srcdir:-$(dirname "$0")/..}/tests/cli_common.sh"

"$python" "$reference/open_data.py" sources || exit 1
file=sources/town.osm
if command -v osmium >/dev/null; then
    osmium cat -O sources/town.osm -o sources/town.osm.pbf && file=sources/town.osm.pbf
else
    echo "skipped: .pbf, the same town is read as .osm (osmium-tool)"
fi

# hectares FILE EXPRESSION: of the sum over all cells of 1 ha, h
hectares() {
    "$python" - "$@" <<'END_OF_PYTHON'
import sys
from osgeo import gdal
h = gdal.Open(sys.argv[1]).ReadAsArray().astype(float).sum()
if not eval(sys.argv[2]):
    sys.exit(f"{sys.argv[2]}: {h}")
END_OF_PYTHON
}

# --- OpenStreetMap ---

town osm.ini "[grid]" "openstreetmap = $file" "elevation = sources/relief"
says "6 covariates of 60 x 40 cells made" "one key makes the stack of OpenStreetMap" \
    "$autan" grid osm.ini
check "buildings have their area" hectares grids/building.tif 'abs(h - 16) < 0.02'
check "woods, and 0.4 of the park less its pond" hectares grids/wood.tif \
    'abs(h - 24 - 0.4 * 18) < 0.02'
check "meadows, and 0.6 of the park" hectares grids/grass.tif 'abs(h - 8 - 0.6 * 18) < 0.02'
check "the pond, and a stream 2 m wide" hectares grids/water.tif 'abs(h - 2 - 0.4) < 0.06'
check "a street 8 m wide and the parking, but no tunnel" hectares grids/road.tif \
    'abs(h - 1.6 - 1) < 0.06'
check "the elevation of both tiles" hectares grids/elevation.tif \
    'abs(h - 2400 * (100 + 2 * 29.5)) < 2400'
check "the stations have all covariates at all radii" "$python" - <<'END_OF_PYTHON'
import csv, sys
rows = {r["station"]: r for r in csv.DictReader(open("grids/stations.csv"))}
names = [f"ground_{n}_{r}" for n in ("building", "road", "water", "wood", "grass")
         for r in (100, 300, 1000)] + ["ground_elevation"]
if [n for n in rows["wood"] if n.startswith("ground_")] != names:
    sys.exit(f"columns are {list(rows['wood'])}")
for station, name, value in (("middle", "building_100", 1), ("wood", "wood_100", 1),
                             ("park", "wood_100", 0.4), ("park", "grass_100", 0.6)):
    got = float(rows[station][f"ground_{name}"])
    if abs(got - value) > 0.001:
        sys.exit(f"{name} at {station} is {got}, expected {value}")
END_OF_PYTHON
check "sources and licence are told" sh -c \
    'gdalinfo grids/wood.tif | grep -q "SOURCE=© OpenStreetMap contributors" &&
     gdalinfo grids/wood.tif | grep -q "LICENCE=ODbL-1.0"'

does "the sections behind the keys can be had" "$autan" grid --sections osm.ini
cp out sections
check "they name what is taken" grep -q "where = landuse = 'forest' OR natural = 'wood'" out
cp -r grids first
town sections.ini
cat sections >>sections.ini
check "and as part of a city file make the same" sh -c \
    '"$1" grid -q sections.ini && diff -r grids first' - "$autan"

town own.ini "[grid]" "openstreetmap = $file" "folder = own" \
    "[layer building]" "source = sources/bdtopo.gpkg" "layer = zone_de_vegetation" \
    "[covariate grass_100]" "file = grids/grass.tif" "radius = 50"
check "what the city file gives itself stays" "$autan" grid -q own.ini
check "a layer" hectares own/building.tif 'abs(h - 32) < 0.02'
check "a covariate" sh -c 'head -1 own/stations.csv | grep -q "ground_grass_1000,ground_grass_100"'

# The covariates are those of the maps.
cat >readings.csv <<'END_OF_READINGS'
time,station,air_temperature
2025-08-01T20:00:00Z,middle,24.5
2025-08-01T20:00:00Z,wood,21.5
2025-08-01T20:00:00Z,park,22.5
END_OF_READINGS
rm -r grids
refuses 1 "make it with: autan grid osm.ini" "a stack that is not made yet is asked for" \
    "$autan" fit osm.ini
cp -r first grids
check "readings come in" "$autan" ingest -q osm.ini readings.csv
check "and the maps use the stack" "$autan" map -q --from 2025-08-01T20:00Z \
    --to 2025-08-01T20:00Z -o map.nc osm.ini

# --- BD TOPO, Urban Atlas ---

town bd.ini "[grid]" "bdtopo = sources/bdtopo.gpkg" "folder = bd"
check "BD TOPO by one key" "$autan" grid -q bd.ini
check "its woods, without vines" hectares bd/wood.tif 'abs(h - 24) < 0.02'
check "its buildings, without those planned" hectares bd/building.tif 'abs(h - 16) < 0.02'
check "its waters, without those below the ground" hectares bd/water.tif 'abs(h - 2) < 0.02'
check "its streets by their width, fords too, without tunnels, paths, what is planned or \
fictitious" hectares bd/road.tif \
    'abs(h - 1.6) < 0.06'
check "its heights are real: a sky view factor is made" hectares bd/sky_view.tif \
    '2300 < h < 2390'
town both.ini "[grid]" "bdtopo = sources/bdtopo.gpkg" "openstreetmap = $file" "folder = both"
check "BD TOPO and OpenStreetMap together" "$autan" grid -q both.ini
check "what BD TOPO has not is OpenStreetMap's" hectares both/grass.tif \
    'abs(h - 8 - 0.6 * 18) < 0.02'
check "what it has is its own" sh -c 'gdalinfo both/road.tif | grep -q "SOURCE=BD TOPO"'

ua="source = sources/ua.gpkg"
town ua.ini "[layer fabric]" "$ua" "layer = FR000L2_TOWN_UA2018" "where = code_2018 LIKE '11%'" \
    "[layer green]" "$ua" "layer = FR000L2_TOWN_UA2018" "where = code_2018 IN ('14100', '31000')" \
    "[covariate sealed]" "file = ua/sealed.tif" "make = fraction 0.9 fabric" \
    "[covariate green]" "file = ua/green.tif" "make = fraction green" \
    "[covariate people]" "file = ua/people.tif" "make = distance green 10" "trend = no"
check "Urban Atlas by its layout" "$autan" grid -q --report ua-report ua.ini
check "classes by the beginning of their code" hectares ua/sealed.tif 'abs(h - 0.9 * 24) < 0.05'
check "classes by a list" hectares ua/green.tif 'abs(h - 44) < 0.05'
check "a covariate without part in the maps is made" test -s ua/people.tif
check "and reported" grep -q 'id="people"' ua-report/report.html
sed -i 's/layer = FR000L2_TOWN_UA2018"*$/layer = UA2018/' ua.ini
refuses 1 "it has FR000L2_TOWN_UA2018, FR000L2_TOWN_UA2018_Boundary" \
    "a layer of another name is told by those there are" "$autan" grid ua.ini
town idle.ini "[covariate people]" "file = ua/people.tif" "trend = no" "[model]" "trend = people"
refuses 2 "trend names 'people', whose section says trend = no" \
    "a covariate without part in the maps is no trend" "$autan" map --from 2025-08-01 \
    --to 2025-08-01 -o x.nc idle.ini
town idle.ini "[covariate people]" "file = ua/people.tif" "trend = perhaps"
refuses 2 "idle.ini:11: trend is 'perhaps', expected yes or no" "yes or no" \
    "$autan" grid idle.ini

# --- files of another kind or place ---

town bad.ini "[grid]" "openstreetmap = sources/far.osm"
refuses 1 "is it the file of another region?" "another region is noticed" "$autan" grid bad.ini
town bad.ini "[grid]" "openstreetmap = sources/ua.gpkg"
refuses 1 "no building, street, wood or water was found" "another kind of file is noticed" \
    "$autan" grid bad.ini
town bad.ini "[grid]" "openstreetmap = sources/none.osm.pbf"
refuses 1 "sources/none.osm.pbf: no such file" "a file that is not there is named" \
    "$autan" grid bad.ini
head -c 300 sources/town.osm >sources/cut.osm
town bad.ini "[grid]" "openstreetmap = sources/cut.osm"
refuses 1 "sources/cut.osm" "a file that was cut is an error" "$autan" grid bad.ini
mkdir -p sources/nothing
town bad.ini "[grid]" "elevation = sources/nothing"
refuses 1 "the folder holds no raster that GDAL reads" "an empty folder is an error" \
    "$autan" grid bad.ini
cp -r sources/relief sources/odd
gdalwarp -q -t_srs EPSG:4326 sources/relief/east.tif sources/odd/more.tif
town bad.ini "[grid]" "elevation = sources/odd"
refuses 1 "its rasters do not make one" "tiles in two CRS are an error" "$autan" grid bad.ini

# --- a first city file ---

says "around 3 stations in EPSG:2154" "a city file is written for the stations" \
    "$autan" grid --start sources/stations.csv started.ini
refuses 2 "started.ini: is there already" "but none is overwritten" \
    "$autan" grid --start sources/stations.csv started.ini
refuses 2 "nothing to make: name sources in [grid], such as openstreetmap" \
    "what is to be done next is told" "$autan" grid started.ini
sed -i "s|^; openstreetmap.*|openstreetmap = $file|" started.ini
check "with a source it is complete" "$autan" grid -q started.ini
check "and its grid holds the town" sh -c 'gdalinfo grids/building.tif | grep -q "Size is 1[0-9][0-9], 1[0-9][0-9]"'
printf 'station,longitude,latitude\na,13.4,52.5\nb,13.5,52.6\n' >berlin.csv
says "in EPSG:32633" "abroad in UTM" "$autan" grid --start berlin.csv berlin.ini
printf 'station,longitude,latitude\na,1.4,43.5\nb,43.5,1.4\n' >wrong.csv
refuses 1 "is a longitude or latitude wrong?" "stations far apart are noticed" \
    "$autan" grid --start wrong.csv wrong.ini
printf 'station,longitude,latitude\n' >none.csv
refuses 1 "none.csv: holds no station" "a table without stations is an error" \
    "$autan" grid --start none.csv none.ini
finish
