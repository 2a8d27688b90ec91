"""Filling beside ingest: photos that wait go first, a bad photo costs itself, missing models cost nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from catalog import Catalog, ImageStatus, KeptSpace, ProductFields, SpaceState, StoredImage
from detector import Photo
from embedder import Vectors
from pipeline.describe import Describer
from pipeline.describers import Describers
from pipeline.filling import BATCH, RETRY_SECONDS, TRIES, TURN_SECONDS, Filler
from pipeline.ingest import Ingest, drain
from pipeline.photo import PhotoLimits, image_id
from service.build import make_fetcher
from service.settings import Settings
from tests.api.shops import ColourEmbedder, HalvesDetector, picture
from tests.service.two_spaces import COLOURS, GRID, GridEmbedder
from workers.ingesting import RETRY_SECONDS as INGEST_RETRY_SECONDS
from workers.ingesting import Ingesting

COUNT = 3 * BATCH
LIMITS = PhotoLimits()


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Models:
    """Makes describers of both spaces, and fails while they are `missing`."""

    def __init__(self) -> None:
        self.missing = False
        self.made: list[str] = []

    def __call__(self, space: KeptSpace) -> Describer:
        if self.missing:
            raise OSError("no such weights")
        self.made.append(space.id)
        return Describer(HalvesDetector(), GridEmbedder() if space.id == GRID.id else ColourEmbedder())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def models() -> Models:
    return Models()


@pytest.fixture
def describers(models: Models) -> Describers:
    return Describers(models)


@pytest.fixture
def filler(catalog: Catalog, describers: Describers, clock: Clock) -> Filler:
    return Filler(catalog, LIMITS, describers, "worker", clock=clock)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """A catalog of described photos, with a second space to be filled."""
    opened = Catalog.open(f"sqlite:///{tmp_path / 'catalog.db'}", tmp_path / "images")
    opened.migrate()
    opened.stores.create("shop", "Shop")
    opened.spaces.begin(COLOURS, {})
    for number in range(COUNT):
        put(opened, number)
    drain(ingest(opened, Describer(HalvesDetector(), ColourEmbedder())))
    opened.spaces.fill(GRID.id, {"embedder_model": "grid"})
    yield opened
    opened.close()


def ingest(catalog: Catalog, describer: Describer) -> Ingest:
    return Ingest(catalog, describer, make_fetcher(Settings(_env_file=None)), LIMITS)


def put(catalog: Catalog, number: int) -> str:
    """List a product with an uploaded photo of its own; return the photo's id."""
    data = picture((number, 255 - number, 99), size=(30, 40))
    image = StoredImage(image_id(data), "image/png", 30, 40, len(data))
    catalog.images.store("shop", data, image)
    fields = ProductFields(title="A dress", image_link=f"image:{image.image_id}")
    catalog.products.put("shop", [(f"p{number:03}", fields)], COLOURS)
    return image.image_id


def test_photos_that_wait_for_ingest_go_first(catalog: Catalog, filler: Filler, clock: Clock) -> None:
    put(catalog, 200)
    assert filler.run_once() and catalog.spaces.get(GRID.id).photos == BATCH
    for _ in range(3):
        assert not filler.run_once()
    clock.now += TURN_SECONDS
    assert filler.run_once() and catalog.spaces.get(GRID.id).photos == 2 * BATCH
    drain(ingest(catalog, Describer(HalvesDetector(), ColourEmbedder())))
    while filler.run_once():
        pass
    assert catalog.spaces.get(GRID.id).photos == COUNT + 1


def test_worker_whose_time_is_over_leaves_the_rest_to_whoever_comes_next(
    catalog: Catalog, describers: Describers, clock: Clock
) -> None:
    class Slow(Filler):
        def run_once(self) -> int:
            clock.now += 40.0
            return super().run_once()

    slow = Slow(catalog, LIMITS, describers, "slow", clock=clock)
    assert slow.run_for(60.0) > 0
    assert catalog.spaces.get(GRID.id).photos == 2 * BATCH
    assert Filler(catalog, LIMITS, describers, "next", clock=clock).run_for(60.0) == 0
    assert catalog.spaces.get(GRID.id).state is SpaceState.READY


def test_photos_that_cannot_be_read_are_counted_and_hold_up_nobody(
    catalog: Catalog, filler: Filler, tmp_path: Path
) -> None:
    images = sorted(path for path in (tmp_path / "images").rglob("*") if path.is_file())
    for path in images[: BATCH + 2]:
        path.unlink()
    images[-1].write_bytes(b"no photo any more")
    while filler.run_once():
        pass
    filled = catalog.spaces.get(GRID.id)
    assert (filled.state, filled.photos, filled.failed) == (SpaceState.READY, COUNT - BATCH - 3, BATCH + 3)


def test_models_that_cannot_be_loaded_are_tried_again_later(
    catalog: Catalog, filler: Filler, models: Models, clock: Clock
) -> None:
    models.missing = True
    assert not filler.run_once()
    models.missing = False
    assert not filler.run_once()
    clock.now += RETRY_SECONDS
    assert filler.run_once()
    assert models.made == [GRID.id]


def test_models_are_loaded_once_and_let_go_of_when_nobody_fills(
    catalog: Catalog, filler: Filler, models: Models
) -> None:
    while filler.run_once():
        pass
    assert models.made == [GRID.id]
    catalog.spaces.pause(GRID.id)
    filler.run_once()
    catalog.spaces.resume(GRID.id)
    put(catalog, 200)
    drain(ingest(catalog, Describer(HalvesDetector(), ColourEmbedder())))
    filler.run_once()
    assert models.made == [GRID.id] * 2


def test_ingest_goes_over_to_the_space_that_is_switched_to(
    catalog: Catalog, filler: Filler, describers: Describers, models: Models, clock: Clock
) -> None:
    def first() -> tuple[KeptSpace, Describer]:
        return catalog.spaces.get(COLOURS), Describer(HalvesDetector(), ColourEmbedder())

    ingesting = Ingesting(catalog, describers, first, lambda one: ingest(catalog, one), clock=clock)
    while filler.run_once():
        pass
    assert not ingesting.run_once(16)
    catalog.spaces.switch(GRID.id)
    describers.keep_only([])
    models.missing = True
    new = put(catalog, 200)
    assert not ingesting.run_once(16), "photos wait for the models of their space"
    assert catalog.products.images("shop", "p200")[0].status is ImageStatus.PENDING
    models.missing = False
    clock.now += INGEST_RETRY_SECONDS
    while ingesting.run_once(16):
        pass
    assert catalog.images.described([new], GRID.id) and not catalog.images.described([new], COLOURS)
    while filler.run_once():
        pass
    assert catalog.images.described([new], COLOURS), "the old space stays complete, to be rolled back to"
    ingesting.close()


def test_photo_whose_vector_is_not_sound_is_counted_and_holds_up_nobody(
    catalog: Catalog, filler: Filler, monkeypatch: pytest.MonkeyPatch
) -> None:
    embed, calls = GridEmbedder.embed, []

    def unsound(self: GridEmbedder, crops: Sequence[Photo]) -> Vectors:
        vectors = embed(self, crops)
        for row, one in enumerate(crops):
            if one[0, 0, 0] == 3:  # of the fourth product
                vectors[row] = np.nan
                calls.append(row)
        return vectors

    monkeypatch.setattr(GridEmbedder, "embed", unsound)
    while filler.run_once():
        pass
    filled = catalog.spaces.get(GRID.id)
    assert calls and (filled.state, filled.photos, filled.failed) == (SpaceState.READY, COUNT - 1, 1)


def test_photo_that_the_models_break_on_is_tried_again_then_counted(
    catalog: Catalog, filler: Filler, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    embed = GridEmbedder.embed

    def breaking(self: GridEmbedder, crops: Sequence[Photo]) -> Vectors:
        if any(one[0, 0, 0] == 3 for one in crops):
            raise RuntimeError("out of memory in a kernel")
        return embed(self, crops)

    monkeypatch.setattr(GridEmbedder, "embed", breaking)
    for _ in range(TRIES):
        assert catalog.spaces.get(GRID.id).state is SpaceState.FILLING
        while filler.run_once():
            pass
        clock.now += RETRY_SECONDS
    while filler.run_once():
        pass
    filled = catalog.spaces.get(GRID.id)
    assert (filled.state, filled.photos, filled.failed) == (SpaceState.READY, COUNT - 1, 1)
