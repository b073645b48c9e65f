#!/usr/bin/env bash
# Kills `assay score` at random moments, goes on with --resume, and compares the output with that of
# a run that was left alone.
#
# Usage: Benchmarks/scoring/kill_resume.sh [KILLS] [ROWS]     (ASSAY names another program)
set -euo pipefail
cd "$(dirname "$0")/../.."
assay=${ASSAY:-.build/release/assay}
kills=${1:-50}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 Benchmarks/scoring/make_rows.py "${2:-60000}" > "$folder/rows.jsonl"
gzip -k "$folder/rows.jsonl"
inputs=("$folder/rows.jsonl" "$folder/rows.jsonl.gz")
spec=verifiers/throughput.yaml
"$assay" score "${inputs[@]}" --spec $spec --out "$folder/whole.jsonl" --jobs 2 2> "$folder/whole.txt"
done_kills=0
runs=0
while [ "$done_kills" -lt "$kills" ]; do
    runs=$((runs + 1))
    rm -f "$folder"/out.jsonl*
    resume=()
    while [ ! -f "$folder/out.jsonl" ]; do
        "$assay" score "${inputs[@]}" --spec $spec --out "$folder/out.jsonl" \
            --jobs $((1 + RANDOM % 3)) "${resume[@]}" 2> "$folder/out.txt" &
        pid=$!
        resume=(--resume)
        if [ "$done_kills" -lt "$kills" ]; then
            sleep "0.$(printf '%03d' $((RANDOM % 700)))"
            if kill -9 "$pid" 2> /dev/null; then done_kills=$((done_kills + 1)); fi
        fi
        wait "$pid" 2> /dev/null || true
    done
    cmp "$folder/whole.jsonl" "$folder/out.jsonl"
    # All but the rate, the slowest rows and the notes on going on must be the same.
    diff <(grep -v -e rows/s -e 'going on' -e 'slowest rows' "$folder/whole.txt") <(grep -v -e rows/s -e 'going on' -e 'slowest rows' "$folder/out.txt")
done
echo "$done_kills kills over $runs runs: every output and summary as if nothing had happened"
