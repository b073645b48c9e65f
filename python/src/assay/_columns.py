"""Python sequences, NumPy arrays and Arrow columns as the library reads them."""

from __future__ import annotations

import ctypes
from typing import Any, Sequence

import numpy as np

from ._library import AssayError, Texts


def is_arrow(column: Any) -> bool:
    """Whether a column is pyarrow's, without importing pyarrow."""
    return type(column).__module__.split(".")[0] == "pyarrow"


class TextColumn:
    """A column of texts, and whatever must stay alive while the library reads it."""

    def __init__(self, column: Any, count: int | None = None, what: str = "texts") -> None:
        self._kept: list[Any] = []
        self.native = Texts()
        self.count = 0
        if column is None:
            self.count = count or 0
            return
        if is_arrow(column):
            self._arrow(column)
        else:
            self._sequence(column, what)
        if count is not None and self.count != count:
            raise AssayError(f"{what}: {self.count} of them for {count} completions")

    def _sequence(self, column: Sequence[str | None], what: str) -> None:
        pieces, valid = [], None
        for index, text in enumerate(column):
            if text is None:
                if valid is None:
                    valid = np.ones(len(column), dtype=np.uint8)
                valid[index] = 0
                pieces.append(b"")
            elif isinstance(text, str):
                pieces.append(text.encode("utf-8", "replace"))
            elif isinstance(text, bytes):
                pieces.append(text)
            else:
                raise AssayError(f"{what}[{index}] is {type(text).__name__}, not text")
        offsets = np.zeros(len(pieces) + 1, dtype=np.int64)
        np.cumsum([len(piece) for piece in pieces], out=offsets[1:])
        data = b"".join(pieces)
        buffer = ctypes.create_string_buffer(data, max(1, len(data)))
        bitmap = None if valid is None else np.packbits(valid, bitorder="little")
        self._kept += [buffer, offsets, bitmap]
        self.count = len(pieces)
        self.native = Texts(
            ctypes.addressof(buffer), offsets.ctypes.data,
            None if bitmap is None else bitmap.ctypes.data, 0)

    def _arrow(self, column: Any) -> None:
        import pyarrow as pa

        if isinstance(column, pa.ChunkedArray):
            column = column.combine_chunks()
        if isinstance(column, pa.ChunkedArray):
            column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
        if not pa.types.is_large_string(column.type):
            column = column.cast(pa.large_string())
        validity, offsets, data = column.buffers()
        self._kept.append(column)
        self.count = len(column)
        self.native = Texts(
            data.address if data is not None and data.size else None,
            offsets.address + 8 * column.offset if offsets is not None else None,
            validity.address if validity is not None and column.null_count else None,
            column.offset)
        if self.native.offsets is None:
            empty = np.zeros(1, dtype=np.int64)
            self._kept.append(empty)
            self.native.offsets = empty.ctypes.data


def numbers(values: Any, kind: type, count: int, what: str) -> np.ndarray | None:
    """A contiguous array of `count` numbers; None where there are none."""
    if values is None:
        return None
    if is_arrow(values):
        values = values.to_numpy(zero_copy_only=False)
    array = np.ascontiguousarray(values, dtype=kind)
    if array.ndim != 1 or len(array) != count:
        raise AssayError(f"{what}: shape {array.shape}, not ({count},)")
    return array


def address(array: np.ndarray | None) -> int | None:
    """Where an array lies; None stands for no array."""
    return None if array is None else array.ctypes.data
