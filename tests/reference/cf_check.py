"""Checks a NetCDF file of station time series against the conventions: CF-1.10 (sections
2 to 6 and 9, appendices A and H) and ACDD-1.3, written from their texts.

    python3 cf_check.py FILE.nc...      exits 1 after naming what is wrong
"""

import re
import sys

import netCDF4
import numpy as np

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
# Canonical units and what may stand in their place, of the names that are used here (CF
# Standard Name Table).
STANDARD = {
    "air_temperature": {"K", "degC"},
    "relative_humidity": {"1", "%"},
    "wind_speed": {"m s-1"},
    "wind_from_direction": {"degree"},
    "air_pressure": {"Pa", "hPa"},
    "lwe_thickness_of_precipitation_amount": {"m", "mm"},
    "surface_downwelling_shortwave_flux_in_air": {"W m-2"},
    "quality_flag": {None},
    "platform_name": {None},
    "longitude": {"degrees_east"},
    "latitude": {"degrees_north"},
    "altitude": {"m"},
    "time": {"seconds since 1970-01-01T00:00:00Z"},
}
HIGHLY_RECOMMENDED = ("title", "summary", "keywords", "Conventions")
RECOMMENDED = (
    "id", "history", "source", "processing_level", "comment?", "acknowledgement",
    "license", "standard_name_vocabulary", "date_created", "creator_name", "institution",
    "publisher_name", "geospatial_lat_min", "geospatial_lat_max", "geospatial_lon_min",
    "geospatial_lon_max", "time_coverage_start", "time_coverage_end",
)


def check(path):
    problems = []
    said = problems.append
    data = netCDF4.Dataset(path)
    data.set_auto_mask(False)
    data.set_auto_chartostring(False)
    variables, attributes = data.variables, data.ncattrs()
    sizes = [v for v in variables.values() if hasattr(v, "sample_dimension")]
    # 9.2: in a ragged array coordinates may be the instances'.
    instance = [d for v in sizes for d in v.dimensions]

    # 2.3 names, case included; 2.6.1 Conventions.
    for name in [*variables, *data.dimensions, *attributes]:
        if not NAME.match(name):
            said(f"2.3: the name {name}")
    if len({name.lower() for name in variables}) < len(variables):
        said("2.3: names differ in case only")
    if "CF-1.10" not in getattr(data, "Conventions", "").replace(",", " ").split():
        said("2.6.1: Conventions")

    # ACDD-1.3.
    for name in HIGHLY_RECOMMENDED + RECOMMENDED:
        if not name.endswith("?") and name not in attributes:
            said(f"ACDD: {name} is missing")
    for name in ("time_coverage_start", "time_coverage_end", "date_created"):
        if not re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z", getattr(data, name, "")):
            said(f"ACDD: {name} is no ISO 8601")

    # 3.1, 3.3 units and standard names.
    for name, v in variables.items():
        standard, units = getattr(v, "standard_name", None), getattr(v, "units", None)
        if standard is not None and units not in STANDARD.get(standard, ()):
            said(f"3.3: {name} is {standard} in {units}")
        if standard is None and not hasattr(v, "long_name"):
            said(f"3.2: {name} has no name to read")
        for attribute in ("coordinates", "ancillary_variables", "grid_mapping"):
            for other in getattr(v, attribute, "").split():
                if other not in variables:
                    said(f"{attribute} of {name} names {other}")
                elif attribute != "grid_mapping" and not set(
                    d for d in variables[other].dimensions if not d.endswith("_length")
                ) <= {*v.dimensions, *instance}:
                    said(f"5, 3.4: {other} has dimensions that {name} has not")
        if hasattr(v, "_FillValue") and v._FillValue.dtype != v.dtype:
            said(f"2.5.1: type of the fill value of {name}")

    # 3.5 flags.
    for name, v in variables.items():
        if not hasattr(v, "flag_masks"):
            continue
        masks, words = np.atleast_1d(v.flag_masks), v.flag_meanings.split()
        if masks.dtype != v.dtype or len(masks) != len(words) or len(set(words)) < len(words):
            said(f"3.5: flag_masks and flag_meanings of {name}")
        if any(not re.match(r"[A-Za-z0-9_.+@-]+\Z", word) for word in words):
            said(f"3.5: words of {name}")
        if (masks <= 0).any() or (masks & (masks - 1)).any() or len(set(masks)) < len(masks):
            said(f"3.5: masks of {name} are no single bits")
        if (v[...] & ~np.bitwise_or.reduce(masks)).any():
            said(f"3.5: {name} has bits without a meaning")

    # 4.4 time; 5 coordinate variables are strictly monotonic and without missing values.
    time = variables["time"]
    if getattr(time, "calendar", None) != "standard":
        said("4.4.1: calendar")
    if time.dimensions == ("time",):
        if hasattr(time, "_FillValue") or not (np.diff(time[:]) > 0).all():
            said("5: time is not monotonic")

    # 5.6 grid mapping.
    mapped = {v.grid_mapping for v in variables.values() if hasattr(v, "grid_mapping")}
    for name in mapped & set(variables):
        if variables[name].grid_mapping_name != "latitude_longitude":
            said("5.6: grid_mapping_name")

    # 9 discrete sampling geometries.
    if getattr(data, "featureType", None) != "timeSeries":
        said("9.4: featureType")
    ids = [n for n, v in variables.items() if getattr(v, "cf_role", "") == "timeseries_id"]
    if len(ids) != 1:
        said("9.5: not one variable of cf_role timeseries_id")
    else:
        names = netCDF4.chartostring(variables[ids[0]][...], encoding="utf-8")
        if len(set(names.tolist())) < len(names) or "" in names:
            said("9.5: identifiers are not unique")
    values = [n for n, v in variables.items() if hasattr(v, "ancillary_variables")]
    if not values:
        said("3.4: no ancillary variables")
    for name in values:
        v = variables[name]
        own = {"time", *getattr(v, "coordinates", "").split()}
        if not {"lat", "lon", "alt"} <= own:
            said(f"9.2: coordinates of {name}")
        if sizes:
            sample = sizes[0].sample_dimension
            if v.dimensions != (sample,) or "time" not in v.coordinates.split():
                said(f"9.3.3: {name} is not along {sample}")
        elif set(v.dimensions) != {"time", "station"}:
            said(f"9.3.1: dimensions of {name}")
    if sizes:
        if len(sizes) > 1 or sizes[0].dimensions != ("station",):
            said("9.3.3: the counts of the ragged array")
        if sizes[0][:].sum() != len(data.dimensions[sizes[0].sample_dimension]):
            said("9.3.3: counts do not add up")
        ends = np.cumsum(sizes[0][:])
        for part in np.split(time[:], ends[:-1]):
            if not (np.diff(part) > 0).all():
                said("9.3.3: times of a station do not ascend")
    return problems


failed = False
for path in sys.argv[1:]:
    for problem in check(path):
        print(f"{path}: {problem}", file=sys.stderr)
        failed = True
sys.exit(failed)
