#!/usr/bin/env python3
"""Make toulouse.csv from the network's published list of stations.

usage: stations/toulouse.py [SOURCE.json] > stations/toulouse.csv

SOURCE is the JSON export of the data set "Stations météo en place" of Toulouse
Métropole; default ../shared/data/toulouse/stations-meteo-en-place.json, beside the
repository. The columns and the corrections are explained in README.md.
"""
import csv
import json
import pathlib
import re
import sys

# Corrections: id_nom, field, value in the source, value written. A source that no
# longer holds the old value stops the script, so that a correction cannot outlive its
# defect.
CORRECTIONS = [
    # The data set's name and the sensor beside it say 28; 27 is Saint-Cyprien.
    ("28-station-meteo-toulouse-carmes-ozenne", "id_numero", 27, 28),
    ("16-station-meteo-saint-alban-leon-jouhaux", "ville", "Saintt Alban",
     "Saint-Alban"),
    ("33-station-meteo-saint-jory-chapelle-beldou", "ville", "Saint Jory",
     "Saint-Jory"),
]

# Spelling of the names to read, applied to the title-cased id.
SPELLING = [
    (r"\b(De|Des|La|Du|Avenue|Centre|Chapelle|Foyer|Mairie|Parc|Parking|Pont|Route)\b",
     lambda m: m[0].lower()),
    (r"\b(Za|Zi|Teso|Tm|Af)\b", lambda m: m[0].upper()),
    (r"\bBanleve\b", "Banlève"),
    (r"\bBartheres\b", "Barthères"),
    (r"\bCafarelli\b", "Caffarelli"),
    (r"\bcentre Equestre\b", "centre équestre"),
    (r"\bCepiere\b", "Cépière"),
    (r"\bCote Pavee\b", "Côte Pavée"),
    (r"\bDebut\b", "début"),
    (r"\bEcluse\b", "écluse"),
    (r"\bEcole\b", "école"),
    (r"\bEnjacca\b", "En Jacca"),
    (r"\bEst Stadium\b", "Stadium est"),
    (r"\bForet\b", "forêt"),
    (r"\bGeneral\b", "général"),
    (r"\bGrande Bretagne\b", "Grande-Bretagne"),
    (r"\bIle\b", "île"),
    (r"\bJardin des Plantes\b", "Jardin-des-Plantes"),
    (r"\bJaures\b", "Jaurès"),
    (r"\bLeon\b", "Léon"),
    (r"\bMarechal\b", "maréchal"),
    (r"\bMeteopole\b", "Météopole"),
    (r"\bPoint Frais\b", "point frais"),
    (r"\bResidentiel\b", "résidentiel"),
    (r"\bSaint Cyprien\b", "Saint-Cyprien"),
    (r"\bSt Exupery\b", "Saint-Exupéry"),
    (r"\bStation Epuration\b", "station d'épuration"),
    (r"\bSud Est Pointe\b", "pointe sud-est"),
    (r"\bUniversite\b", "université"),
]

COLUMNS = ["station", "name", "longitude", "latitude", "elevation", "lcz",
           "built_area", "tall_vegetation_area", "number", "type", "commune",
           "installed", "source_id"]


def station_id(source_id):
    """The id: id_nom in lower case without what all of them share."""
    return re.sub(r"^(\d\d)-station-meteo-(toulouse-)?(life-)?", r"\1-",
                  source_id.lower())


def name(place, commune, life):
    """A name to read: "Commune, place", with the project where it is one of LIFE's."""
    plain = commune.lower().replace("'", "-").replace(" ", "-")
    text = re.sub(f"^{plain}-", "", place).replace("-", " ").title()
    for pattern, new in SPELLING:
        text = re.sub(pattern, new, text)
    return f"{commune}, {text}{' (LIFE)' if life else ''}"


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    default = root / "../shared/data/toulouse/stations-meteo-en-place.json"
    source = sys.argv[1] if len(sys.argv) > 1 else default
    with open(source, encoding="utf-8") as f:
        records = json.load(f)
    points = {p["id_nom"]: p for p in records}
    if len(points) < len(records):
        sys.exit(f"{source}: two records with the same id_nom")

    for id_nom, field, old, new in CORRECTIONS:
        if points[id_nom][field] != old:
            sys.exit(f"{source}: {id_nom}: {field} is {points[id_nom][field]!r}, "
                     f"the correction expects {old!r}")
        points[id_nom][field] = new

    rows = []
    for p in points.values():
        station = station_id(p["id_nom"])
        number = p["id_numero"]
        if int(station[:2]) != number:
            sys.exit(f"{source}: {p['id_nom']}: the number is {number}")
        rows.append([
            station, name(station[3:], p["ville"], "-LIFE-" in p["id_nom"]),
            f"{p['longitude']:.6f}", f"{p['latitude']:.6f}", f"{p['altitude']:.2f}",
            p["lcz"], *("" if a is None else f"{a:.0f}"
                        for a in (p["bati"], p["veg_haute"])),
            number, p["type_stati"], p["ville"], p["installation"], p["id_nom"]])
    rows.sort()
    if len({r[0] for r in rows}) < len(rows):
        sys.exit(f"{source}: two stations with the same id")

    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(COLUMNS)
    out.writerows(rows)


if __name__ == "__main__":
    main()
