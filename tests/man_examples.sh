#!/bin/sh
# Runs the examples of the man pages, in the order of the pages, in a small town made
# here. Closes with `N passed, N failed`.
#
#   tests/man_examples.sh [PAGE...]      program: $AUTAN, or ./autan
#
# In a literal block (.Bd -literal to .Ed) of a page,
#
#   a line that starts with "$ " is a command, with the lines after it while they end in
#   a backslash; it must exit 0, or N where it ends in "# exits N";
#   the lines after it must each be a line of its output, standard error included; "..."
#   stands for any number of lines;
#   the block after the comment .\" file: NAME is the content of that file.
#
# Files are made before the first command runs. The archive starts empty for each page.
set -u
here=$(cd "$(dirname "$0")/.." && pwd)
autan=$(realpath "${AUTAN:-./autan}")
if [ ! -x "$autan" ]; then
    echo "$autan: not a program; name it in AUTAN" >&2
    echo "0 passed, 1 failed"
    exit 1
fi
if ! command -v gdal_translate >/dev/null; then
    echo "skipped: no gdal_translate (Debian: gdal-bin)"
    exit 77
fi
if [ $# = 0 ]; then
    set -- "$here"/doc/man/*.[0-9]
fi
n=$#
while [ "$n" -gt 0 ]; do
    set -- "$@" "$(realpath "$1")"
    shift
    n=$((n - 1))
done

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work" || exit 1

mkdir bin town steps
cat >bin/autan <<EOF
#!/bin/sh
exec "$autan" "\$@"
EOF
chmod +x bin/autan
PATH=$work/bin:$PATH
NO_COLOR=1
LC_ALL=C.UTF-8
export PATH NO_COLOR LC_ALL

# The town: eight stations, eight summer days, a built-up middle of 3 km.
cat >town/stations.csv <<'EOF'
station,name,longitude,latitude,elevation,lcz
hall,Town hall,1.4437,43.6045,146,2
canal,Canal,1.4610,43.5990,148,5
hill,Hill,1.4655,43.6110,205,6
meadow,Meadow,1.4190,43.6160,138,14
school,School,1.4330,43.5955,144,3
works,Works,1.4300,43.6105,140,8
farm,Farm,1.4175,43.5925,150,14
park,Park,1.4480,43.5915,142,11
EOF
awk 'BEGIN {
    print "ncols 70\nnrows 60\nxllcorner 571000\nyllcorner 6276000\ncellsize 100"
    for (r = 0; r < 60; r++)
        for (c = 0; c < 70; c++)
            printf "%.3f%s", exp(-((c - 38)^2 + (r - 28)^2) / 400) * \
                (0.55 + 0.25 * sin(1.7 * c + r)), c < 69 ? " " : "\n"
}' >building.asc
gdal_translate -q -a_srs EPSG:2154 -ot Float32 building.asc town/building.tif || exit 1
# A daily cycle, a heat island at night that differs from day to day, and noise.
awk -F, 'NR > 1 { id[NR - 1] = $1 }
END {
    split("0.9 0.4 0.2 -0.9 0.6 0.5 -1.0 -0.3", built, " ")
    pi = atan2(0, -1)
    noise = 1
    print "time,station,air_temperature,relative_humidity"
    for (day = 18; day <= 25; day++)
        for (hour = 0; hour < 24; hour++)
            for (i = 1; i <= 8; i++) {
                noise = (noise * 16807) % 2147483647
                island = cos((hour - 1) * pi / 12)
                island = (island > 0 ? island : 0) * (1.6 + 0.6 * sin(2 * day))
                printf "2025-08-%dT%02d:00Z,%s,%.1f,%d\n", day, hour, id[i],
                    24 + 7 * sin((hour - 9) * pi / 12) + built[i] * (0.3 + island) + \
                    noise / 2147483647 - 0.5, 60 - 25 * sin((hour - 9) * pi / 12)
            }
}' town/stations.csv >town/observations.csv

# Files into town/, commands into steps/PAGE.NUMBER with .exits and .expected beside.
extract() {
    awk -v page="$1" '
        function plain(line) {
            gsub(/\\-/, "-", line)
            gsub(/\\\(aq/, "\047", line)
            gsub(/\\\(mi/, "-", line)
            gsub(/\\&/, "", line)
            gsub(/\\e/, "\\", line)
            return line
        }
        /^\.\\" file: / { file = "town/" $3; printf "" >file; next }
        /^\.Bd -literal/ { literal = 1; next }
        /^\.Ed/ { literal = 0; file = ""; step = ""; next }
        !literal { next }
        { line = plain($0) }
        file { print line >file; next }
        line ~ /^\$ / {
            step = sprintf("steps/%s.%02d", page, ++n)
            line = substr(line, 3)
            code = 0
            if (match(line, /# exits [0-9]+$/))
                code = substr(line, RSTART + 8)
            print code >(step ".exits")
            printf "" >(step ".expected")
            print line >step
            continued = line ~ /\\$/
            next
        }
        step && continued { print line >step; continued = line ~ /\\$/; next }
        step { print line >(step ".expected") }
    ' "$2"
}

# Whether every line expected is a line of the output.
has_lines() {
    awk 'NR == FNR { seen[$0] = 1; next }
        $0 != "..." && !($0 in seen) { print "  not said: " $0; bad = 1 }
        END { exit bad }' "$2" "$1"
}

passed=0
failed=0
order=
for page in "$@"; do
    name=$(basename "$page")
    order="$order $name"
    extract "$name" "$page" || exit 1
done
for name in $order; do
    case $name in
    autan-view.1 | autan-run.1)
        if [ ! -f "$(dirname "$autan")/viewer/autan.js" ]; then
            echo "skipped: $name, the viewer was not built (Debian: nodejs, npm)"
            continue
        fi
        ;;
    esac
    rm -rf town/archive
    found=
    for step in steps/"$name".[0-9][0-9]; do
        [ -f "$step" ] || continue
        found=yes
        (cd town && sh "../$step") >output 2>&1 </dev/null
        code=$?
        wanted=$(cat "$step.exits")
        if [ "$code" = "$wanted" ] && has_lines "$step.expected" output; then
            passed=$((passed + 1))
            continue
        fi
        failed=$((failed + 1))
        echo "$name: $(cat "$step")"
        echo "  exits $code, the page says $wanted; output:"
        sed 's/^/  | /' output
    done
    if [ -z "$found" ]; then
        failed=$((failed + 1))
        echo "$name: has no example"
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
