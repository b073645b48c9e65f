#!/usr/bin/env bash
# Kills a short run with SIGKILL at random moments, resumes it until it is done, and compares its
# digest with that of a run that nobody disturbed. Usage: Benchmarks/kill_resume.sh [KILLS]
set -euo pipefail
cd "$(dirname "$0")/.."
wanted=${1:-20}
swift build -c release --product assay >&2
assay=.build/release/assay
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
settings=(--set warmup.tokens=300000 --set budget.checkpoint_every=7)
"$assay" train recipes/tiny.yaml --run-dir "$folder/whole" "${settings[@]}" >/dev/null 2>&1
expected=$("$assay" digest "$folder/whole")

kills=0
runs=0
while [ "$kills" -lt "$wanted" ]; do
    runs=$((runs + 1))
    run="$folder/run-$runs"
    while true; do
        mode=()
        [ -f "$run/recipe.yaml" ] && mode=(--resume)
        "$assay" train recipes/tiny.yaml --run-dir "$run" "${settings[@]}" "${mode[@]}" \
            >"$folder/log" 2>&1 &
        process=$!
        sleep "$((RANDOM % 2)).$((RANDOM % 10))$((RANDOM % 10))"
        if kill -9 "$process" 2>/dev/null; then kills=$((kills + 1)); fi
        wait "$process" 2>/dev/null && break
    done
    found=$("$assay" digest "$run")
    if [ "$found" != "$expected" ]; then
        echo "run $runs differs after $kills kills: $found, not $expected" >&2
        exit 1
    fi
done
echo "$kills kills over $runs runs: every digest is $expected"
