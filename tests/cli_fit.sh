#!/bin/sh
# autan fit: the model file, what is said of it, and when it is made anew.
set -u
. "${srcdir:-$(dirname "$0")/..}/tests/cli_common.sh"

small_town town || exit 1
ini=town/town.ini
model=town/archive/model.json
from=2021-07-05 to=2021-07-05

map() { # map CITY.ini [option...]
    "$autan" map --from $from --to $to -o a.nc "$@"
}

# content FILE EXPRESSION: the model m, as Python sees it, makes the expression true
content() {
    "$python" -c 'import json, sys
m = json.load(open(sys.argv[1]))
sys.exit(0 if eval(sys.argv[2]) else "not so: " + sys.argv[2])' "$@"
}

common_options fit

# --- a model ---

readings=$(($(wc -l <town/observations.csv) - 1))
says "autan: fitted on $readings readings of 384 hours from 2021-07-01T00:00:00Z to \
2021-07-16T23:00:00Z, with 1 trend term" "a fit says what it learnt from" "$autan" fit $ini
check "on standard error" test ! -s out
check "what maps of other seasons do is said" grep -q \
    "72 of 96 hours of the day by season have too few readings" err
check "the model file is there" content $model "m['format'] == 'autan model'"
check "it holds the period" content $model \
    "(m['from'], m['to']) == ('2021-07-01T00:00:00Z', '2021-07-16T23:00:00Z')"
check "the stations" content $model "m['stations'] == ['s%d' % k for k in range(1, 13)]"
check "the covariate" content $model "[t['covariate'] for t in m['terms']] == ['building']"
check "and regimes of one season and 24 hours" content $model \
    "{(r['season'], r['hour_utc'])
        for r in m['regimes']} == {('JJA', h) for h in range(24)}"
check "nothing is left beside it" test "$(ls town/archive)" = "$(printf '%s\n' autan.sqlite model.json)"
cp $model first.json
silent "--quiet says nothing" "$autan" fit -q $ini
check "the same readings give the same model, byte for byte" cmp first.json $model
OMP_NUM_THREADS=1 "$autan" fit -q $ini
check "on one thread too" cmp first.json $model
says "kernels" "--verbose says more" "$autan" fit -v $ini
on_terminal "$autan" fit $ini >tty
check "progress is drawn on a terminal" grep -q " of " tty
check "and wiped off before anything else is said" sh -c \
    '! sed "s/.*$(printf "\r\033")\[K//" tty | grep -q " of [0-9]*\$"'
"$autan" fit $ini 2>file
check "and nowhere else" sh -c '! grep -q "$(printf "\r")" file'

# --- readings that are odd ---

# town_of FOLDER [CITY-LINE...]: a town of its own, with the readings on standard input
town_of() {
    folder=$1
    shift
    mkdir -p "$folder" && cp town/stations.csv town/building.tif "$folder" || exit 1
    with town/town.ini "$@" >"$folder/town.ini"
    { echo time,station,air_temperature; cat; } >"$folder/observations.csv"
    "$autan" ingest -q "$folder/town.ini" "$folder/observations.csv"
}
days() { # days LAST: the readings of the first days
    awk -F, -v last="2021-07-$1" 'NR > 1 && substr($1, 1, 10) <= last' town/observations.csv
}

refuses 1 "none/archive/autan.sqlite" "without an archive there is nothing to fit" sh -c '
    mkdir none && cp town/stations.csv town/building.tif town/town.ini none &&
    exec "$1" fit none/town.ini' - "$autan"
check "and no archive is made" test ! -e none/archive
: | town_of empty 2>/dev/null
refuses 1 "empty/archive/autan.sqlite: holds no air_temperature" "nor in an empty archive" \
    "$autan" fit empty/town.ini
days 16 | grep ',s[12],' | town_of two
refuses 1 "two/archive: no hour has three stations" "two stations are too few" \
    "$autan" fit two/town.ini
check "and leave no model" test ! -e two/archive/model.json
days 02 | town_of short
says "at 24 of 24 hours of the day by season nothing was found that stays" \
    "two days are too few for what stays from day to day" "$autan" fit short/town.ini
days 16 | awk -F, -v OFS=, 'NR == 2000 { $3 = 50 } { print }' |
    town_of fault
says "1 reading was left out: too far from its neighbours" "a faulty reading is left out" \
    "$autan" fit fault/town.ini
days 06 | awk -F, -v OFS=, '$1 == "2021-07-04T02:00:00Z" && $2 == "s5" { $3 = 99 } { print }' |
    town_of hot
says "1 reading outside the limits of air_temperature was not used" \
    "an impossible reading is not used" "$autan" fit hot/town.ini

# --- covariates that are odd ---

days 06 | town_of ground '[covariate flat]' 'file = flat.tif' '[covariate twice]' \
    'file = twice.tif' '[covariate west]' 'file = west.tif' '[covariate far]' 'file = far.tif'
"$python" - ground <<'END'
import sys
from osgeo import gdal
gdal.UseExceptions()
source = gdal.Open(f"{sys.argv[1]}/building.tif")
value = source.ReadAsArray()
def write(name, value, x=570000):
    file = gdal.GetDriverByName("GTiff").Create(f"{sys.argv[1]}/{name}.tif", value.shape[1],
                                                value.shape[0], 1, gdal.GDT_Float32)
    file.SetGeoTransform((x, 50, 0, 6285000, 0, -50))
    file.SetProjection(source.GetProjection())
    file.GetRasterBand(1).WriteArray(value)
write("flat", 0 * value + 0.5)
write("west", value[:, :80])
write("far", value[:, :10], 573000 + 2500)
# As the covariate building, which is a mean over a disc, but in other units.
write("twice", 100 * value)
END
sed -i 's/^file = twice.tif/&\nradius = 300/' ground/town.ini
"$autan" fit ground/town.ini 2>err
check "a constant covariate is named" grep -qF \
    "covariate flat is left out of the trend: it is the same at all stations" err
check "a copy is" grep -qF \
    "covariate twice is left out of the trend: it is a linear copy of another covariate" err
check "one that some stations lack is, with their number" grep -q \
    "covariate west is not known at [1-9] of 12 stations (s[0-9]*[,)]" err
check "one that nearly all lack is left out" grep -qF \
    "covariate far is left out of the trend: it is known at fewer than three stations" err

# --- when a model is used again ---

map_is_silent() { # map_is_silent NAME CITY.ini
    check "$1" sh -c '"$1" map --from $2 --to $3 -o a.nc "$4" 2>err && ! grep -q fitting err' \
        - "$autan" $from $to "$2"
}
# outdated REASON NAME CITY.ini: a map fits anew, and says why; the next does not
outdated() {
    says "$model was not made for $3 as it is now ($1): fitting anew" "$2" map "$3"
    map_is_silent "but once only" "$3"
}
cp first.json $model
map_is_silent "a model that fits is used as it is" $ini
check "and not written again" cmp first.json $model
rm $model
says "no model file $model yet: fitting one now" "a missing model is fitted, and that is said" \
    map $ini
check "it is the one that fit makes" cmp first.json $model
rm $model
says "no model file $model yet: fitting one now" "for validate too" \
    "$autan" validate --from $from --to $to $ini

other=town/other.ini
sed 's/^radius = 300/radius = 500/' $ini >$other
outdated "the trend, or covariates at the stations, have changed" \
    "another radius of a covariate calls for a fit" $other
sed '/^radius/d' $ini >$other
outdated "the trend, or covariates at the stations, have changed" \
    "so does no radius" $other
cp town/building.tif kept.tif
"$python" - town/building.tif <<'END'
import sys
from osgeo import gdal
gdal.UseExceptions()
file = gdal.Open(sys.argv[1], gdal.GA_Update)
value = file.ReadAsArray()
value[:80] += 0.1
file.GetRasterBand(1).WriteArray(value)
END
outdated "the trend, or covariates at the stations, have changed" \
    "so do other values in the same file" $other
cp kept.tif town/building.tif
sed 's/covariate building/covariate houses/' $ini >$other
outdated "the covariates have changed" "so does another name" $other
sed '/\[covariate/,$d' $ini >$other
outdated "the covariates have changed" "so does no covariate" $other
with $ini '[model]' 'trend = building' >$other
outdated "the trend has changed" "so does a trend" $other
with $ini '[model]' 'trend = none' >$other
outdated "the trend has changed" "so does no trend after one of a list" $other
outdated "the trend, or covariates at the stations, have changed" \
    "so does a trend after none" $ini
check "the way back gives the first model" cmp first.json $model

{ cat town/stations.csv; echo s13,1.45,43.61; } >town/longer.csv
sed 's/stations.csv/longer.csv/' $ini >$other
map_is_silent "a station more does not" $other
sed '5d' town/stations.csv >town/shorter.csv
sed 's/stations.csv/shorter.csv/' $ini >$other
outdated "one of its stations is no longer in the station table" "a station less does" $other
{ head -n 1 town/stations.csv; sed 1d town/stations.csv | sort -r; } >town/turned.csv
cp first.json $model
sed 's/stations.csv/turned.csv/' $ini >$other
map_is_silent "stations in another order do not" $other

# --- a covariance given by hand ---

with $ini '[model]' 'trend = building' 'covariance = 1 exp 3000 + 0.1 nugget' >$other
cp first.json $model
does "maps with a covariance given by hand are made" map $other
check "and leave the model that was learnt" cmp first.json $model
says "autan: the covariance is given by hand; nothing was learnt" \
    "a fit with a covariance given by hand says so" "$autan" fit $other
check "and writes it as the model" content $model "m['given']"
outdated "its covariance was given by hand" "which is not taken for a learnt one later" $ini
check "but replaced by it" cmp first.json $model
with $ini '[model]' 'covariance = 1 exp 3000 + 0.1 nugget' >$other
says "the covariance is given by hand: covariates count only where trend names them" \
    "a covariance given by hand with covariates but no trend is pointed out" map $other

finish
