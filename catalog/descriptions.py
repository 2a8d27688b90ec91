"""Descriptions as rows: regions as JSON, vectors as float16, all of one image in one space in one row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, select

from catalog import tables
from catalog.errors import BadImage
from catalog.many import among, texts
from catalog.records import DescribedRegion, Description

_STORED = np.dtype("<f2")
_IN_SPACE = (tables.descriptions.c.space == bindparam("space")) & among(tables.descriptions.c.image_id, texts("ids"))
_IDS = select(tables.descriptions.c.image_id).where(_IN_SPACE)
_REGIONS = select(tables.descriptions.c.image_id, tables.descriptions.c.regions).where(_IN_SPACE)
_WHOLE = select(
    tables.descriptions.c.image_id,
    tables.descriptions.c.space,
    tables.descriptions.c.detector,
    tables.descriptions.c.fingerprint,
    tables.descriptions.c.regions,
    tables.descriptions.c.vectors,
).where(_IN_SPACE)


def known(connection: Connection, image_ids: Iterable[str], space: str) -> set[str]:
    """Return those of the images that are described in `space`."""
    asked = list(image_ids)
    return set(connection.scalars(_IDS, {"space": space, "ids": asked})) if asked else set()


def load(connection: Connection, image_ids: Iterable[str], space: str) -> dict[str, Description]:
    """Return the descriptions there are in `space`, by image."""
    asked = list(image_ids)
    rows = connection.execute(_WHOLE, {"space": space, "ids": asked}).all() if asked else ()
    regions = [_regions(row.regions) for row in rows]
    vectors = _decoded([row.vectors for row in rows], [len(one) for one in regions])
    return {
        row.image_id: Description(row.image_id, row.space, row.detector, row.fingerprint, found, decoded)
        for row, found, decoded in zip(rows, regions, vectors, strict=True)
    }


def load_regions(
    connection: Connection, image_ids: Iterable[str], space: str
) -> dict[str, tuple[DescribedRegion, ...]]:
    """Return the regions of those images that are described in `space`, without their vectors."""
    asked = list(image_ids)
    rows = connection.execute(_REGIONS, {"space": space, "ids": asked}).all() if asked else ()
    return {image_id: _regions(regions) for image_id, regions in rows}


def row_of(description: Description, at: datetime) -> dict[str, object]:
    """Return the row of a description. Raises BadImage if it is not whole."""
    _check(description)
    return {
        "image_id": description.image_id,
        "space": description.space,
        "detector": description.detector,
        "fingerprint": description.fingerprint,
        "regions": orjson.dumps([_written(region) for region in description.regions]).decode(),
        "vectors": description.vectors.astype(_STORED).tobytes(),
        "created_at": at,
    }


def _check(description: Description) -> None:
    """Refuse what searches could not use."""
    count, vectors = len(description.regions), description.vectors
    if not count or not description.regions[-1].whole_photo:
        raise BadImage(f"the description of image {description.image_id} does not end with the whole photo")
    if vectors.ndim != 2 or vectors.shape[0] != count or not vectors.shape[1]:
        raise BadImage(f"image {description.image_id}: {count} regions need ({count}, D) vectors, not {vectors.shape}")
    if not np.isfinite(vectors).all():
        raise BadImage(f"image {description.image_id}: a vector is not finite")


def _written(region: DescribedRegion) -> list[object]:
    return [region.box, region.category, region.confidence, int(region.whole_photo), region.palette]


def _decoded(written: Sequence[bytes], counts: Sequence[int]) -> list[NDArray[np.float32]]:
    """Return the vectors of each description, of length 1 once more; all of one space, so of one dimension."""
    if not written:
        return []
    rows = np.frombuffer(b"".join(written), _STORED).reshape(sum(counts), -1).astype(np.float32)
    rows /= np.maximum(np.sqrt(np.einsum("ij,ij->i", rows, rows)), np.float32(1e-9))[:, None]
    return np.split(rows, np.cumsum(counts)[:-1])


def _regions(written: str) -> tuple[DescribedRegion, ...]:
    return tuple(
        DescribedRegion(tuple(box), category, confidence, bool(whole_photo), tuple(map(tuple, palette)))
        for box, category, confidence, whole_photo, palette in orjson.loads(written)
    )
