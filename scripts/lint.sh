#!/usr/bin/env bash
# Format, shell and YAML checks, and a build in which an undeclared import or a warning is an error.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "lint: swift format"
swift format lint --strict --recursive Package.swift Sources Tests
echo "lint: shell"
shellcheck scripts/*.sh Benchmarks/*.sh .ci/run
echo "lint: build with the explicit import check, warnings as errors"
make --no-print-directory build-tests
echo "lint: YAML"
assay=$(swift build --show-bin-path)/assay
"$assay" test verifiers/ >/dev/null
for recipe in recipes/*.yaml; do "$assay" train "$recipe" --dry-run >/dev/null; done
echo "lint: clean"
