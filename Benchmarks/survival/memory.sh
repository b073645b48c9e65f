#!/usr/bin/env bash
# Trains the smallest policy for many steps and samples its resident memory.
# Usage: Benchmarks/survival/memory.sh [STEPS]     (ASSAY names another program)
set -euo pipefail
cd "$(dirname "$0")/../.."
steps=${1:-100000}
assay=${ASSAY:-.build/release/assay}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$assay" train Benchmarks/survival/small.yaml --run-dir "$folder/run" --set "budget.steps=$steps" \
    --set budget.checkpoint_every=1000 --set evaluation.every=1000 --set rollout.maximum_new_tokens=2 \
    --set policy.layers=1 >"$folder/out" 2>&1 &
process=$!
while kill -0 "$process" 2>/dev/null; do
    # The last line of the event file is a step; the CSV has a line a step and a header.
    done=$({ cat "$folder/run/metrics.csv" 2>/dev/null || true; } | wc -l)
    kilobytes=$(awk '/VmRSS/ { print $2 }' "/proc/$process/status" 2>/dev/null || true)
    [ -n "$kilobytes" ] && echo "$done $kilobytes"
    sleep 0.5
done >"$folder/samples"
wait "$process" || { cat "$folder/out" >&2; exit 1; }
awk -v steps="$steps" '
    { step[NR] = $1; memory[NR] = $2; if ($2 > most) most = $2 }
    END {
        for (i = 1; i <= NR; i++)
            for (share = 1; share <= 100; share++)
                if (!(share in at) && step[i] >= share * steps / 100) at[share] = memory[i]
        printf "resident memory in kB: at 1 %% %d, 10 %% %d, 50 %% %d, 90 %% %d, 100 %% %d, at most %d\n",
            at[1], at[10], at[50], at[90], at[100], most
    }' "$folder/samples"
