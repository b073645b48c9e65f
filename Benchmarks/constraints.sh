#!/usr/bin/env bash
# Trains one start of recipes/constraints.yaml by the verifier's reward, by preferences, by a reward
# model and by a discriminator (GAPO), and prints a table.
# Usage: Benchmarks/constraints.sh [SEED …]   (default 1 2 3)
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- 1 2 3
swift build -c release --product assay >&2
assay=.build/release/assay
runs=runs/constraints

# What an arm sets beside its preset.
settings() {
    case "$1" in
    gapo) echo "learned_reward.kind=discriminator learned_reward.pairs=200000 learned_reward.epochs=1 \
        learned_reward.learning_rate=1e-3 learned_reward.batch=32 learned_reward.later_rate=3e-4" ;;
    rlhf) echo "learned_reward.kind=reward_model learned_reward.pairs=20000 learned_reward.epochs=8 \
        learned_reward.learning_rate=2e-3 learned_reward.batch=64" ;;
    esac
}

for seed in "$@"; do
    start=$runs/$seed/start
    $assay train recipes/constraints.yaml --set "seed=$seed" --set budget.steps=0 \
        --run-dir "$start" --force >&2
    for arm in grpo dapo ppo dpo rlhf gapo; do
        preset=$arm
        [ "$arm" != rlhf ] || preset=ppo
        options=(--set "seed=$seed" --set "objective.preset=$preset")
        for setting in $(settings "$arm"); do options+=(--set "$setting"); done
        [ "$arm" != dapo ] || options+=(--set objective.refill_rounds=2
            --set objective.refill_on_exhaustion=fall_back)
        $assay train recipes/constraints.yaml "${options[@]}" --from "$start" \
            --run-dir "$runs/$seed/$arm" --force >&2
    done
done
Benchmarks/table.py "$runs" "$@"
