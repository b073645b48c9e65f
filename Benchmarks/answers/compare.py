"""Assay and Math-Verify on the same answer pairs: who is right how often, and how fast.

Usage: compare.py PAIRS.jsonl [--assay PATH] [--math-verify] [--list N]

PAIRS has lines {"category", "gold", "answer", "expected"}, as generate_pairs.py writes them. With
--math-verify both run one after the other on one thread, category by category, in an environment
that has math-verify and antlr4-python3-runtime 4.13.2; the last column is the ratio of pairs a
second. Assay's figure is that of `assay bench check`: both sides are read from text every time.
"""
import argparse
import collections
import json
import logging
import subprocess
import tempfile
import time


def write(rows):
    file = tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8")
    for index, row in enumerate(rows):
        file.write(json.dumps({**row, "id": index}, ensure_ascii=False) + "\n")
    file.flush()
    return file


def assay_verdicts(binary, rows):
    with write(rows) as file:
        output = subprocess.run([binary, "check", "--pairs", file.name], capture_output=True, text=True, check=False).stdout
    return [json.loads(line) for line in output.splitlines()]


def assay_speed(binary, rows):
    with write(rows) as file:
        command = [binary, "bench", "check", "--pairs", file.name, "--json"]
        return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def math_verify(rows):
    """Verdicts and seconds of Math-Verify; a gold without delimiters is tried with them too."""
    logging.disable(logging.CRITICAL)
    from math_verify import parse, verify

    verdicts = []
    start = time.perf_counter()
    for row in rows:
        try:
            gold = parse(row["gold"], parsing_timeout=5) or parse(f"${row['gold']}$", parsing_timeout=5)
            equal = verify(gold, parse(row["answer"], parsing_timeout=5), timeout_seconds=5)
            if not equal:
                equal = verify(gold, parse(f"${row['answer']}$", parsing_timeout=5), timeout_seconds=5)
        except Exception:  # It raises many kinds; each is a refusal.
            equal = False
        verdicts.append(bool(equal))
    return verdicts, time.perf_counter() - start


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("pairs")
    options.add_argument("--assay", default=".build/release/assay")
    options.add_argument("--math-verify", action="store_true")
    options.add_argument("--list", type=int, default=10, help="wrong pairs shown for a category")
    options = options.parse_args()
    groups = collections.defaultdict(list)
    with open(options.pairs, encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            groups[row["category"]].append(row)
    total = collections.Counter()
    for category, rows in groups.items():
        verdicts = assay_verdicts(options.assay, rows)
        wrong = [(row, verdict) for row, verdict in zip(rows, verdicts, strict=True)
                 if (verdict["verdict"] == "equal") != row["expected"]]
        paid = sum(1 for row, _ in wrong if not row["expected"])
        speed = assay_speed(options.assay, rows)
        total.update(rows=len(rows), wrong=len(wrong), paid=paid)
        text = (f"{category:18} {len(rows):6} pairs  {100 - 100 * len(wrong) / len(rows):6.2f} % right  {paid} false positives  "
                f"{speed['pairs_per_second']:9.0f}/s  p50 {speed['p50_us']:.1f} µs  p99 {speed['p99_us']:.1f} µs")
        if options.math_verify:
            theirs, seconds = math_verify(rows)
            right = sum(verdict == row["expected"] for verdict, row in zip(theirs, rows))
            rate = len(rows) / seconds
            total.update(theirs=right)
            text += f"  | Math-Verify {100 * right / len(rows):6.2f} %  {rate:7.1f}/s  ratio {speed['pairs_per_second'] / rate:6.0f}"
        print(text, flush=True)
        for row, verdict in wrong[: options.list]:
            print(f"    {'refused' if row['expected'] else 'PAID'}: {row['gold']} | {row['answer']} ({verdict['reason']})")
    print(f"{total['rows']} pairs, {100 - 100 * total['wrong'] / total['rows']:.2f} % right, {total['paid']} false positives"
          + (f"; Math-Verify {100 * total['theirs'] / total['rows']:.2f} %" if options.math_verify else ""))


if __name__ == "__main__":
    main()
