#!/usr/bin/env bash
# Trains two short runs, plants hostile completions in one, and opens their reports in a headless browser.
# Usage: scripts/test_report.sh [FOLDER FOR SCREENSHOTS]; needs a debug build (make test-report sees to it).
set -euo pipefail
cd "$(dirname "$0")/.."
assay=$(swift build --show-bin-path)/assay
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
pictures=()
[ $# -eq 0 ] || pictures=(--screenshots "$1")

echo "report: training"
short=(--set warmup.tokens=300000 --set budget.steps=40)
"$assay" train recipes/tiny.yaml --run-dir "$folder/first" "${short[@]}" \
    --set 'comparison={name: plain, objective: {preset: grpo}}' >/dev/null 2>&1
"$assay" train recipes/tiny.yaml --run-dir "$folder/second" "${short[@]}" --set seed=2 >/dev/null 2>&1

python3 - "$folder/second/assay.db" <<'END'
import sqlite3
import sys

HOSTILE = [
    "</script><script>window.owned = 1</script>", "<img src=x onerror='window.owned = 1'>",
    "</pre><svg onload='window.owned = 1'>", "\u202egnp.exe\u2066 \ufeff \x1b[31m \x7f",
    "<a href='javascript:window.owned = 1'>here</a><style>*{display:none}</style>",
    "שלום <b>12</b> <!-- ]]> -->", "&lt;script&gt; ${window.owned = 1} {{1}}", "x" * 20000,
]
with sqlite3.connect(sys.argv[1]) as store:
    keys = [key for (key,) in store.execute("SELECT rollout FROM rollout_texts ORDER BY rollout")]
    for place, key in enumerate(keys):
        text = HOSTILE[place % len(HOSTILE)]
        store.execute(
            "UPDATE rollout_texts SET text = ?, prompt = ?, answer = ? WHERE rollout = ?",
            (text, HOSTILE[place % 3], HOSTILE[(place + 1) % 3], key))
END

"$assay" report "$folder/first" >/dev/null
"$assay" report "$folder/first" "$folder/second" --out "$folder/both.html" >/dev/null
echo "report: one run"
scripts/report_in_browser.py "$folder/first/report.html"
echo "report: runs over one another, hostile completions"
scripts/report_in_browser.py "$folder/both.html" "${pictures[@]}"
