"""Lists of texts as plain arrays, so that a snapshot needs neither pickle nor a JSON document of a million strings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.column import Text

Arrays = dict[str, NDArray[Any]]  # of any dtype; who reads them says which


SEPARATOR = "\0"


def pack(name: str, texts: Sequence[str]) -> Arrays:
    """Return the texts as arrays under names that start with `name`: UTF-8 bytes and how many texts they are.

    Where a text holds the separator itself, the lengths in characters tell where each one ends.
    """
    joined = SEPARATOR.join(texts)
    letters = np.frombuffer(joined.encode("utf-8", "surrogatepass"), np.uint8)
    arrays = {f"{name}.letters": letters, f"{name}.count": np.array([len(texts)])}
    if texts and joined.count(SEPARATOR) != len(texts) - 1:
        arrays[f"{name}.lengths"] = np.fromiter(map(len, texts), np.int32, len(texts))
    return arrays


def unpack(name: str, arrays: Arrays) -> list[str]:
    """Return the texts that `pack` packed."""
    joined = arrays[f"{name}.letters"].tobytes().decode("utf-8", "surrogatepass")
    lengths = arrays.get(f"{name}.lengths")
    if lengths is None:
        return joined.split(SEPARATOR) if arrays[f"{name}.count"][0] else []
    starts = (np.cumsum(lengths + 1, dtype=np.int64) - lengths - 1).tolist()
    return [joined[start : start + length] for start, length in zip(starts, lengths.tolist(), strict=True)]


def pack_mixed(name: str, texts: Sequence[Text]) -> Arrays:
    """Pack texts and tuples of texts."""
    parts = [part for text in texts for part in ((text,) if isinstance(text, str) else text)]
    counts = np.fromiter((-1 if isinstance(text, str) else len(text) for text in texts), np.int32, len(texts))
    return {**pack(name, parts), f"{name}.counts": counts}


def unpack_mixed(name: str, arrays: Arrays) -> list[Text]:
    """Return what `pack_mixed` packed."""
    texts = unpack(name, arrays)
    if (arrays[f"{name}.counts"] < 0).all():
        return list(texts)
    parts = iter(texts)
    counts: list[int] = arrays[f"{name}.counts"].tolist()
    return [next(parts) if count < 0 else tuple(next(parts) for _ in range(count)) for count in counts]
