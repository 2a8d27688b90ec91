"""From pixels to the records that the catalog keeps: photos described together, a bad one at its own cost alone."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from catalog import DescribedRegion, Description
from detector import DetectorError, Photo
from embedder import EmbedderError
from pipeline.describe import Described, Describer

log = structlog.get_logger(__name__)


def descriptions_of(
    describer: Describer, photos: Mapping[str, Photo]
) -> tuple[dict[str, Description], dict[str, Exception]]:
    """Return the descriptions of photos by image id, and by image id what nobody foresaw: of a runtime, of memory.

    A photo that the models cannot read is in neither, and logged. Where describing them together fails, each is
    described alone.
    """
    if not photos:
        return {}, {}
    try:
        described = describer.describe(list(photos.values()))
    except Exception as error:  # whatever it is, it must not cost other photos anything
        if len(photos) > 1:
            alone = [descriptions_of(describer, {key: photo}) for key, photo in photos.items()]
            return (
                {key: one for made, _ in alone for key, one in made.items()},
                {key: fault for _, faults in alone for key, fault in faults.items()},
            )
        [key] = photos
        if not isinstance(error, (DetectorError, EmbedderError)):
            return {}, {key: error}
        log.error("photo cannot be described", image_id=key, reason=str(error))
        return {}, {}
    return {key: _record(describer, key, one) for key, one in zip(photos, described, strict=True)}, {}


def _record(describer: Describer, key: str, described: Described) -> Description:
    regions = tuple(
        DescribedRegion(one.box, one.category, one.confidence, one.whole_photo, palette)
        for one, palette in zip(described.regions, described.palettes, strict=True)
    )
    return Description(
        key, describer.space.id, describer.detector_name, described.fingerprint, regions, described.vectors
    )
