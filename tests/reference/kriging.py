#!/usr/bin/env python3
"""Universal kriging from the textbook, to compare the program's files with.

    kriging.py map  CITY.ini OBSERVATIONS.csv MAP.nc       maps and standard errors
    kriging.py loo  CITY.ini OBSERVATIONS.csv SCORES.csv   withheld stations
    kriging.py gstat PREDICTED.csv - MAP.nc                gstat's x,y,var1.pred,var1.var
    kriging.py gstat-loo CV.csv - SCORES.csv               gstat's krige.cv, same order

Reads the city file, stations, readings and covariates by itself and solves, for every
hour, the whole system

    | C  F | | w |   | c |        mean     = w'z
    | F' 0 | | m | = | f |        variance = C(0) - w'c - m'f

(N. Cressie, Statistics for Spatial Data, 1993, section 3.4), withholding a station by
leaving it out. Only for a covariance given by hand and readings on full hours. The
last two compare with gstat's own answers instead, for a file of one hour. Exits with 1
and says where when a value differs by more than 1e-6 of its size.
"""
import configparser
import csv
import os
import sys

import netCDF4
import numpy as np
from osgeo import gdal, osr

gdal.UseExceptions()
osr.UseExceptions()
TOLERANCE = 1e-6

CORRELATION = {
    "exp": lambda h: np.exp(-h),
    "sph": lambda h: np.where(h < 1, 1 - 1.5 * h + 0.5 * h**3, 0),
    "gau": lambda h: np.exp(-(h**2)),
    "mat32": lambda h: (1 + h) * np.exp(-h),
    "mat52": lambda h: (1 + h + h**2 / 3) * np.exp(-h),
}


class Covariance:
    def __init__(self, text):
        terms = [term.split() for term in text.split("+")]
        self.nugget = sum(float(t[0]) for t in terms if t[1] == "nugget")
        self.terms = [(float(t[0]), t[1], float(t[2])) for t in terms if t[1] != "nugget"]

    def __call__(self, h):
        return sum(s * CORRELATION[m](h / r) for s, m, r in self.terms)

    def variance(self):
        return self.nugget + sum(s for s, _, _ in self.terms)


def krige(covariance, xy, z, trend, xy0, trend0):
    """Mean and standard error of a new reading at the places xy0; the trends hold a
    first column of 1."""
    n, q = trend.shape

    def distance(a, b):
        return np.hypot(a[:, None, 0] - b[None, :, 0], a[:, None, 1] - b[None, :, 1])

    system = np.zeros((n + q, n + q))
    system[:n, :n] = covariance(distance(xy, xy)) + covariance.nugget * np.eye(n)
    system[:n, n:], system[n:, :n] = trend, trend.T
    right = np.vstack([covariance(distance(xy, xy0)), trend0.T])
    weight = np.linalg.solve(system, right)
    variance = covariance.variance() - np.sum(weight * right, axis=0)
    return z @ weight[:n], np.sqrt(np.maximum(variance, 0))


class City:
    def __init__(self, path):
        ini = configparser.ConfigParser(inline_comment_prefixes=(";",))
        ini.read(path)
        self.folder = os.path.dirname(os.path.abspath(path))
        self.covariance = Covariance(ini["model"]["covariance"])
        trend = ini["model"].get("trend", "none")
        self.terms = [] if trend in ("none", "auto") else trend.replace(",", " ").split()
        self.resolution = float(ini["city"]["resolution"])
        box = [float(v) for v in ini["city"]["extent"].split()]
        self.x = np.arange(box[0] + self.resolution / 2, box[2], self.resolution)
        self.y = np.arange(box[3] - self.resolution / 2, box[1], -self.resolution)
        self.read_stations(ini["stations"]["file"], ini["city"]["crs"])
        files = [ini[f"covariate {name}"]["file"] for name in self.terms]
        self.covariate = [gdal.Open(os.path.join(self.folder, f)) for f in files]
        columns = [self.at_stations(dataset) for dataset in self.covariate]
        self.trend = np.column_stack([np.ones(len(self.station))] + columns)

    def read_stations(self, file, crs):
        with open(os.path.join(self.folder, file), newline="") as f:
            rows = list(csv.DictReader(f))
        wgs84, city = osr.SpatialReference(), osr.SpatialReference()
        wgs84.ImportFromEPSG(4326)
        city.SetFromUserInput(crs)
        for srs in wgs84, city:
            srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        way = osr.CoordinateTransformation(wgs84, city)
        self.station = [row["station"] for row in rows]
        self.xy = np.array([way.TransformPoint(float(row["longitude"]),
                                               float(row["latitude"]))[:2] for row in rows])

    def at_stations(self, dataset):
        """The pixel a station is in; its mean over the stations where it is missing."""
        t = dataset.GetGeoTransform()
        band = dataset.GetRasterBand(1)
        value = np.full(len(self.station), np.nan)
        for i, (x, y) in enumerate(self.xy):
            c, r = int((x - t[0]) // t[1]), int((y - t[3]) // t[5])
            if 0 <= c < dataset.RasterXSize and 0 <= r < dataset.RasterYSize:
                value[i] = band.ReadAsArray(c, r, 1, 1)[0, 0]
        value[value == band.GetNoDataValue()] = np.nan
        value[np.isnan(value)] = np.nanmean(value)
        return value

    def at_cells(self, dataset):
        """The mean over every cell of the pixels in it that have a value."""
        half = self.resolution / 2
        box = [self.x[0] - half, self.y[0] + half, self.x[-1] + half, self.y[-1] - half]
        t = dataset.GetGeoTransform()
        k = round(self.resolution / t[1])
        window = gdal.Translate("", dataset, format="MEM", projWin=box,
                                outputType=gdal.GDT_Float64)
        value = window.ReadAsArray()
        value[value == dataset.GetRasterBand(1).GetNoDataValue()] = np.nan
        parts = value.reshape(len(self.y), k, len(self.x), k).swapaxes(1, 2)
        parts = parts.reshape(len(self.y), len(self.x), k * k)
        known = ~np.isnan(parts)
        with np.errstate(invalid="ignore"):
            return np.where(known, parts, 0).sum(axis=2) / known.sum(axis=2)


def read_observations(path):
    """time -> {station: value}"""
    hours = {}
    with open(path, newline="") as f:
        for row in csv.DictReader(f):
            if row["air_temperature"]:
                values = hours.setdefault(row["time"], {})
                values[row["station"]] = float(row["air_temperature"])
    return hours


def system_of(city, values, without=None):
    """Places, readings and trend of an hour; the trend is the mean alone when there
    are too few stations for more."""
    index = [i for i, s in enumerate(city.station) if s in values and s != without]
    z = np.array([values[city.station[i]] for i in index])
    q = city.trend.shape[1] if len(index) > city.trend.shape[1] else 1
    return city.xy[index], z, city.trend[index, :q], q


def difference(name, got, want):
    """Fails on a value that is far off, or missing on one side only."""
    if not np.array_equal(np.isnan(got), np.isnan(want)):
        sys.exit(f"{name}: {np.isnan(got).sum()} values missing, "
                 f"expected {np.isnan(want).sum()}")
    worst = np.nanmax(np.abs(got - want) / np.abs(want), initial=0)
    if worst > TOLERANCE:
        sys.exit(f"{name}: differs by {worst:.2g} of its size")
    return worst


def check_map(city, hours, path):
    file = netCDF4.Dataset(path)
    gx, gy = np.meshgrid(city.x, city.y)
    cells = np.column_stack([gx.ravel(), gy.ravel()])
    trend = np.column_stack([np.ones(len(cells))] +
                            [city.at_cells(d).ravel() for d in city.covariate])
    times = netCDF4.num2date(file["time"][:], file["time"].units)
    worst = 0
    for t, time in enumerate(times):
        text = time.strftime("%Y-%m-%dT%H:%M:%SZ")
        mean, error = np.full((2, len(cells)), np.nan)
        if text in hours:
            xy, z, F, q = system_of(city, hours[text])
            known = ~np.isnan(trend).any(axis=1)
            mean[known], error[known] = krige(city.covariance, xy, z, F, cells[known],
                                              trend[known, :q])
        for name, want in (("air_temperature", mean),
                           ("air_temperature_standard_error", error)):
            got = np.ma.filled(file[name][t].astype(float), np.nan).ravel()
            worst = max(worst, difference(f"{path}: {name} at {text}", got, want))
    print(f"{len(times)} maps of {len(cells)} cells agree to {worst:.1e}")


def check_scores(city, hours, path):
    with open(path, newline="") as f:
        rows = list(csv.DictReader(f))
    if not rows:
        sys.exit(f"{path}: no rows")
    worst = 0
    for row in rows:
        time, station = row["time"], row["station"]
        where = f"{path}: {station} at {time}"
        xy, z, F, q = system_of(city, hours[time], without=station)
        i = city.station.index(station)
        want = krige(city.covariance, xy, z, F, city.xy[i:i + 1], city.trend[i:i + 1, :q])
        for name, value in (("observed", [hours[time][station]]),
                            ("predicted", want[0]), ("standard_error", want[1])):
            worst = max(worst, difference(f"{where}: {name}", np.array([float(row[name])]),
                                          np.array(value)))
    print(f"{len(rows)} withheld readings agree to {worst:.1e}")


def numbers(path, *columns):
    with open(path, newline="") as f:
        rows = list(csv.DictReader(f))
    return [np.array([float(row[c]) for row in rows]) for c in columns]


def check_gstat_map(_, reference, path):
    x, y, mean, variance = numbers(reference, "x", "y", "var1.pred", "var1.var")
    file = netCDF4.Dataset(path)
    column = np.searchsorted(file["x"][:], x)
    row = len(file["y"][:]) - 1 - np.searchsorted(file["y"][::-1], y)
    if not (np.array_equal(file["x"][column], x) and np.array_equal(file["y"][row], y)):
        sys.exit(f"{path}: has not the cells of {reference}")
    worst = [difference(f"{path}: {name}",
                        np.ma.filled(file[name][0].astype(float), np.nan)[row, column], want)
             for name, want in (("air_temperature", mean),
                                ("air_temperature_standard_error", np.sqrt(variance)))]
    print(f"{len(x)} cells agree with gstat to {max(worst):.1e}")


def check_gstat_scores(_, reference, path):
    mean, variance, observed = numbers(reference, "var1.pred", "var1.var", "observed")
    got = numbers(path, "predicted", "standard_error", "observed")
    if len(got[0]) != len(mean):
        sys.exit(f"{path}: {len(got[0])} rows, expected {len(mean)}")
    worst = [difference(path, g, w)
             for g, w in zip(got, (mean, np.sqrt(variance), observed))]
    print(f"{len(mean)} withheld readings agree with gstat to {max(worst):.1e}")


def main():
    checks = {"map": check_map, "loo": check_scores, "gstat": check_gstat_map,
              "gstat-loo": check_gstat_scores}
    if len(sys.argv) != 5 or sys.argv[1] not in checks:
        sys.exit(__doc__)
    what, first, second, path = sys.argv[1:]
    if what.startswith("gstat"):
        checks[what](None, first, path)
    else:
        checks[what](City(first), read_observations(second), path)


if __name__ == "__main__":
    main()
