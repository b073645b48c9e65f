"""The filter within the harness's own registry and ensemble."""

from pathlib import Path

import pytest

pytest.importorskip("lm_eval")
SPEC = Path(__file__).resolve().parents[3] / "verifiers" / "math.yaml"


def test_equal_answers_get_the_targets_text():
    import assay.lm_eval  # registers the filter
    from lm_eval.api.instance import Instance
    from lm_eval.filters import build_filter_ensemble

    docs = [{"answer": "\\frac{1}{2}"}, {"answer": "3"}, {"answer": "7"}]
    texts = ["so \\boxed{0.5}", "it is \\boxed{4}", ""]
    instances = [
        Instance(request_type="generate_until", doc=doc, arguments=("", {}), idx=0) for doc in docs]
    for instance, text in zip(instances, texts):
        instance.resps = [text]
    ensemble = build_filter_ensemble(
        "assay", [["assay", {"spec": str(SPEC)}], ["take_first", None]])
    ensemble.apply(instances)
    assert [i.filtered_resps["assay"] for i in instances] == ["\\frac{1}{2}", "4", "[invalid]"]
