#!/bin/bash
# Make the 100 m covariate stack of Toulouse: building, road, water, wood and grass
# (fractions of a cell's area) and elevation (m).
#
# usage: grids/toulouse/build.sh [DATA_DIR [OUT_DIR]]
#
# DATA_DIR holds osm-tiles-z14.tar.xz and N43E001.hgt; default ../shared/data/toulouse,
# beside the repository. OUT_DIR is this folder by default. Needs GDAL 3.6 or newer:
# gdal-bin and python3-gdal, and 1 GB of temporary space. README.md says what the layers
# mean.
set -euo pipefail
export LC_ALL=C GDAL_CACHEMAX=1024

here=$(cd "$(dirname "$0")" && pwd)
data=${1:-$here/../../../shared/data/toulouse}
out=${2:-$here}

for f in osm-tiles-z14.tar.xz N43E001.hgt; do
    if [ ! -r "$data/$f" ]; then
        echo "build.sh: $data/$f: not there; give the folder that holds it" >&2
        exit 1
    fi
done

crs=EPSG:2154
extent=(554000 6262000 592000 6296000)
cell=100
size=(15200 13600) # pixels of 2.5 m: 1600 in a cell

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$out"

# --- OpenStreetMap: one raster of what is seen from above, burnt from below upwards ---

tar -xJf "$data/osm-tiles-z14.tar.xz" -C "$tmp"
"$here/tiles.py" "$tmp/tiles/14" "$tmp/osm.gpkg" $crs \
    aeroway building landcover transportation water waterway

gdal_create -q -ot Byte -outsize "${size[@]}" -a_srs $crs -burn 0 \
    -a_ullr "${extent[0]}" "${extent[3]}" "${extent[2]}" "${extent[1]}" "$tmp/kind.tif"

# burn KIND SQL: what comes later lies on top
burn() {
    gdal_rasterize -q -burn "$1" -dialect sqlite -sql "$2" \
        "$tmp/osm.gpkg" "$tmp/kind.tif"
}

burn 1 "SELECT geom FROM landcover WHERE class = 'grass' AND subclass IS NOT 'park'"
burn 2 "SELECT geom FROM landcover WHERE subclass = 'park'"
burn 3 "SELECT geom FROM landcover WHERE class = 'wood'"

burn 4 "SELECT geom FROM water"
# The channel's usual width in metres, for what is drawn as a line only.
burn 4 "SELECT ST_Buffer(geom, CASE class WHEN 'river' THEN 8 WHEN 'canal' THEN 8
            WHEN 'stream' THEN 2 END / 2.0, 4)
        FROM waterway
        WHERE class IN ('river', 'canal', 'stream')
          AND coalesce(brunnel, '') <> 'tunnel' AND coalesce(intermittent, 0) = 0"

# Sealed width in metres, with the pavements and the cars parked along the road; parking
# aisles with the bays. Buildings lie on top, so that a narrow street stays narrow. A
# motorway or trunk road is drawn once for each direction. Left out: tracks and paths,
# mostly unsealed or narrow, and railways.
burn 5 "SELECT ST_Buffer(geom, CASE
            WHEN ramp = 1 THEN 7
            WHEN class = 'motorway' THEN 11
            WHEN class IN ('trunk', 'primary', 'raceway') THEN 10
            WHEN class IN ('secondary', 'tertiary') THEN 9
            WHEN class = 'minor' THEN 8
            WHEN service = 'parking_aisle' THEN 10
            WHEN class IN ('pedestrian', 'service') THEN 6 END / 2.0, 4)
        FROM transportation
        WHERE class IN ('motorway', 'trunk', 'primary', 'secondary', 'tertiary',
                        'minor', 'pedestrian', 'raceway', 'service')
          AND coalesce(brunnel, '') <> 'tunnel'"
burn 5 "SELECT CASE WHEN ST_Dimension(geom) = 2 THEN geom
            ELSE ST_Buffer(geom, CASE class WHEN 'runway' THEN 30 ELSE 20 END / 2.0, 4)
            END
        FROM aeroway WHERE class IN ('runway', 'taxiway', 'apron')"

burn 6 "SELECT geom FROM building"

# --- the layers ---

# write NAME UNIT DESCRIPTION SOURCE DATE LICENCE DECIMALS: the cells of $tmp/NAME.tif,
# rounded, as a Cloud Optimized GeoTIFF
write() {
    local scale=$((10 ** $7))
    gdal_translate -q -a_nodata none -ot UInt16 -scale 0 1 0 "$scale" \
        "$tmp/$1.tif" "$tmp/$1_int.tif"
    gdal_translate -q -of VRT -ot Float32 -scale 0 "$scale" 0 1 -a_nodata -9999 \
        -mo TIFFTAG_DOCUMENTNAME="Toulouse $1" -mo TIFFTAG_IMAGEDESCRIPTION="$3" \
        -mo TIFFTAG_COPYRIGHT="$6" -mo TIFFTAG_SOFTWARE="grids/toulouse/build.sh" \
        -mo SOURCE="$4" -mo DATE="$5" -mo LICENCE="$6" -mo UNITS="$2" \
        "$tmp/$1_int.tif" "$tmp/$1.vrt"
    sed -i "s|<NoDataValue>|<Description>$1</Description><UnitType>$2</UnitType>&|" \
        "$tmp/$1.vrt"
    gdal_translate -q -of COG -co COMPRESS=DEFLATE -co LEVEL=9 -co PREDICTOR=YES \
        -co BLOCKSIZE=512 -co OVERVIEWS=NONE "$tmp/$1.vrt" "$tmp/$1_cog.tif"
    chmod 644 "$tmp/$1_cog.tif"
    mv "$tmp/$1_cog.tif" "$out/$1.tif"
}

# fraction NAME LUT DESCRIPTION: LUT gives what share of each kind counts
fraction() {
    gdal_translate -q -of VRT -ot Float32 "$tmp/kind.tif" "$tmp/$1_fine.vrt"
    sed -i -e 's|SimpleSource>|ComplexSource>|' \
        -e "s|</ComplexSource>|<LUT>$2</LUT>&|" "$tmp/$1_fine.vrt"
    gdalwarp -q -r average -tr $cell $cell -te "${extent[@]}" -ot Float32 \
        "$tmp/$1_fine.vrt" "$tmp/$1.tif"
    write "$1" 1 "$3" "OpenStreetMap vector tiles, zoom 14, OpenMapTiles schema" \
        2021-08 "(c) OpenStreetMap contributors, ODbL 1.0" 3
}

fraction building 0:0,5:0,6:1 "Fraction of the cell under buildings"
fraction road 0:0,4:0,5:1,6:0 "Fraction of the cell under sealed roads and airfields"
fraction water 0:0,3:0,4:1,5:0,6:0 "Fraction of the cell under open water"
fraction wood 0:0,1:0,2:0.4,3:1,4:0,6:0 \
    "Fraction of the cell under trees: woods, and 0.4 of the parks"
fraction grass 0:0,1:1,2:0.6,3:0,6:0 \
    "Fraction of the cell under grass: meadows, lawns, and 0.6 of the parks"

gdalwarp -q -ot Float32 -t_srs $crs -te "${extent[@]}" -tr 25 25 -r bilinear \
    "$data/N43E001.hgt" "$tmp/elevation_fine.tif"
gdalwarp -q -r average -tr $cell $cell -te "${extent[@]}" \
    "$tmp/elevation_fine.tif" "$tmp/elevation.tif"
write elevation m "Elevation above the EGM96 geoid, roofs and trees partly included" \
    "SRTM 3 arc-second, tile N43E001" 2000-02 "Public domain" 1
