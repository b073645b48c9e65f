"""`python -m assay`: Parquet in and out, beside the `assay` command for JSON lines.

    python -m assay score in.parquet --spec verifiers/math.yaml --out scored.parquet
    python -m assay check --gold '\\frac12' --answer 0.5
"""

from __future__ import annotations

import argparse
import os
import sys

from . import AssayError, Scorer, __version__, check


def score(options: argparse.Namespace) -> int:
    import pyarrow.parquet as pq

    scorer = Scorer(options.spec, threads=options.threads)
    source = pq.ParquetFile(options.rows)
    partial = f"{options.out}.partial-{os.getpid()}"
    done = unscored = 0
    writer = None
    try:
        for batch in source.iter_batches(batch_size=options.batch):
            import pyarrow as pa

            table = scorer.score_table(
                pa.Table.from_batches([batch]), completion=options.completion, gold=options.gold,
                prompt=options.prompt, group=options.group, tokens=options.tokens)
            writer = writer or pq.ParquetWriter(partial, table.schema)
            writer.write_table(table.cast(writer.schema))
            done += table.num_rows
            unscored += table["reward"].null_count
            if sys.stderr.isatty():
                print(f"\r{done} of {source.metadata.num_rows} rows", end="", file=sys.stderr)
        if writer is None:
            raise AssayError(f"{options.rows} has no rows")
        writer.close()
        os.replace(partial, options.out)
    finally:
        if os.path.exists(partial):
            os.unlink(partial)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    print(f"{done} rows, {unscored} without a reward: {options.out}")
    return 3 if unscored else 0


def show(options: argparse.Namespace) -> int:
    verdict = check(options.gold, options.answer)
    print(f"{verdict.verdict} ({verdict.reason}): {verdict.gold} | {verdict.answer or verdict.extracted or 'no answer'}")
    if options.explain:
        print(verdict.explain())
    return 0 if verdict else 1


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m assay", description=__doc__.split("\n")[0])
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    scoring = commands.add_parser(
        "score", help="score a Parquet file",
        description="Adds reward, outcome, status and c_NAME columns. Exit code 3: some rows have no reward.")
    scoring.add_argument("rows", help="a Parquet file with a column of completions")
    scoring.add_argument("--spec", required=True, help="the reward spec")
    scoring.add_argument("--out", required=True, help="the Parquet file to write")
    scoring.add_argument("--completion", default="completion", help="column of completions")
    scoring.add_argument("--gold", help="column of gold answers; else the first of the usual names")
    scoring.add_argument("--prompt", default="prompt", help="column of prompts, where there is one")
    scoring.add_argument("--group", help="column of numbers: equal neighbours answer one problem")
    scoring.add_argument("--tokens", help="column of token counts")
    scoring.add_argument("--threads", type=int, default=0, help="0: as many as there are cores")
    scoring.add_argument("--batch", type=int, default=8192, help="rows in memory at a time")
    scoring.set_defaults(run=score)
    checking = commands.add_parser("check", help="check an answer against the gold answer")
    checking.add_argument("--gold", required=True)
    checking.add_argument("--answer", required=True)
    checking.add_argument("--explain", action="store_true")
    checking.set_defaults(run=show)
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except (AssayError, OSError) as error:
        print(f"assay: error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
