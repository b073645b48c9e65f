#!/usr/bin/env python3
"""The table of arms that started from one policy: RUNS/SEED/ARM/summary.json for the given seeds."""
import json, os, statistics, sys

runs, seeds = sys.argv[1], sys.argv[2:]
names = sorted(set(os.listdir(f"{runs}/{seeds[0]}")) - {"start"})

def figures(seed, name, when):
    return json.load(open(f"{runs}/{seed}/{name}/summary.json"))[when]

print("| preset | sampled accuracy, " + ", ".join(f"seed {s}" for s in seeds)
      + " | mean | length | entropy |")
print("| --- | --- | --- | --- | --- |")
start = [figures(s, names[0], "before") for s in seeds]

def row(name, rows):
    accuracies = [r["accuracy"] for r in rows]
    mean = statistics.mean
    print(f"| {name} | " + " ".join(f"{a:.3f}" for a in accuracies) + f" | {mean(accuracies):.3f} | "
          f"{mean(r['mean_length'] for r in rows):.1f} | {mean(r['entropy'] for r in rows):.3f} |")

row("(start)", start)
ended = {name: [figures(s, name, "after") for s in seeds] for name in names}
for name in sorted(names, key=lambda n: -statistics.mean(r["accuracy"] for r in ended[n])):
    row(name, ended[name])
