#!/usr/bin/env bash
# Trains the same start with every preset for the steps of recipes/presets.yaml and prints a table.
# Usage: Benchmarks/presets.sh [SEED …]   (default 1 2 3)
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- 1 2 3
swift build -c release --product assay >&2
assay=.build/release/assay
runs=runs/presets

# What a preset needs beside its name: groups are of 8, so filters keep 4 of them.
settings() {
    case "$1" in
    gfpo-adaptive) echo "objective.k=4 objective.adaptive_k=6/6/4/3" ;;
    gfpo-*) echo "objective.k=4" ;;
    gapo) echo "learned_reward.kind=discriminator learned_reward.pairs=20000 learned_reward.epochs=4 \
        learned_reward.learning_rate=2e-3 learned_reward.batch=64 learned_reward.later_rate=3e-4" ;;
    rlhf) echo "learned_reward.kind=reward_model learned_reward.pairs=20000 learned_reward.epochs=8 \
        learned_reward.learning_rate=2e-3 learned_reward.batch=64" ;;
    dapo | dapo@verl | qwenlong | high-entropy) echo "objective.refill_rounds=2 objective.refill_on_exhaustion=fall_back" ;;
    esac
}

presets=$($assay objective list --json | python3 -c 'import json, sys
for row in json.load(sys.stdin): print(row["name"])')
for seed in "$@"; do
    start=$runs/$seed/start
    $assay train recipes/presets.yaml --set "seed=$seed" --set budget.steps=0 \
        --run-dir "$start" --force >&2
    for preset in $presets rlhf; do
        name=$preset
        [ "$preset" != rlhf ] || name=ppo
        options=(--set "seed=$seed" --set "objective.preset=$name")
        for setting in $(settings "$preset"); do options+=(--set "$setting"); done
        $assay train recipes/presets.yaml "${options[@]}" --from "$start" \
            --run-dir "$runs/$seed/$preset" --force >&2
    done
done

Benchmarks/table.py "$runs" "$@"
