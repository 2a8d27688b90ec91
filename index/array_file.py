"""Named arrays in one file, mapped into memory when they are read: nothing is unpacked, copied or executed.

bytes 0-7     the length of the header
header        JSON: name, dtype, shape and place of every array
then          the arrays, each at a multiple of 64 bytes
"""

from __future__ import annotations

import json
import math
import mmap
from pathlib import Path
from typing import BinaryIO

import numpy as np

from index.texts import Arrays

ALIGNED = 64
LENGTH_BYTES = 8


def write(file: BinaryIO, arrays: Arrays) -> None:
    """Write the arrays. Raises ValueError if one holds objects: only numbers can be mapped."""
    places, end = [], 0
    for name, array in arrays.items():
        if array.dtype.hasobject:
            raise ValueError(f"array {name!r} holds objects")
        places.append([name, array.dtype.str, array.shape, end])
        end = _aligned(end + array.nbytes)
    header = json.dumps(places).encode()
    file.write(len(header).to_bytes(LENGTH_BYTES, "little"))
    file.write(header)
    for array in arrays.values():
        file.write(bytes(_aligned(file.tell()) - file.tell()))
        file.write(np.ascontiguousarray(array).data.cast("B") if array.size else b"")


def read(path: Path) -> Arrays:
    """Return the arrays, not to be written to; pages are read when they are looked at. Raises ValueError if cut off."""
    with path.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    size = int.from_bytes(data[:LENGTH_BYTES], "little")
    places = json.loads(data[LENGTH_BYTES : LENGTH_BYTES + size])
    start = _aligned(LENGTH_BYTES + size)
    return {
        name: np.frombuffer(data, np.dtype(dtype), math.prod(shape), start + place).reshape(shape)
        for name, dtype, shape, place in places
    }


def _aligned(place: int) -> int:
    return -(-place // ALIGNED) * ALIGNED
