#!/bin/sh
# autan explain: its numbers are those of the map.
set -u
. "${srcdir:-$(dirname "$0")/..}/tests/cli_common.sh"

small_town town || exit 1
ini=town/town.ini
at=2021-07-05T03:00Z
"$autan" fit -q $ini || exit 1

says "Model: fitted on" "the model and its age are said" "$autan" explain --at $at $ini
says "Stations: " "so are the stations" "$autan" explain --at $at $ini
"$autan" explain --at $at --station s1 $ini >explained.txt || exit 1
"$autan" map -q --from $at --to $at -o map.nc $ini || exit 1
check "the parts add up to the temperature, the weights to one" "$python" - <<'END'
import re
text = open("explained.txt").read()
mean = float(re.search(r"Place: .*: (-?[0-9.]+) degC", text).group(1))
place, weights = text[text.index("Place:"):].split("\n\n")
parts = [float(m.group(1)) for m in
         (re.match(r"  .{26} +([+-][0-9.]+)", line) for line in place.splitlines()[1:]) if m]
assert len(parts) >= 2, parts
assert abs(sum(parts) - mean) < 0.006 * len(parts), (parts, mean)
weight = [float(line.split()[1]) for line in weights.splitlines()[1:] if line]
assert abs(sum(weight) - 1) < 0.001 * len(weight), weight
END
check "the temperature is that of the map nearby" "$python" - <<'END'
import re
import netCDF4
import numpy as np
text = open("explained.txt").read()
x, y, mean = map(float, re.search(r"x (-?\d+), y (-?\d+): (-?[0-9.]+) degC", text).groups())
f = netCDF4.Dataset("map.nc")
i, j = abs(f["y"][:] - y).argmin(), abs(f["x"][:] - x).argmin()
assert abs(f["air_temperature"][0, i, j] - mean) < 1.0, (f["air_temperature"][0, i, j], mean)
END

# A station says nothing at the hour.
mkdir quiet || exit 1
cp town/stations.csv town/building.tif town/town.ini quiet/
grep -v "^2021-07-05T03:00:00Z,s3," town/observations.csv >quiet/observations.csv
check "one reading is gone" test $(($(wc -l <town/observations.csv) - 1)) = \
    "$(wc -l <quiet/observations.csv)"
quiet=quiet/town.ini
"$autan" ingest -q $quiet quiet/observations.csv && "$autan" fit -q $quiet || exit 1
autocorrelation() { # autocorrelation VALUE: of the model
    sed -i "s/\"autocorrelation\": [^,]*/\"autocorrelation\": $1/" quiet/archive/model.json
}
autocorrelation 0
"$autan" explain --at $at --station s3 $quiet >alone.txt || exit 1
autocorrelation 0.9
"$autan" explain --at $at --station s3 $quiet >told.txt || exit 1
says "told by the hours around" "it is said that silent stations are told" cat told.txt
check "a silent station weighs where it was heard before" "$python" - <<'END'
def weight(name):
    return [line.split() for line in open(name) if line.startswith("s3 ")]
told = weight("told.txt")
assert told and told[0][-1] == "silent" and float(told[0][1]) > 0.05, told
assert not weight("alone.txt")
END
"$autan" map -q --from $at --to $at --geotiff one $quiet
"$autan" map -q --from 2021-07-05T00:00Z --to 2021-07-05T06:00Z --geotiff many $quiet
check "the hour alone is that of a longer period" sh -c \
    'for f in one/*; do cmp "$f" "many/${f#one/}" || exit 1; done'
autocorrelation 1.5
refuses 1 "autocorrelation" "a model whose numbers cannot be is refused" \
    "$autan" explain --at $at $quiet

refuses 2 "--at is missing" "the hour has to be said" "$autan" explain $ini
refuses 2 "exclude each other" "one place at a time" \
    "$autan" explain --at $at --place 1,43 --station s1 $ini
refuses 2 "longitude,latitude" "a place is two numbers" "$autan" explain --at $at --place 1 $ini
refuses 2 "longitude,latitude" "on the earth" "$autan" explain --at $at --place 1,99 $ini
refuses 2 "expected a station of" "a station is one of the table" \
    "$autan" explain --at $at --station s99 $ini
refuses 1 "no air_temperature" "an hour without readings has nothing to explain" \
    "$autan" explain --at 1999-01-01T00:00Z $ini

finish
