#!/usr/bin/env python3
"""Hourly means of readings, for programs that know no other times than full hours.

    hourly.py OBSERVATIONS > HOURLY

An hour T has the mean of the readings in (T - 1 h, T], as autan's maps do.
"""
import csv
import gzip
import sys
from datetime import datetime, timedelta


def main():
    path = sys.argv[1]
    total = {}
    hour_of = {}
    with (gzip.open if path.endswith(".gz") else open)(path, "rt") as lines:
        for row in csv.DictReader(lines):
            if not row["air_temperature"]:
                continue
            text = row["time"][:16]
            if text not in hour_of:
                hour = datetime.fromisoformat(text) + timedelta(minutes=59)
                hour_of[text] = hour.strftime("%Y-%m-%dT%H:00:00Z")
            cell = total.setdefault((hour_of[text], row["station"]), [0.0, 0])
            cell[0] += float(row["air_temperature"])
            cell[1] += 1
    print("time,station,air_temperature")
    for (time, station), (value, n) in sorted(total.items()):
        print(f"{time},{station},{value / n:.10g}")


if __name__ == "__main__":
    main()
