"""A shop's worth of entries: vectors in clusters of unlike sizes, as photos of garments give, and their attributes."""

from __future__ import annotations

import numpy as np

from index import Entry, IndexedRegion, Vectors

COLORS = ("black", "blue", "green", "red", "white")
SIZES = ("xs", "s", "m", "l", "xl")


def unit(vectors: Vectors) -> Vectors:
    """Normalise the last axis."""
    normal: Vectors = (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)
    return normal


def clustered(count: int, dimensions: int, seed: int = 0, spread: float = 0.8) -> Vectors:
    """Return (count, D) vectors around centres of Zipf-like popularity that themselves stand in families."""
    random = np.random.default_rng(seed)
    families = random.standard_normal((12, dimensions))
    number = max(1, count // 40)
    centres = unit(families[random.integers(0, 12, number)] + 0.9 * random.standard_normal((number, dimensions)))
    popularity = 1.0 / np.arange(1, number + 1) ** 0.7
    chosen = random.choice(number, count, p=popularity / popularity.sum())
    noise = random.standard_normal((count, dimensions), dtype=np.float32)
    return unit(centres[chosen] + spread * noise / np.sqrt(dimensions))


def shop(count: int, dimensions: int, seed: int = 0, per_product: int = 1) -> list[Entry]:
    """Return entries with text, numbers, several values, and fields that only some products have."""
    vectors = clustered(count * per_product, dimensions, seed).reshape(count, per_product, dimensions)
    random = np.random.default_rng(seed + 1)
    prices = random.uniform(1, 1000, count).round(2).tolist()
    return [
        Entry(
            f"p{number:06}",
            1,
            {
                "sku": f"p{number:06}",
                "price": prices[number],
                "brand": f"brand {number % 97}",
                "color": COLORS[number % 5 : number % 5 + 1 + number % 2],
                **({"size": SIZES[number % 25 // 5]} if number % 3 else {}),
                **({"custom.season": 2020.0 + number % 4 if number % 2 else "any"} if number % 7 == 0 else {}),
                **({"custom.rare": float(number)} if number % (1 + count // 20) == 0 else {}),
                "percentile": float(number * 7919 % 1000),
            },
            tuple(IndexedRegion(f"image {number}", place, one) for place, one in enumerate(vectors[number])),
        )
        for number in range(count)
    ]


def queries(entries: list[Entry], count: int, seed: int = 9, noise: float = 0.6) -> Vectors:
    """Return (count, D) queries: vectors of some entries as another photo would give them."""
    random = np.random.default_rng(seed)
    chosen = random.choice(len(entries), count, replace=len(entries) < count)
    base = np.stack([(entries[number].regions or ())[0].vector for number in chosen])
    beside = random.standard_normal(base.shape)
    return unit(base + noise * beside / np.sqrt(base.shape[1]))
