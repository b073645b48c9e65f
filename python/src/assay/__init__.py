"""Rewards by a spec, answer checks, group filters and objectives.

    from assay import Scorer
    Scorer("verifiers/math.yaml").score([{"completion": "so \\boxed{4}", "answer": "4"}])

Everything runs in the calling process; the interpreter's lock is released meanwhile, values may be pickled, and a
child after a fork goes on.
"""

from ._library import AssayError
from ._version import __version__
from .check import Verdict, check, check_many
from .objectives import advantages, gfpo_select, policy_loss
from .scorer import Scorer, Scores

__all__ = [
    "AssayError", "Scorer", "Scores", "Verdict", "advantages", "check", "check_many", "gfpo_select",
    "policy_loss", "__version__",
]
