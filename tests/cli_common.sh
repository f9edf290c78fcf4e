# What the tests of the command line share; read with `.`, not run.
#
# $AUTAN is the program (./autan), $AUTAN_SHARED the shared data (shared beside the
# sources), $PYTHON the interpreter that has numpy, netCDF4, xarray and osgeo
# (/usr/bin/python3). Everything is made in $work, which goes away at the end.

export LC_ALL=C TZ=UTC
top=$(cd "${srcdir:-$(dirname "$0")/..}" && pwd)
autan=$(realpath "${AUTAN:-./autan}")
python=${PYTHON:-/usr/bin/python3}
reference=$top/tests/reference
work=$(mktemp -d "${TMPDIR:-/tmp}/autan-cli-XXXXXX")
passed=0
failed=0
mounted=

clean_up() {
    [ -z "$mounted" ] || umount "$mounted"
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

[ -x "$autan" ] || { echo "no program $autan: set AUTAN" >&2; exit 1; }
if ! "$python" -c 'import netCDF4, numpy, osgeo' 2>/dev/null; then
    echo "skipped: no numpy, netCDF4, GDAL for $python (python3-numpy python3-netcdf4" \
        "python3-gdal)"
    exit 77
fi
cd "$work" || exit 1

ok() { # ok NAME
    passed=$((passed + 1))
    echo "ok: $1"
}

not_ok() { # not_ok NAME [FILE...]: the end of the files follows
    failed=$((failed + 1))
    echo "NOT OK: $1"
    shift
    [ $# = 0 ] || tail -qn 20 "$@" | sed 's/^/    /'
}

# What these run leaves its standard output in $work/out and its messages in $work/err
# for the checks that follow; check leaves them alone.

# check NAME COMMAND...: the command succeeds
check() {
    name=$1
    shift
    if "$@" >"$work/.log" 2>&1; then ok "$name"; else not_ok "$name" "$work/.log"; fi
}

# does NAME COMMAND...: the command succeeds
does() {
    name=$1
    shift
    if "$@" >"$work/out" 2>"$work/err"; then ok "$name"; else not_ok "$name" "$work/err"; fi
}

# says TEXT NAME COMMAND...: the command succeeds and says TEXT
says() {
    text=$1 name=$2
    shift 2
    if "$@" >"$work/out" 2>"$work/err" && grep -qF -- "$text" "$work/out" "$work/err"; then
        ok "$name"
    else
        not_ok "$name: expected '$text'" "$work/out" "$work/err"
    fi
}

# refuses CODE TEXT NAME COMMAND...: the command ends with that code, says TEXT on
# standard error and nothing about crashes
refuses() {
    code=$1 text=$2 name=$3
    shift 3
    "$@" >"$work/out" 2>"$work/err"
    got=$?
    if [ $got = "$code" ] && grep -qF -- "$text" "$work/err"; then
        ok "$name"
    else
        not_ok "$name: exit $got, expected $code and '$text'" "$work/err"
    fi
}

# silent NAME COMMAND...: the command succeeds and says nothing on standard error
silent() {
    name=$1
    shift
    if "$@" >"$work/out" 2>"$work/err" && [ ! -s "$work/err" ]; then
        ok "$name"
    else
        not_ok "$name: expected silence" "$work/err"
    fi
}

# files: every file of the folder with size and time, and every folder; what readers of a
# SQLite database leave beside it aside
files() {
    find . ! -type d ! -name '*-shm' ! -name '*-wal' -printf '%p %s %T@\n' -o -type d -print |
        sort
}

# said TEXT: standard error has every part of TEXT between bars
said() {
    rest=$1\|
    while [ -n "$rest" ]; do
        grep -qF -- "${rest%%|*}" "$work/err" || return 1
        rest=${rest#*|}
    done
}

# bad CODE TEXT NAME COMMAND...: the command ends with that code and an error, which has
# every part of TEXT between bars; standard output is empty and all files are as they were
bad() {
    code=$1 text=$2 name=$3
    shift 3
    files >"$work/before"
    "$@" >"$work/out" 2>"$work/err" </dev/null
    got=$?
    files >"$work/after"
    if [ $got != "$code" ]; then
        not_ok "$name: exit $got, expected $code" "$work/err"
    elif ! said "autan: error: |$text"; then
        not_ok "$name: expected '$text'" "$work/err"
    elif [ -s "$work/out" ]; then
        not_ok "$name: has output" "$work/out"
    elif ! cmp -s "$work/before" "$work/after"; then
        diff "$work/before" "$work/after" >"$work/changes"
        not_ok "$name: files have changed" "$work/changes"
    else
        ok "$name: $(tail -n 1 "$work/err" | cut -c 1-150)"
    fi
}

# common_options VERB: what every verb does alike
common_options() {
    verb=$1
    says "Usage: autan $verb" "--help says how to use it" "$autan" "$verb" --help
    check "on standard output" test -s "$work/out" -a ! -s "$work/err"
    says "Usage: autan $verb" "-h does too" "$autan" "$verb" -h
    "$autan" --version >version
    check "--version is the program's" sh -c '"$1" "$2" --version | cmp - version' - \
        "$autan" "$verb"
    check "-V too" sh -c '"$1" "$2" -V | cmp - version' - "$autan" "$verb"
    for option in --quiet --verbose --help --version; do
        "$autan" "$verb" --help | grep -q -- "$option" || not_ok "--help names $option"
    done
    refuses 2 "autan: error: unknown option '--nonsense'" "an unknown option is named" \
        "$autan" "$verb" --nonsense town.ini
    check "with the way to help" grep -qF "Try 'autan $verb --help'" "$work/err"
    check "and nothing on standard output" test ! -s "$work/out"
    refuses 2 "autan: error: unknown option '-x'" "an unknown letter is named" \
        "$autan" "$verb" -qx town.ini
    refuses 2 "autan: error: option '--quiet=1' takes no value" \
        "a value for an option without is refused" "$autan" "$verb" --quiet=1 town.ini
    refuses 2 "autan: error: no city file given" "a missing city file is said" \
        "$autan" "$verb"
}

# on_terminal COMMAND...: runs it with a terminal for standard error, which it prints
on_terminal() {
    "$python" -c 'import os, pty, subprocess, sys
master, slave = pty.openpty()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=slave)
os.close(slave)
text = b""
while True:
    try:
        part = os.read(master, 4096)
    except OSError:
        break
    if not part:
        break
    text += part
sys.stdout.buffer.write(text)
sys.exit(process.wait())' "$@"
}

# close FIRST SECOND TOLERANCE: two numbers
close() {
    awk -v a="$1" -v b="$2" -v t="$3" \
        'BEGIN { d = a - b; exit !(a != "" && b != "" && d <= t && -d <= t) }'
}

# value FILE VARIABLE TIME ROW COLUMN: one value of a map, 9 digits
value() {
    "$python" -c 'import netCDF4, sys
v = netCDF4.Dataset(sys.argv[1])[sys.argv[2]][tuple(map(int, sys.argv[3:]))]
print("nan" if v is netCDF4.numpy.ma.masked else "%.9g" % v)' "$@"
}

# same_values FILE FILE: two map files say the same but for when they were made
same_values() {
    "$python" - "$1" "$2" <<'END'
import sys
import netCDF4
import numpy as np
a, b = (netCDF4.Dataset(path) for path in sys.argv[1:])
for file in a, b:
    file.set_auto_mask(False)
def attributes(of):
    return {k: repr(v) for k, v in of.__dict__.items() if k != "date_created"}
if list(a.variables) != list(b.variables):
    sys.exit(f"{list(a.variables)} and {list(b.variables)}")
for name in a.variables:
    if attributes(a[name]) != attributes(b[name]):
        sys.exit(f"the attributes of {name} differ")
    if not np.array_equal(a[name][...], b[name][...], equal_nan=a[name].dtype.kind == "f"):
        sys.exit(f"the values of {name} differ")
sys.exit(0 if attributes(a) == attributes(b) else "global attributes differ")
END
}

# shared NAME: sets $found to a file of the shared data; false after saying so
shared() {
    for base in ${AUTAN_SHARED:-"$top/../shared" "$OLDPWD/../shared" "$OLDPWD/../../shared"}; do
        found=$base/$1
        [ -r "$found" ] && found=$(realpath "$found") && return 0
    done
    echo "skipped: no $1 in the shared data (set AUTAN_SHARED)"
    return 1
}

# small_town FOLDER: makes the town of tests/reference/small_town.py and ingests its
# readings
small_town() {
    mkdir -p "$1" && "$python" "$reference/small_town.py" "$1" &&
        "$autan" ingest -q "$1/town.ini" "$1/observations.csv"
}

# town FILE LINE...: a city file of the sources that tests/reference
# makes, with these lines after its head
town() {
    out=$1
    shift
    cat >"$out" <<'END'
[city]
name       = Made up
timezone   = Europe/Paris
crs        = EPSG:2154
extent     = 570000 6280000 576000 6284000
resolution = 100
[stations]
file = sources/stations.csv
END
    printf '%s\n' "$@" >>"$out"
}

# with FILE LINE...: prints the city file and these lines after it
with() {
    cat "$1"
    shift
    printf '%s\n' "$@"
}

# nothing_left FOLDER: no temporary file and no output is in the folder
nothing_left() {
    [ -z "$(find "$1" -name '*.tmp' -o -name '.autan*' -o -name '*.nc' -o -name '*.tif' \
        -o -name '*.png')" ]
}

finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
}
