"""The four rewards of verifiers/throughput.yaml in Python: Math-Verify and functions as trainers write them.

Usage: python_rewards.py rows.jsonl [--rows N]

Needs math-verify and antlr4-python3-runtime 4.13.2. Prints rows a second on one core, of the first N rows.
"""
import argparse
import itertools
import json
import logging
import re
import time

from math_verify import parse, verify

logging.disable(logging.CRITICAL)
FORM = re.compile(r"(?:####|A:|\\boxed\{|<answer>)")


def math_reward(completion, gold):
    answer = parse(completion.split("</think>")[-1], parsing_timeout=None)
    return float(verify(parse(f"${gold}$", parsing_timeout=None), answer, timeout_seconds=None))


def format_reward(completion):
    return 1.0 if FORM.search(completion) else 0.0


def repetition_reward(completion, size=4):
    words = completion.split()
    if len(words) < size:
        return 0.0
    grams = list(zip(*(words[start:] for start in range(size))))
    return -(1 - len(set(grams)) / len(grams))


def overlong_reward(completion, maximum=4096, cache=1024):
    return max(-1.0, min(0.0, (maximum - cache - len(completion)) / cache))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("rows")
    options.add_argument("--rows", dest="count", type=int, default=1000)
    arguments = options.parse_args()
    start = time.perf_counter()
    count, total = 0, 0.0
    with open(arguments.rows, encoding="utf-8") as file:
        for line in itertools.islice(file, arguments.count):
            row = json.loads(line)
            text = row["completion"]
            total += math_reward(text, row["answer"]) + 0.1 * format_reward(text)
            total += 0.2 * repetition_reward(text) + 0.5 * overlong_reward(text)
            count += 1
    seconds = time.perf_counter() - start
    print(json.dumps({"rows": count, "rows_per_second": round(count / seconds, 1), "mean_reward": round(total / count, 4)}))


if __name__ == "__main__":
    main()
