"""Lists of texts as plain arrays, so that a snapshot needs neither pickle nor a JSON document of a million strings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.column import Text

Arrays = dict[str, NDArray[Any]]  # of any dtype; who reads them says which


def pack(name: str, texts: Sequence[str]) -> Arrays:
    """Return the texts as two arrays, UTF-8 bytes and lengths in characters, under names that start with `name`."""
    letters = np.frombuffer("".join(texts).encode("utf-8", "surrogatepass"), np.uint8)
    return {f"{name}.letters": letters, f"{name}.lengths": np.fromiter(map(len, texts), np.int32, len(texts))}


def unpack(name: str, arrays: Arrays) -> list[str]:
    """Return the texts that `pack` packed."""
    letters = arrays[f"{name}.letters"].tobytes().decode("utf-8", "surrogatepass")
    ends = np.cumsum(arrays[f"{name}.lengths"].astype(np.int64)).tolist()
    return [letters[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def pack_mixed(name: str, texts: Sequence[Text]) -> Arrays:
    """Pack texts and tuples of texts."""
    parts = [part for text in texts for part in ((text,) if isinstance(text, str) else text)]
    counts = np.array([-1 if isinstance(text, str) else len(text) for text in texts], np.int32)
    return {**pack(name, parts), f"{name}.counts": counts}


def unpack_mixed(name: str, arrays: Arrays) -> list[Text]:
    """Return what `pack_mixed` packed."""
    parts = iter(unpack(name, arrays))
    counts: list[int] = arrays[f"{name}.counts"].tolist()
    return [next(parts) if count < 0 else tuple(next(parts) for _ in range(count)) for count in counts]
