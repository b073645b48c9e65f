"""Ray Data on this machine: 200,000 rows, the same numbers as without it."""

import time
from pathlib import Path

import numpy as np
import pytest

import assay

ray = pytest.importorskip("ray")
SPEC = Path(__file__).resolve().parents[3] / "verifiers" / "math.yaml"


def table(count):
    import pyarrow as pa

    return pa.table({
        "id": np.arange(count), "completion": [f"so \\boxed{{{i % 7}}}" for i in range(count)],
        "answer": [None if i % 50 == 9 else str(i % 5) for i in range(count)]})


def test_rows_score_as_without_ray(tmp_path):
    import pyarrow.parquet as pq
    from assay.ray import score

    count = 200_000
    rows = table(count)
    pq.write_table(rows, tmp_path / "in.parquet", row_group_size=20_000)
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        begin = time.monotonic()
        score(ray.data.read_parquet(str(tmp_path / "in.parquet")), SPEC).write_parquet(str(tmp_path / "out"))
        print(f"{count} rows in {time.monotonic() - begin:.1f} s")
    finally:
        ray.shutdown()
    found = pq.read_table(tmp_path / "out").sort_by("id")
    wanted = assay.Scorer(SPEC).score_columns(rows["completion"], rows["answer"])
    assert found["id"].to_pylist() == list(range(count))
    assert found["reward"].to_pylist() == wanted.rewards_or_none()
    with pytest.raises(assay.AssayError):
        score(None, __file__)
