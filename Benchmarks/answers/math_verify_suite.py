"""Checks Assay on the cases that Math-Verify's own tests accept and refuse.

Usage: math_verify_suite.py TESTS_FOLDER [--assay PATH] [--out pairs.jsonl]

TESTS_FOLDER is `tests/` of an unpacked Math-Verify source package
(pip download --no-deps --no-binary :all: math-verify). The rows of every parametrised test with
gold, prediction and expectation are read from its source; nothing of it is run. Prints every row
on which the verdicts differ, then a count. docs/answers.md says why those that are left differ.
"""
import argparse
import ast
import json
import pathlib
import subprocess
import tempfile


def literal(node):
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def rows_of(file):
    """Rows (gold, answer, expected) of the file's parametrised tests."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or getattr(node.func, "attr", "") != "parametrize":
            continue
        names = [name.strip() for name in (literal(node.args[0]) or "").split(",")]
        if names[:2] != ["gold", "pred"] or not isinstance(node.args[1], ast.List):
            continue
        for element in node.args[1].elts:
            row = literal(element)
            if row is None or not all(isinstance(text, str) for text in row[:2]):
                continue
            options = dict(zip(names, row))
            expected = options.get("expected", options.get("result"))
            if options.get("strict") is False or options.get("allow_set_relation_comp") is True:
                continue
            yield row[0], row[1], bool(expected)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("folder", type=pathlib.Path)
    options.add_argument("--assay", default=".build/release/assay")
    options.add_argument("--out", type=pathlib.Path)
    options = options.parse_args()
    rows = []
    for file in sorted(options.folder.glob("test_*.py")):
        for index, (gold, answer, expected) in enumerate(rows_of(file)):
            rows.append({"id": f"{file.stem}-{index}", "category": file.stem, "gold": gold, "answer": answer, "expected": expected})
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if options.out:
        options.out.write_text(text, encoding="utf-8")
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        command = [options.assay, "check", "--pairs", file.name, "--extract-gold", "--last-number"]
        output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    wrong = 0
    for row, line in zip(rows, output.splitlines(), strict=True):
        verdict = json.loads(line)
        if (verdict["verdict"] == "equal") == row["expected"]:
            continue
        wrong += 1
        print(f"{row['id']}: {row['gold']!r} | {row['answer']!r}: they say {row['expected']}, "
              f"we say {verdict['verdict']} ({verdict['reason']}) {verdict['gold']!r} | {verdict['answer']!r}")
    print(f"{len(rows)} rows, {wrong} differ")


if __name__ == "__main__":
    main()
