#!/bin/sh
# autan fetch from a portal on the loopback that misbehaves in every way known.
set -u
. "${srcdir:-$(dirname "$0")/..}/tests/cli_common.sh"
unset http_proxy https_proxy all_proxy ALL_PROXY

# serve FOLDER [HOST [CERTIFICATE]]: starts a portal; sets $server and $port, or fails
servers=
trap 'kill $servers 2>/dev/null; clean_up' EXIT
serve() {
    mkdir -p "$1"
    rm -f "$1/port"
    "$python" "$top/tests/portal.py" "$work/$1" ${2:+"$2"} ${3:+"$3"} 2>"$1.err" &
    server=$!
    servers="$servers $server"
    n=0
    while [ ! -e "$1/port" ] && kill -0 $server 2>/dev/null && [ $n -lt 600 ]; do
        sleep 0.1
        n=$((n + 1))
    done
    [ -e "$1/port" ] && port=$(cat "$1/port")
}
if ! "$python" -c 'import socket; socket.create_server(("127.0.0.1", 0))' 2>/dev/null; then
    echo "skipped: no server on the loopback"
    exit 77
fi
if ! serve portal; then
    cat portal.err >&2
    exit 1
fi

cat >stations.csv <<'END'
station,longitude,latitude,source_id,number
valade,1.438,43.604,00-station-meteo-toulouse-valade,0
busca,1.45,43.58,03-station-meteo-toulouse-busca,3
old,1.46,43.59,38-station-meteo-old,38
END
town() { # town [LINE...]: with lines for [source]
    cat <<END
[city]
name       = Town
timezone   = Europe/Paris
crs        = EPSG:2154
extent     = 569000 6272000 582000 6283000
resolution = 1000
[stations]
file = stations.csv
[source]
url        = http://127.0.0.1:$port/api/
backoff    = 0.01
rate       = 1000
END
    for line; do echo "$line"; done
}
town >town.ini

# data_set FILE ID HOURS: a record every quarter of so many hours of summer 2023
data_set() {
    "$python" - "$@" <<'END'
import datetime, json, sys
start = datetime.datetime(2023, 7, 1)
rows = []
for k in range(4 * int(sys.argv[3])):
    t = start + datetime.timedelta(minutes=15 * k)
    rows.append({"id": int(sys.argv[2]), "heure_utc": f"{t:%Y-%m-%dT%H:%M:%SZ}",
                 "heure_de_paris": f"{t + datetime.timedelta(hours=2):%Y-%m-%dT%H:%M:%S+02:00}",
                 "temperature_en_degre_c": 20 + k % 10, "humidite": 50, "pression": 100000})
    if sys.argv[2] == "38":
        del rows[-1]["heure_de_paris"]
json.dump(rows, open(sys.argv[1] + ".new", "w"))
import os
os.rename(sys.argv[1] + ".new", sys.argv[1])
END
}
data_set portal/00-station-meteo-toulouse-valade.json 0 60
data_set portal/03-station-meteo-toulouse-busca.json 3 3000
data_set portal/38-station-meteo-old.json 38 10
data_set portal/77-station-meteo-new.json 77 1
rows() { "$autan" archive export town.ini 2>/dev/null | grep -c "${1:-,}"; }
faults() { printf '%s\n' "$@" >portal/faults; }
fetch() { "$autan" fetch "${ini:-town.ini}"; }
fresh() { rm -rf archive; : >portal/log; rm -f portal/faults; }

refuses 2 "[source] url is missing" "a source is needed" sh -c \
    "sed '/^.source/,\$d' town.ini >none.ini && '$autan' fetch none.ini"
check "everything is fetched" fetch
check "pages of a small set" test "$(rows valade)" = 240
check "an export of a large one" test "$(rows busca)" = 12000
check "a set without the field that is asked for" test "$(rows old)" = 40
check "an export was asked for" grep -q "busca/exports/json" portal/log
check "in the program's own name" grep -q "autan/" portal/log
says "1 data sets of the portal are of no station" "sets of no station are counted" \
    sh -c "rm archive/fetch.json && '$autan' fetch town.ini"
: >portal/log
says "nothing new" "when nothing is new, nothing is asked for" fetch
check "but the catalogue, once" test "$(wc -l <portal/log)" = 1
data_set portal/00-station-meteo-toulouse-valade.json 0 70
: >portal/log
check "what is new is fetched" fetch
check "all of it" test "$(rows valade)" = 280
check "and not the rest again" test "$(grep -c 'valade/records' portal/log)" -le 3
check "nor of the other stations" test "$(grep -c busca portal/log)" = 0
check "and the archive is sound" "$autan" archive check town.ini
"$autan" archive export town.ini | sort >whole

# The requests: the catalogue, the count of valade's records, three pages of them; the
# count of busca's, its export; ...
for fault in 503 429 date cut chunk short inside garbage reset empty gzip again fewer; do
    fresh
    faults ok ok ok $fault ok $fault ok $fault
    case $fault in again | fewer) faults ok ok ok $fault $fault $fault ;; esac
    check "fetched in spite of: $fault" fetch
    check "and whole" sh -c "'$autan' archive export town.ini | sort | cmp - whole"
done

fresh
town "timeout = 1.5" >hasty.ini
faults ok ok slow
ini=hasty.ini
check "a server that does not answer is given up and asked again" fetch
check "and all is there" test "$(rows valade)" = 280
fresh
faults ok ok drip
check "so is one that sends a byte now and then" fetch
check "and all is there" test "$(rows valade)" = 280
town "max_size = 0.5" >small.ini
ini=small.ini
for fault in huge bomb; do
    fresh
    faults ok $fault
    refuses 1 "is larger than 524288 bytes" "a body without end is refused: $fault" fetch
done
town "retries = 1" >patient.ini
ini=patient.ini
for fault in again fewer; do
    fresh
    faults ok ok ok $fault $fault
    refuses 1 "is not the page asked for, or lacks records" \
        "a portal that keeps giving the wrong page is named: $fault" fetch
done
fresh
unset ini
faults ok loop loop loop loop loop loop loop
refuses 1 "redirect" "redirections that lead nowhere end" fetch
fresh
faults ok away
refuses 1 "valade" "a redirection to a file is not followed" fetch
check "nothing of it came in" sh -c "! '$autan' archive export town.ini | grep -q root"
fresh
faults ok 401
refuses 1 "the server answers 401: {\"message\": \"told to fail\"}" \
    "what the server says is told" fetch
check "and the other stations are fetched all the same" test "$(rows busca)" = 12000
check "the next run fetches the rest" fetch
check "and all is there" sh -c "'$autan' archive export town.ini | sort | cmp - whole"

# A run that is killed between pages goes on where it was.
fresh
faults ok ok ok slow
"$autan" fetch -q town.ini 2>/dev/null &
pid=$!
n=0
while [ "$(wc -l <portal/log)" -lt 4 ] && [ $n -lt 600 ]; do sleep 0.1; n=$((n + 1)); done
kill -9 $pid
wait $pid 2>/dev/null
check "of a run that is killed the pages before are kept" test "$(rows valade)" = 100
check "a run after it goes on" fetch
check "and all is there" sh -c "'$autan' archive export town.ini | sort | cmp - whole"
check "no temporary file is left but the killed one's" \
    test "$(find archive -name '*.tmp' | wc -l)" -le 2

fresh
town "datasets = 03-station-meteo-toulouse-busca" "user_agent = town/1" >one.ini
ini=one.ini
check "a single set can be named" fetch
check "and nothing else is fetched" test "$(rows valade)" = 0
check "in a name of its own" grep -q "town/1" portal/log
town "datasets = nowhere" >one.ini
refuses 1 "nowhere: is no station" "a set of no station is an error" fetch
kill $server
wait $server 2>/dev/null
town "retries = 1" >gone.ini
ini=gone.ini
refuses 1 "connect" "a server that is gone is told" fetch
town "url = ftp://x" >bad.ini
sed -i '/127.0.0.1/d' bad.ini
ini=bad.ini
refuses 2 "expected https://" "other protocols are refused" fetch

# Other ways to a server.
if openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 \
    -keyout key.pem -out cert.pem 2>/dev/null; then
    cat key.pem cert.pem >both.pem
    mkdir sealed
    cp portal/*valade.json sealed
    serve sealed 127.0.0.1 "$work/both.pem" || not_ok "a server with TLS" sealed.err
    town "retries = 1" | sed 's/^url .*/url = https:\/\/127.0.0.1:'"$port"'\/api/' >sealed.ini
    ini=sealed.ini
    fresh
    : >sealed/log
    refuses 1 "certificate" "a certificate that nobody vouches for is refused" fetch
    check "and nothing was asked of that server" test ! -s sealed/log
else
    echo "skipped: no openssl to make a certificate with"
fi
mkdir six
cp portal/*valade.json six
if serve six ::1; then
    town | sed 's/^url .*/url = http:\/\/[::1]:'"$port"'\/api/' >six.ini
    ini=six.ini
    fresh
    check "an address of IPv6" fetch
    check "and all is there" test "$(rows valade)" = 280
else
    echo "skipped: no IPv6 on the loopback"
fi

finish
