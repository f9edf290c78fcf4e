#!/bin/sh
# autan ingest: readings into the archive, whatever way they come.
set -u
. "${srcdir:-$(dirname "$0")/..}/tests/cli_common.sh"

# readings FOLDER: what the archive holds, one reading a line; used ones end in "used"
readings() {
    "$python" - "$1/autan.sqlite" <<'END'
import sqlite3
import sys
rows = sqlite3.connect(sys.argv[1]).execute(
    "SELECT datetime(time, 'unixepoch'), name, version, conflict, air_temperature,"
    " relative_humidity FROM reading JOIN station ON station.id = reading.station"
    " ORDER BY time, name, version").fetchall()
for row in rows:
    newest = max(r[2] for r in rows if r[:2] == row[:2] and not r[3])
    print(*row[:2], *row[4:], "used" if row[2] == newest and not row[3] else "kept")
END
}

# fresh: an empty archive
fresh() {
    rm -rf archive
}

ingest() {
    "$autan" ingest town.ini "$@"
}

cat >stations.csv <<'END'
station,name,longitude,latitude,elevation
hall,Town hall,1.4437,43.6045,146
canal,Canal,1.4610,43.5990,148
"rue X, 3",,1.4655,43.6110,
END
cat >town.ini <<'END'
[city]
name       = Small
timezone   = Europe/Paris
crs        = EPSG:2154
extent     = 571000 6276000 578000 6282000
resolution = 100
[stations]
file = stations.csv
END
cat >a.csv <<'END'
time,station,air_temperature,relative_humidity
2025-08-22T00:00Z,hall,21.5,60
2025-08-22T00:00Z,canal,20.5,
2025-08-22T03:00:00+02:00,hall,-1e-1,61
2025-08-22T01:00:00Z,"rue X, 3",19.25,62
END
cat >expected <<'END'
2025-08-22 00:00:00 canal 20.5 None used
2025-08-22 00:00:00 hall 21.5 60.0 used
2025-08-22 01:00:00 hall -0.1 61.0 used
2025-08-22 01:00:00 rue X, 3 19.25 62.0 used
END
counts() { # counts NEW COMPLETED CORRECTED KNOWN REJECTED: as said of the last file
    case $1 in 1) rows=row ;; *) rows=rows ;; esac
    echo "$1 $rows new, $2 completed, $3 corrected, $4 already known, $5 rejected"
}

common_options ingest
refuses 2 "no observation file given" "a missing observation file is said" \
    "$autan" ingest town.ini
check "no archive is made for all that" test ! -e archive

# --- the ways in ---

says "autan: a.csv: $(counts 4 0 0 0 0)" "a file is ingested and counted" ingest a.csv
check "nothing is said on standard output" test ! -s out
readings archive >first
check "every reading is in the archive, in UTC" cmp first expected
says "$(counts 0 0 0 4 0)" "the same file again is known already" ingest a.csv
readings archive >again
check "and changes nothing" cmp first again

same() { # same NAME FILE...: a fresh archive from FILE holds the same readings
    name=$1
    shift
    fresh
    ingest "$@" >out 2>err </dev/null
    readings archive >got 2>>err
    check "$name" cmp expected got
}
gzip -c a.csv >a.csv.gz
same "a gzipped file gives the same" a.csv.gz
mv a.csv.gz zipped.csv
same "also under another name" zipped.csv
head -n 2 a.csv | gzip >two.gz
tail -n 3 a.csv | gzip >>two.gz
same "two gzip streams in one file too" two.gz
fresh
ingest - <a.csv 2>/dev/null
readings archive >got
check "standard input gives the same" cmp expected got
fresh
gzip -c a.csv | ingest - 2>/dev/null
readings archive >got
check "gzipped standard input too" cmp expected got
{ printf '\357\273\277'; cat a.csv; } >bom.csv
same "a byte-order mark is passed over" bom.csv
sed 's/$/\r/' a.csv >dos.csv
same "Windows line ends are read" dos.csv
printf %s "$(cat a.csv)" >open.csv
same "a last line without its end is read" open.csv
awk -F, -v OFS=, 'NR == 1 || /hall|canal/ { print $4, $2, $1, $3; next }
    { print $5, $2 "," $3, $1, $4 }' a.csv >order.csv
same "columns stand in any order" order.csv
sed 's/,/ , /g; s/rue X ,  3/rue X, 3/' a.csv >blanks.csv
same "blanks around fields do not count" blanks.csv
{ head -n 1 a.csv; sed 1d a.csv | sort -r; } >backwards.csv
same "times stand in any order" backwards.csv
head -n 3 a.csv >one.csv
{ head -n 1 a.csv; tail -n 2 a.csv; } >two.csv
same "several files are ingested one after the other" one.csv two.csv
fresh
mkdir -p far/away
sed 's|stations.csv|../../stations.csv|; s|^resolution.*|&\narchive = ../../archive|' town.ini \
    >far/away/town.ini
check "paths are relative to the city file" "$autan" ingest far/away/town.ini a.csv
readings archive >got
check "wherever that is" cmp expected got

# --- later versions ---

fresh
ingest -q a.csv
cat >more.csv <<'END'
time,station,air_temperature,relative_humidity
2025-08-22T00:00Z,hall,22.5,60
2025-08-22T00:00Z,canal,,70
2025-08-22T02:00Z,canal,18,71
2025-08-22T01:00Z,hall,-0.1,61
END
says "$(counts 1 1 1 1 0)" "new, completed, corrected and known rows are counted apart" \
    ingest more.csv
readings archive >got
check "a correction is used" grep -q "00:00:00 hall 22.5 None used" got
check "and the reading before it kept" grep -q "00:00:00 hall 21.5 60.0 kept" got
says "$(counts 0 0 0 4 0)" "the first file again corrects nothing back" ingest a.csv
readings archive >got
check "the correction is still used" grep -q "00:00:00 hall 22.5 None used" got

# --- rows that are refused ---

cat >odd.csv <<'END'
time,station,air_temperature
2025-08-23T00:00Z,hall,21
2025-08-23T01:00Z,church,21
2025-08-23T02:00Z,church,21
2025-08-23T03:00Z,hall,warm
2025-08-23T04:00Z,hall,99
2025-08-23T05:00Z,hall,20
2025-08-23T05:00Z,hall,20
2025-08-23T06:00Z,hall,20
2025-08-23T06:00Z,hall,21
END
fresh
says "$(counts 4 0 0 1 4)" "rejected rows are counted" ingest odd.csv
check "by kind, the first of a kind with its line" grep -qF "autan: odd.csv:3: 2 rejected: \
station is not in the station table; first: church" err
check "so are values that are no number" grep -qF "autan: odd.csv:5: 1 rejected: value is \
not a number (empty means missing); first: warm" err
check "and a second, different value" grep -qF "autan: odd.csv:10: 1 rejected: second, \
different value in the same file; first: hall" err
readings archive >got
check "of which the first is used" grep -q "06:00:00 hall 20.0 None used" got
check "and both are kept" grep -q "06:00:00 hall 21.0 None kept" got
fresh
says "autan: odd.csv:4: rejected: station is not in the station table: church" \
    "--verbose names every rejected row" ingest -v odd.csv
fresh
silent "--quiet says nothing, rejected rows or not" ingest -q odd.csv
check "but ingests" test "$(readings archive | wc -l)" = 5

# --- what fails leaves the archive as it was ---

fresh
ingest -q a.csv
readings archive >before
{ cat odd.csv; printf '2025-08-23T09:00Z,"hall,20\n'; } >unclosed.csv
refuses 1 "unclosed.csv:12" "unclosed quotes at the end of a file" ingest unclosed.csv
readings archive >after
check "let none of its rows in" cmp before after
refuses 1 "nothing.csv" "a missing file after a good one is an error" \
    ingest more.csv nothing.csv
check "that leaves the good one in" test "$(readings archive | wc -l)" -gt 4
fresh
mkfifo pipe
ingest pipe 2>/dev/null &
reader=$!
# The pipe opens when ingest does, its batch begun.
timeout 20 sh -c 'exec 3>pipe; cat a.csv >&3; kill -9 "$1"' - $reader
wait 2>/dev/null
check "after a killed one, ingesting works" ingest -q a.csv
readings archive >got
check "and gives the same" cmp expected got

# --- on a terminal ---

on_terminal "$autan" ingest nowhere.ini a.csv >tty
check "an error is red on a terminal" grep -q "$(printf '\033\\[1;31merror:')" tty
NO_COLOR=1 on_terminal "$autan" ingest nowhere.ini a.csv >tty
check "not with NO_COLOR" sh -c '! grep -q "$(printf "\033")" tty && grep -q "error:" tty'
NO_COLOR='' on_terminal "$autan" ingest nowhere.ini a.csv >tty
check "an empty NO_COLOR does not count" grep -q "$(printf '\033')" tty
"$autan" ingest nowhere.ini a.csv 2>file
check "nor is it red in a file" sh -c '! grep -q "$(printf "\033")" file'

finish
