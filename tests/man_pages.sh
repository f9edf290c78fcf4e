#!/bin/sh
# The man pages: whole, clean, and true to the program's own help. Closes with
# `N passed, N failed`. The program is $AUTAN, or ./autan. tests/man_examples.sh runs
# what they show.
set -u
. "${srcdir:-$(dirname "$0")/..}/tests/cli_common.sh"

pages=$top/doc/man
verbs=$("$autan" --help | awk '/^Verbs:/ { on = 1; next } /^$/ { on = 0 } on { print $1 }')

# clean PAGE: no formatter that is there warns
clean() {
    if command -v mandoc >/dev/null; then
        mandoc -Tlint -W warning "$1" || return 1
    fi
    if command -v groff >/dev/null; then
        groff -mandoc -ww -z -Tutf8 -Kutf8 "$1" 2>&1 | grep . && return 1
    fi
    return 0
}

# references PAGE: every page of ours that it names is there
references() {
    awk '$1 == ".Xr" && $2 ~ /^autan/ { print $2 "." $3 }' "$1" | sort -u | while read -r page; do
        [ -f "$pages/$page" ] || echo "no page $page"
    done | grep . && return 1
    return 0
}

# help_options VERB, page_options VERB: the long options there
help_options() {
    "$autan" "$1" --help | grep -o -E -- '(^|[ ,])--[a-z][a-z-]*' | tr -d ' ,' | sort -u
}
page_options() {
    awk '/^\.Sh OPTIONS/ { on = 1 } /^\.Sh/ && !/OPTIONS/ { on = 0 }
        on && /^\.It/ { while (match($0, /Fl Fl [a-z-]+/)) {
            print "--" substr($0, RSTART + 6, RLENGTH - 6)
            $0 = substr($0, RSTART + RLENGTH) } }' "$pages/autan-$1.1" | sort -u
}

for page in "$pages"/*.[0-9]; do
    file=$(basename "$page")
    check "$file is clean" clean "$page"
    check "$file names no page that is not there" references "$page"
    check "$file is installed" grep -q "doc/man/$file" "$top/Makefile.am"
done
check "there are verbs" test "$(echo "$verbs" | wc -l)" -ge 4
for verb in $verbs; do
    check "$verb has a page" test -f "$pages/autan-$verb.1"
    check "autan.1 names $verb" grep -q "^\.Xr autan-$verb 1" "$pages/autan.1"
    help_options "$verb" >help
    page_options "$verb" >page
    check "the options of $verb are those of its page" diff help page
done
finish
