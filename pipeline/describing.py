"""From pixels to the records that the catalog keeps: photos described together, a bad one at its own cost alone."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from catalog import DescribedRegion, Description
from detector import DetectorError, Photo
from embedder import EmbedderError
from pipeline.describe import Described, Describer

log = structlog.get_logger(__name__)


def descriptions_of(describer: Describer, photos: Mapping[str, Photo]) -> dict[str, Description]:
    """Return the descriptions of photos by image id; one that the models cannot read is absent, and logged.

    Where describing them together fails, each is described alone.
    """
    if not photos:
        return {}
    try:
        described = describer.describe(list(photos.values()))
    except (DetectorError, EmbedderError) as error:
        if len(photos) > 1:
            alone = (descriptions_of(describer, {key: photo}) for key, photo in photos.items())
            return {key: one for found in alone for key, one in found.items()}
        log.error("photo cannot be described", image_id=next(iter(photos)), reason=str(error))
        return {}
    return {key: _record(describer, key, one) for key, one in zip(photos, described, strict=True)}


def _record(describer: Describer, key: str, described: Described) -> Description:
    regions = tuple(
        DescribedRegion(one.box, one.category, one.confidence, one.whole_photo, palette)
        for one, palette in zip(described.regions, described.palettes, strict=True)
    )
    return Description(
        key, describer.space.id, describer.detector_name, described.fingerprint, regions, described.vectors
    )
