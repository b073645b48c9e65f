"""What Python costs a row, and how scoring grows with threads: columns.py [ROWS]   (with the wheel installed)

Completions of 2 KB; the least of three rounds. `columns` is the time that lists take to become columns, before any scoring.
"""

import sys
import time
from pathlib import Path

import assay
import numpy as np
from assay._columns import TextColumn

root = Path(__file__).resolve().parents[2]
count = int(sys.argv[1]) if len(sys.argv) > 1 else 40_000
text = "We work it out step by step. " * 70
completions = [f"{text}so the answer is \\boxed{{{i % 7}}}" for i in range(count)]
golds = [str(i % 5) for i in range(count)]
tokens = np.full(count, 300)


def least(work):
    rounds = []
    for _ in range(3):
        begin = time.perf_counter()
        work()
        rounds.append(time.perf_counter() - begin)
    return min(rounds) / count * 1e6


def columns():
    return TextColumn(completions), TextColumn(golds)


own = least(columns)
print(f"columns: {own:.2f} µs a row")
for name in ("math", "throughput"):
    scorer = assay.Scorer(root / f"verifiers/{name}.yaml")
    found = {}
    for scorer.threads in (1, 2):
        found[scorer.threads] = least(lambda: scorer.score_columns(completions, golds, tokens=tokens))
    print(f"{name}: {found[1]:.2f} µs a row with 1 thread, {found[2]:.2f} with 2; "
          f"the library alone grows {(found[1] - own) / (found[2] - own):.2f} times")
