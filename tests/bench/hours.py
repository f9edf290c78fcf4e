#!/usr/bin/env python3
"""The hours that are scored: every Nth hour of the periods that has a reading.

    hours.py OBSERVATIONS N FROM/TO...

prints them as 2019-06-01T00:00:00, one a line. N is prime to 24 or 1, so that all hours
of the day take part.
"""
import csv
import gzip
import sys


def main():
    path, every, periods = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    times = set()
    with (gzip.open if path.endswith(".gz") else open)(path, "rt") as lines:
        for row in csv.DictReader(lines):
            if row["air_temperature"]:
                times.add(row["time"][:19])
    chosen = []
    for period in periods:
        start, end = (text + "T00:00:00"[len(text) - 10:] if len(text) == 10 else text
                      for text in period.split("/"))
        chosen += [t for t in sorted(times) if start[:16] <= t[:16] <= end[:16]][::every]
    print("\n".join(chosen))


if __name__ == "__main__":
    main()
