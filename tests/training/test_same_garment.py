"""The projection of the shipped space: views of one garment come together, and no dye is lost."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize

from training.garment_views import VIEWS, views
from training.same_garment import contrasted, steadied, strongest

GARMENTS, TELLING, NOISY = 120, 12, 20


@pytest.fixture
def seen() -> torch.Tensor:
    """Views whose first columns are the garment's and whose other, stronger ones are the photo's."""
    chance = torch.Generator().manual_seed(1)
    garment = torch.randn(GARMENTS, 1, TELLING, generator=chance).expand(-1, 4, -1)
    return torch.cat([garment, 3 * torch.randn(GARMENTS, 4, NOISY, generator=chance)], 2)


def found(rows: torch.Tensor) -> float:
    """Return how often the second view of a garment finds its first."""
    first, second = normalize(rows[:, 0], dim=1), normalize(rows[:, 1], dim=1)
    return float(((second @ first.T).argmax(1) == torch.arange(len(rows))).float().mean())


def test_steadied_views_find_their_garment(seen: torch.Tensor) -> None:
    assert found(seen) < 0.3
    assert found(seen @ steadied(seen, power=-0.5, shrinkage=0.01)) > 0.9


def test_learning_finds_more_garments_than_its_start(seen: torch.Tensor) -> None:
    start = torch.eye(TELLING + NOISY)
    learned = contrasted(seen, start, steps=60)
    assert found(seen @ learned) > found(seen)


def test_a_dye_that_no_photo_shows_is_kept() -> None:
    photos = torch.zeros(50, 6)
    photos[:, :3] = torch.randn(50, 3, generator=torch.Generator().manual_seed(2))
    dyes = torch.zeros(5, 6)
    dyes[:, 5] = 1.0
    kept = strongest(photos, dyes, torch.eye(6), dimensions=4)
    assert (dyes @ kept).norm(dim=1).min() > 0.1


@pytest.mark.parametrize("side", [12, 90])
def test_a_garment_has_five_views_and_the_first_is_the_crop(side: int) -> None:
    crop = np.full((side, side, 3), 240, np.uint8)
    crop[side // 4 : -side // 4, side // 4 : -side // 4] = (30, 60, 120)
    grounds = [np.full((80, 80, 3), 90, np.uint8)]
    seen = views(crop, lambda: crop, 0.05, grounds, np.random.default_rng(0))
    again = views(crop, lambda: crop, 0.05, grounds, np.random.default_rng(0))
    assert len(seen) == VIEWS
    assert (seen[0] == crop).all()
    assert all((one == other).all() for one, other in zip(seen, again, strict=True))
    assert all(one.dtype == np.uint8 and one.ndim == 3 and one.size for one in seen)
