#!/usr/bin/env bash
# Tests the wheel of `make wheel` in an environment of its own: scripts/test_python.sh [integrations]
# With `integrations` it installs the engines from PyPI too and runs Assay within them.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$PWD/.build/python-tests
[ -x "$folder/bin/python" ] || python3 -m venv "$folder"
"$folder/bin/pip" install --quiet numpy pytest pyarrow
"$folder/bin/pip" install --quiet --force-reinstall --no-deps python/dist/*.whl
tests=("$PWD/python/tests/test_package.py" "$PWD/python/tests/test_engines.py")
if [ "${1:-}" = integrations ]; then
    "$folder/bin/pip" install --quiet torch trl datasets ray pandas pyspark lm_eval
    tests=("$PWD/python/tests")
fi
# Not beside the sources, where another package would be found.
cd "$folder"
"$folder/bin/python" -m pytest -q -W ignore -p no:cacheprovider "${tests[@]}"
