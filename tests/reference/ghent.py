#!/usr/bin/env python3
"""Land cover around the sites of Ghent, drawn after the shares that its network publishes.

    ghent.py draw SITES.csv FOLDER      sectors of rings around each site such that discs of
                                        10, 100 and 500 m have the published shares, as
                                        polygons in WGS 84, and a city file of their classes
    ghent.py compare SITES.csv TABLE    the shares that `autan grid` finds there, with r and
                                        bias of each class and radius

The shares are those of sites.csv, of WorldCover; the drawing has nothing of `autan` in it but
their meaning, and goes the other way: from shares to shapes.
"""
import csv
import json
import os
import sys

import numpy as np
from osgeo import osr

RADII = 10, 100, 500
CLASSES = ("Grassland", "Tree cover", "Permanent water bodies", "Built-up", "Cropland",
           "Herbaceous wetland", "Bare / sparse vegetation", "Shrubland")
APART = 1000.0  # m; discs of sites that are nearer would overlap


def word(name):
    return name.split()[0].lower().replace("-", "_")


def reference(code):
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(code)
    srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return srs


UTM, WGS84 = reference(32631), reference(4326)


def read_sites(path):
    """Sites with their places in UTM, those aside that are near one before."""
    way = osr.CoordinateTransformation(WGS84, UTM)
    sites = []
    for row in csv.DictReader(open(path)):
        row["xy"] = np.array(way.TransformPoint(float(row["lon"]), float(row["lat"]))[:2])
        if all(np.hypot(*(row["xy"] - s["xy"])) >= APART for s in sites):
            sites.append(row)
    return sites


def shares(site, radius):
    return np.array([float(site[f"{c}_{radius}"]) for c in CLASSES])


def ring_shares(site):
    """Of the ring of each radius, from those of the discs."""
    inner, area = np.zeros(len(CLASSES)), 0.0
    for radius in RADII:
        disc = shares(site, radius) * radius ** 2
        ring = np.clip((disc - inner) / (radius ** 2 - area), 0, 1)
        yield radius, np.sqrt(area), ring / max(ring.sum(), 1)
        inner, area = disc, radius ** 2


def sector(centre, inner, outer, start, end):
    """A ring's part between two angles, closed."""
    angle = np.linspace(start, end, 2 + int((end - start) / 0.02))
    unit = np.stack([np.cos(angle), np.sin(angle)], -1)
    ring = np.concatenate([centre + outer * unit, centre + inner * unit[::-1]])
    return np.concatenate([ring, ring[:1]])


def draw(path, folder):
    sites = read_sites(path)
    way = osr.CoordinateTransformation(UTM, WGS84)
    features = []
    for site in sites:
        for outer, inner, part in ring_shares(site):
            ends = 2 * np.pi * np.concatenate([[0], np.cumsum(part)])
            for name, start, end in zip(CLASSES, ends, ends[1:]):
                if end - start < 1e-6:
                    continue
                ring = sector(site["xy"], inner, outer, start, end)
                degrees = [way.TransformPoint(*p)[:2] for p in ring.tolist()]
                features.append({"type": "Feature", "properties": {"class": word(name)},
                                 "geometry": {"type": "Polygon", "coordinates": [degrees]}})
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/cover.geojson", "w") as f:
        json.dump({"type": "FeatureCollection", "features": features}, f)
    with open(f"{folder}/stations.csv", "w") as f:
        f.write("station,longitude,latitude\n")
        f.writelines(f"{s['station']},{s['lon']},{s['lat']}\n" for s in sites)
    places = np.array([s["xy"] for s in sites])
    low = np.floor(places.min(0) / 1000 - 1) * 1000
    high = np.ceil(places.max(0) / 1000 + 1) * 1000
    with open(f"{folder}/town.ini", "w") as f:
        f.write("[city]\nname = Ghent\ntimezone = Europe/Brussels\ncrs = EPSG:32631\n"
                f"extent = {low[0]:.0f} {low[1]:.0f} {high[0]:.0f} {high[1]:.0f}\n"
                "resolution = 200\n[stations]\nfile = stations.csv\n[grid]\nradii = "
                + " ".join(map(str, RADII)) + "\n")
        for name in map(word, CLASSES):
            f.write(f"[layer {name}]\nsource = cover.geojson\nwhere = class = '{name}'\n"
                    f"[covariate {name}]\nfile = out/{name}.tif\nmake = fraction {name}\n")


def compare(path, table):
    """Pixels are 2.5 m: 50 of them in a disc of 10 m."""
    found = {r["station"]: r for r in csv.DictReader(open(table))}
    tolerance = {10: 0.05, 100: 0.02, 500: 0.01}
    sites, bad = read_sites(path), []
    print(f"{'class':<26} radius   sites     r     bias   largest difference")
    for name in CLASSES:
        for radius in RADII:
            want = np.array([float(s[f"{name}_{radius}"]) for s in sites])
            got = np.array([float(found[s["station"]][f"ground_{word(name)}_{radius}"])
                            for s in sites])
            worst = np.abs(got - want).max()
            r = np.corrcoef(want, got)[0, 1] if want.std() > 0 and got.std() > 0 else np.nan
            print(f"{name:<26} {radius:>5} m {len(sites):>5} {r:>9.4f} {(got - want).mean():>+8.4f}"
                  f" {worst:>8.4f}")
            if worst > tolerance[radius] or r < 0.999:
                bad.append(f"{name} in {radius} m")
    if len(sites) < 20 or bad:
        sys.exit(f"{len(sites)} sites; too far off: {', '.join(bad)}")


draw(*sys.argv[2:]) if sys.argv[1] == "draw" else compare(*sys.argv[2:])
