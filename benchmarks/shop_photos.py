"""How well garments are named that a shop shows on white: rendered packshots of designs no training saw, and a real
catalog's photos (`styles.csv` beside `images/`; measured on only, nothing of it is trained on).

    python -m benchmarks.shop_photos --catalog DIR --image-size 640 --json out.json

A photo counts for the category of its first region, as a shopper's query would: by the detector alone, and by the
detector and the embedder, as the service names it.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.yolo_data import read_photo
from demo.garments import render_product
from demo.shop import products
from detector import CATEGORIES, Photo, Region, YoloDetector
from detector.yolo import SHIPPED
from embedder.fused import FusedEmbedder
from pipeline.describe import Describer
from training.renderings import PRODUCTS, held_out_design

PER_CATEGORY = 40
SEED = 0
ARTICLES = {
    "bag": ("Handbags", "Backpacks", "Clutches"),
    "dress": ("Dresses",),
    "hat": ("Caps", "Hat"),
    "jacket": ("Jackets", "Blazers"),
    "pants": ("Jeans", "Trousers", "Track Pants", "Leggings"),
    "shirt": ("Tshirts", "Shirts", "Tops", "Sweaters", "Sweatshirts"),
    "shoe": ("Casual Shoes", "Sports Shoes", "Heels", "Formal Shoes", "Flats"),
    "shorts": ("Shorts",),
    "skirt": ("Skirts",),
    "sunglasses": ("Sunglasses",),
}

Named = tuple[Photo, str]
See = Callable[[Photo], Sequence[Region]]


def packshots() -> Iterator[Named]:
    """Yield rendered packshots of held-out designs with their category; at most PER_CATEGORY of each."""
    held_out = [spec for spec in products(PRODUCTS) if held_out_design(spec.design)]
    for category in CATEGORIES:
        for spec in [spec for spec in held_out if spec.category == category][:PER_CATEGORY]:
            yield render_product(spec, 0).pixels, category


def catalog_photos(folder: Path) -> Iterator[Named]:
    """Yield photos of a real catalog with their category; at most PER_CATEGORY of each, drawn at random."""
    with (folder / "styles.csv").open(newline="") as table:
        rows = [row for row in csv.DictReader(table) if (folder / "images" / f"{row['id']}.jpg").exists()]
    random.Random(SEED).shuffle(rows)
    for category, articles in ARTICLES.items():
        for row in [row for row in rows if row["articleType"] in articles][:PER_CATEGORY]:
            yield read_photo(folder / "images" / f"{row['id']}.jpg"), category


def measure(see: See, photos: Iterable[Named]) -> dict[str, float]:
    """Return the share of photos whose first region is of the right category: each category's, and their mean."""
    answers: dict[str, list[bool]] = {category: [] for category in CATEGORIES}
    for photo, category in photos:
        regions = see(photo)
        answers[category].append(bool(regions) and regions[0].category == category)
    shares = {category: round(sum(right) / len(right), 3) for category, right in answers.items() if right}
    return {"mean": round(sum(shares.values()) / len(shares), 3)} | shares


def main() -> None:
    """Command line of the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--catalog", type=Path, help="folder with styles.csv and images/")
    parser.add_argument("--weights", type=Path, default=SHIPPED, help="instead of the shipped weights")
    parser.add_argument("--image-size", type=int, help="by default what the weights are made for")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    detector = YoloDetector(options.weights, image_size=options.image_size)
    describer = Describer(detector, FusedEmbedder())

    def by_detector(photo: Photo) -> Sequence[Region]:
        return describer.regions([photo])[0][:1]

    def by_both(photo: Photo) -> Sequence[Region]:
        return describer.look(photo, by_detector(photo))[0]

    figures: dict[str, Any] = {"detector": detector.name, "embedder": describer.space.id}
    for name, see in (("by the detector", by_detector), ("by both", by_both)):
        figures[name] = {"packshots": measure(see, packshots())}
        if options.catalog:
            figures[name] |= {"catalog": measure(see, catalog_photos(options.catalog))}
    print(json.dumps(figures, indent=2))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
