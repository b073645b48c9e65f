#!/usr/bin/env python3
"""The table of arms that started from one policy: RUNS/SEED/ARM/summary.json for the given seeds.

--columns adds means over the seeds: a metric's name for its last value in metrics.jsonl, NAME@max for
its largest, NAME>=VALUE for the first step at which an evaluation or step reached it, summary:KEY, or
level:N for the sampled accuracy on that level at the end.
NAME>=ARM is the first step at which the mean of three values reached the last such mean of that arm.
"""
import argparse, json, os, statistics

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("runs")
parser.add_argument("seeds", nargs="+")
parser.add_argument("--order", default="")
parser.add_argument("--columns", default="")
options = parser.parse_args()
runs, seeds = options.runs, options.seeds
names = [name for name in options.order.split(",") if name] or sorted(
    set(os.listdir(f"{runs}/{seeds[0]}")) - {"start"})
columns = options.columns.split()
mean = statistics.mean


def figures(seed, name, when):
    return json.load(open(f"{runs}/{seed}/{name}/summary.json"))[when]


def steps(seed, name):
    with open(f"{runs}/{seed}/{name}/metrics.jsonl") as lines:
        return [json.loads(line) for line in lines]


def smooth(rows, metric, width=3):
    found = [(row["step"], row[metric]) for row in rows if metric in row]
    return [(found[i][0], mean(value for _, value in found[i - width + 1:i + 1]))
            for i in range(width - 1, len(found))]


def value(seed, name, column):
    if column.startswith("summary:"):
        return json.load(open(f"{runs}/{seed}/{name}/summary.json")).get(column[8:])
    if column.startswith("level:"):
        return figures(seed, name, "levels_after")[column[6:]]["accuracy"]
    rows = steps(seed, name)
    if ">=" in column:
        metric, goal = column.split(">=")
        if goal in names:
            return next((step for step, mean in smooth(rows, metric)
                         if mean >= smooth(steps(seed, goal), metric)[-1][1]), None)
        reached = [row["step"] for row in rows if row.get(metric, -1e300) >= float(goal)]
        return min(reached) if reached else None
    metric, _, kind = column.partition("@")
    found = [row[metric] for row in rows if metric in row]
    if not found:
        return None
    return max(found) if kind == "max" else found[-1]


def shown(values):
    if None in values:
        return " ".join("–" if v is None else f"{v:.4g}" for v in values)
    return f"{mean(values):.4g}"


def row(name, rows, extra):
    accuracies = [r["accuracy"] for r in rows]
    cells = [name, " ".join(f"{a:.3f}" for a in accuracies), f"{mean(accuracies):.3f}",
             f"{mean(r['greedy_accuracy'] for r in rows):.3f}",
             f"{mean(r['mean_length'] for r in rows):.1f}",
             f"{mean(r['entropy'] for r in rows):.3f}"] + extra
    print("| " + " | ".join(cells) + " |")


heads = ["preset", "sampled accuracy, " + ", ".join(f"seed {s}" for s in seeds), "mean", "greedy",
         "length", "entropy"] + columns
print("| " + " | ".join(heads) + " |")
print("| " + " | ".join("---" for _ in heads) + " |")
row("(start)", [figures(s, names[0], "before") for s in seeds], ["" for _ in columns])
ended = {name: [figures(s, name, "after") for s in seeds] for name in names}
if not options.order:
    names.sort(key=lambda name: -mean(r["accuracy"] for r in ended[name]))
for name in names:
    row(name, ended[name],
        [shown([value(s, name, column) for s in seeds]) for column in columns])
