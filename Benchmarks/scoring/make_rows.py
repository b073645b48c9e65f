"""Writes rows of 2 KB completions for measuring `assay score`.

Usage: make_rows.py ROWS [--integers] > rows.jsonl

Half of the answers are integers, a fifth fractions, the rest surds and polynomials, as in
competition data; --integers leaves the integers only. Three of five completions are right.
"""
import json
import random
import sys

WORDS = (
    "we add the two numbers and carry one so that sum of all terms becomes larger than before which "
    "gives us next value then multiply by three subtract seven divide evenly find remainder check "
    "result again carefully because error would propagate through final answer"
).split()


def answer(integers):
    """Gold and another way to write it."""
    number, other = random.randint(2, 99), random.randint(2, 99)
    kind = 0 if integers else random.random()
    if kind < 0.5:
        return str(number * other), f"{number * other}.0" if kind < 0.05 else str(number * other)
    if kind < 0.7:
        return f"\\frac{{{number}}}{{{other}}}", f"{3 * number}/{3 * other}"
    if kind < 0.85:
        return f"{number}\\sqrt{{{other}}}", f"\\sqrt{{{number * number * other}}}"
    return f"(x+{number})(x-{other})", f"x^2 + {number - other}x - {number * other}".replace("+ -", "- ")


def main():
    random.seed(1)
    integers = "--integers" in sys.argv
    for index in range(int(sys.argv[1])):
        text = "<think>"
        while len(text) < 1900:
            text += " ".join(random.choice(WORDS) for _ in range(12)) + f" {random.randint(1, 999)}.\n"
        gold, stated = answer(integers)
        if random.random() >= 0.6:
            stated += "+1"
        text += "</think>\nThe answer is \\boxed{%s}." % stated
        row = {"id": f"r{index}", "prompt": "Compute.", "completion": text, "answer": gold, "tokens": len(text) // 4}
        print(json.dumps(row))


if __name__ == "__main__":
    main()
