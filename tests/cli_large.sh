#!/bin/sh
# A network of more stations than can be solved exactly: from readings to maps and scores,
# with stations beside each other and in one place.
set -u
. "${srcdir:-$(dirname "$0")/..}/tests/cli_common.sh"

# stations.csv and observations.csv; waves in the field are that many times as short.
crowd() { # crowd FOLDER STATIONS TIMES HOURS...
    mkdir -p "$1"
    "$python" - "$@" <<'END'
import sys
import numpy as np
folder, n, times, hours = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
random = np.random.default_rng(7)
x, y = 10000 * random.random(n), 10000 * random.random(n)
x[1], y[1] = x[0], y[0]              # in one place
x[3], y[3] = x[2] + 0.5, y[2]        # beside each other
def warmth(x, y):
    return 20 + np.sin(x / 1500) + np.cos(y / 2000)
with open(f"{folder}/stations.csv", "w") as out:
    out.write("station,longitude,latitude\n")
    # Near the origin of UTM 31 on the equator a degree is 111 km.
    out.writelines(f"s{i},{3 + x[i] / 111320:.8f},{y[i] / 110574:.8f}\n" for i in range(n))
with open(f"{folder}/observations.csv", "w") as out:
    out.write("time,station,air_temperature\n")
    for h, time in enumerate(hours):
        value = warmth(times * x, times * y) + 0.3 * random.standard_normal(n)
        if h == 1:
            value[50] += 25
        out.writelines(f"{time}:00Z,s{i},{value[i]:.3f}\n" for i in range(n))
END
}
crowd . 5200 1 2025-07-01T00 2025-07-01T01

city() { # city COVARIANCE
    cat <<END
[city]
name       = Crowd
timezone   = UTC
crs        = EPSG:32631
extent     = 501000 1000 509000 9000
resolution = 400
archive    = archive
[stations]
file = stations.csv
[model]
trend      = none
covariance = $1
[urban_heat_island]
rural = none
END
}
city "1 exp 3000 + 0.09 nugget" > given.ini
city "1 exp 3000" > bare.ini
city auto > auto.ini

check "readings of 5 200 stations go in" "$autan" ingest -q given.ini observations.csv
from=2025-07-01T00:00Z
says "5200 stations: every place is kriged from the 48 nearest" \
    "that a map is not exact is said" "$autan" map --from $from --to $from -o given.nc given.ini
says "are in one place and the covariance has no nugget" \
    "two stations in one place count as one where there is no nugget" \
    "$autan" map --from $from --to $from -o bare.nc bare.ini
says "variances are learnt from a sample of 200" "a model is learnt from a sample" \
    "$autan" fit auto.ini
says "1 reading was not used: too far from its neighbours" \
    "a reading far from its neighbours is left out" \
    "$autan" map --from $from --to 2025-07-01T01:00Z -o auto.nc auto.ini
check "maps are near the truth, within what they say" "$python" - <<'END'
import netCDF4
import numpy as np
for name in "given.nc", "bare.nc", "auto.nc":
    f = netCDF4.Dataset(name)
    x, y = np.meshgrid(f["x"][:] - 500000, f["y"][:])
    truth = 20 + np.sin(x / 1500) + np.cos(y / 2000)
    for t in range(len(f["time"])):
        off = f["air_temperature"][t] - truth
        error = f["air_temperature_standard_error"][t]
        # Each place has some stations within 200 m, whose noise is 0.3 K. Without a nugget
        # the map believes them.
        most = 0.35 if name == "bare.nc" else 0.12
        assert np.sqrt((off ** 2).mean()) < most, (name, off.std())
        assert off.count() == 400 and error.min() > 0 and error.max() < 1, name
END
"$autan" validate -q --from $from --to $from -o scores.csv given.ini > scores.txt
check "all stations are scored" test "$(wc -l < scores.csv)" = 5201
# A new reading is 0.3 K of noise off, and a little more.
check "and near the noise, with honest intervals" awk '$1 == "all" { good = $5 > 0.28 && $5 < 0.36 &&
    $8 > 0.85 && $8 < 0.97 } END { exit !good }' scores.txt
for n in 1 2; do
    OMP_NUM_THREADS=$n "$autan" map -q --from $from --to $from -o threads-$n.nc auto.ini
done
check "one thread and two give the same file" same_values threads-1.nc threads-2.nc
# Of the maps of FILE: mean and spread of its members, over members, hours and cells.
members_agree() { # members_agree FILE
    "$python" - "$1" <<'END'
import sys
import netCDF4
import numpy as np
f = netCDF4.Dataset(sys.argv[1])
member, mean = f["air_temperature_member"][:], f["air_temperature"][:]
z = (member - mean) / f["air_temperature_standard_error"][:]
assert z.count() == z.shape[0] * mean.count() > 0, z.count()
# Of hundreds of cells in some ranges, and tens of members, the averages are known to 2 or
# 3 %.
assert abs(z.mean()) < 0.05 and abs((z ** 2).mean() - 1) < 0.05, (z.mean(), (z ** 2).mean())
assert abs(z).max() < 6, abs(z).max()
END
}
if ! "$autan" map -q --from $from --to $from --members 1 -o never.nc given.ini 2>&1 |
    grep -q "without KISS FFT"; then
    "$autan" map -q --from $from --to $from --members 40 -o members.nc given.ini
    check "members have the mean and the standard error of such maps" members_agree members.nc
    for n in 1 2; do
        OMP_NUM_THREADS=$n "$autan" map -q --from $from --to 2025-07-01T01:00Z --members 21 \
            -o members-$n.nc auto.ini
    done
    check "in a fitted model, too" members_agree members-1.nc
    check "one thread and two draw the same members" same_values members-1.nc members-2.nc

    # 288 hours, each in a regime of its own, of which few have readings.
    crowd long 460 1 2025-07-01T00 2025-07-01T01 2025-07-01T02 2025-07-12T22 2025-07-12T23
    city auto > long/auto.ini
    "$autan" ingest -q long/auto.ini long/observations.csv
    says "288 hours of 460 stations: members are kriged from the 48 nearest" \
        "members of long periods do not need all systems at once" "$autan" map --from $from \
        --to 2025-07-12T23:00Z --members 30 -o long.nc long/auto.ini
    check "and agree with the exact maps" members_agree long.nc
else
    echo "skipped: members, built without KISS FFT"
fi
{
    city auto
    printf '%s\n' '[qc]' 'disable = spike buddy spatial_consistency rate_of_change step' \
        'enable = air_temperature.kriging'
} >kriging.ini
says "refused (0.01 %): kriging 1" "readings are checked, against what those nearby say, too" \
    "$autan" qc kriging.ini
refuses 1 "this verb takes up to 5000" "what is exact alone says so" \
    "$autan" explain --at $from given.ini
finish
