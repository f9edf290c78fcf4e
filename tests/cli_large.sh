#!/bin/sh
# A network of more stations than can be solved exactly: from readings to maps and scores,
# with stations beside each other and in one place.
set -u
. "${srcdir:-$(dirname "$0")/..}/tests/cli_common.sh"

"$python" - <<'END'
import numpy as np
random = np.random.default_rng(7)
n, hours = 5200, 2
x, y = 10000 * random.random(n), 10000 * random.random(n)
x[1], y[1] = x[0], y[0]              # in one place
x[3], y[3] = x[2] + 0.5, y[2]        # beside each other
def warmth(x, y):
    return 20 + np.sin(x / 1500) + np.cos(y / 2000)
with open("stations.csv", "w") as out:
    out.write("station,longitude,latitude\n")
    # Near the origin of UTM 31 on the equator a degree is 111 km.
    out.writelines(f"s{i},{3 + x[i] / 111320:.8f},{y[i] / 110574:.8f}\n" for i in range(n))
with open("observations.csv", "w") as out:
    out.write("time,station,air_temperature\n")
    for h in range(hours):
        value = warmth(x, y) + 0.3 * random.standard_normal(n)
        if h == 1:
            value[50] += 25
        out.writelines(f"2025-07-01T{h:02}:00Z,s{i},{value[i]:.3f}\n" for i in range(n))
END

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
refuses 1 "this verb takes up to 5000" "what is exact alone says so" \
    "$autan" explain --at $from given.ini
if ! "$autan" map --from $from --to $from --members 2 -o never.nc given.ini 2>&1 |
    grep -q "without KISS FFT"; then
    refuses 2 "members takes up to 5000" "and so do members" \
        "$autan" map --from $from --to $from --members 2 -o never.nc given.ini
fi
finish
