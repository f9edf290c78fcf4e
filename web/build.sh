#!/bin/sh
# Makes the viewer's parts: from the release archive, which has them, or by npm.
#
#   sh build.sh SOURCE WORK OUTPUT
#
# SOURCE is this folder, WORK a folder for npm, OUTPUT where the parts go. Without Node.js,
# npm or their registry it says so and succeeds: autan view then tells what is missing.
set -eu
source=$(cd "$1" && pwd)
work=$2
output=$3

without() {
    echo "web: the viewer is not built: $1; autan view needs it" >&2
    exit 0
}

rm -rf "$output"
if [ -f "$source/dist/autan.js" ]; then
    mkdir -p "$output"
    cp "$source"/dist/* "$output/"
    chmod u+w "$output"/*
    exit 0
fi
command -v node >/dev/null && command -v npm >/dev/null ||
    without "it needs Node.js and npm (on Debian: apt-get install nodejs npm)"
mkdir -p "$work"
for file in package.json package-lock.json; do
    cp "$source/$file" "$work/.$file.tmp"
    mv "$work/.$file.tmp" "$work/$file"
done
npm --prefix "$work" ci --ignore-scripts --no-audit --no-fund --loglevel=error >"$work/npm.log" 2>&1 ||
    without "npm could not get its libraries, see $work/npm.log"
node "$source/build.mjs" "$source" "$work" "$output"
