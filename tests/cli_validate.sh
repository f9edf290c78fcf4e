#!/bin/sh
# autan validate: the scores file, and the summary against the scores counted again.
set -u
. "${srcdir:-$(dirname "$0")/..}/tests/cli_common.sh"

small_town town || exit 1
ini=town/town.ini
from=2021-07-03 to=2021-07-06T23:00Z
"$autan" fit -q $ini || exit 1

validate() {
    "$autan" validate --from $from --to $to "$@"
}

common_options validate
refuses 2 "--from and --to are both needed" "--from alone is refused" \
    "$autan" validate --from $from $ini
refuses 2 "--to 2021-07-03T00:00:00Z lies before --from 2021-07-04T00:00:00Z" \
    "an end before the start is refused with both" \
    "$autan" validate --from 2021-07-04 --to 2021-07-03 $ini

# --- scores and summary ---

# recount CITY-ZONE SCORES SUMMARY: bias, MAE, RMSE, CRPS and coverage counted from the
# scores file, by the formulas of Gneiting and Raftery (2007) and normal quantiles
recount() {
    "$python" - "$@" <<'END'
import csv
import datetime
import sys
import zoneinfo
from statistics import NormalDist
import math
zone = zoneinfo.ZoneInfo(sys.argv[1])
rows = list(csv.DictReader(open(sys.argv[2], newline="")))
normal = NormalDist()
def crps(mean, sigma, value):
    z = (value - mean) / sigma
    return sigma * (z * (2 * normal.cdf(z) - 1) + 2 * normal.pdf(z) - 1 / math.sqrt(math.pi))
assert abs(crps(0, 1, -3) - 2.43657473) < 1e-8
def is_night(row):
    time = datetime.datetime.fromisoformat(row["time"].replace("Z", "+00:00"))
    hour = time.astimezone(zone).hour
    return hour >= 20 or hour < 4
def scores(rows):
    p = [(float(r["predicted"]), float(r["standard_error"]), float(r["observed"])) for r in rows]
    n = len(p)
    within = lambda share: sum(abs(o - m) <= s * normal.inv_cdf(0.5 + share / 2)
                               for m, s, o in p) / n
    return [n, sum(m - o for m, s, o in p) / n, sum(abs(m - o) for m, s, o in p) / n,
            math.sqrt(sum((m - o) ** 2 for m, s, o in p) / n),
            sum(crps(*x) for x in p) / n, within(0.5), within(0.9)]
want = {"all": rows, "night": [r for r in rows if is_night(r)],
        "day": [r for r in rows if not is_night(r)]}
lines = [line.split() for line in open(sys.argv[3])]
if lines[0] != ["hours", "n", "bias", "MAE", "RMSE", "CRPS", "cover50", "cover90"]:
    sys.exit(f"the header is {lines[0]}")
if [line[0] for line in lines[1:]] != list(want):
    sys.exit(f"the rows are {[line[0] for line in lines[1:]]}")
for line in lines[1:]:
    if not want[line[0]]:
        if line[1:] != ["0"] + 6 * ["-"]:
            sys.exit(f"{line} of no reading")
        continue
    for name, got, value in zip(lines[0][1:], line[1:], scores(want[line[0]])):
        if abs(float(got) - value) > 0.00051:
            sys.exit(f"{line[0]}: {name} is {got}, counted {value:.5f}")
END
}

does "the summary is printed" validate -o scores.csv $ini
cp out summary
check "with nothing on standard error" test ! -s err
check "the scores file has the columns of the contract" test "$(head -n 1 scores.csv)" = \
    station,time,observed,predicted,standard_error
check "the summary is what the scores give, by night and by day" \
    recount Europe/Paris scores.csv summary
check "every reading of the period is predicted" test "$(($(wc -l <scores.csv) - 1))" = \
    "$(grep -c '^2021-07-0[3456]T' town/observations.csv)"
awk -F, 'NR > 1 { print $2 }' scores.csv >order
check "times stand in order" sort -c order
sed 1d scores.csv | awk -F, '{ printf "%s,%s,%.2f\n", $2, $1, $3 }' | sort >got
grep '^2021-07-0[3456]T' town/observations.csv | awk -F, '{ printf "%s,%s,%.2f\n", $1, $2, $3 }' |
    sort >want
check "observed is what was read" cmp want got
cp scores.csv kept.csv
does "the same command gives the same scores" validate -o scores.csv $ini
check "byte for byte" cmp kept.csv scores.csv
check "and the same summary" cmp summary out
does "without -o the summary is printed alone" validate $ini
check "the same" cmp summary out
silent "--quiet prints the summary and nothing else" validate -q $ini
check "the same too" cmp summary out
check "predictions have some skill: half of the spread of the readings is theirs" \
    awk -F, 'NR > 1 { n++; s += $3; q += $3^2; e += ($3 - $4)^2 }
        END { exit !(e / n < (q / n - (s / n)^2) / 4) }' scores.csv

cp town/archive/model.json model.json
does "every station can be withheld from the fit too" validate --refit -o refit.csv $ini
check "the same readings are predicted" test "$(cut -d, -f1-3 refit.csv | md5sum)" = \
    "$(cut -d, -f1-3 scores.csv | md5sum)"
check "otherwise than by the model that saw them" sh -c '! cmp -s refit.csv scores.csv'
check "and the model file is as it was" cmp model.json town/archive/model.json

# What refits predict is what a town without the station maps at its place, the station that
# is beyond all others in a covariate among them.
without() { # without STATION: prints "temperature standard-error" of its place
    rm -rf gone && mkdir gone && cp town/building.tif town/town.ini gone
    grep -v "^$1," town/stations.csv >gone/stations.csv
    grep -v ",$1," town/observations.csv >gone/observations.csv
    place=$(awk -F, -v id="$1" '$1 == id { print $2 "," $3 }' town/stations.csv)
    "$autan" ingest -q gone/town.ini gone/observations.csv && "$autan" fit -q gone/town.ini &&
        "$autan" explain --at 2021-07-05T03:00Z --place "$place" gone/town.ini |
        sed -n 's/^Place: .*: \(.*\) degC, .* reading \(.*\) K$/\1 \2/p'
}
for k in 1 2 3 4 5 6 7 8 9 10 11 12; do
    refit=$(awk -F, -v id=s$k '$1 == id && $2 == "2021-07-05T03:00:00Z" { print $4, $5 }' refit.csv)
    mapped=$(without s$k)
    echo "s$k $refit $mapped"
done >refits
check "refits predict what a town without the station maps" awk '
    function off(a, b) { return (a > b ? a - b : b - a) > 0.011 }
    NF != 5 || off($2, $4) || off($3, $5) { print; bad = 1 }
    END { exit bad || NR != 12 }' refits

# The clocks of another zone make other nights; 2021-07-03T20:00Z is day in New York.
sed 's|Europe/Paris|America/New_York|' $ini >town/york.ini
does "night is that of the city's zone" validate -o york.csv town/york.ini
cp out york
check "as counted again" recount America/New_York york.csv york
check "and differs from that of Paris" sh -c '! cmp -s summary york'
does "a period of the day alone" "$autan" validate --from 2021-07-05T10:00Z \
    --to 2021-07-05T12:00Z -o noon.csv $ini
cp out noon
check "has no score for the night" recount Europe/Paris noon.csv noon

# --- what cannot be predicted ---

odd() { # odd FOLDER [CITY-LINE...]: a town of its own, with the readings on standard input
    folder=$1
    shift
    mkdir -p "$folder" && cp town/stations.csv town/building.tif "$folder" || exit 1
    with town/town.ini "$@" >"$folder/town.ini"
    { echo time,station,air_temperature; cat; } >"$folder/observations.csv"
    "$autan" ingest -q "$folder/town.ini" "$folder/observations.csv"
}
given='covariance = 1 exp 2000 + 0.1 nugget'
day() { # day T: what was read at that time
    grep "^$1" town/observations.csv
}

{ day 2021-07-05T02; day 2021-07-05T03 | head -n 1; } | odd alone '[model]' 'trend = none' \
    "$given"
says "1 reading cannot be predicted without its station and is left out of the scores" \
    "a station alone in an hour is not scored, and that is said" \
    validate -o alone.csv alone/town.ini
check "the others are" test "$(wc -l <alone.csv)" -gt 10
check "as in the textbook" "$python" "$reference/kriging.py" loo alone/town.ini \
    alone/observations.csv alone.csv
day 2021-07-05T03 | head -n 1 | odd single '[model]' 'trend = none' "$given"
refuses 1 "single/town.ini: no reading of the period can be predicted from the others" \
    "a single reading gives no score" validate -o single.csv single/town.ini
check "and no file" test ! -e single.csv
refuses 1 "town/archive: no air_temperature in the period asked for" \
    "a period without readings gives no score" "$autan" validate --from 2020-01-01 \
    --to 2020-01-02 -o none.csv $ini
check "and no file either" test ! -e none.csv

# --- stations in one place ---

twins() { # twins FOLDER: puts s2 where s1 is
    awk -F, -v OFS=, 'NR == 1 || $1 == "s1" { x = $2; y = $3 } $1 == "s2" { $2 = x; $3 = y }
        { print }' town/stations.csv >"$1/stations.csv"
}
day 2021-07-05T03 | odd twins '[model]' 'trend = none' "$given"
twins twins
does "two stations in one place are validated, with a nugget" \
    validate -o twins.csv twins/town.ini
check "as in the textbook" "$python" "$reference/kriging.py" loo twins/town.ini \
    twins/observations.csv twins.csv
day 2021-07-05T03 | odd bare '[model]' 'trend = none' 'covariance = 1 exp 2000'
twins bare
says "stations s1 and s2 are in one place and the covariance has no nugget: they count as one" \
    "without one they count as one station, and that is said" validate -o bare.csv bare/town.ini
mean=$(day 2021-07-05T03 | awk -F, '$2 == "s1" || $2 == "s2" { n++; s += $3 } END { print s / n }')
check "with the mean of what they read" close \
    "$(awk -F, '$1 == "s1" { print $3 }' bare.csv)" "$mean" 1e-9
check "under the first name" sh -c '! grep -q ^s2, bare.csv'
mkdir merged && sed '/^s2,/d' bare/stations.csv >merged/stations.csv
sed "s/\(,s1,\).*/\1$mean/; /,s2,/d" bare/observations.csv >merged/observations.csv
cp bare/town.ini town/building.tif merged
check "and the scores are those of one station" "$python" "$reference/kriging.py" loo \
    merged/town.ini merged/observations.csv bare.csv
day 2021-07-05T03 | odd flat '[model]' 'trend = none' 'covariance = 1 gau 900000'
refuses 1 "flat/town.ini: the covariances of the stations cannot be told apart; expected a \
covariance with a larger nugget" "a covariance that cannot be solved is an error with advice" \
    validate -o flat.csv flat/town.ini
check "and no file is left" test ! -e flat.csv

# --- names that need quotes ---

mkdir names && cp town/building.tif names
sed 's/^s1,/"Rue X, 3",/; s/^s2,/"the ""hall""",/' town/stations.csv >names/stations.csv
sed 's/,s1,/,"Rue X, 3",/; s/,s2,/,"the ""hall""",/' town/observations.csv \
    >names/observations.csv
cp $ini names/town.ini
"$autan" ingest -q names/town.ini names/observations.csv
"$autan" fit -q names/town.ini
does "stations with commas and quotes in their names are validated" \
    validate -o names.csv names/town.ini
sed 's/^s1,/"Rue X, 3",/; s/^s2,/"the ""hall""",/' scores.csv >want
check "and quoted as CSV has it" cmp want names.csv

# --- what cannot be written ---

if [ -w /dev/full ]; then
    refuses 1 "autan: error: standard output: cannot write" \
        "a summary on a full disk is an error" sh -c '"$1" validate --from $2 --to $3 $4 \
        >/dev/full' - "$autan" $from $to $ini
fi
refuses 1 "nowhere/scores.csv" "a scores file in no folder is an error" \
    validate -o nowhere/scores.csv $ini
check "and the summary is not printed" test ! -s out

finish
