#!/usr/bin/env python3
"""Seconds of scikit-learn's Gaussian process on the residuals of a least-squares trend,
which is easier than universal kriging: 24 hours as targets, mean and standard deviation of
every cell, the covariance of given.ini.

    speed_sklearn.py FOLDER
"""
import csv
import sys
import time

import numpy as np
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

BLOCK = 25000


def main():
    folder = sys.argv[1]
    with open(f"{folder}/day.csv") as lines:
        stations = np.array([[float(v) for v in row] for row in list(csv.reader(lines))[1:]])
    cells = np.fromfile(f"{folder}/cells.bin").reshape(-1, 5)
    start = time.perf_counter()
    design = np.column_stack([np.ones(len(stations)), stations[:, 2:5]])
    trend = np.linalg.lstsq(design, stations[:, 5:], rcond=None)[0]
    kernel = (ConstantKernel(0.5, "fixed") * Matern(4000, "fixed", nu=0.5)
              + WhiteKernel(0.1, "fixed"))
    process = GaussianProcessRegressor(kernel, alpha=1e-10, optimizer=None)
    process.fit(stations[:, :2], stations[:, 5:] - design @ trend)
    for k in range(0, len(cells), BLOCK):
        part = cells[k:k + BLOCK]
        mean, _ = process.predict(part[:, :2], return_std=True)
        mean += np.column_stack([np.ones(len(part)), part[:, 2:]]) @ trend
    print(f"sklearn={time.perf_counter() - start:.3f}")


if __name__ == "__main__":
    main()
