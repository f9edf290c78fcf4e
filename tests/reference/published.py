"""Compares a published month with the archive it was made from.

    python3 published.py ARCHIVE.sqlite STATIONS.csv FOLDER      exits 1 where they differ

The archive is read with SQL of its own: the newest version of each value that is no
conflict, and the flags. Values have to be the same to the last bit in every form.
"""

import csv
import datetime
import json
import math
import os
import sqlite3
import sys

import netCDF4
import numpy as np
from osgeo import ogr

archive, table, folder = sys.argv[1:4]
ogr.UseExceptions()
month = os.path.basename(folder)
start = datetime.datetime.fromisoformat(month + "-01T00:00:00+00:00")
end = (start + datetime.timedelta(days=32)).replace(day=1)
VARIABLES = [
    "air_temperature", "relative_humidity", "wind_speed", "wind_from_direction",
    "air_pressure", "precipitation_amount", "global_radiation",
]
stations = {row["station"]: row for row in csv.DictReader(open(table, encoding="utf-8"))}
db = sqlite3.connect(archive)
names = dict(db.execute("SELECT id, name FROM station"))
meanings = dict(db.execute("SELECT mask, meaning FROM flag_meaning"))
period = (start.timestamp(), end.timestamp())


def guarded(text):
    return "'" + text if text[:1] in ("=", "+", "-", "@") else text


values, flags = {}, {}
for time, station, _, *row in db.execute(
    f"SELECT time, station, version, {', '.join(VARIABLES)} FROM reading WHERE time >= ? "
    "AND time < ? AND conflict = 0 ORDER BY version", period
):
    if names[station] in stations:
        for variable, value in zip(VARIABLES, row):
            if value is not None:
                values[time, names[station], variable] = value
for variable, time, station, mask in db.execute(
    "SELECT variable, time, station, mask FROM flag WHERE time >= ? AND time < ?", period
):
    if names[station] in stations:
        flags[time, names[station], VARIABLES[variable]] = mask
assert values, "nothing to compare"


def words(mask):
    return "|".join(text for bit, text in sorted(meanings.items()) if mask & bit)


# CSV
seen, raised = {}, {}
last = None
for row in csv.DictReader(open(f"{folder}/observations.csv", encoding="utf-8", newline="")):
    time = int(datetime.datetime.fromisoformat(row["time"].replace("Z", "+00:00")).timestamp())
    assert last is None or time >= last, "times do not ascend"
    last = time
    for variable in VARIABLES:
        if row[variable]:
            seen[time, row["station"], variable] = float(row[variable])
        if row[variable + "_flags"]:
            raised[time, row["station"], variable] = row[variable + "_flags"]
assert seen == {(t, guarded(s), v): x for (t, s, v), x in values.items()}, "CSV: values"
assert raised == {(t, guarded(s), v): words(m) for (t, s, v), m in flags.items()}, "CSV: flags"

# NetCDF
data = netCDF4.Dataset(f"{folder}/observations.nc")
data.set_auto_chartostring(False)
ids = [b"".join(row[row != b""]).decode() for row in np.ma.filled(data["station_id"][:], b"")]
if "row_size" in data.variables:
    place = np.repeat(np.arange(len(ids)), data["row_size"][:])
    keys = [(int(t), ids[i]) for t, i in zip(data["time"][:], place)]
else:
    keys = [(int(t), i) for t in data["time"][:] for i in ids]
seen, raised = {}, {}
for variable in VARIABLES:
    for key, x, mask in zip(
        keys, np.ma.ravel(data[variable][:]), np.ma.ravel(data[variable + "_flag"][:])
    ):
        if x is not np.ma.masked:
            seen[(*key, variable)] = float(x)
        if mask:
            raised[(*key, variable)] = int(mask)
assert seen == values, "NetCDF: values"
assert raised == flags, "NetCDF: flags"
bits = dict(zip(np.atleast_1d(data["air_temperature_flag"].flag_masks).tolist(),
                data["air_temperature_flag"].flag_meanings.split()))
assert all(bits[bit] == text for bit, text in meanings.items()), "NetCDF: meanings"

# Stations: CSV, GeoJSON, GeoPackage
measured = {s for _, s, _ in values}
readings = {s: len({t for t, other, _ in values if other == s}) for s in measured}


def same_place(x, y, s):
    row = stations[s]
    return (math.isclose(x, float(row["longitude"]), abs_tol=1e-7)
            and math.isclose(y, float(row["latitude"]), abs_tol=1e-7))


listed = list(csv.DictReader(open(f"{folder}/stations.csv", encoding="utf-8", newline="")))
assert {row["station"] for row in listed} == {guarded(s) for s in measured}, "stations.csv"
for name in ("stations.geojson", "stations.gpkg"):
    source = ogr.Open(f"{folder}/{name}")
    layer = source.GetLayer(0)
    assert layer.GetName() == "stations", name
    assert layer.GetSpatialRef().GetAuthorityCode(None) == "4326", name
    found = {f.GetField("station"): f for f in layer}
    assert set(found) == measured, name
    for s, f in found.items():
        point = f.GetGeometryRef()
        assert same_place(point.GetX(), point.GetY(), s), (name, s)
        assert f.GetField("readings") == readings[s], (name, s)
        assert f.GetField("name") == (stations[s].get("name") or s), (name, s)

# Findings
expected = {
    (guarded(names[s]), VARIABLES[v], words(mask))
    for v, s, mask in db.execute(
        "SELECT variable, station, mask FROM finding WHERE first < ? AND last >= ?",
        period[::-1])
    if names[s] in measured
}
rows = csv.DictReader(open(f"{folder}/findings.csv", encoding="utf-8", newline=""))
assert {(r["station"], r["variable"], r["check"]) for r in rows} == expected, "findings"

package = json.load(open(f"{folder}/datapackage.json", encoding="utf-8"))
assert package["autan"]["readings"] == len({k[:2] for k in values}), "datapackage"
assert {r["path"] for r in package["resources"]} == {
    name for name in os.listdir(folder)
    if name not in ("datapackage.json", "SHA256SUMS", "README.md", "LISEZMOI.md")
}, "resources"
print(len(values), "values,", len(flags), "flags")
