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
from pathlib import Path

import numpy as np

from training.backgrounds import cut_out, fields

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


def prepare(boxes: Path, flat_lay: Path, work: Path, per_class: int, backgrounds: int = 0) -> Path:
    """Lay out one YOLO data set under `work` and return its data.yaml; sources are linked, not copied.

    At most `per_class` flat-lay photos of each class join the photos of people, and `backgrounds` without a garment,
    one in four of them drawn.
    """
    for split in ("train", "valid"):
        for photo in sorted((boxes / split / "images").iterdir()):
            label = boxes / split / "labels" / f"{photo.stem}.txt"
            _link(photo, label.read_text(), work / split)
    taken: Counter[str] = Counter()
    photos = [row for row in flat_lay_photos(flat_lay) if not held_out(row[2])]
    random.Random(SEED).shuffle(photos)
    for photo, name, _sender in photos:
        if taken[name] < per_class:
            taken[name] += 1
            side = 1 - 2 * FRAME_MARGIN
            _link(photo, f"{CLASSES.index(name)} 0.5 0.5 {side:.4f} {side:.4f}\n", work / "train")
    print("flat-lay photos joined:", dict(taken))
    _add_backgrounds(boxes / "train", work / "train", backgrounds)
    data = work / "data.yaml"
    data.write_text(f"path: {work.resolve()}\ntrain: train/images\nval: valid/images\nnames: {list(CLASSES)}\n")
    return data


def _add_backgrounds(source: Path, split: Path, count: int) -> None:
    photos = [
        (photo, (source / "labels" / f"{photo.stem}.txt").read_text())
        for photo in sorted((source / "images").iterdir())
    ]
    drawn, random = count // 4, np.random.default_rng(SEED)
    for place, image in enumerate((*cut_out(photos, count - drawn, random), *fields(drawn, random))):
        image.save(split / "images" / f"background-{place:04}.jpg", quality=90)
        (split / "labels" / f"background-{place:04}.txt").write_text("")


def _link(photo: Path, label: str, split: Path) -> None:
    (split / "images").mkdir(parents=True, exist_ok=True)
    (split / "labels").mkdir(exist_ok=True)
    target = split / "images" / photo.name
    if not target.exists():
        target.symlink_to(photo.resolve())
    (split / "labels" / f"{photo.stem}.txt").write_text(label)
