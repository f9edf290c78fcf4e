#!/usr/bin/python3
"""REML optima for tests/test_reml.c, found without any code of Autan.

    /usr/bin/python3 tests/reference/reml_optimum.py ../shared

Needs numpy and scipy. The likelihood is that of error contrasts: with A an orthonormal
basis of what is orthogonal to the trend F, z = A'y is normal with covariance A'CA, and

    log|C| + log|F'C^-1 F| = log|A'CA| + log|F'F|,      y'Py = z'(A'CA)^-1 z,

so that neither the inverse of C nor generalised least squares is computed here. The
search is differential evolution over linear sills and logarithmic ranges, each
generation's winner polished by L-BFGS-B and by Nelder and Mead's simplex, from several
seeds. Distances of Berlin are plane: see project().
"""
import csv
import gzip
import math
import sys

import numpy
import scipy
from scipy.linalg import cho_solve, null_space, solve_triangular
from scipy.optimize import differential_evolution, minimize

EARTH_M = 6371000.0
BERLIN_LATITUDE, BERLIN_LONGITUDE = 52.5, 13.4
JULY_NIGHTS = ["2019-07-%02dT02:00:00Z" % day for day in range(1, 32)]
JANUARY_NIGHTS = ["2020-01-%02dT05:00:00Z" % day for day in range(1, 32)]


def columns(path):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    return {key: [row[key] for row in rows] for key in rows[0]}


def distances(x, y):
    return numpy.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :])


def meuse(shared):
    table = columns(shared + "/reference/kriging/meuse.csv")
    x, y, zinc, dist = (numpy.array(table[key], float) for key in ("x", "y", "zinc", "dist"))
    return distances(x, y), numpy.log(zinc)[:, None], numpy.sqrt(dist)


def project(longitude, latitude):
    """Equirectangular about the city's middle: exact to repeat in any language."""
    degree = math.pi / 180.0
    return (
        EARTH_M * math.cos(BERLIN_LATITUDE * degree) * (longitude - BERLIN_LONGITUDE) * degree,
        EARTH_M * (latitude - BERLIN_LATITUDE) * degree,
    )


def berlin(shared, times):
    """Stations with a reading at every one of the times; a column a time."""
    table = columns(shared + "/data/berlin/stations.csv")
    reading = {}
    with gzip.open(shared + "/data/berlin/observations.csv.gz", "rt", newline="") as file:
        for row in csv.DictReader(file):
            if row["time"] in times and row["air_temperature"]:
                reading[row["time"], row["station"]] = float(row["air_temperature"])
    full = [
        i
        for i, name in enumerate(table["station"])
        if all((time, name) in reading for time in times)
    ]
    longitude = numpy.array(table["longitude"], float)[full]
    latitude = numpy.array(table["latitude"], float)[full]
    data = [[reading[time, table["station"][i]] for time in times] for i in full]
    return distances(*project(longitude, latitude)), numpy.array(data)


class Problem:
    """Nested exponentials: parameters are nugget, sills, logarithms of the ranges."""

    def __init__(self, name, distance, data, trend, kernels, shortest, longest):
        self.name, self.distance, self.kernels = name, distance, kernels
        self.trend = trend
        self.contrast = null_space(trend.T)
        self.z = self.contrast.T @ data
        self.replicates = data.shape[1]
        self.constant = numpy.linalg.slogdet(trend.T @ trend)[1]
        top = 20.0 * numpy.mean(numpy.var(data, axis=0))
        logs = (math.log(shortest), math.log(longest))
        self.bounds = [(0.0, top)] * (1 + kernels) + [logs] * kernels

    def deviance(self, p):
        covariance = p[0] * numpy.eye(len(self.distance))
        for j in range(self.kernels):
            scale = math.exp(p[1 + self.kernels + j])
            covariance += p[1 + j] * numpy.exp(-self.distance / scale)
        try:
            factor = numpy.linalg.cholesky(self.contrast.T @ covariance @ self.contrast)
        except numpy.linalg.LinAlgError:
            return 1e10
        white = solve_triangular(factor, self.z, lower=True)
        determinant = 2.0 * numpy.sum(numpy.log(numpy.diag(factor))) + self.constant
        return self.replicates * determinant + numpy.sum(white**2)

    def polish(self, p):
        best = p, self.deviance(p)
        for _ in range(6):
            for method, options in (
                ("L-BFGS-B", {"ftol": 1e-15, "gtol": 1e-10}),
                ("Nelder-Mead", {"xatol": 1e-10, "fatol": 1e-12, "maxfev": 6000}),
            ):
                found = minimize(
                    self.deviance, best[0], method=method, bounds=self.bounds, options=options
                )
                if found.fun < best[1]:
                    best = found.x, found.fun
        return best

    def solve(self, seeds=3):
        best = None, numpy.inf
        for seed in range(seeds):
            found = differential_evolution(
                self.deviance, self.bounds, seed=seed, popsize=15, maxiter=400, tol=1e-10,
                polish=False,
            )
            polished = self.polish(found.x)
            print(f"  seed {seed}: {polished[1]:.9f}", file=sys.stderr, flush=True)
            if polished[1] < best[1]:
                best = polished
        return best


def main():
    shared = sys.argv[1] if len(sys.argv) > 1 else "../shared"
    distance, zinc, root = meuse(shared)
    one = numpy.ones((len(zinc), 1))
    july_distance, july = berlin(shared, JULY_NIGHTS)
    january_distance, january = berlin(shared, JANUARY_NIGHTS)
    mean = numpy.ones((len(july), 1))
    problems = [
        Problem("meuse, sqrt(dist), exp", distance, zinc, numpy.column_stack([one, root]), 1,
                10.0, 10000.0),
        Problem("meuse, constant, exp + exp", distance, zinc, one, 2, 10.0, 10000.0),
        Problem("Berlin July 02 h, constant, exp", july_distance, july, mean, 1, 100.0, 1e5),
        Problem("Berlin July 02 h, constant, exp + exp", july_distance, july, mean, 2, 100.0,
                1e5),
        Problem("Berlin January 05 h, constant, exp + exp", january_distance, january, mean, 2,
                100.0, 1e5),
    ]
    print(f"numpy {numpy.__version__}, scipy {scipy.__version__}")
    for problem in problems:
        parameters, deviance = problem.solve()
        k = problem.kernels
        print(f"{problem.name}: {len(problem.distance)} places, {problem.replicates} replicates")
        print(f"  deviance {deviance:.9f}  nugget {parameters[0]:.9g}")
        for j in range(k):
            print(f"  sill {parameters[1 + j]:.9g}  range {math.exp(parameters[1 + k + j]):.9g}",
                  flush=True)


if __name__ == "__main__":
    main()
