#!/usr/bin/env bash
# Rows a second of `assay score` and of the same four rewards in Python, one after the other.
#
# Usage: Benchmarks/scoring/compare.sh [ROWS]     (PYTHON and ASSAY name other programs)
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON:-python3}
assay=${ASSAY:-.build/release/assay}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" Benchmarks/scoring/make_rows.py "${1:-100000}" > "$folder/rows.jsonl"
"$assay" score "$folder/rows.jsonl" --spec verifiers/throughput.yaml --out "$folder/scored.jsonl" --json 2> "$folder/assay.json"
"$python" Benchmarks/scoring/python_rewards.py "$folder/rows.jsonl" > "$folder/python.json"
"$python" - "$folder" <<'PY'
import json, sys
assay, peer = (json.load(open(f"{sys.argv[1]}/{name}.json")) for name in ("assay", "python"))
ratio = assay["rows_per_second"] / peer["rows_per_second"]
print(f"assay {assay['rows_per_second']:,.0f} rows/s (mean reward {assay['mean_reward']:.4f}), "
      f"Python {peer['rows_per_second']:,.0f} rows/s on one core (mean {peer['mean_reward']}), ratio {ratio:,.0f}")
PY
