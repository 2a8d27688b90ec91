"""The photos the detector learns from: people in boxes, and single garments that fill their photo.

Senders of flat-lay photos are held out whole: `held_out` tells which, so that the benchmark measures on beds and
floors the detector never saw.
"""

from __future__ import annotations

import csv
import random
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from training.backgrounds import cut_out, fields
from training.close_ups import close_ups
from training.crowds import crowds

CLASSES = ("bag", "dress", "hat", "jacket", "pants", "shirt", "shoe", "shorts", "skirt", "sunglasses")
FLAT_LAY_CLASS = {
    "T-Shirt": "shirt", "Longsleeve": "shirt", "Polo": "shirt", "Shirt": "shirt", "Top": "shirt", "Blouse": "shirt",
    "Undershirt": "shirt", "Hoodie": "shirt", "Outwear": "jacket", "Blazer": "jacket", "Pants": "pants",
    "Shorts": "shorts", "Skirt": "skirt", "Dress": "dress", "Shoes": "shoe", "Hat": "hat",
}  # fmt: skip
FRAME_MARGIN = 0.03  # a flat-lay garment fills its photo up to about this margin
SEED = 0


def held_out(sender_id: str) -> bool:
    """Whether a sender's flat-lay photos are kept away from training (about one sender in five)."""
    return zlib.crc32(f"sender {sender_id}".encode()) % 5 == 0


def flat_lay_photos(folder: Path) -> Iterator[tuple[Path, str, str]]:
    """Yield (photo, class, sender id) for every labelled photo of `folder` (images.csv beside images/)."""
    with (folder / "images.csv").open(newline="") as table:
        for row in csv.DictReader(table):
            photo = folder / "images" / f"{row['image']}.jpg"
            if row["label"] in FLAT_LAY_CLASS and photo.exists():
                yield photo, FLAT_LAY_CLASS[row["label"]], row["sender_id"]


@dataclass(frozen=True, slots=True)
class Mixture:
    """What joins the photos of people in a training set, in numbers of photos."""

    flat_lay_per_class: int
    close_ups: int = 0
    backgrounds: int = 0
    crowds: int = 0


def prepare(boxes: Path, flat_lay: Path, work: Path, mixture: Mixture) -> Path:
    """Lay out one YOLO data set under `work` and return its data.yaml; sources are linked, not copied."""
    for split in ("train", "valid"):
        for photo, label in _labelled(boxes / split):
            _link(photo, label, work / split)
    taken: Counter[str] = Counter()
    photos = [row for row in flat_lay_photos(flat_lay) if not held_out(row[2])]
    random.Random(SEED).shuffle(photos)
    for photo, name, _sender in photos:
        if taken[name] < mixture.flat_lay_per_class:
            taken[name] += 1
            side = 1 - 2 * FRAME_MARGIN
            _link(photo, f"{CLASSES.index(name)} 0.5 0.5 {side:.4f} {side:.4f}\n", work / "train")
    print("flat-lay photos joined:", dict(taken))
    _add_pieces(_labelled(boxes / "train"), work / "train", mixture)
    data = work / "data.yaml"
    data.write_text(f"path: {work.resolve()}\ntrain: train/images\nval: valid/images\nnames: {list(CLASSES)}\n")
    return data


def _labelled(split: Path) -> list[tuple[Path, str]]:
    photos = sorted((split / "images").iterdir())
    return [(photo, (split / "labels" / f"{photo.stem}.txt").read_text()) for photo in photos]


def _add_pieces(photos: list[tuple[Path, str]], split: Path, mixture: Mixture) -> None:
    """Write close-ups, streets, and photos without a garment, one in four of them drawn."""
    drawn, numbers = mixture.backgrounds // 4, np.random.default_rng(SEED)
    for place, (image, label) in enumerate(close_ups(photos, mixture.close_ups, numbers)):
        _save(image, label, split, f"close-up-{place:04}")
    free = (*cut_out(photos, mixture.backgrounds - drawn, numbers), *fields(drawn, numbers))
    for place, image in enumerate(free):
        _save(image, "", split, f"background-{place:04}")
    for place, (image, label) in enumerate(crowds(photos, mixture.crowds, numbers)):
        _save(image, label, split, f"crowd-{place:04}")


def _save(image: Image.Image, label: str, split: Path, name: str) -> None:
    image.save(split / "images" / f"{name}.jpg", quality=90)
    (split / "labels" / f"{name}.txt").write_text(label)


def _link(photo: Path, label: str, split: Path) -> None:
    (split / "images").mkdir(parents=True, exist_ok=True)
    (split / "labels").mkdir(exist_ok=True)
    target = split / "images" / photo.name
    if not target.exists():
        target.symlink_to(photo.resolve())
    (split / "labels" / f"{photo.stem}.txt").write_text(label)
