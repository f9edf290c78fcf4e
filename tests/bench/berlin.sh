#!/bin/sh
# Berlin: autan and its peers at withheld stations, June to August 2019 and 2020.
#
#   sh tests/bench/berlin.sh [--every N | --all] [--fresh]      see accuracy.sh
#
# Everybody gets the twelve covariates of examples/berlin. They are known inside Berlin
# only; eight of the 23 stations stand outside. For the peers these take the mean of the
# others; autan decides by itself. Autan is fitted on the whole archive (2019-01 to
# 2020-11), as a town would; the peers know the hour only.
set -eu
. "$(dirname "$0")/accuracy.sh"
options "$@"
city_folder berlin
data=$shared/data/berlin
[ -f "$data/observations.csv.gz" ] || skip "no Berlin data in $data"

sh "$source/examples/berlin/ground.sh" "$data" "$folder"
sed 's|= work/|= |' "$source/examples/berlin/berlin.ini" > "$folder/berlin.ini"

compete "$folder/berlin.ini" "$data/observations.csv.gz" "$data/observations.csv.gz" \
    2019-06-01/2019-08-31T23:00Z 2020-06-01/2020-08-31T23:00Z
