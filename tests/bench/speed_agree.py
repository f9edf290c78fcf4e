#!/usr/bin/env python3
"""How far the peers are from autan on the same problem: the largest differences.

    speed_agree.py MAPS.nc GSTAT.csv HOUR FIELDS.csv

HOUR is the map, counted from 0, that gstat's answer is of; that of fields is the first.
"""
import csv
import sys

import numpy as np
from osgeo import gdal

gdal.UseExceptions()


def column(path, name):
    with open(path) as lines:
        return np.array([float(row[name]) for row in csv.DictReader(lines)])


def main():
    maps, gstat, hour, fields = sys.argv[1:]

    def values(variable, band, path):
        dataset = gdal.Open(f"NETCDF:{maps}:{variable}")
        value = dataset.GetRasterBand(band).ReadAsArray()
        return value.ravel()[column(path, "cell").astype(int)]

    error = "air_temperature_standard_error"
    hour = int(hour) + 1
    difference = (
        np.max(np.abs(values("air_temperature", hour, gstat) - column(gstat, "mean"))),
        np.max(np.abs(values(error, hour, gstat) - np.sqrt(column(gstat, "variance")))),
        np.max(np.abs(values("air_temperature", 1, fields) - column(fields, "mean"))))
    print("Largest differences from autan: gstat %.1e K, its standard error %.1e K, "
          "fields %.1e K" % difference)


if __name__ == "__main__":
    main()
