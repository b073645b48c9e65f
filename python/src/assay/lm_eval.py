"""lm-evaluation-harness: a filter by which `exact_match` counts answers that are equal, however they are written.

    # task.yaml, with `import assay.lm_eval` where the harness starts (--include_path, or a task's utils.py)
    filter_list:
      - name: assay
        filter:
          - {function: assay, spec: verifiers/gsm8k.yaml, gold: answer}
          - {function: take_first}
"""

from __future__ import annotations

from typing import Any, Iterable, Sequence

from lm_eval.api.filter import Filter
from lm_eval.api.registry import register_filter

from ._engines import gold_text
from .scorer import Scorer


@register_filter("assay")
class AssayFilter(Filter):
    """Gives the target's own text for a response that the spec finds right, and else what was read out of it.

    - `spec`: the reward spec, whose outcome decides. `gold`: the document's field that it reads.
    - `target`: the document's field that the metric compares with; else `gold`.
    - `invalid`: stands for responses without an answer, and for those that could not be scored.
    """

    def __init__(
        self, spec: str, gold: str = "answer", target: str | None = None,
        invalid: str = "[invalid]", **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._scorer = Scorer(spec)
        self._gold, self._target, self._invalid = gold, target or gold, invalid

    def apply(self, resps: Iterable[Sequence[str]], docs: list[dict]) -> list[list[str]]:
        asked = [list(own) for own in resps]
        rows = [
            {"completion": text, "answer": gold_text(doc[self._gold])}
            for own, doc in zip(asked, docs) for text in own]
        records = iter(self._scorer.score(rows))
        return [[self._word(next(records), doc) for _ in own] for own, doc in zip(asked, docs)]

    def _word(self, record: dict[str, Any], doc: dict) -> str:
        if record["acc"]:
            return str(doc[self._target])
        return record["pred"] or self._invalid
