#!/bin/sh
# Bad input, a case a line: each ends in an error that names what is wrong, with the right
# exit code and every file as it was, or in a counted rejection; and what only looks bad
# is taken. Here: what people write; cli_bad_files.sh has rasters, archives, models, disks.
set -u
. "${srcdir:-$(dirname "$0")/..}/tests/cli_common.sh"

small_town place || exit 1
cd place || exit 1
sed -i 's/^station,/station,name,/; s/^\(s[0-9]*\),/\1,,/' stations.csv
"$autan" fit -q town.ini || exit 1
from=2021-07-05 to=2021-07-05
at=2021-08-01T00:00Z
mkdir in

map() { # map [CITY.ini]: one map into new.nc
    "$autan" map --from $from --to $to -o new.nc "${1:-town.ini}"
}
ingest() { # ingest FILE
    "$autan" ingest town.ini "$1"
}

# taken COUNTS TEXT NAME FILE: into an archive of its own the file is ingested with these
# counts (new, completed, corrected, known, rejected) and every part of TEXT said
taken() {
    rm -rf "$work/own" && mkdir "$work/own"
    sed 's|^resolution.*|&\narchive = '"$work/own"'|' town.ini >own.ini
    counts=$1 text=$2 name=$3
    set -- $counts "$4"
    [ "$1" = 1 ] && rows=row || rows=rows
    "$autan" ingest own.ini "$6" >"$work/out" 2>"$work/err"
    got=$?
    if [ $got = 0 ] && said "autan: $6: $1 $rows new, $2 completed, $3 corrected, \
$4 already known, $5 rejected|$text"; then
        ok "$name"
    else
        not_ok "$name: exit $got, expected 0, $counts and '$text'" "$work/err"
    fi
}

# ===== observation files =====

# obs FILE ROW...: an observation file; a row of values alone is of s1 at the time $at
obs() {
    target=in/$1
    shift
    echo time,station,air_temperature >"$target"
    printf '%s\n' "$@" >>"$target"
}
row() { # row TEXT...: a file with a good row and these, in.csv
    obs in.csv "$at,s1,20" "$@"
}

# --- not an observation file ---

bad 1 "in/none.csv: cannot open: No such file" "a missing file" ingest in/none.csv
bad 1 "in: is a folder, expected a file" "a folder" ingest in
: >in/empty.csv
bad 1 "in/empty.csv: is empty, expected the header time,station" "an empty file" \
    ingest in/empty.csv
printf '\357\273\277\n\n' >in/bom.csv
bad 1 "in/bom.csv: is empty" "a file of a byte-order mark and empty lines" ingest in/bom.csv
head -c 100000 observations.csv | gzip >in/whole.gz
head -c 5000 in/whole.gz >in/cut.gz
bad 1 "in/cut.gz: the gzip stream is damaged or cut" "a truncated gzip file" ingest in/cut.gz
head -c -4 in/whole.gz >in/tail.gz
bad 1 "in/tail.gz: the gzip stream is damaged or cut" "a gzip file without its end" \
    ingest in/tail.gz
{ head -c 5000 in/whole.gz; printf XXXX; tail -c +5005 in/whole.gz; } >in/flip.gz
bad 1 "in/flip.gz: the gzip stream is damaged or cut" "a damaged gzip file" ingest in/flip.gz
iconv -t UTF-16 observations.csv >in/utf16.csv
bad 1 "in/utf16.csv: is UTF-16 text, expected UTF-8" "a UTF-16 file" ingest in/utf16.csv
bad 1 "building.tif:" "a raster" ingest building.tif
bad 1 "archive/autan.sqlite:" "the archive itself" ingest archive/autan.sqlite
bad 1 "town.ini:1: unknown column '[city]', expected time, station" "a city file" \
    ingest town.ini

# --- headers ---

header() { # header CODE TEXT NAME HEADER
    printf '%s\n' "$4" "$at,s1,20" >in/header.csv
    bad "$1" "in/header.csv:1: $2" "$3" ingest in/header.csv
}
header 1 "unknown column 'temp', expected time, station and variables" "a wrong column" \
    time,station,temp
header 1 "the header has no column 'time'" "no time" station,air_temperature
header 1 "the header has no column 'station'" "no station" time,air_temperature
header 1 "the header has no variable, expected air_temperature or another" "no variable" time,station
header 1 "column 'station' is given twice" "a column twice" time,station,station
header 1 "unknown column 'time;station;air_temperature'" "semicolons for commas" \
    'time;station;air_temperature'
header 1 "unknown column '2021-08-01T00:00:00Z'" "no header" 2021-08-01T00:00:00Z,s1,20
header 1 "unknown column 'Air_Temperature'" "a column in other letters" \
    time,station,Air_Temperature

# --- broken text ---

row "$at,\"s1,20"
bad 1 "in/in.csv:4: |quotes" "quotes unclosed" ingest in/in.csv
row "$at,\"s1\"x,20"
bad 1 "in/in.csv:3: |quotes" "text after a closing quote" ingest in/in.csv
row "$at,s\"1,20"
bad 1 "in/in.csv:3: |quotes" "a quote within a field" ingest in/in.csv
{ cat in/in.csv; head -c 70000 /dev/zero | tr '\0' x; } >in/long.csv
sed -i '3d' in/long.csv
bad 1 "in/long.csv:3: |longer than 64 KiB" "a field of 70 000 characters" ingest in/long.csv
row
{ cat in/in.csv; head -c 5000 /dev/zero | tr '\0' ,; echo; } >in/wide.csv
bad 1 "in/wide.csv:3: |fields" "a row of 5 000 fields" ingest in/wide.csv

# --- rows that are rejected, and counted ---

rejected() { # rejected REASON NAME ROW...: of the good row and these, these are rejected
    reason=$1 name=$2
    shift 2
    row "$@"
    taken "1 0 0 0 $#" "in/in.csv:3: $# rejected: $reason" "$name" in/in.csv
}
number="value is not a number (empty means missing); first: "
instant="time is not ISO 8601 with a zone (2019-06-30T15:00:00Z); first: "
date="date is impossible or outside 1850 to 2150; first: "
rejected "number of fields differs from the header's" "a decimal comma" "$at,s1,21,5"
rejected "${number}21,5" "a decimal comma in quotes" "$at,s1,\"21,5\""
rejected "value is too large; first: 1e999" "1e999" "$at,s1,1e999"
rejected "value is too large; first: -1e999" "-1e999" "$at,s1,-1e999"
rejected "${number}NaN" "NaN as text" "$at,s1,NaN"
rejected "${number}nan" "nan as text" "$at,s1,nan"
rejected "${number}inf" "infinity as text" "$at,s1,inf"
rejected "${number}NA" "NA as text" "$at,s1,NA"
rejected "${number}0x15" "a hexadecimal number" "$at,s1,0x15"
rejected "${number}21.5C" "a number with its unit" "$at,s1,21.5C"
rejected "${number}--1" "two signs" "$at,s1,--1"
rejected "${date}1601-01-01T00:00:00Z" "the year 1601" 1601-01-01T00:00:00Z,s1,20
rejected "${date}9999-12-31T00:00:00Z" "the year 9999" 9999-12-31T00:00:00Z,s1,20
rejected "${date}2021-02-29T00:00Z" "29 February of a common year" 2021-02-29T00:00Z,s1,20
rejected "${date}2021-13-01T00:00Z" "month 13" 2021-13-01T00:00Z,s1,20
rejected "${date}2021-08-01T25:00Z" "hour 25" 2021-08-01T25:00Z,s1,20
rejected "${instant}2021-08-01T02:00" "a local time without zone" 2021-08-01T02:00,s1,20
rejected "${instant}2021-08-01" "a bare date" 2021-08-01,s1,20
rejected "${instant}01/08/2021 02:00" "a French date" "01/08/2021 02:00,s1,20"
rejected "${instant}1627776000" "seconds since 1970" 1627776000,s1,20
rejected "${instant%; first: }" "no time" ,s1,20
rejected "station is not in the station table; first: s99" "stations not in the table" \
    "$at,s99,20" "$at,s98,20"
rejected "station is not in the station table" "no station" "$at,,20"
rejected "station is not in the station table; first: S1" "a station in other letters" \
    "$at,S1,20"
rejected "row has no value" "a row without a value" "$at,s1,"
rejected "number of fields differs from the header's" "rows too short and too long" \
    "$at,s1" "$at,s1,20,21"
rejected "second, different value in the same file; first: s1" "duplicate rows, unequal" \
    "$at,s1,21"
row "$at,s1,20" "$at,s1,20.0"
taken "1 0 0 2 0" "" "duplicate rows, equal" in/in.csv
row 2021-07-31T00:00Z,s1,18 2021-08-02T00:00Z,s1,19 2021-08-01T12:00Z,s1,17
taken "4 0 0 0 0" "" "unsorted times" in/in.csv
row "$at,s1 NUL,20"
tr N '\0' <in/in.csv >in/nul.csv
taken "1 0 0 0 1" "in/nul.csv:3: 1 rejected: holds a NUL byte" "a NUL byte" in/nul.csv
row "$at,s2,99" "$at,s3,-99"
taken "3 0 0 0 0" "" "impossible temperatures, which are kept as they came" in/in.csv
{ printf '\357\273\277'; printf 'time,station,air_temperature\r\n%s,s1,20\r\n' $at; } >in/dos.csv
taken "1 0 0 0 0" "" "a byte-order mark and Windows line ends" in/dos.csv
row "$(printf '%s,s\033[31m1,20' $at)"
taken "1 0 0 0 1" "first: s?[31m1" "control characters, which are not sent to a terminal" \
    in/in.csv
obs all.csv "$at,s99,20"
bad 1 "in/all.csv: no row of it could be kept" "a file of which nothing can be kept" \
    ingest in/all.csv

# ===== city files =====

# city CODE TEXT NAME SED: the town's city file changed by sed
city() {
    sed "$4" town.ini >other.ini
    bad "$1" "$2" "$3" map other.ini
}
# more CODE TEXT NAME LINE...: the town's city file with lines after it
more() {
    code=$1 text=$2 name=$3
    shift 3
    with town.ini "$@" >other.ini
    bad "$code" "$text" "$name" map other.ini
}
bad 2 "none.ini: |No such file" "a city file that is not there" map none.ini
bad 2 "in: " "a folder as city file" map in
: >empty.ini
bad 2 "empty.ini: [city] name is missing" "an empty city file" map empty.ini
bad 2 "building.tif:1: " "a raster as city file" map building.tif
city 2 "other.ini:5: unknown key 'extend' in [city], expected one of name, timezone" \
    "an unknown key" 's/^extent/extend/'
city 2 "other.ini:7: unknown section [station], expected one of city, stations" \
    "an unknown section" 's/\[stations\]/[station]/'
city 2 "other.ini: [stations] file is missing" "a section that is missing" \
    '/\[stations\]/d; /stations.csv/d'
city 2 "other.ini: [city] crs is missing" "a key that is missing" '/^crs/d'
city 2 "other.ini:3: name is given a second time in [city]" "a key twice" 's/^name.*/&\n&/'
city 2 "other.ini:2: name is empty" "an empty value" 's/^name.*/name =/'
city 2 "other.ini:1: " "a key before any section" '1s/.*/name = x/'
city 2 "other.ini:2: expected" "a line without =" 's/^name.*/name/'
city 2 "other.ini:1: " "a header without its bracket" '1s/.*/[city/'
city 2 "other.ini:2: |not UTF-8" "text in Latin-1" 's/^name.*/name = Saint-\xc9tienne/'
city 2 "other.ini:2: the line holds the control character 0x00" "a NUL byte in the city file" 's/^name.*/name = Sm\x00all/'
city 2 "other.ini:3: timezone is 'Europe/Pari', expected a name of the tz database" \
    "an unknown time zone" 's|Europe/Paris|Europe/Pari|'
city 2 "other.ini: crs is 'EPSG:999999', expected one that PROJ knows" "a CRS that PROJ does not know" 's/EPSG:2154/EPSG:999999/'
city 2 "other.ini: crs is 'EPSG:4326', expected a projected one in metres" "a CRS in degrees" 's/EPSG:2154/EPSG:4326/'
city 2 "other.ini:5: extent has '572OOO', expected a number" "an extent that is no number" \
    's/572000 /572OOO /'
city 2 "other.ini:5: extent has 3 numbers, expected 4: xmin ymin xmax ymax" \
    "an extent of three numbers" 's/572000 //'
city 2 "other.ini:5: extent 576000 6280000 572000 6283000 |expected xmin < xmax" \
    "an extent inverted" 's/572000 6280000 576000/576000 6280000 572000/'
city 2 "other.ini:5: extent 572000 6280000 576001 6283000 |100 m cells" \
    "an extent of broken cells" 's/576000/576001/'
city 2 "other.ini:6: resolution is 0, expected more than 0" "a resolution of 0" \
    's/^resolution.*/resolution = 0/'
city 2 "other.ini:6: resolution is -100, expected more than 0" "a negative resolution" \
    's/^resolution.*/resolution = -100/'
city 2 "other.ini:6: resolution is '0,1', expected a number" "a decimal comma in a key" \
    's/^resolution.*/resolution = 0,1/'
city 2 "other.ini:5: extent has 4000000 x 3000000 cells of 0.001 m, expected at most 1048576" \
    "a grid of 12 million million cells" 's/^resolution.*/resolution = 0.001/'
city 1 "building.tif (covariate building): does not overlap the city's extent|\
no station of stations.csv lies in the extent of other.ini" "an extent in degrees" \
    's/^extent.*/extent = 1.43 43.6 1.45 43.62/; s/^resolution.*/resolution = 0.001/'
city 2 "other.ini:9: [covariate building] has no file" "a covariate without a file" \
    '/building.tif/d'
city 2 "other.ini:9: a covariate section needs a name" "a covariate without a name" \
    's/\[covariate building\]/[covariate]/'
city 2 "other.ini:9: covariate name 'a/b' may hold letters" "a covariate name with a slash" \
    's/covariate building/covariate a\/b/'
city 2 "other.ini:9: a covariate may not be named 'auto'" "a covariate named auto" \
    's/covariate building/covariate auto/'
city 2 "other.ini:11: radius is -300, expected more than 0" "a negative radius" \
    's/^radius.*/radius = -300/'
more 2 "other.ini:12: covariate 'building' is given a second time" "a covariate twice" \
    '[covariate building]' 'file = building.tif'
more 2 "other.ini:13: trend names 'houses', which no [covariate] section gives" \
    "a trend of an unknown covariate" '[model]' 'trend = houses'
more 2 "other.ini:13: trend names 'building' twice" "a covariate twice in the trend" '[model]' \
    'trend = building building'
more 2 "other.ini:13: trend is empty" "an empty trend" '[model]' 'trend = ,'
more 2 "other.ini|rural names station 's99', which stations.csv does not have" \
    "a rural station that is not in the table" '[urban_heat_island]' 'rural = s99'

covariance() { # covariance TEXT NAME COVARIANCE
    more 2 "other.ini:13: covariance: $1|expected terms joined by +" "$2" \
        '[model]' "covariance = $3"
}
covariance "cannot use 'expo 4000'" "an unknown covariance model" '0.5 expo 4000'
covariance "something is missing at the end of" "a term without its range" '0.5 exp'
covariance "cannot use 'exp 4000'" "a term without its sill" 'exp 4000'
covariance "cannot use 'far'" "a range that is no number" '0.5 exp far'
covariance "something is missing at the end of" "a plus without a term" '0.5 exp 4000 +'
covariance "cannot use '0.1 nugget'" "two terms without a plus" '0.5 exp 4000 0.1 nugget'
covariance "cannot use '-0.5 exp 4000'" "a negative sill" '-0.5 exp 4000'
covariance "cannot use '0'" "a range of 0" '0.5 exp 0'
covariance "cannot use '0 exp 4000 + 0 nugget'" "sills that are all 0" '0 exp 4000 + 0 nugget'
covariance "cannot use 'nan exp 4000'" "a sill of NaN" 'nan exp 4000'
covariance "cannot use 'exp 9'" "nine terms" \
    '1 exp 1 + 1 exp 2 + 1 exp 3 + 1 exp 4 + 1 exp 5 + 1 exp 6 + 1 exp 7 + 1 exp 8 + 1 exp 9'

# ===== station tables =====

# stations TEXT NAME SED: the town with its station table changed by sed
stations() {
    sed "$3" stations.csv >in/s.csv
    sed 's|stations.csv|in/s.csv|' town.ini >other.ini
    bad 1 "in/s.csv|$1" "$2" map other.ini
}
city 1 "none.csv: cannot open: No such file" "a station table that is not there" \
    's/stations.csv/none.csv/'
stations "holds no station" "an empty station table" d
stations "holds no station" "a station table of a header alone" 1q
stations "in/s.csv:1: no column 'latitude', expected the header" "no latitude" \
    1s/latitude/north/
stations "in/s.csv:1: column 'name' is given twice" "a column twice in the table" \
    1s/longitude/name/
stations "in/s.csv:3: latitude 453.6 is outside [-90, 90]" "a latitude out of range" \
    '3s/[^,]*$/453.6/'
stations "in/s.csv:3: longitude 181 is outside [-180, 180]" "a longitude out of range" \
    '3s/[^,]*,\([^,]*\)$/181,\1/'
stations "in/s.csv:3: latitude is '43N', expected a number" "a latitude with a letter" \
    '3s/[^,]*$/43N/'
stations "in/s.csv:3: latitude is '', expected a number" "no latitude in a row" \
    '3s/[^,]*$//'
stations "in/s.csv:3: 5 fields where the header has 4" "decimal commas in the table" \
    '3s/[^,]*$/43,6/'
stations "in/s.csv:3: station 's1' is given twice" "a station twice" 3s/^s2/s1/
stations "in/s.csv:3: station is empty" "a station without a name" 3s/^s2//
stations "in/s.csv:3: the row holds a NUL byte" "a NUL byte in the table" '3s/^s2/s\x00/'
stations "in/s.csv:|quotes" "quotes unclosed in the table" '3s/^s2/"s2/'
stations "in/s.csv:3: " "a station table in Latin-1" '3s/^s2/s\xe9/'
stations "in/s.csv:1: no column 'station'" "semicolons in the table" 's/,/;/g'

# ===== the command line =====

usage() { # usage TEXT NAME ARGUMENT...: a mistake on the command line
    text=$1 name=$2
    shift 2
    bad 2 "$text" "$name" "$autan" "$@"
}
usage "no verb given" "no verb"
usage "unknown verb 'mapp'" "an unknown verb" mapp town.ini
usage "unknown option '--quite', expected a verb first" "an option for a verb" --quite
usage "unknown option '--nonsense'" "an unknown option" map --nonsense town.ini
usage "unknown option '-x'" "an unknown letter" fit -x town.ini
usage "option '-o' needs a value" "an option without its value" map town.ini -o
usage "option '--from' needs a value" "a long option without its value" map town.ini --from
usage "option '--quiet=3' takes no value" "a value for an option without" fit --quiet=3 town.ini
for verb in $("$autan" --help | awk '/^Verbs:/ { on = 1; next } /^$/ { on = 0 } on { print $1 }'); do
    usage "unknown option '--nonsense'|Try 'autan $verb --help'" "an unknown option of $verb" \
        "$verb" --nonsense town.ini
    usage "expected" "$verb alone" "$verb"
done
usage "no city file given" "no city file" map --from $from --to $to -o new.nc
usage "'b.ini' is one argument too many" "two city files" fit town.ini b.ini
usage "no observation file given" "no observation file" ingest town.ini
usage "nothing to write: give -o FILE.nc" "no output asked for" map --from $from --to $to town.ini
usage "--from and --to are both needed" "no period" map -o new.nc town.ini
usage "--from and --to are both needed" "half a period" validate --to $to town.ini
usage "--to 2021-07-04T00:00:00Z lies before --from 2021-07-05T00:00:00Z" \
    "--to before --from" map --from $from --to 2021-07-04 -o new.nc town.ini
time_given() { # time_given NAME TIME
    usage "--from is '$2', expected ISO 8601 UTC" "$1" map --from "$2" --to $to -o new.nc town.ini
}
time_given "a time that is none" yesterday
time_given "a time without a zone" 2021-07-05T00:00
time_given "a month 13" 2021-13-01
time_given "an empty time" ""
time_given "a time in the year 1601" 1601-01-01
time_given "a time with a fraction of a second" 2021-07-05T00:00:00.5Z
bad 1 "archive: no air_temperature in the period asked for" "a period without readings" \
    "$autan" map --from 2019-01-01 --to 2019-01-02 -o new.nc town.ini

finish
