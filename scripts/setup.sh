#!/usr/bin/env bash
# Installs the missing system packages of the named groups (default: all) from system-packages.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
groups=" ${*:-build lint} "

if ! command -v swift >/dev/null; then
    echo "setup: swift is not on the PATH; install Swift 6.2 or later from https://swift.org/install" >&2
    exit 1
fi

if [ "$(uname -s)" = Darwin ]; then
    formulas=$(awk -F'|' -v groups="$groups" \
        '!/^#/ && NF >= 4 { gsub(/ /, "", $1); gsub(/ /, "", $3)
                            if (index(groups, " " $1 " ") && $3 != "") print $3 }' \
        system-packages.txt | tr '\n' ' ')
    echo "setup: on macOS install these yourself: brew install $formulas"
    exit 0
fi
if ! command -v apt-get >/dev/null; then
    echo "setup: no apt-get here; install what system-packages.txt lists with your package manager" >&2
    exit 1
fi

missing=()
updated=no
update() {
    [ "$updated" = yes ] && return
    echo "setup: apt-get update"
    "${root[@]}" apt-get update -qq
    updated=yes
}
root=()
[ "$(id -u)" = 0 ] || root=(sudo)

installed() { [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null)" = "ii " ]; }

while IFS='|' read -r group package _ why; do
    group=${group// /}
    package=${package// /}
    case "$group" in "" | \#*) continue ;; esac
    [[ "$groups" == *" $group "* ]] || continue
    optional=no
    if [[ "$package" == *\? ]]; then
        optional=yes
        package=${package%\?}
    fi
    installed "$package" && continue
    update
    if [ "$optional" = yes ] && ! apt-cache show "$package" >/dev/null 2>&1; then continue; fi
    echo "setup: $package is missing:$why"
    missing+=("$package")
done <system-packages.txt

if [ ${#missing[@]} -eq 0 ]; then
    echo "setup: every system package is there"
    exit 0
fi
if [ ${#root[@]} -gt 0 ] && ! command -v sudo >/dev/null; then
    echo "setup: neither root nor sudo; ask for: apt-get install ${missing[*]}" >&2
    exit 1
fi
echo "setup: apt-get install ${missing[*]}"
"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
