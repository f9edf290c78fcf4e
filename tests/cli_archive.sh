#!/bin/sh
# autan archive: checked, counted, exported, mended; and what a failing disk, a full one,
# kill -9 and a power cut during ingest leave behind: every reading that ingest
# acknowledged, no part of a file, nothing twice.
#
# AUTAN_TEST_LONG=1 tries every write with every fault and 1000 kills (some minutes).
set -u
. "${srcdir:-$(dirname "$0")/..}/tests/cli_common.sh"
shim=$OLDPWD/tests/.libs/faulty_disk.so

cat >town.ini <<'END'
[city]
name       = Town
timezone   = Europe/Paris
crs        = EPSG:2154
extent     = 569000 6272000 582000 6283000
resolution = 1000
[stations]
file = stations.csv
END
{
    echo station,longitude,latitude
    for i in 1 2 3 4; do echo "s$i,1.4$i,43.6$i"; done
} >stations.csv
readings() { # readings DAYS LEVEL: hours of so many days
    awk -v days="$1" -v level="$2" 'BEGIN { print "time,station,air_temperature,wind_speed"
        for (t = 0; t < 24 * days; t++)
            for (i = 1; i <= 4; i++)
                printf "2025-07-%02dT%02d:00Z,s%d,%.1f,%.1f\n", 1 + t / 24, t % 24, i,
                    level + t % 24, i }'
}
readings 5 15 >first.csv
readings 20 15 >second.csv
contents() { "$autan" archive export town.ini; }
count() { "$autan" archive export town.ini | wc -l; }
start() { rm -rf archive && cp -r acknowledged archive; }

# --- what it does ---

refuses 2 "no action given" "an action is needed" "$autan" archive
refuses 2 "unknown action 'mend'" "an unknown one is refused" "$autan" archive mend town.ini
refuses 2 "no city file" "the city file is needed" "$autan" archive check
refuses 1 "no archive there" "without an archive there is nothing to check" \
    "$autan" archive check town.ini
check "five days are ingested" "$autan" ingest town.ini first.csv
says "no damage found" "a sound archive is found sound" "$autan" archive check town.ini
says "s3,2025-07-01T00:00:00Z,2025-07-05T23:00:00Z,120,0,0,0" "stations are counted" \
    "$autan" archive stats town.ini
contents >out.csv
check "an export has every row" test "$(wc -l <out.csv)" = 481
says "0 rows new" "and can be ingested again, which changes nothing" \
    "$autan" ingest town.ini out.csv
"$autan" archive export --from 2025-07-02 --to 2025-07-02T01:00Z -o part.csv town.ini
check "a part can be exported into a file" test "$(wc -l <part.csv)" = 9
printf 'time,station,air_temperature\n2025-07-01T03:00Z,s2,-3.25\n' >late.csv
check "a correction comes" "$autan" ingest town.ini late.csv
says "2025-07-01T03:00:00Z,s2,-3.25,,2,,,," "the newest version is exported" \
    "$autan" archive export --to 2025-07-01T03:00Z town.ini
says "s2,2025-07-01T00:00:00Z,2025-07-05T23:00:00Z,120,1,0,0" "and counted" \
    "$autan" archive stats town.ini
check "all versions are there on request, with their sources" sh -c '
    "$1" archive export --versions --from 2025-07-01T03:00Z --to 2025-07-01T03:00Z town.ini >v &&
    grep -q "s2,18,,2,.*,0,0,.*,first.csv" v && grep -q "s2,-3.25,.*,1,0,.*,late.csv" v' \
    - "$autan"
rm -rf archive
check "five days are ingested" "$autan" ingest town.ini first.csv

# --- one writer, many readers ---

# The holder lets go when it is told to, or after two minutes.
"$python" - <<'END' &
import os, sqlite3, time
db = sqlite3.connect("archive/autan.sqlite", isolation_level=None)
db.execute("BEGIN IMMEDIATE")
open("held", "w").close()
for _ in range(1200):
    if os.path.exists("release"):
        break
    time.sleep(0.1)
END
holder=$!
while [ ! -e held ]; do sleep 0.1; done
check "readers are not kept from reading" "$autan" archive stats town.ini
refuses 1 "another process is writing to this archive" "a second writer is told so" \
    "$autan" ingest town.ini second.csv
touch release
wait $holder

# --- damage ---

cp -r archive acknowledged
contents >first.out
"$autan" ingest -q town.ini second.csv
contents >second.out
size=$(wc -c <archive/autan.sqlite)
printf '%0300d' 7 | dd of=archive/autan.sqlite bs=1 seek=$((size * 2 / 3)) conv=notrunc 2>/dev/null
refuses 1 "archive repair" "damage is found" "$autan" archive check town.ini
says "the damaged file is kept" "and mended" "$autan" archive repair town.ini
check "the damaged file is there" test -s archive/autan.sqlite.damaged-1
says "no damage found" "the new one is sound" "$autan" archive check town.ini
check "with most readings" test "$(count)" -gt 1500
check "what is lost can be ingested again" "$autan" ingest town.ini second.csv
says "nothing to mend" "a sound archive is left alone" "$autan" archive repair town.ini
echo "not a database, not at all" >archive/autan.sqlite
rm -f archive/autan.sqlite-wal archive/autan.sqlite-shm
refuses 1 "it is left as it is" "what is no archive is not replaced" \
    "$autan" archive repair town.ini
start
"$python" -c 'import sqlite3
sqlite3.connect("archive/autan.sqlite").execute("PRAGMA user_version = 9")'
refuses 1 "has archive version 9" "a newer archive is not touched" \
    "$autan" archive repair town.ini

# --- faults during ingest ---

# survived NAME: the archive is sound, has the first file or both, and takes the second
survived() {
    if ! "$autan" archive check town.ini >out 2>err; then
        not_ok "$1: damage"
        return 1
    fi
    contents >now 2>err
    cmp -s now first.out || cmp -s now second.out || { not_ok "$1: readings lost"; return 1; }
    "$autan" ingest -q town.ini second.csv 2>err && contents >now
    cmp -s now second.out || { not_ok "$1: readings lost or twice"; return 1; }
}

if LD_PRELOAD=$shim "$autan" --version >/dev/null 2>err && [ ! -s err ]; then
    start
    LD_PRELOAD=$shim AUTAN_FAULT_COUNT=writes "$autan" ingest -q town.ini second.csv
    writes=$(cat writes)
    check "ingest writes to the archive in many steps" test "$writes" -gt 20
    for kind in kill power eio enospc short; do
        n=1 tried=0 bad=0 step=9
        [ $kind = power ] && step=4
        [ -n "${AUTAN_TEST_LONG-}" ] && step=1
        while [ $n -le "$writes" ]; do
            start
            LD_PRELOAD=$shim AUTAN_FAULT=$kind:$n "$autan" ingest -q town.ini second.csv \
                2>err
            code=$?
            [ $kind != power ] || rm -f archive/autan.sqlite-shm
            case $kind:$code in
            kill:137 | power:137 | eio:1 | enospc:1 | short:1) ;;
            # Folding the log into the database at the end may fail without harm.
            eio:0 | enospc:0 | short:0)
                contents >now
                cmp -s now second.out || { not_ok "$kind at write $n: not kept"; bad=1; } ;;
            *) not_ok "$kind at write $n: exit $code"; bad=1 ;;
            esac
            survived "$kind at write $n" || bad=1
            tried=$((tried + 1))
            n=$((n + step))
        done
        [ $bad = 1 ] || ok "$kind at $tried of $writes writes: nothing lost"
    done
else
    echo "skipped: $shim cannot be put under the program"
fi

kills=10
[ -n "${AUTAN_TEST_LONG-}" ] && kills=1000
n=0 bad=0 hit=0
while [ $n -lt $kills ]; do
    start
    "$autan" ingest -q town.ini second.csv 2>/dev/null &
    pid=$!
    sleep "$(awk -v n=$n 'BEGIN { srand(n); printf "%.4f", 0.005 + 0.06 * rand() }')"
    kill -9 $pid 2>/dev/null && hit=$((hit + 1))
    wait $pid 2>/dev/null
    survived "kill -9 number $n" || bad=1
    n=$((n + 1))
done
[ $bad = 1 ] || ok "$hit of $kills times killed at a random moment: nothing lost"

finish
