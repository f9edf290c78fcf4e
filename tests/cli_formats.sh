#!/bin/sh
# autan ingest of every format: told by its content, in our units and UTC, what cannot be
# kept refused with its reason and the rest kept.
set -u
. "${srcdir:-$(dirname "$0")/..}/tests/cli_common.sh"

cat >stations.csv <<'END'
station,longitude,latitude,source_id,number,wmo,mac
00-valade,1.438,43.604,00-station-meteo-toulouse-valade,0,,
12-montaudran,1.48,43.57,12-station-meteo-toulouse-montaudran,12,,
38-a,1.41,43.61,38-station-meteo-a,38,,
38-b,1.42,43.62,38-station-meteo-b,38,,
31069001,1.379,43.621,,,07630,
ITOULO1,1.45,43.6,,,,70:ee:50:00:00:01
END
town() { # town [LINE...]
    cat <<END
[city]
name       = Town
timezone   = Europe/Paris
crs        = EPSG:2154
extent     = 569000 6272000 582000 6283000
resolution = 1000
[stations]
file = stations.csv
END
    for line; do echo "$line"; done
}
town >town.ini

# reads NAME FILE [option...]: ingests FILE alone; its rows must be those on standard
# input, and what ingest says must hold the lines after a line of ---
reads() {
    name=$1 file=$2
    shift 2
    awk '/^---$/ { n = 1; next } { print >(n ? "want.said" : "want.rows") }
        BEGIN { printf "" >"want.rows"; printf "" >"want.said" }'
    rm -rf archive
    "$autan" ingest "$@" "${ini:-town.ini}" "$file" >out 2>err
    code=$?
    "$autan" archive export "${ini:-town.ini}" 2>>err | tail -n +2 >got.rows
    if [ $code = 0 ] && cmp -s got.rows want.rows; then
        while read -r line; do
            grep -qF -- "$line" err || { { cat err; } >out; not_ok "$name: expected '$line'"; return; }
        done <want.said
        ok "$name"
    else
        { cat got.rows; echo "expected:"; cat want.rows; } >out
        not_ok "$name: exit $code"
    fi
}

# --- Toulouse ---

cat >v21.json <<'END'
{"total_count": 4, "results": [
 {"data": "0195236c9af000002c882c00", "id": 0, "heure_utc": "2021-12-21 06:30", "temperature_en_degre_c": 0.6, "humidite": 94, "pression": 100000, "pluie": 0.0, "force_moyenne_du_vecteur_vent": 1, "direction_du_vecteur_vent_moyen": 0, "heure_de_paris": "2021-12-21T07:30:00+01:00"},
 {"data": "a8a4b8f2f2f2f2f2f2f2f2f3", "id": 84, "heure_utc": "2030-05-04T17:30:00Z", "temperature_en_degre_c": 25.12, "humidite": 94, "pression": 105100},
 {"data": "0195236c9af000002c882c00", "id": 0, "heure_utc": "2021-12-21T06:30:00Z", "temperature_en_degre_c": 9.6, "humidite": 94, "pression": 100000},
 {"data": null, "id": 12, "heure_utc": "2021-12-21T06:45:00Z", "temperature_en_degre_c": -50.0, "humidite": 0, "pression": 90000},
 {"data": null, "id": 12, "heure_utc": "2021-12-21T07:00:00Z", "temperature_en_degre_c": 3.5, "humidite": 80, "pression": 100100, "pluie": 0.2, "force_moyenne_du_vecteur_vent": 18, "direction_du_vecteur_vent_moyen": 270}
]}
END
reads "API v2.1: the corrupt frame, a value that is not the frame's and the fault are refused" \
    v21.json <<'END'
2021-12-21T06:30:00Z,00-valade,0.6,94,0.277778,180,1000,0,
2021-12-21T07:00:00Z,12-montaudran,3.5,80,5,90,1001,0.2,
---
v21.json:2: 1 rejected: station is not in the station table; first: 84
v21.json:3: 1 rejected: disagrees with its raw message; first: temperature
v21.json:4: 1 rejected: what the station sends when it measures nothing
END
sed 's/"id": 84/"id": 12/; s/2030-05-04T17:30:00Z/2020-05-04T17:30:00Z/' v21.json >corrupt.json
reads "the corrupt frame of a known station is refused for itself" corrupt.json <<'END'
2021-12-21T06:30:00Z,00-valade,0.6,94,0.277778,180,1000,0,
2021-12-21T07:00:00Z,12-montaudran,3.5,80,5,90,1001,0.2,
---
corrupt.json:2: 1 rejected: the raw message is corrupt; first: its tenths of a degree are above 9
END
cat >v1.json <<'END'
{"nhits": 2, "records": [
 {"datasetid": "38-station-meteo-b", "recordid": "x", "fields": {"id": 38, "mm_dd_yy_hh_mm": "2021-06-01T10:00:00+00:00", "temperature": 21.5, "humidite": 50, "pression": 93, "pluie": 3}},
 {"datasetid": "38-station-meteo-a", "recordid": "y", "fields": {"id": 38, "heure_utc": "2021-06-01T10:00:00Z", "temperature_en_degre_c": 20.5, "false_message": "281474976710655"}}]}
END
reads "API v1: labels, tips and raw pressure; the data set tells stations of one number" \
    v1.json <<'END'
2021-06-01T10:00:00Z,38-b,21.5,50,,,993,0.6,
---
v1.json:2: 1 rejected: the raw message is corrupt; first: a false message
END
printf '{"records":[{"record":{"fields":{"id":12,"heure_utc":"2021-06-01T10:00:00Z","temperature":1.5}}}]}' \
    >v20.json
reads "API v2.0" v20.json <<'END'
2021-06-01T10:00:00Z,12-montaudran,1.5,,,,,,
---
1 row new
END
printf '{"results":[%s,%s,%s,%s]}' \
    '{"id":12,"heure_de_paris":"2023-10-29T02:30:00","temperature":1.5}' \
    '{"id":12,"heure_de_paris":"2023-10-29T02:45:00","temperature":2.5}' \
    '{"id":12,"heure_de_paris":"2023-10-29T02:00:00","temperature":3.5}' \
    '{"id":12,"heure_de_paris":"2023-10-29T03:00:00+01:00","temperature":4.5}' >clock.json
reads "Paris time without its offset is by the clocks there, also when they go back" \
    clock.json <<'END'
2023-10-29T00:30:00Z,12-montaudran,1.5,,,,,,
2023-10-29T00:45:00Z,12-montaudran,2.5,,,,,,
2023-10-29T01:00:00Z,12-montaudran,3.5,,,,,,
2023-10-29T02:00:00Z,12-montaudran,4.5,,,,,,
END
printf '{"results":[%s,%s]}' \
    '{"station":"38-station-meteo-a","dd_mm_yy_hh_mm":"2021-06-01T12:15:00+02:00","temperature":1.5}' \
    '{"data":"0195236c9af000002c882c00","id":0,"temperature":0.6}' >labels.json
reads "the label of the fourth schema's time; a record without one has its message's" \
    labels.json --format toulouse <<'END'
2021-06-01T10:15:00Z,38-a,1.5,,,,,,
2021-12-21T06:30:00Z,00-valade,0.6,,,,,,
END
{
    echo 'data;id;humidite;pression;temperature_en_degre_c;heure_de_paris;heure_utc'
    echo ';38;40;99900;30.5;2021-06-01T12:15:00+02:00;2021-06-01T10:15:00Z'
    echo ';38;40;99900'
    echo 'Internal error'
} >38-station-meteo-a.csv
reads "CSV export: the file's name is the data set, torn rows are refused" \
    38-station-meteo-a.csv <<'END'
2021-06-01T10:15:00Z,38-a,30.5,40,,,999,,
---
2 rejected: number of fields differs
END
cp 38-station-meteo-a.csv export.csv
reads "or is given" export.csv --station 38-b <<'END'
2021-06-01T10:15:00Z,38-b,30.5,40,,,999,,
---
1 row new
END
refuses 1 "no row of it could be kept" "else two stations of one number are none" \
    "$autan" ingest town.ini export.csv
rm -rf archive
mkfifo pipe
cat v21.json >pipe &
check "from a named pipe" "$autan" ingest town.ini pipe
head -c 300 v21.json >cut.json
refuses 1 "cut.json:2: is no whole JSON document" "a body that was cut is refused whole" \
    "$autan" ingest town.ini cut.json
echo '{"error_code": "x", "message": "quota reached", "total_count": 0}' >error.json
refuses 1 "the portal says: quota reached" "the portal's error is named" \
    "$autan" ingest town.ini error.json
gzip -k v21.json
rm -rf archive
check "gzipped, from a pipe" sh -c 'cat v21.json.gz | "$1" ingest town.ini - &&
    [ "$("$1" archive export town.ini | wc -l)" = 3 ]' - "$autan"
if shared data/toulouse/readings-winter-2025.csv; then
    rm -rf archive
    cut -d, -f6 "$found" | sort -u | grep -v '^station$' | awk '
        BEGIN { print "station,longitude,latitude" }
        { printf "%s,%.3f,43.6\n", $1, 1.4 + NR / 100 }' >winter-stations.csv
    town | sed 's/^file = .*/file = winter-stations.csv/' >winter.ini
    says "rejected: what the station sends when it measures nothing; first: -50 degC" \
        "the winter's sample: the empty messages are refused" \
        "$autan" ingest winter.ini "$found"
    faults=$(awk -F, '$2 == -50 && $3 == 0' "$found" | wc -l)
    rows=$(($(wc -l <"$found") - 1))
    check "and the rest kept" test "$("$autan" archive export winter.ini | wc -l)" = \
        $((rows - faults + 1))
fi

# --- the others ---

cat >H_31.csv <<'END'
NUM_POSTE;NOM_USUEL;LAT;LON;ALTI;AAAAMMJJHH;RR1;QRR1;FF;QFF;DD;QDD;T;QT;U;QU;PSTAT;QPSTAT;GLO;QGLO
31069001;BLAGNAC;43.62;1.37;151;2023082114;0.2;1;3.5;1;140;1;39.6;1;22;1;995.1;1;288;1
31069001;BLAGNAC;43.62;1.37;151;2023082115;;;3.5;1;140;1;99.9;2;22;9;;;;
99999999;ELSEWHERE;43.62;1.37;151;2023082115;;;3.5;1;140;1;19.9;1;22;9;;;;
END
reads "Météo-France hourly: doubtful values are left out, J/cm2 are W/m2" H_31.csv <<'END'
2023-08-21T14:00:00Z,31069001,39.6,22,3.5,140,995.1,0.2,800
2023-08-21T15:00:00Z,31069001,,22,3.5,140,,,
---
1 rejected: station is not in the station table; first: 99999999
END
cat >MN_31.csv <<'END'
NUM_POSTE;NOM_USUEL;LAT;LON;ALTI;AAAAMMJJHHMN;RR;QRR
 31069001;BLAGNAC;43.62;1.37;151;20230821006;0.4;1
 31069001;BLAGNAC;43.62;1.37;151;202308211406;0.2;1
END
reads "Météo-France 6-minute: a leading blank and hours without their zeros" MN_31.csv <<'END'
2023-08-21T00:06:00Z,31069001,,,,,,0.4,
2023-08-21T14:06:00Z,31069001,,,,,,0.2,
---
2 rows new
END
sed 's/^31069001/01069001/' H_31.csv >H_01.csv
town | sed 's/^file = .*/file = bare-stations.csv/' >bare.ini
sed 's/31069001/1069001/' stations.csv >bare-stations.csv
ini=bare.ini
reads "and a station's number with or without its leading zero" H_01.csv <<'END'
2023-08-21T14:00:00Z,1069001,39.6,22,3.5,140,995.1,0.2,800
2023-08-21T15:00:00Z,1069001,,22,3.5,140,,,
END
unset ini
cat >synop.csv <<'END'
numer_sta;date;pmer;tend;dd;ff;t;td;u;pres;rr1;
07630;20230821150000;101230;mq;140;3.500000;312.750000;288.1;22;99510;mq;
7630;20230821180000;101230;mq;140;3.500000;302.750000;288.1;22;99510;-0.100000;
07481;20230821150000;101230;mq;140;3.500000;312.750000;288.1;22;99510;mq;
END
reads "SYNOP: kelvin, pascal, mq, traces, a trailing delimiter; the WMO number is an alias" \
    synop.csv <<'END'
2023-08-21T15:00:00Z,31069001,39.6,22,3.5,140,995.1,,
2023-08-21T18:00:00Z,31069001,29.6,22,3.5,140,995.1,0,
---
1 rejected: station is not in the station table; first: 07481
END
cat >netatmo.json <<'END'
{"status":"ok","body":[{"_id":"70:ee:50:00:00:01","place":{"location":[1.45,43.6],"timezone":"Europe/Paris"},"measures":{
"02:00":{"res":{"1692630000":[39.5,21]},"type":["temperature","humidity"]},
"70:ee":{"res":{"1692630000":[1012.5]},"type":["pressure"]},
"06:00":{"wind_strength":18,"wind_angle":140,"wind_timeutc":1692630060},
"06:01":{"wind_strength":0,"wind_angle":-1,"wind_timeutc":1692630120},
"06:02":{"wind_strength":9,"wind_angle":10,"wind_timeutc":1e300},
"02:01":{"res":{"99999999999999":[1.5],"soon":[2.5]},"type":["temperature"]}}}]}
END
reads "Netatmo, a calm, times that are none" netatmo.json <<'END'
2023-08-21T15:00:00Z,ITOULO1,39.5,21,,,1012.5,,
2023-08-21T15:01:00Z,ITOULO1,,,5,140,,,
2023-08-21T15:02:00Z,ITOULO1,,,0,,,,
---
1 completed
3 rejected
END
cat >wu.json <<'END'
{"observations":[{"stationID":"ITOULO1","obsTimeUtc":"2023-08-21T15:00:00Z","humidity":21,"winddir":140,"solarRadiation":701.5,"imperial":{"temp":86,"windSpeed":10,"pressure":29.92,"precipTotal":0.1}}]}
END
reads "Weather Underground in imperial units" wu.json <<'END'
2023-08-21T15:00:00Z,ITOULO1,30,21,4.4704,140,1013.20749,,701.5
---
1 row new
END
cat >ngsi.json <<'END'
[{"id":"urn:ngsi-ld:WeatherObserved:00-valade","type":"WeatherObserved","dateObserved":{"type":"Property","value":{"@type":"DateTime","@value":"2023-08-21T15:00:00.00Z"}},"temperature":{"type":"Property","value":30.5},"relativeHumidity":{"value":0.25},"atmosphericPressure":{"value":995}},
{"id":"x","type":"WeatherObserved","refDevice":"12-montaudran","dateObserved":"2023-08-21T17:00:00+02:00","temperature":31,"windSpeed":2.5}]
END
reads "NGSI-LD, normalised and as key and value" ngsi.json <<'END'
2023-08-21T15:00:00Z,00-valade,30.5,25,,,995,,
2023-08-21T15:00:00Z,12-montaudran,31,,2.5,,,,
---
2 rows new
END
cat >units.json <<'END'
{"type":"FeatureCollection","features":[
{"id":"urn:ngsi-ld:WeatherObserved:00-valade","type":"Feature","geometry":null,"properties":{"type":"WeatherObserved","temperature":{"type":"Property","value":86,"unitCode":"FAH","observedAt":"2023-08-21T15:00:00Z"},"relativeHumidity":{"value":25,"unitCode":"P1"},"windSpeed":{"value":36,"unitCode":"KMH"},"atmosphericPressure":{"value":99500,"unitCode":"PAL"}}},
{"id":"12-montaudran","type":"Feature","properties":{"type":"WeatherObserved","dateObserved":"2023-08-21T15:00:00Z","relativeHumidity":65,"temperature":31}},
{"id":"12-montaudran","type":"Feature","properties":{"type":"WeatherObserved","dateObserved":"2023-08-21T16:00:00Z","temperature":{"value":31,"unitCode":"KMH"}}}]}
END
reads "NGSI-LD as GeoJSON: unit codes, times of properties, humidity in %" units.json <<'END'
2023-08-21T15:00:00Z,00-valade,30,25,10,,995,,
2023-08-21T15:00:00Z,12-montaudran,31,65,,,,,
---
units.json:3: 1 rejected
END
cat >sta.json <<'END'
{"value":[{"name":"00-valade","Datastreams":[
{"name":"Air temperature","unitOfMeasurement":{"name":"Kelvin","symbol":"K"},"ObservedProperty":{"name":"air_temperature"},"Observations":[{"phenomenonTime":"2023-08-21T14:45:00.000Z/2023-08-21T15:00:00.000Z","result":300.15,"@iot.id":1}]},
{"name":"Wind","unitOfMeasurement":{"name":"kmh","symbol":"km/h"},"ObservedProperty":{"name":"wind speed"},"Observations":[{"phenomenonTime":"2023-08-21T15:00:00Z","result":36}]}]}]}
END
reads "SensorThings: expanded things, an interval, units" sta.json <<'END'
2023-08-21T15:00:00Z,00-valade,27,,10,,,,
---
1 row new, 1 completed
END
cat >array.json <<'END'
{"value":[{"@iot.id":7,"Datastream":{"name":"T","unitOfMeasurement":{"symbol":"degC"},"ObservedProperty":{"name":"Temperature"},"Thing":{"name":"12-montaudran"}},"components":["phenomenonTime","result"],"dataArray":[["2023-08-21T15:00:00Z",20.5],["2023-08-21T16:00:00Z",21.5]]}]}
END
reads "SensorThings as a data array" array.json <<'END'
2023-08-21T15:00:00Z,12-montaudran,20.5,,,,,,
2023-08-21T16:00:00Z,12-montaudran,21.5,,,,,,
---
2 rows new
END
cat >numbered.json <<'END'
{"name":"T","unitOfMeasurement":{"name":"degree Celsius","symbol":"deg.C"},"ObservedProperty":{"name":"Temperature"},"Thing":{"@iot.id":12,"name":"x"},"Observations":[{"phenomenonTime":"2023-08-21T15:00:00Z","result":20.5},{"phenomenonTime":"2023-08-21T16:00:00Z","result":21.5}]}
END
sed 's/,12-station-meteo-toulouse-montaudran,/,12,/' stations.csv >numbered-stations.csv
town | sed 's/^file = .*/file = numbered-stations.csv/' >numbered.ini
ini=numbered.ini
reads "SensorThings: a thing by its number, a unit by its name" numbered.json <<'END'
2023-08-21T15:00:00Z,12-montaudran,20.5,,,,,,
2023-08-21T16:00:00Z,12-montaudran,21.5,,,,,,
END
unset ini

# --- any CSV, and the hours of the clocks' change ---

ini=mapped.ini
town "[mapping]" "time = Date" "time_format = %d/%m/%Y %H:%M" "timezone = Europe/Paris" \
    "station = Poste" "missing = -999 n/a" "air_temperature = T (F)" \
    "air_temperature_unit = degF" "wind_speed = Vent" "wind_speed_unit = km/h" >mapped.ini
cat >autumn.csv <<'END'
Date;Poste;T (F);Vent
29/10/2023 01:30;00-valade;50;36
29/10/2023 02:00;00-valade;59;-999,0
29/10/2023 02:30;00-valade;68,0;n/a
29/10/2023 02:00;00-valade;77;3,6
29/10/2023 02:30;00-valade;86;
29/10/2023 03:00;00-valade;95;
26/03/2023 02:30;00-valade;95;
32/10/2023 03:00;00-valade;95;
END
reads "the hour that occurs twice is told by the order of the file, the skipped one refused" \
    autumn.csv <<'END'
2023-10-28T23:30:00Z,00-valade,10,,10,,,,
2023-10-29T00:00:00Z,00-valade,15,,,,,,
2023-10-29T00:30:00Z,00-valade,20,,,,,,
2023-10-29T01:00:00Z,00-valade,25,,1,,,,
2023-10-29T01:30:00Z,00-valade,30,,,,,,
2023-10-29T02:00:00Z,00-valade,35,,,,,,
---
autumn.csv:8: 1 rejected: date is impossible
END
{ head -n 1 autumn.csv; sed -n '2,7p' autumn.csv | tac; } >falling.csv
reads "also where the newest comes first" falling.csv <<'END'
2023-10-28T23:30:00Z,00-valade,10,,10,,,,
2023-10-29T00:00:00Z,00-valade,15,,,,,,
2023-10-29T00:30:00Z,00-valade,20,,,,,,
2023-10-29T01:00:00Z,00-valade,25,,1,,,,
2023-10-29T01:30:00Z,00-valade,30,,,,,,
2023-10-29T02:00:00Z,00-valade,35,,,,,,
---
6 rows new
END
town "[mapping]" "time = t" "time_format = %s" "air_temperature = kelvins" \
    "air_temperature_unit = kelvin" >mapped.ini
printf 't,kelvins\n1692630000,300.15\n1692633600,1e305\n' >12-montaudran.csv
reads "seconds since 1970, a file named after its station, a value without end" \
    12-montaudran.csv <<'END'
2023-08-21T15:00:00Z,12-montaudran,27,,,,,,
---
1 row new
12-montaudran.csv:3: 1 rejected: value is too large
END
printf 'a,b\n1,2\n' >other.csv
refuses 1 "has no column 't', which [mapping] names" "a mapped column must be there" \
    "$autan" ingest mapped.ini other.csv
town "[mapping]" "time = t" "air_temperature_unit = hPa" >bad.ini
refuses 2 "bad.ini:11: air_temperature_unit is 'hPa', expected a unit of air_temperature" \
    "a unit of another quantity is refused" "$autan" ingest bad.ini other.csv
town "[mapping]" "air_temperature = T" >bad.ini
refuses 2 "[mapping] time is missing" "a mapping needs the time" \
    "$autan" ingest bad.ini other.csv
refuses 2 "unknown format 'grib', expected one of observations, toulouse" \
    "an unknown format is refused" "$autan" ingest --format grib town.ini other.csv
refuses 2 "station 'nowhere' is not in the station table" "so is an unknown station" \
    "$autan" ingest --station nowhere town.ini v21.json
refuses 1 "unknown column 'a'" "what no format knows is read as observation CSV" \
    "$autan" ingest town.ini other.csv

finish
