"""Writes made-up word problems for measuring `assay curriculum import`.

Usage: make_problems.py ROWS > problems.jsonl

Five levels, some 300 bytes a prompt; one row in a hundred repeats an earlier one, and one in a
hundred differs from an earlier one only by case and punctuation.
"""
import json
import random
import sys

WORDS = (
    "a train leaves the station with apples and pears for every child who waits at the market while "
    "her brother counts coins twice as fast how many remain after the third day when half are sold"
).split()


def prompt(rng, number):
    """A text with numbers; the number of the row makes it unlike every other."""
    words = rng.choices(WORDS, k=50)
    return f"Problem {number}: " + " ".join(words) + f" {rng.randrange(10**6)} + {rng.randrange(100)}?"


def main():
    rng = random.Random(7)
    rows = int(sys.argv[1])
    kept = []
    for number in range(rows):
        kind = rng.random()
        if kind < 0.02 and kept:
            text, answer, level = rng.choice(kept)
            if kind < 0.01:
                text = text.upper().rstrip("?")
        else:
            text, answer, level = prompt(rng, number), str(rng.randrange(10**4)), rng.randrange(5)
            if len(kept) < 1000:
                kept.append((text, answer, level))
        row = {"prompt": text, "answer": answer, "level": level, "tags": ["made"]}
        row["llama_solve_rate"] = rng.randrange(17) / 16
        sys.stdout.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
