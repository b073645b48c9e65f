"""Spark on this machine: 200,000 rows, the same numbers as without it."""

import os
import sys
import time
from pathlib import Path

import pytest

import assay

pyspark = pytest.importorskip("pyspark")
SPEC = Path(__file__).resolve().parents[3] / "verifiers" / "math.yaml"


def test_rows_score_as_without_spark():
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as F

    from assay.spark import score

    count = 200_000
    os.environ["PYSPARK_PYTHON"] = sys.executable
    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").config(
        "spark.driver.memory", "2g").getOrCreate()
    try:
        ids = spark.range(count)
        rows = ids.select(
            "id", F.concat(F.lit("so \\boxed{"), (F.col("id") % 7).cast("string"), F.lit("}")).alias("completion"),
            F.when(F.col("id") % 50 == 9, None).otherwise((F.col("id") % 5).cast("string")).alias("answer"))
        rows.count()  # the session has started by now
        begin = time.monotonic()
        found = score(rows, SPEC).select("id", "reward", "status", "c_math").collect()
        print(f"{count} rows in {time.monotonic() - begin:.1f} s")
    finally:
        spark.stop()
    found.sort(key=lambda row: row["id"])
    wanted = assay.Scorer(SPEC).score_columns(
        [f"so \\boxed{{{i % 7}}}" for i in range(count)],
        [None if i % 50 == 9 else str(i % 5) for i in range(count)])
    assert [row["reward"] for row in found] == wanted.rewards_or_none()
    assert [row["status"] for row in found] == [assay.Scorer.STATUSES[s] for s in wanted.statuses]
