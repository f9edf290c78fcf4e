#!/usr/bin/env python3
"""Scores of predictions at withheld stations, side by side.

    score.py TIMEZONE AUTAN.csv PEERS

Each file has station,time,observed,predicted,standard_error; PEERS is a folder of them.
Only the rows that every program predicted count. Night is 20 to 04 h local time. The
better of kriging with the best single covariate (chosen afterwards, by its RMSE) and with
all is the peer to beat.
"""
import csv
import glob
import math
import os
import sys
from datetime import datetime, timezone
from statistics import NormalDist
from zoneinfo import ZoneInfo

import numpy as np

NORMAL = NormalDist()
erf = np.vectorize(math.erf)


def read(path):
    rows = {}
    with open(path) as lines:
        for r in csv.DictReader(lines):
            if r["predicted"] not in ("", "NA", "nan"):
                rows[r["station"], r["time"][:16]] = (
                    float(r["observed"]), float(r["predicted"]), float(r["standard_error"]))
    return rows


def crps(mean, sd, y):
    """Gneiting and Raftery (2007), equation 21."""
    sd = np.maximum(sd, 1e-9)
    z = (y - mean) / sd
    pdf = np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return sd * (z * erf(z / math.sqrt(2)) + 2 * pdf - 1 / math.sqrt(math.pi))


class Table:
    def __init__(self, y, mean, sd):
        error = mean - y
        self.columns = {
            "bias": error, "MAE": np.abs(error), "RMSE": error**2, "CRPS": crps(mean, sd, y),
            "cover50": np.abs(error) <= NORMAL.inv_cdf(0.75) * sd,
            "cover90": np.abs(error) <= NORMAL.inv_cdf(0.95) * sd,
        }

    def score(self, name, rows):
        value = float(np.mean(self.columns[name][rows]))
        return math.sqrt(value) if name == "RMSE" else value


def print_scores(title, tables, rows):
    print(f"\n{title}, {int(rows.sum())} predictions")
    print(f"{'':34s}" + "".join(f"{c:>9s}" for c in tables["autan"].columns))
    for name, table in tables.items():
        values = [table.score(c, rows) for c in table.columns]
        print(f"{name:34s}" + "".join(f"{v:9.3f}" for v in values))


def print_ratios(tables, parts, peers):
    print(f"\nautan over {'':23s}" + "".join(f"{p + ' ' + c:>12s}" for p in parts
                                             for c in ("RMSE", "CRPS")))
    for peer in peers:
        ratio = [tables["autan"].score(c, rows) / tables[peer].score(c, rows)
                 for rows in parts.values() for c in ("RMSE", "CRPS")]
        print(f"{peer:34s}" + "".join(f"{r:12.3f}" for r in ratio))


def print_hours(tables, hour, peers):
    names = ["autan", *peers]
    print("\nBy hour of the day (local time): RMSE, CRPS, coverage of the 90 % interval")
    print("hour      n  " + "  ".join(f"{n[:22]:>22s}" for n in names))
    for h in range(24):
        rows = hour == h
        if rows.any():
            cells = (f"{tables[n].score('RMSE', rows):8.3f}{tables[n].score('CRPS', rows):7.3f}"
                     f"{tables[n].score('cover90', rows):7.3f}" for n in names)
            print(f"{h:4d} {int(rows.sum()):6d}  " + "  ".join(cells))


def main():
    zone = ZoneInfo(sys.argv[1])
    files = {"autan": sys.argv[2]}
    for path in sorted(glob.glob(os.path.join(sys.argv[3], "*.csv"))):
        files[os.path.basename(path)[:-4]] = path
    rows = {name: read(path) for name, path in files.items()}
    keys = sorted(set.intersection(*(set(r) for r in rows.values())))
    wanted = set.union(*(set(r) for name, r in rows.items() if name != "autan"))
    for name, r in rows.items():
        missing = len(wanted - set(r))
        if missing:
            print(f"{missing} of {len(wanted)} readings are not predicted by {name}: "
                  "left out for all")
    value = {name: np.array([r[k] for k in keys]) for name, r in rows.items()}
    y = next(v for n, v in value.items() if n != "autan")[:, 0]
    if np.max(np.abs(value["autan"][:, 0] - y)) > 1e-6:
        sys.exit("the programs were not given the same readings")
    tables = {name: Table(y, v[:, 1], v[:, 2]) for name, v in value.items()}
    hour = np.array([datetime.fromisoformat(t).replace(tzinfo=timezone.utc)
                     .astimezone(zone).hour for _, t in keys])
    night = (hour >= 20) | (hour < 4)
    parts = {"all": np.ones(len(y), bool), "night": night, "day": ~night}

    single = min((n for n in tables if n.startswith("kriging-") and n != "kriging-all"),
                 key=lambda n: tables[n].score("RMSE", parts["all"]), default=None)
    peers = [n for n in ("station-mean", "inverse-distance", "ordinary-kriging", single,
                         "kriging-all") if n in tables]
    for title, part in parts.items():
        print_scores({"all": "All hours", "night": "Night, 20 to 04 h local time",
                      "day": "Day"}[title], tables, part)
    print_ratios(tables, parts, peers)
    print_hours(tables, hour, peers[-2:])


if __name__ == "__main__":
    main()
