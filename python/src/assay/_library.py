"""The shared library: its types, how it is found, and how its errors become exceptions."""

from __future__ import annotations

import ctypes
import functools
import os
from pathlib import Path

ABI = 2
STATUSES = (
    "scored", "abstain", "gold_unparseable", "pred_missing", "pred_unparseable", "timeout",
    "resource_limit", "infra_error",
)


class AssayError(ValueError):
    """What was wrong with a spec, a setting or a call; `remedy` says what would mend it."""

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(f"{reason}\n  remedy: {remedy}" if remedy else reason)
        self.reason = reason
        self.remedy = remedy

    def __reduce__(self):
        return (AssayError, (self.reason, self.remedy))


class Texts(ctypes.Structure):
    _fields_ = [
        ("bytes", ctypes.c_void_p), ("offsets", ctypes.c_void_p), ("valid", ctypes.c_void_p),
        ("first", ctypes.c_int64),
    ]


class Rows(ctypes.Structure):
    _fields_ = [
        ("count", ctypes.c_int64), ("completions", Texts), ("golds", Texts), ("prompts", Texts),
        ("fields", Texts), ("groups", ctypes.c_void_p), ("tokens", ctypes.c_void_p),
        ("truncated", ctypes.c_void_p),
    ]


class Results(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_void_p)
        for name in ("rewards", "outcomes", "statuses", "components", "component_statuses")
    ]


class Groups(ctypes.Structure):
    _fields_ = [("count", ctypes.c_int64)] + [
        (name, ctypes.c_void_p)
        for name in ("offsets", "rewards", "outcomes", "lengths", "truncated")
    ]


class Batch(ctypes.Structure):
    _fields_ = [
        ("count", ctypes.c_int64), ("offsets", ctypes.c_void_p), ("mask", ctypes.c_void_p),
        ("logp", ctypes.c_void_p), ("old_logp", ctypes.c_void_p), ("ref_logp", ctypes.c_void_p),
        ("advantages", ctypes.c_void_p), ("advantages_are_tokens", ctypes.c_int32),
        ("entropies", ctypes.c_void_p),
    ]


def _path() -> str:
    named = os.environ.get("ASSAY_LIBRARY")
    return named or str(Path(__file__).with_name("libassay.so"))


@functools.lru_cache(maxsize=None)
def library() -> ctypes.CDLL:
    """The library, loaded at its first use: ASSAY_LIBRARY's, else the wheel's own."""
    lib = ctypes.CDLL(_path())
    if lib.assay_abi_version() != ABI:
        raise AssayError(
            f"{_path()} speaks version {lib.assay_abi_version()} of the interface, not {ABI}",
            "Install the library and the package of one release.",
        )
    pointer, integer, long = ctypes.c_void_p, ctypes.c_int32, ctypes.c_int64
    text = ctypes.c_char_p
    signatures = {
        "assay_version": (text, []),
        "assay_last_error": (text, []),
        "assay_last_remedy": (text, []),
        "assay_free": (None, [pointer]),
        "assay_scorer_open": (pointer, [text]),
        "assay_scorer_parse": (pointer, [text, long]),
        "assay_scorer_close": (None, [pointer]),
        "assay_scorer_describe": (pointer, [pointer]),
        "assay_score": (integer, [pointer, pointer, pointer, integer]),
        "assay_score_lines": (pointer, [pointer, text, long, integer, pointer]),
        "assay_check": (integer, [text, long, text, long]),
        "assay_check_batch": (integer, [long, pointer, pointer, integer, pointer]),
        "assay_check_json": (pointer, [text, long, text, long, integer]),
        "assay_assess": (integer, [text, pointer, pointer, pointer, pointer]),
        "assay_policy_loss": (pointer, [text, pointer, pointer, pointer]),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(lib, name)
        function.restype, function.argtypes = result, arguments
    return lib


def fault() -> AssayError:
    """The last error of this thread."""
    lib = library()
    return AssayError(
        lib.assay_last_error().decode("utf-8", "replace"),
        lib.assay_last_remedy().decode("utf-8", "replace"),
    )


def checked(code: int) -> int:
    """The code of a call, or its error."""
    if code < 0:
        raise fault()
    return code


def taken(address: int | None, length: int | None = None) -> bytes:
    """The text that a call returned, which is released; or its error."""
    if not address:
        raise fault()
    try:
        return ctypes.string_at(address, -1 if length is None else length)
    finally:
        library().assay_free(address)
