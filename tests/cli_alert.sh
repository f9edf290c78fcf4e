#!/bin/sh
# autan alert in a small town made here: seven stations, a hundred summer days, two zones.
# Closes with `N passed, N failed`.
. "${srcdir:-$(dirname "$0")/..}/tests/cli_common.sh"

# town FILE DAY NIGHT: a city file with those thresholds; all share one archive
town() {
    cat >"$1" <<EOF
[city]
name       = Villette
timezone   = Europe/Paris
crs        = EPSG:2154
extent     = 570000 6276000 576000 6281000
resolution = 250
[stations]
file = stations.csv
[alert]
zones           = zones.geojson
people          = people.geojson
people_fields   = old alone
day_threshold   = $2
night_threshold = $3
cool_places     = cool.geojson
sender          = heat@example.org
geocode         = FRJ23
hook            = $work/hook.sh
EOF
}
town hot.ini 20 10
town warm.ini 27 15
town cold.ini 60 50
sed '/threshold/d' hot.ini >none.ini
cat >hook.sh <<'EOF'
#!/bin/sh
echo "$1 $2" >>hook.log
EOF
chmod +x hook.sh
cat >stations.csv <<'EOF'
station,longitude,latitude
a,1.420,43.600
b,1.440,43.590
c,1.450,43.610
d,1.460,43.595
e,1.430,43.615
f,1.415,43.585
g,1.445,43.575
EOF
"$python" - <<'EOF'
import datetime, json, math, random
def square(x, y, s): return [[[x, y], [x + s, y], [x + s, y + s], [x, y + s], [x, y]]]
def feature(g, c, **p): return {"type": "Feature", "properties": p, "geometry": {"type": g, "coordinates": c}}
json.dump({"type": "FeatureCollection", "features": [
    feature("Polygon", square(1.415, 43.585, 0.015), nom="Ouest <& \"vieux\""),
    feature("Polygon", square(1.440, 43.590, 0.015), nom="Est, le"),
    feature("Polygon", square(9.0, 45.0, 0.1), nom="Ailleurs")]}, open("zones.geojson", "w"))
json.dump({"type": "FeatureCollection", "features": [
    feature("Point", [1.42, 43.59], old=30, alone=5), feature("Point", [1.421, 43.59], old=7, alone=0),
    feature("Point", [1.45, 43.60], old=100, alone=1), feature("Point", [1.50, 43.50], old=9, alone=9)]},
    open("people.geojson", "w"))
json.dump({"type": "FeatureCollection", "features": [
    feature("Point", [1.4225, 43.5925], nom="Parc & lac"),
    feature("Point", [1.60, 43.70], nom="Trop loin")]}, open("cool.geojson", "w"))
random.seed(4)
out = open("observations.csv", "w")
print("time,station,air_temperature", file=out)
weather, start = 0.0, datetime.datetime(2023, 5, 1)
for h in range(24 * 100):
    weather = 0.98 * weather + 0.6 * random.gauss(0, 1)
    t = (start + datetime.timedelta(hours=h)).strftime("%Y-%m-%dT%H:%MZ")
    for i, s in enumerate("abcdefg"):
        v = 20 + h / 800 - 6 * math.cos((h - 3) * math.pi / 12) + weather + 0.3 * i + random.gauss(0, 0.3)
        print(f"{t},{s},{v:.2f}", file=out)
EOF
"$autan" ingest -q hot.ini observations.csv || exit 1
"$autan" forecast -q --at 2023-08-07T06:00Z --members 20 --days 3 hot.ini || exit 1
alert() { # alert CITY.ini HOUR [option]
    "$autan" alert --at "2023-08-07T$2Z" -o told $3 "$1"
}
valid() {
    [ ! -f "${AUTAN_SHARED:-$top/../shared}/reference/cap/CAP-v1.2.xsd" ] ||
        xmllint --noout --schema \
            "${AUTAN_SHARED:-$top/../shared}/reference/cap/CAP-v1.2.xsd" told/alert.xml
}
has() { grep -qF -- "$2" "$1"; }

refuses 2 "[alert] has no thresholds" "a town without thresholds is told so" alert none.ini 06:30
refuses 2 "give -o DIR" "a folder is needed" "$autan" alert hot.ini
check "nothing is told of a cold town" alert cold.ini 06:30
check "then there is no message" test ! -e told/alert.xml
says "changed from green to red" "a hot town is told, with its change" alert hot.ini 07:00
check "the hook got both colours" has hook.log "green red"
check "the message follows the schema" valid
check "it is an alert" has told/alert.xml "<msgType>Alert</msgType>"
check "it has MeteoAlarm's level" has told/alert.xml "4; red; Extreme"
check "it has MeteoAlarm's type" has told/alert.xml "5; high-temperature"
cp told/alert.xml first.xml
check "the same moment again gives" alert hot.ini 07:00
check "the same message" cmp told/alert.xml first.xml
check "later it is told again" alert hot.ini 08:00
check "as an update" has told/alert.xml "<msgType>Update</msgType>"
check "which refers to the first" has told/alert.xml \
    "<references>heat@example.org,autan-heat@example.org-20230807T0700Z,2023-08-07T07:00:00+00:00</references>"
check "and follows the schema" valid
check "when the heat is over" alert cold.ini 09:00
check "it is cancelled" has told/alert.xml "<msgType>Cancel</msgType>"
check "with references" has told/alert.xml "autan-heat@example.org-20230807T0800Z"
check "that message follows the schema too" valid
check "after that there is nothing to tell" alert cold.ini 10:00
check "and no message is left" test ! -e told/alert.xml

check "a town near its thresholds" alert warm.ini 11:00
cat >look.py <<'EOF'
import csv, json
rows = list(csv.DictReader(open("told/risk.csv")))
assert {r["zone"] for r in rows} == {"Villette", 'Ouest <& "vieux"', "Est, le"}
people = {r["zone"]: r["people"] for r in rows}
assert people['Ouest <& "vieux"'] == "42" and people["Est, le"] == "101", people
cool = {r["zone"]: r["cool_places"] for r in rows}
assert cool['Ouest <& "vieux"'] == "1" and cool["Est, le"] == "0", cool
for r in rows:
    c = [float(r[f"chance_{k}"]) for k in ("yellow", "orange", "red")]
    assert 1 >= c[0] >= c[1] >= c[2] >= 0
    q = [float(r[f"minimum_q{k}"]) for k in (10, 50, 90)]
    assert q == sorted(q)
g = json.load(open("told/risk.geojson"))
assert g["forecast_reference_time"] == "2023-08-07T06:00:00Z"
assert len(g["features"]) == 2 and len(g["features"][0]["properties"]["days"]) == 4
EOF
check "gives tables that agree with the zones and people" "$python" look.py
check "the page is well formed" xmllint --html --noout told/bulletin.html
check "and quotes what must be" has told/bulletin.html "Ouest &lt;&amp;"
check "a cool place nearby is named" has told/bulletin.txt "Parc & lac ("
check "one too far is not" sh -c '! grep -q "Trop loin" told/bulletin.txt'
check "there is a map of the zones" has told/bulletin.html "<svg"
check "the text is French first" has told/bulletin.txt "BULLETIN CHALEUR"

# The other rules, of an archive of a hundred days.
sed '/threshold/d; /\[alert\]/a rule = tropical_nights' hot.ini >nights.ini
sed '/\[alert\]/a rule = excess_heat' hot.ini >ehf.ini
sed '/threshold/d; /\[alert\]/a rule = magnitude' hot.ini >magnitude.ini
sed '/threshold/d; /\[alert\]/a rule = england\nregion = london' hot.ini >london.ini
check "a rule without thresholds needs none" alert nights.ini 12:00
check "and is named" has told/bulletin.txt "nuits de suite à 20 °C ou plus"
check "without a word of degradation" sh -c '! grep -qF DEGRADED told/bulletin.txt'
says "needs a climate of 5 whole years, the archive has 0.3: colours are those of rule france" \
    "a rule of the climate hands over to the thresholds" alert ehf.ini 12:00
check "which is said at the top" \
    sh -c 'head -n 1 told/bulletin.txt | grep -qF "DEGRADED BULLETIN"'
says "those of rule germany" "or, where there are none, to fixed ones" \
    alert magnitude.ini 12:00
check "a region of England has its thresholds" alert london.ini 12:00
check "which are told" has told/bulletin.html "32 °C le jour, 18 °C la nuit"
sed 's/= excess_heat/= heat/' ehf.ini >bad.ini
refuses 2 "expected one of france, england, germany, excess_heat, magnitude, tropical_nights, warm_spell" \
    "an unknown rule is told the known ones" alert bad.ini 12:00
sed 's/= london/= Londres/' london.ini >bad.ini
refuses 2 "region is 'Londres'" "an unknown region is refused" alert bad.ini 12:00
sed 's/rule = excess_heat/levels = 1 3 9/' ehf.ini >bad.ini
refuses 2 "rule france gives its levels itself" "levels are those of an index" \
    alert bad.ini 12:00
sed 's/rule = tropical_nights/&\nlevels = 2 1 5/' nights.ini >bad.ini
refuses 2 "expected ascending numbers" "levels ascend" alert bad.ini 12:00
check "all systems are told" alert hot.ini 12:00
cat >systems.py <<'EOF'
import csv
rows = list(csv.DictReader(open("told/systems.csv")))
risk = {(r["zone"], r["date"]): r for r in csv.DictReader(open("told/risk.csv"))}
assert {r["rule"] for r in rows} == {"france", "england", "germany", "tropical_nights"}, rows[0]
assert len(rows) == 4 * len(risk)
chances = [f"chance_{k}" for k in ("yellow", "orange", "red")]
for r in rows:
    c = [float(r[k]) for k in chances]
    assert 1 >= c[0] >= c[1] >= c[2] >= 0
    day = risk[r["zone"], r["date"]]
    if r["rule"] == "france":
        assert all(r[k] == day[k] for k in chances)
    if r["rule"] == "germany":  # its value is the maximum, there with one digit
        assert abs(float(r["value_q50"]) - float(day["maximum_q50"])) < 0.06
EOF
check "by zone, day and rule, the colours' own as in risk.csv" "$python" systems.py

# Six years at three stations, with a heatwave in the last days.
mkdir long && head -n 4 stations.csv >long/stations.csv
sed '/zones\|people\|cool\|threshold\|hook/d; /\[alert\]/a rule = excess_heat' hot.ini >long/city.ini
"$python" - <<'EOF'
import datetime, math, random
random.seed(5)
out = open("long/observations.csv", "w")
print("time,station,air_temperature", file=out)
start, weather = datetime.datetime(2017, 7, 1), 0.0
for h in range(24 * (6 * 365 + 38) + 7):
    weather = 0.985 * weather + 0.5 * random.gauss(0, 1)
    t = start + datetime.timedelta(hours=h)
    heat = 9 if t >= datetime.datetime(2023, 8, 3) else 0
    for i, s in enumerate("abc"):
        v = (14 + 9 * math.cos(2 * math.pi * (t.timetuple().tm_yday - 200) / 365.25)
             - 5 * math.cos((h - 3) * math.pi / 12) + weather + heat + i)
        print(f"{t:%Y-%m-%dT%H:%MZ},{s},{v:.1f}", file=out)
EOF
"$autan" ingest -q long/city.ini long/observations.csv || exit 1
"$autan" forecast -q --at 2023-08-07T06:00Z --members 20 --days 3 long/city.ini || exit 1
check "a long archive has a climate to judge by" \
    "$autan" alert --at 2023-08-07T06:30Z -o told long/city.ini
cat >climate.py <<'EOF'
import csv
rows = [r for r in csv.DictReader(open("told/systems.csv")) if r["date"] == "2023-08-07"]
value = {r["rule"]: r for r in rows if r["zone"] == "Villette"}
assert set(value) == {"germany", "excess_heat", "magnitude", "tropical_nights", "warm_spell"}, value
# Nine kelvin more since 3 August: a severe window, a heatwave of five days by now.
assert float(value["excess_heat"]["value_q50"]) > 1, value["excess_heat"]
assert float(value["excess_heat"]["chance_orange"]) == 1
assert float(value["magnitude"]["value_q50"]) > 3, value["magnitude"]
EOF
check "and a heatwave of nine kelvin is severe" "$python" climate.py
check "without degradation" sh -c '! grep -qF DEGRADED told/bulletin.txt'

refuses 4 "too old to be shown" "yesterday's forecast is not shown" \
    "$autan" alert --at 2023-08-08T20:00Z --exit-code -o late hot.ini
check "the bulletin says so at its top" \
    sh -c 'head -n 1 late/bulletin.txt | grep -qF "NO VALID FORECAST"'
check "no colour is given" sh -c '! grep -qE "orange,|rouge" late/bulletin.txt'
check "an old forecast of the day is" alert hot.ini 19:00
check "shown, and said at the top" \
    sh -c 'head -n 1 told/bulletin.txt | grep -qF "DEGRADED BULLETIN"'
echo "{" >archive/alert.json
says "start afresh" "a damaged state is said" alert hot.ini 19:30
printf 'garbage' >archive/forecasts/20230807T0700Z.nc
says "cannot be read" "a damaged forecast is said" alert hot.ini 20:00
sed 's/zones.geojson/stations.csv/' hot.ini >bad.ini
refuses 2 "no coordinate reference system" "zones must be a map" alert bad.ini 07:00

echo "$passed passed, $failed failed"
[ $failed = 0 ]
