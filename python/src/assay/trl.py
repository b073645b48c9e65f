"""TRL: a reward function, one function a component, and a trainer with GFPO's group filter.

    from assay.trl import Reward
    GRPOTrainer(model=…, reward_funcs=Reward("verifiers/math.yaml"), train_dataset=…)
"""

from __future__ import annotations

import math
import os
from typing import Any, Callable, Sequence

from ._engines import fields_of, gold_name, gold_text, prompt_text, runs, text_of
from .objectives import advantages as _advantages
from .scorer import Scorer, Scores

#: What TRL passes beside the data set's columns.
_OURS = {"trainer_state", "log_extra", "log_metric", "environments", "completion_ids"}


class Reward:
    """A reward function of GRPOTrainer, RLOOTrainer and what is like them.

    Plain and conversational data both; None where a completion could not be scored, so that TRL masks it. Logs every
    component as a column of the completions table and its mean as a metric. May be pickled.

    - `spec`: a file, or YAML text. `gold`: the column of gold answers; else the first of the usual names.
    - `name`: of the metric, `rewards/NAME/mean`; else the spec's.
    - `component`: the reward is this component's value alone, not the total.
    """

    def __init__(
        self, spec: str | os.PathLike[str], *, gold: str | None = None, name: str | None = None,
        component: str | None = None, logs_components: bool = True, threads: int = 0,
    ) -> None:
        self.scorer = Scorer(spec, threads=threads)
        self.gold = gold
        self.component = component
        self.logs_components = logs_components
        if component is not None and component not in self.scorer.components:
            from ._library import AssayError

            raise AssayError(
                f"{self.scorer.name} has no component {component}",
                f"Name one of {', '.join(self.scorer.components)}.")
        self.__name__ = name or component or self.scorer.name

    def __call__(
        self, prompts: Sequence[Any] | None = None, completions: Sequence[Any] = (),
        completion_ids: Sequence[Sequence[int]] | None = None,
        log_extra: Callable[[str, list], None] | None = None,
        log_metric: Callable[[str, float], None] | None = None, **columns: Any,
    ) -> list[float | None]:
        scores = self.scores(prompts, completions, completion_ids, **columns)
        if self.logs_components:
            self._log(scores, log_extra, log_metric)
        if self.component is None:
            return scores.rewards_or_none()
        return [None if math.isnan(v) else float(v) for v in scores.component(self.component)]

    def scores(
        self, prompts: Sequence[Any] | None, completions: Sequence[Any],
        completion_ids: Sequence[Sequence[int]] | None = None, **columns: Any,
    ) -> Scores:
        """Everything that the spec says of the completions."""
        count = len(completions)
        columns = {name: values for name, values in columns.items() if name not in _OURS}
        gold = gold_name(columns, self.gold)
        asked = None if prompts is None else [prompt_text(prompt) for prompt in prompts]
        return self.scorer.score_columns(
            [text_of(completion) for completion in completions],
            None if gold is None else [gold_text(value) for value in columns[gold]],
            prompts=asked, fields=fields_of(columns, count) if self.scorer.reads_fields else None,
            groups=runs(asked) if asked and self.scorer.compares_groups else None,
            tokens=None if completion_ids is None else [len(ids) for ids in completion_ids])

    def _log(self, scores: Scores, log_extra: Any, log_metric: Any) -> None:
        for place, name in enumerate(scores.names):
            values = scores.components[:, place]
            if log_extra is not None:
                log_extra(f"{self.__name__}/{name}", [None if math.isnan(v) else float(v) for v in values])
            known = values[~(values != values)]
            if log_metric is not None and len(known):
                log_metric(f"assay/{self.__name__}/{name}", float(known.mean()))
        if log_extra is not None:
            log_extra(f"{self.__name__}/status", [self.scorer.STATUSES[s] for s in scores.statuses])


def component_rewards(
    spec: str | os.PathLike[str], **options: Any
) -> tuple[list[Reward], list[float]]:
    """A reward function a component, and their weights for `reward_weights`: GDPO normalises each on its own.

    Gates and totals between components stay as the spec has them; its `combine` and `clip` do not, since the trainer adds.
    """
    scorer = Scorer(spec)
    functions = [
        Reward(spec, component=name, logs_components=False, **options) for name in scorer.components
    ]
    return functions, list(scorer.weights)


def gfpo_trainer(base: type | None = None) -> type:
    """A trainer class with GFPO's filter (arXiv:2508.09726): `base`, else TRL's GRPOTrainer.

    It takes `gfpo={"preset": "gfpo-shortest", "k": 4}` (or another objective's settings) beside the trainer's own
    arguments. Advantages are the objective's, over the group; completions that it drops leave the loss and its
    denominators: their masks become 0.
    """
    if base is None:
        from trl import GRPOTrainer as base

    class GFPOTrainer(base):
        def __init__(self, *args: Any, gfpo: Any, **kwargs: Any) -> None:
            self._gfpo = gfpo
            self._gfpo_rewards: Any = None
            super().__init__(*args, **kwargs)

        def _calculate_rewards(self, *args: Any, **kwargs: Any) -> Any:
            self._gfpo_rewards = super()._calculate_rewards(*args, **kwargs)
            return self._gfpo_rewards

        def _generate_and_score_completions(self, inputs: Any) -> Any:
            output = super()._generate_and_score_completions(inputs)
            if not self.model.training:
                return output
            import torch

            mask = output["completion_mask"]
            lengths = self.accelerator.gather(mask.sum(dim=1))
            weights = self.reward_weights.to(self._gfpo_rewards.device)
            table = self._gfpo_rewards
            rewards = (table * weights).nansum(dim=1)
            rewards[torch.isnan(table).all(dim=1)] = float("nan")
            groups = rewards.reshape(-1, self.num_generations).double().cpu().numpy()
            found, trained, _ = _advantages(
                groups, self._gfpo,
                lengths=lengths.reshape(-1, self.num_generations).cpu().numpy())
            begin = self.accelerator.process_index * len(mask)
            own = slice(begin, begin + len(mask))
            output["advantages"] = torch.as_tensor(
                found.reshape(-1)[own], dtype=output["advantages"].dtype, device=mask.device)
            kept = torch.as_tensor(trained.reshape(-1)[own], device=mask.device)
            output["completion_mask"] = mask * kept.unsqueeze(1).to(mask.dtype)
            if "num_items_in_batch" in output:
                output["num_items_in_batch"] = self.accelerator.gather(
                    output["completion_mask"].sum()).sum()
            self._metrics["train"]["gfpo/retained"].append(float(trained.mean()))
            return output

    return GFPOTrainer
