#!/bin/sh
# autan grid, from sources to files: areas against geometry, every kind of source and
# recipe, restart, broken sources, and the stack of Toulouse.
set -u
. "${srcdir:-$(dirname "$0")/..}/tests/cli_common.sh"

"$python" "$reference/grid_sources.py" sources || exit 1

# one SOURCE [LINE...]: a city file one.ini with one layer and its fraction
one() {
    source=$1
    shift
    town one.ini "[layer it]" "source = $source" "$@" "[covariate it]" "file = one/it.tif" \
        "make = fraction it"
}

# cells FILE EXPRESSION: whether the Python expression of the values v (row 0 the
# southernmost, to count as the sources do) is true
cells() {
    "$python" - "$@" <<'END'
import sys
import numpy as np
from osgeo import gdal
file = gdal.Open(sys.argv[1])
band = file.GetRasterBand(1)
v = band.ReadAsArray().astype(float)[::-1]
v[v == band.GetNoDataValue()] = np.nan
if not eval(sys.argv[2]):
    sys.exit(f"{sys.argv[2]}: mean {np.nanmean(v)}, sum {np.nansum(v)}")
END
}

# --- areas ---

house="where = kind = 'house'"
# The block less its yard, 12 ha, and the other's 8 ha less the 2 that they share.
area='abs(v.sum() - 18) < 0.02 and v[9, 9] < 0.001 and v[11, 10] > 0.999 and v[8, 8] > 0.999'
for source in houses.geojson houses-2154.geojson houses.gpkg tiles tiles/14; do
    one sources/$source "$house"
    check "overlapping and repeated polygons count once: $source" \
        sh -c '"$1" grid -q one.ini' - "$autan"
    check "and have the area that they enclose: $source" cells one/it.tif "$area"
done
check "nothing of the work is left" test ! -e .one.ini-grid
one sources/houses.geojson "$house" "crs = EPSG:4326"
check "a CRS given is used" "$autan" grid -q one.ini
check "and is right" cells one/it.tif "$area"
one sources/swapped.geojson "$house" "axes = yx"
check "swapped axes can be said" "$autan" grid -q one.ini
check "and are put right" cells one/it.tif "$area"

one sources/canal.geojson "width = 10"
check "lines are widened" "$autan" grid -q one.ini
check "to their area" cells one/it.tif 'abs(v.sum() * 1e4 - 2000 * 10 - 78.5) < 200'
one sources/canal.geojson "width = width"
check "by an attribute too, that holds numbers as text" "$autan" grid -q one.ini
check "to the same area" cells one/it.tif 'abs(v.sum() * 1e4 - 2000 * 10 - 78.5) < 200'

town within.ini "[layer town]" "source = sources/lake.geojson" "cover = town" \
    "[layer house]" "source = sources/houses.geojson" "[covariate house]" \
    "file = one/it.tif" "make = fraction house" "within = town"
check "a covariate may be known within a layer alone" "$autan" grid -q within.ini
check "beyond, it is missing" cells one/it.tif \
    'np.isfinite(v).sum() == 200 and (v[15:35, 40:50] == 0).all()'
check "at the stations too" sh -c \
    'cut -d, -f8 one/stations.csv | tr "\n" " " | grep -qx "ground_house  0   "'
sed -i 's/within = town/within = village/' within.ini
refuses 2 "within names 'village', expected a [layer] of polygons" \
    "a layer that is not there is an error" "$autan" grid within.ini

# --- everything at once ---

town all.ini "[grid]" "radii = 10 100 500" \
    "[layer lake]" "source = sources/lake.geojson" "licence = ODbL-1.0" "date = 2025" \
    "credits = Made up" \
    "[layer house]" "source = sources/houses.geojson" "$house" "height = height 5" \
    "[layer canal]" "source = sources/canal.geojson" "width = 10" "cover = lines" \
    "[layer trees]" "source = sources/trees.geojson" \
    "[layer squares]" "source = sources/squares.geojson" \
    "[layer relief]" "source = sources/relief.tif" \
    "[layer lcz]" "source = sources/lcz.tif" \
    "[layer image]" "source = sources/image.tif" \
    "[covariate house]" "file = all/house.tif" "make = fraction house" "radius = 250" \
    "[covariate water]" "file = all/water.tif" "make = fraction lake + 0.5 canal" \
    "[covariate height]" "file = all/height.tif" "make = height house" \
    "[covariate frontal]" "file = all/frontal.tif" "make = frontal house" \
    "[covariate sky]" "file = all/sky.tif" "make = sky-view house" \
    "[covariate shore]" "file = all/shore.tif" "make = distance lake 1" \
    "[covariate trees]" "file = all/trees.tif" "make = density trees" \
    "[covariate people]" "file = all/people.tif" "make = density squares.people" \
    "[covariate elevation]" "file = all/elevation.tif" "make = mean relief" "check = height" \
    "[covariate slope]" "file = all/slope.tif" "make = slope elevation" \
    "[covariate valley]" "file = all/valley.tif" "make = valley elevation 1000" \
    "[covariate pool]" "file = all/pool.tif" "make = pool elevation 1000" \
    "[covariate lcz2]" "file = all/lcz2.tif" "make = share lcz 2" \
    "[covariate ndvi]" "file = all/ndvi.tif" "make = ndvi image 1 2" \
    "[covariate albedo]" "file = all/albedo.tif" "make = bands image 0.001 1 0.002 2" \
    "[covariate centre]" "file = all/centre.tif" "make = distance-to 1.4 43.6" \
    "[covariate wide]" "file = all/wide.tif" "make = disc house 500" \
    "[covariate soft]" "file = all/soft.tif" "make = gauss house 300" \
    "[covariate zone]" "file = all/zone.tif" "make = lcz-guess house canal2 lcz2 lcz2 water"
refuses 2 "names 'canal2', expected a [covariate] given above it" \
    "a recipe of what is not there is an error with its line" "$autan" grid all.ini
sed -i 's/canal2/house/' all.ini
check "every recipe is made" "$autan" grid --report report all.ini
for page in rapport report; do
    check "the report is well-formed: $page" "$python" -c \
        'import html.parser, sys
open_tags = []
class P(html.parser.HTMLParser):
    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "img", "rect", "br"): open_tags.append(tag)
    def handle_endtag(self, tag):
        if tag != "rect" and open_tags.pop() != tag: sys.exit(f"</{tag}>")
P().feed(open(sys.argv[1], encoding="utf-8").read())
sys.exit(open_tags != [])' report/$page.html
done
check "and names every covariate with its picture" sh -c \
    'for c in house water shore zone; do grep -q "<h2 id=\"$c\"" report/rapport.html &&
     test -s report/$c.png || exit 1; done'
check "the mask has a picture there" sh -c \
    'grep -q extrapolation.png report/rapport.html && test -s report/extrapolation.png'
check "agreement with independent data is told" grep -q "3 stations: r = " report/report.html
check "the mask of extrapolation is 0 where stations have seen it" cells report/extrapolation.tif \
    'np.nanmin(v) == 0 and np.nanmax(v) > 0.5'
cp -r all first
check "the height of buildings is that of the highest" cells all/height.tif \
    'v[8, 8] == 12 and v[12, 11] == 20 and v[30, 30] == 0'
check "the frontal area is that of the walls" cells all/frontal.tif \
    'abs(v.sum() * 1e4 - (200 * 20 + 400 * 12 + 2 * 100 * 12)) < 1500'
check "the sky is whole far from houses" cells all/sky.tif 'v[35, 40] == 1 and v[9, 9] < 0.99'
check "the distance to the lake grows by 100 m a cell" cells all/shore.tif \
    'abs(v[20, 29] - 1050) <= 6 and v[20, 45] == 0 and abs(v[20, 28] - v[20, 29] - 100) <= 1'
check "five trees stand in a hectare" cells all/trees.tif 'v.sum() == 5 and v[0, 20] == 5'
check "people are spread over their squares" cells all/people.tif \
    'abs(v.sum() - 120) < 0.3 and abs(v[20, 20] - 20) < 0.1 and abs(v[21, 23] - 10) < 0.1'
check "the relief is interpolated between its pixels" cells all/elevation.tif \
    'abs(v[5, 7] - 114) < 0.01'
check "the slope of 2 m on 100 m is known" cells all/slope.tif \
    'abs(v[20, 30] - np.degrees(np.arctan(0.02))) < 0.01'
check "shares of a class map are areas" cells all/lcz2.tif \
    'v[0, 29] == 1 and v[0, 31] == 0 and abs(v[0, 30] - 0.5) < 0.02'
check "indices of bands are theirs" cells all/ndvi.tif 'abs(v - 0.5).max() < 1e-6'
check "sums of bands too" cells all/albedo.tif 'abs(v - 0.28).max() < 1e-6'
check "a disc of a covariate is wider than it" cells all/wide.tif '0 < v[14, 6] < 0.5'
check "files say where they come from" sh -c \
    'gdalinfo all/water.tif | grep -q "LICENCE=ODbL-1.0" &&
     gdalinfo all/water.tif | grep -q "RECIPE=fraction lake + 0.5 canal"'
check "and are Cloud Optimized" sh -c 'gdalinfo all/water.tif | grep -q LAYOUT=COG'
check "the table of the stations has discs around their very places" "$python" - <<'END'
import csv, math, sys
rows = {r["station"]: r for r in csv.DictReader(open("all/stations.csv"))}
def near(row, column, value, tolerance):
    got = float(rows[row][column])
    if abs(got - value) > tolerance:
        sys.exit(f"{row} {column} is {got}, expected {value}")
if rows["a"]["name"] != 'Place "a"' or rows["a"]["lcz"] != "2":
    sys.exit(f"attributes are {rows['a']}")
# Station b stands on the lake's straight shore: half of any disc is water.
for radius in "10", "100", "500":
    near("b", f"ground_water_{radius}", 0.5, 0.02)
# 1000 m x 25 m from the cut of the class map: c is 2025 m west of it, so all is class 2.
near("c", "ground_lcz2_500", 1, 1e-9)
# Station a stands in the yard, 50 m from the houses.
near("a", "ground_house_10", 0, 0.01)
near("a", "ground_elevation", 100 + 2 * (1050 / 100 - 0.5), 0.02)
if rows["far"]["ground_house"] != "":
    sys.exit("a station far outside has a value")
END
check "the stack is one that map reads: contract's file key" \
    grep -q 'file = all/house.tif' all.ini
check "again gives the same bytes" sh -c '"$1" grid -q all.ini && diff -r all first' - "$autan"
sed 's/^\[grid\]/[grid]\nmemory = 0.01/' all.ini >little.ini
check "so does a run that holds little of a plane at once" \
    sh -c '"$1" grid -q little.ini && diff -r all first' - "$autan"
check "so does one thread" sh -c \
    'OMP_NUM_THREADS=1 "$1" grid -q all.ini && diff -r all first' - "$autan"

# An output that cannot be written, after all sources were read and all blocks made.
rm all/zone.tif
mkdir all/zone.tif
refuses 1 "all/zone.tif" "an output that cannot be written is an error" "$autan" grid -q all.ini
check "what was read is kept" test -s .all.ini-grid/0.done
stamp=$(stat -c %Y.%i .all.ini-grid/0.done)
refuses 1 "all/zone.tif" "and used again" "$autan" grid -q all.ini
check "not read anew" test "$(stat -c %Y.%i .all.ini-grid/0.done)" = "$stamp"
rmdir all/zone.tif
check "a run that was interrupted goes on" "$autan" grid -q all.ini
check "to the same bytes" diff -r all first

# --- broken sources ---

one sources/broken.geojson
says "2 of 4 polygons that cross themselves were filled by the even-odd rule" \
    "a bow-tie is repaired and counted" "$autan" grid one.ini
says "1 of 4 features without geometry were left out" "what has no geometry is counted" \
    "$autan" grid one.ini
check "a bow-tie has the area of its two triangles" cells one/it.tif \
    'abs(v.sum() - 50 - 1) < 0.3'
one sources/swapped.geojson
refuses 1 "inside with x and y swapped: give axes = yx" "latitude first is noticed" \
    "$autan" grid one.ini
one sources/elsewhere.geojson
refuses 1 "none of 1 features lies in the extent" "a source of another town is noticed" \
    "$autan" grid one.ini
one sources/liar.gpkg
refuses 1 "is the CRS of the source right?" "degrees that pass for metres are noticed" \
    "$autan" grid one.ini
one sources/empty.geojson
refuses 1 "[layer it]" "an empty layer is an error" "$autan" grid one.ini
one sources/text.geojson
refuses 1 "not a vector file that GDAL reads" "a text is no map" "$autan" grid one.ini
one sources/none.geojson
refuses 1 "sources/none.geojson: no such file" "a file that is not there is named" \
    "$autan" grid one.ini
one sources/canal.geojson
refuses 2 "give them a width" "lines without a width are an error" "$autan" grid one.ini
one sources/canal.geojson "width = 1e30"
refuses 2 "width is '1e30', expected METRES (0 to 1000)" "a width beyond reason is an error" \
    "$autan" grid one.ini
"$python" - <<'END'
import copy, json
canal = json.load(open("sources/canal.geojson"))
canal["features"].append(copy.deepcopy(canal["features"][0]))
canal["features"][1]["properties"]["width"] = "-1e300"
json.dump(canal, open("wide.geojson", "w"))
END
one wide.geojson "width = width 10"
says "1 of 2 features have an attribute that is no number, or no width" \
    "that of a feature is counted" "$autan" grid one.ini
check "what stands for it is" cells one/it.tif 'abs(v.sum() * 1e4 - 2000 * 10 - 78.5) < 200'
one sources/houses.geojson "where = class = 'house'"
refuses 1 "its layer has kind, height" "an attribute that is not there is an error" \
    "$autan" grid one.ini
one sources/houses.geojson "where = kind = house"
refuses 2 "expected a number or a text in single quotes" "a wrong filter is an error" \
    "$autan" grid one.ini
one sources/badtiles
refuses 1 "5976.pbf" "a broken tile is named" "$autan" grid one.ini
one sources/mixed.gpkg "layer = roofs"
refuses 1 "it has degrees, metres" "the layers that are there are named" "$autan" grid one.ini
one sources/mixed.gpkg
refuses 1 "has no layer" "of two layers one must be named" "$autan" grid one.ini

town mixed.ini "[layer a]" "source = sources/mixed.gpkg" "layer = degrees" "$house" \
    "[layer b]" "source = sources/mixed.gpkg" "layer = metres" \
    "[covariate a]" "file = mixed/a.tif" "make = fraction a" \
    "[covariate b]" "file = mixed/b.tif" "make = fraction b"
check "layers of one file may differ in CRS" "$autan" grid mixed.ini
check "each is in its place: houses" cells mixed/a.tif "$area"
check "each is in its place: lake" cells mixed/b.tif 'abs(v.sum() - 200) < 0.02'

town words.ini "[layer it]" "source = sources/words.geojson" "height = height" \
    "[covariate it]" "file = one/it.tif" "make = height it"
refuses 1 "attribute 'height' is no number in any of 1 features" \
    "words for heights are an error" "$autan" grid words.ini

# relief SOURCE [LINE...]: a city file with a raster
relief() {
    source=$1
    shift
    town one.ini "[layer it]" "source = $source" "$@" "[covariate it]" "file = one/it.tif" \
        "make = mean it"
}
relief sources/holes.tif
says "150 of 2400 pixels hold a customary nodata value that the file does not declare" \
    "undeclared nodata is noticed and counted" "$autan" grid one.ini
check "and missing, not -9999 m" cells one/it.tif 'np.isnan(v).sum() >= 140 and np.nanmin(v) > 99'
relief sources/relief.tif "nodata = 110"
check "nodata can be given" "$autan" grid one.ini
check "and is missing" cells one/it.tif 'np.isnan(v).sum() >= 40'
relief sources/half.tif
says "sources/half.tif ends inside the extent: it covers" "a raster that ends inside is noticed" \
    "$autan" grid one.ini
check "what it does not cover is missing" cells one/it.tif \
    'np.isnan(v[:, 31:]).all() and not np.isnan(v[:, :29]).any()'
relief sources/abroad.tif
refuses 1 "does not overlap the city's extent" "a raster of elsewhere is an error" \
    "$autan" grid one.ini
relief sources/header.tif
refuses 1 "a header whose pixels were never written" \
    "a header of 10 GB without data is an error" sh -c '[ -n "${ASAN_OPTIONS-}" ] || ulimit -v 2000000; "$1" grid one.ini' \
    - "$autan"
relief sources/cut.tif
refuses 1 "cannot be read to its end" "a raster that was cut is an error" "$autan" grid one.ini
relief sources/houses.geojson
refuses 1 "not a raster that GDAL reads" "a vector file is no raster" "$autan" grid one.ini
town one.ini "[layer it]" "source = sources/image.tif" "[covariate it]" "file = one/it.tif" \
    "make = ndvi it 1 3"
refuses 1 "has 2 bands, the recipe asks for band 3" "a band that is not there is an error" \
    "$autan" grid one.ini

# --- arguments ---

town none.ini
refuses 2 "nothing to make" "a city file without recipes is an error" "$autan" grid none.ini
refuses 2 "no city file given" "a city file is needed" "$autan" grid
town bad.ini "[layer a]" "where = x = 1"
refuses 2 "[layer a] has no source" "a layer needs a source" "$autan" grid bad.ini
town bad.ini "[layer a]" "source = x" "[layer a]" "source = y"
refuses 2 "layer 'a' is given a second time" "layers have names of their own" \
    "$autan" grid bad.ini

# --- Toulouse ---

if shared data/toulouse/osm-tiles-z14.tar.xz; then
    data=$(dirname "$found")
    mkdir -p root/grids root/stations
    cp -r "$top/grids/toulouse" root/grids/ && cp "$top/stations/toulouse.csv" root/stations/
    rm -rf root/grids/toulouse/work
    chmod -R u+w root
    for stack in toulouse.ini reference.ini; do
        check "the stack of Toulouse is made: $stack" \
            env AUTAN="$autan" STACK=$stack root/grids/toulouse/rebuild.sh "$data"
    done
    for layer in building road water wood grass elevation shore park centre slope valley pool \
        people elderly lcz; do
        check "the committed $layer is what grid makes" \
            cmp "$top/grids/toulouse/$layer.tif" root/grids/toulouse/$layer.tif
    done
    check "it agrees with the network's areas and the other burn" \
        "$python" "$top/grids/toulouse/check.py" "$data" root/grids/toulouse \
        root/grids/toulouse/work/reference
fi
# --- Ghent: shares of land cover in discs around real sites, of a made-up class map ---

if shared data/ghent/sites.csv; then
    mkdir -p ghent
    "$python" - "$found" ghent <<'END' || exit 1
import csv, sys
import numpy as np
from osgeo import gdal, osr
sys.path.insert(0, ".")
rows = list(csv.DictReader(open(sys.argv[1])))
with open(f"{sys.argv[2]}/stations.csv", "w") as f:
    f.write("station,longitude,latitude\n")
    f.writelines(f"{r['station']},{r['lon']},{r['lat']}\n" for r in rows)
utm, wgs = osr.SpatialReference(), osr.SpatialReference()
utm.ImportFromEPSG(32631), wgs.ImportFromEPSG(4326)
for s in utm, wgs:
    s.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
way = osr.CoordinateTransformation(wgs, utm)
xy = np.array([way.TransformPoint(float(r["lon"]), float(r["lat"]))[:2] for r in rows])
near = np.hypot(*(xy - np.median(xy, axis=0)).T) < 20000
x0, y1 = np.floor(xy[near].min(axis=0)[0] / 1000 - 2) * 1000, np.ceil(xy[near].max(axis=0)[1] / 1000 + 2) * 1000
x1, y0 = np.ceil(xy[near].max(axis=0)[0] / 1000 + 2) * 1000, np.floor(xy[near].min(axis=0)[1] / 1000 - 2) * 1000
nx, ny = int((x1 - x0) / 10), int((y1 - y0) / 10)
noise = np.random.default_rng(4).random((ny // 15 + 1, nx // 15 + 1)).repeat(15, 0).repeat(15, 1)[:ny, :nx]
kind = np.choose((noise * 4).astype(int), [10, 30, 50, 80]).astype(np.uint8)
ds = gdal.GetDriverByName("GTiff").Create(f"{sys.argv[2]}/cover.tif", nx, ny, 1, gdal.GDT_Byte)
ds.SetGeoTransform((x0, 10, 0, y1, 0, -10))
ds.SetProjection(utm.ExportToWkt())
ds.GetRasterBand(1).WriteArray(kind)
ds = None
with open(f"{sys.argv[2]}/town.ini", "w") as f:
    f.write(f"[city]\nname = Ghent\ntimezone = Europe/Brussels\ncrs = EPSG:32631\n"
            f"extent = {x0:.0f} {y0:.0f} {x1:.0f} {y1:.0f}\nresolution = 100\n"
            "[stations]\nfile = stations.csv\n[grid]\nradii = 10 100 500\n"
            "[layer cover]\nsource = cover.tif\n")
    f.writelines(f"[covariate c{k}]\nfile = out/c{k}.tif\nmake = share cover {k}\n"
                 for k in (10, 30, 50, 80))
np.savez(f"{sys.argv[2]}/known.npz", xy=xy, near=near, kind=kind, corner=(x0, y1))
END
    check "land cover around the sites of Ghent is measured" "$autan" grid -q ghent/town.ini
    check "as counting pixels in the discs does" "$python" - <<'END'
import csv, sys
import numpy as np
k = np.load("ghent/known.npz")
kind, (x0, y1) = k["kind"], k["corner"]
y, x = np.mgrid[0:kind.shape[0], 0:kind.shape[1]]
rows = list(csv.DictReader(open("ghent/out/stations.csv")))
seen = 0
for row, (px, py), near in zip(rows, k["xy"], k["near"]):
    if not near:
        continue
    for radius, tolerance in (100, 0.04), (500, 0.01):
        disc = np.hypot(x0 + 10 * (x + 0.5) - px, y1 - 10 * (y + 0.5) - py) <= radius
        for c in 10, 30, 50, 80:
            got = float(row[f"ground_c{c}_{radius}"])
            want = (kind[disc] == c).mean()
            seen += 1
            if abs(got - want) > tolerance:
                sys.exit(f"{row['station']}: class {c} in {radius} m is {got}, counted {want}")
    total = sum(float(row[f"ground_c{c}_10"]) for c in (10, 30, 50, 80))
    if abs(total - 1) > 1e-3:
        sys.exit(f"{row['station']}: shares in 10 m sum to {total}")
sys.exit(f"{seen} shares compared" if seen < 40 else 0)
END
fi

if shared data/ghent/sites.csv; then
    check "land cover is drawn after the published shares of Ghent" \
        "$python" "$reference/ghent.py" draw "$found" drawn
    check "it is measured in discs of 10, 100 and 500 m" "$autan" grid -q drawn/town.ini
    check "and has the published shares, of each class at each radius" \
        "$python" "$reference/ghent.py" compare "$found" drawn/out/stations.csv
fi

if shared data/berlin/imperviousness-10m.tif; then
    mkdir -p root/grids
    cp -r "$top/grids/berlin" root/grids/
    chmod -R u+w root
    rm -rf root/grids/berlin/work
    check "the stack of Berlin is made" \
        env AUTAN="$autan" root/grids/berlin/rebuild.sh "$(dirname "$found")"
    for file in imperviousness.tif green.tif wood.tif water.tif sites.csv; do
        check "the committed $file is what grid makes" \
            cmp "$top/grids/berlin/$file" root/grids/berlin/$file
    done
fi
finish
