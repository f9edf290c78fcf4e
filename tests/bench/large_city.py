#!/usr/bin/env python3
"""A made-up city of very many stations, always the same: 50 km x 50 km, three covariates,
the same field for any number of stations.

    large_city.py FOLDER STATIONS HOURS

writes auto.ini, given.ini, their rasters, stations.csv and observations.csv. One station in
a hundred stands beside another, one in a thousand in the very place of another.
"""
import sys

import numpy as np
import speed_city as city


def waves(random, n, length):
    """n random waves whose sum is a field of covariance exp(-h / length): the spectrum of
    an exponential in the plane is (1 + (k length)^2)^-1.5."""
    k = np.sqrt(random.random(n) ** -2 - 1) / length
    angle = 2 * np.pi * random.random(n)
    return k * np.cos(angle), k * np.sin(angle)


def main():
    folder, n, hours = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    nx = ny = 500
    random = np.random.default_rng(city.SEED)
    column = city.XMIN + 100 * (np.arange(nx) + 0.5)
    row = city.YMAX - 100 * (np.arange(ny) + 0.5)
    x, y = np.meshgrid(column, row)
    ground = []
    for k, name in enumerate(("one", "two", "three")):
        value = city.ground(k, x, y, city.rough(np.random.default_rng(k), nx, ny))
        ground.append(value.astype(np.float32))
        city.write_raster(f"{folder}/{name}.tif", ground[-1], 100)
    kx, ky = waves(np.random.default_rng(99), 800, city.RANGE)
    sx, sy = (city.XMIN + city.SIDE * random.random(n),
              city.YMAX - city.SIDE * random.random(n))
    beside = np.arange(n) % 100 == 99
    sx[beside] = np.clip(sx[np.flatnonzero(beside) - 1] + 2, None, city.XMIN + city.SIDE - 1)
    sy[beside] = sy[np.flatnonzero(beside) - 1]
    same = np.arange(n) % 1000 == 998
    sx[same], sy[same] = sx[np.flatnonzero(same) - 1], sy[np.flatnonzero(same) - 1]
    c = (((city.YMAX - sy) // 100).astype(int), ((sx - city.XMIN) // 100).astype(int))
    term = np.stack([g[c] for g in ground], axis=-1)
    phase = np.random.default_rng(98).uniform(0, 2 * np.pi, (hours, len(kx)))
    wave = np.outer(sx - city.XMIN, kx) + np.outer(city.YMAX - sy, ky)
    cosine, sine = np.cos(wave), np.sin(wave)
    scale = np.sqrt(2 * city.SILL / len(kx))
    with open(f"{folder}/observations.csv", "w") as out:
        out.write("time,station,air_temperature\n")
        for h in range(hours):
            field = scale * (cosine @ np.cos(phase[h]) - sine @ np.sin(phase[h]))
            effect = (1 + np.cos((h - 2) / 24 * 2 * np.pi)) * (term @ (2.0, -1.0, 0.5))
            value = (20 + 6 * np.cos((h - 14) / 24 * 2 * np.pi) + effect + field
                     + np.sqrt(city.NUGGET) * random.standard_normal(n))
            time = np.datetime64("2025-06-01T00:00") + np.timedelta64(h, "h")
            out.writelines(f"{time}:00Z,s{i:05d},{v:.3f}\n" for i, v in enumerate(value))
    place = city.geographic(sx, sy)
    with open(f"{folder}/stations.csv", "w") as out:
        out.write("station,longitude,latitude\n")
        out.writelines(f"s{i:05d},{p[0]:.9f},{p[1]:.9f}\n" for i, p in enumerate(place))
    city.write_cities(folder, nx, ny, 100)


if __name__ == "__main__":
    main()
