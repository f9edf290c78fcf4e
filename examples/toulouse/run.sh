#!/bin/sh
# The whole way of the data on a SIMULATED year of Toulouse, from a bare Debian 12:
# installs what is needed, builds, simulates, ingests, checks, fits, and makes the four
# maps that the town has shown in public, as NetCDF, GeoTIFF and pictures.
#
#   sh examples/toulouse/run.sh
set -eu
cd "$(dirname "$0")/../.."
sh setup.sh
build=$(pwd)/build
cd examples/toulouse

work=work
maps=$work/simulated-maps
readings=$work/toulouse-2025-simulated.csv.gz
sample=$work/truth-sample.csv.gz
# 07:00 and 17:30 in Toulouse; a map is the mean of the hour that ends at its time.
times='2025-01-10T06:00Z 2025-01-10T16:30Z 2025-08-23T05:00Z 2025-08-23T15:30Z'

step() {
    echo
    echo "== $*"
}

rm -rf $work/archive $maps $work/site
mkdir -p $maps $work/truth

step "Simulating the year 2025 at 77 stations, every 15 minutes"
"$build/examples/toulouse/simulate" --stations ../../stations/toulouse.csv \
    --grids ../../grids/toulouse --output $readings --faults $work/faults.csv \
    --truth $work/truth --truth-times "$(echo "$times" | tr ' ' ,)" \
    --truth-sample $sample --sample-cells 100 --sample-hours 0

step "autan ingest: readings into the archive"
"$build/autan" ingest toulouse.ini $readings

step "autan qc: marking readings that cannot be right"
"$build/autan" qc toulouse.ini

step "autan fit: learning the town's heat island (one to two minutes)"
"$build/autan" fit toulouse.ini

step "autan map: four hours, 10 January and 23 August, 07:00 and 17:30"
for time in $times; do
    "$build/autan" map --from "$time" --to "$time" --geotiff $maps --picture $maps \
        -o "$maps/toulouse-simulated-$(echo "$time" | tr -d ':-').nc" toulouse.ini
done
for variable in urban_heat_island air_temperature; do
    "$build/examples/toulouse/sheet" toulouse.ini $variable $maps/four-maps-$variable.png \
        $maps/toulouse-simulated-*.nc
done

step "autan view: the four maps as a web site"
"$build/autan" view --maps $maps -o $work/site toulouse.ini ||
    echo "no site: see above; all else is made"

step "The maps beside the simulated truth, which only a simulation knows"
"$build/examples/toulouse/score" toulouse.ini $sample >$work/score.txt
cat $work/score.txt

cat <<END

All of this is SIMULATED: nothing was measured. The results are in
$(pwd)/$maps

  four-maps-urban_heat_island.png   the four maps side by side: open this first
  four-maps-air_temperature.png     the same, in degrees
  VARIABLE_TIME.png                 each map alone: temperature, its standard error,
                                    heat island
  VARIABLE_TIME.tif                 the same for QGIS (Cloud Optimized GeoTIFF)
  toulouse-simulated-TIME.nc        the same for programs (NetCDF)

and beside them $(pwd)/$work/score.txt, errors by hour of the day,
and $(pwd)/$work/site/index.html, a page to open in a browser.
END
