#!/usr/bin/env python3
"""What the hourly alerts of heatwaves.sh were worth.

    heatwaves.py TOLD.csv SHARED

TOLD.csv has the origin of an alert before each of its rows of the town. Prints a table of
the days on which orange was reached, shown or half likely, then reliability by lead, the
Brier score beside that of the season, and how often the colour of a day changed from an
hour to the next, as shown and without hysteresis.
"""
import collections
import csv
import datetime
import gzip
import sys

HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)
RAISE = {"yellow": 0.3, "orange": 0.5, "red": 0.5}
ORDER = ["green", "yellow", "orange", "red"]


def moment(text):
    return datetime.datetime.strptime(text[:13], "%Y-%m-%dT%H")


def observed_maxima(path):
    """Mean over the stations of the maximum of 06 UTC to 06 UTC the day after, by date."""
    highest = collections.defaultdict(dict)
    with gzip.open(path, "rt") as file:
        for row in csv.DictReader(file):
            if not row["time"].startswith("2019") or not row["air_temperature"]:
                continue
            # Hours 07 to 06: those of the window that ends at 06 UTC.
            day = (moment(row["time"]) - 7 * HOUR).date()
            station = highest[day]
            value = float(row["air_temperature"])
            station[row["station"]] = max(value, station.get(row["station"], -99.0))
    return {d: sum(s.values()) / len(s) for d, s in highest.items()}


def read_told(path):
    """By date: origin, colour, chances of yellow, orange, red, in the order of time."""
    told = collections.defaultdict(list)
    with open(path) as file:
        for row in csv.reader(file):
            rows = told[datetime.date.fromisoformat(row[2])]
            # The town as a zone has the same row again.
            if not rows or rows[-1][0] != moment(row[0]):
                rows.append((moment(row[0]), row[3], *(float(x) for x in row[5:8])))
    return told


def without_memory(chances):
    colour = "green"
    for level, chance in zip(ORDER[1:], chances):
        if chance >= RAISE[level]:
            colour = level
    return colour


def changes(colours):
    return sum(a != b for a, b in zip(colours, colours[1:]))


def at(rows, origin):
    return next((r for r in rows if r[0] == origin), None)


def main():
    told = read_told(sys.argv[1])
    maxima = observed_maxima(sys.argv[2] + "/data/berlin/observations.csv.gz")
    season = [v for d, v in maxima.items() if d.month in (6, 7)]
    climate = sum(v >= 32 for v in season) / len(season)
    print("day,highest,at_06_two_days_before,at_06_the_day_before,at_06,at_10,"
          "first_orange,hours_before_15,changes,changes_without_hysteresis")
    reliability = collections.defaultdict(lambda: [0, 0.0, 0])
    brier = collections.defaultdict(lambda: [0, 0.0])
    flicker, bare, days = 0, 0, 0
    for day, rows in sorted(told.items()):
        midnight = datetime.datetime.combine(day, datetime.time())
        # The window of the maximum is over six hours after the day.
        rows = [r for r in rows if r[0] <= midnight + 18 * HOUR]
        if not rows:
            continue
        hot = maxima[day] >= 32
        for origin, _, _, orange, _ in rows:
            lead = (day - origin.date()).days
            box = reliability[lead, min(int(orange * 5), 4)]
            box[0] += 1
            box[1] += orange
            box[2] += hot
            brier[lead][0] += 1
            brier[lead][1] += (orange - hot) ** 2
        shown = changes([r[1] for r in rows])
        memoryless = changes([without_memory(r[2:]) for r in rows])
        flicker, bare, days = flicker + shown, bare + memoryless, days + 1
        warned = [r[0] for r in rows if r[1] in ("orange", "red")]
        if not (hot or warned):
            continue
        cells = []
        for origin in (midnight - 42 * HOUR, midnight - 18 * HOUR, midnight + 6 * HOUR,
                       midnight + 10 * HOUR):
            row = at(rows, origin)
            cells.append(f"{row[1]} ({row[3]:.2f})" if row else "")
        first = f"{warned[0]:%d %H:00}" if warned else "never"
        before = f"{(midnight + 15 * HOUR - warned[0]) / HOUR:.0f}" if warned else ""
        print(f"{day},{maxima[day]:.1f}," + ",".join(cells) +
              f",{first},{before},{shown},{memoryless}")
    print("\nlead,chance_from,n,mean_chance,share_that_came")
    for (lead, box), (n, chance, came) in sorted(reliability.items()):
        print(f"{lead},{box / 5:.1f},{n},{chance / n:.2f},{came / n:.2f}")
    print("\nlead,n,brier,brier_of_the_season")
    for lead, (n, total) in sorted(brier.items()):
        print(f"{lead},{n},{total / n:.3f},{climate * (1 - climate):.3f}")
    print(f"\n{days} days, {flicker} changes of colour, {bare} without hysteresis")


if __name__ == "__main__":
    main()
