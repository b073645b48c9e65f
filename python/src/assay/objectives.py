"""Gates, filters, advantages and losses on NumPy arrays, by the objectives that `assay objective list` names."""

from __future__ import annotations

import ctypes
import json
from typing import Any, Mapping

import numpy as np

from ._columns import address, numbers
from ._library import AssayError, Batch, Groups, checked, library, taken


def _settings(objective: str | Mapping[str, Any], more: Mapping[str, Any] = {}) -> bytes:
    own = {"preset": objective} if isinstance(objective, str) else dict(objective)
    return json.dumps({**own, **more}).encode()


def _offsets(lengths: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def advantages(
    rewards: Any, objective: str | Mapping[str, Any] = "grpo", *, outcomes: Any = None,
    lengths: Any = None, truncated: Any = None, group_sizes: Any = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Advantages of groups: (advantages, trained, kept groups).

    - `rewards`: shape (groups, G), or flat with `group_sizes`; NaN for what could not be scored.
    - `objective`: a preset's name, or settings such as `{"preset": "dapo", "scale": "none"}`.
    - `outcomes`: raw ones, which gates look at; else the rewards. `lengths`: tokens. Shapes as rewards.
    """
    shape = np.shape(rewards)
    if group_sizes is None:
        if len(shape) != 2:
            raise AssayError("flat rewards without group_sizes", "Give shape (groups, G), or the sizes.")
        sizes = np.full(shape[0], shape[1], np.int64)
    else:
        sizes = np.ascontiguousarray(group_sizes, np.int64)
    count = int(sizes.sum())

    def flat(values: Any, kind: type, what: str) -> np.ndarray | None:
        return None if values is None else numbers(np.reshape(values, -1), kind, count, what)

    reward = flat(rewards, np.float64, "rewards")
    outcome = flat(outcomes, np.float64, "outcomes")
    length = flat(lengths, np.int64, "lengths")
    cut = flat(truncated, np.uint8, "truncated")
    offsets = _offsets(sizes)
    groups = Groups(
        len(sizes), address(offsets), address(reward), address(outcome), address(length), address(cut))
    found, trained = np.empty(count), np.empty(count, np.uint8)
    kept = np.empty(len(sizes), np.uint8)
    checked(library().assay_assess(
        _settings(objective), ctypes.byref(groups), found.ctypes.data, trained.ctypes.data,
        kept.ctypes.data))
    wanted = shape if group_sizes is None else (count,)
    return found.reshape(wanted), trained.astype(bool).reshape(wanted), kept.astype(bool)


def gfpo_select(
    rewards: Any, lengths: Any, k: int, *, by: str = "shortest", outcomes: Any = None, **settings: Any,
) -> tuple[np.ndarray, np.ndarray]:
    """GFPO's filter (arXiv:2508.09726) on one group: (retained indices, advantages of all G).

    `by`: `shortest`, or `efficiency` for reward a token. Other settings are the objective's, such as
    `statistics="group"`.
    """
    objective = {"preset": f"gfpo-{by}", "k": k, **settings}
    found, trained, _ = advantages(
        np.reshape(rewards, (1, -1)), objective, outcomes=outcomes, lengths=lengths)
    return np.flatnonzero(trained[0]), found[0]


def policy_loss(
    logp: Any, old_logp: Any, advantages: Any, objective: str | Mapping[str, Any] = "grpo", *,
    lengths: Any, ref_logp: Any = None, mask: Any = None, entropies: Any = None,
) -> tuple[float, np.ndarray, dict[str, float]]:
    """The loss of a batch of sequences: (loss, d loss / d logp, metrics).

    - `logp`, `old_logp`, `ref_logp`, `mask`, `entropies`: flat, all sequences one after the other, shape (T,).
    - `advantages`: one a sequence, or one a token. `lengths`: tokens of each sequence, which add up to T.
    """
    sizes = np.ascontiguousarray(lengths, np.int64)
    offsets = _offsets(sizes)
    count = int(offsets[-1])
    columns = {
        "logp": logp, "old_logp": old_logp, "ref_logp": ref_logp, "entropies": entropies}
    arrays = {name: numbers(value, np.float64, count, name) for name, value in columns.items()}
    own = numbers(mask, np.uint8, count, "mask")
    of_tokens = len(advantages) == count and count != len(sizes)
    advantage = numbers(advantages, np.float64, count if of_tokens else len(sizes), "advantages")
    batch = Batch(
        len(sizes), address(offsets), address(own), address(arrays["logp"]),
        address(arrays["old_logp"]), address(arrays["ref_logp"]), address(advantage), int(of_tokens),
        address(arrays["entropies"]))
    loss, gradient = ctypes.c_double(), np.zeros(count)
    metrics = json.loads(taken(library().assay_policy_loss(
        _settings(objective), ctypes.byref(batch), ctypes.byref(loss), gradient.ctypes.data)))
    return loss.value, gradient, metrics
