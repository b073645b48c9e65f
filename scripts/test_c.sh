#!/usr/bin/env bash
# Builds the C interface's test with AddressSanitizer against the library of a build, and runs it.
# Usage: scripts/test_c.sh [BUILD_FOLDER]   (default .build/debug)
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(realpath "${1:-.build/debug}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${CC:-cc}" -std=c11 -D_GNU_SOURCE -g -O1 -Wall -Wextra -Werror -fsanitize=address,undefined \
    -I Sources/CAssay/include Tests/C/abi.c -L "$build" -lAssayC -lm -lpthread \
    -Wl,-rpath,"$build" -o "$folder/abi"
# The Swift runtime keeps what it makes once.
ASAN_OPTIONS=detect_leaks=0 "$folder/abi" verifiers/math.yaml
