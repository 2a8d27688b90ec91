"""The photos the detector learns from: people in boxes, single garments, and pictures made of both.

Senders of flat-lay photos are held out whole: `held_out` tells which, so that the benchmark measures on beds and
floors the detector never saw. A few photos of people are set aside too (`watched`): training is watched on them.
"""

from __future__ import annotations

import csv
import random
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from training.backgrounds import cut_out, fields
from training.close_ups import close_ups
from training.crowds import crowds
from training.cut_outs import cut_outs, laid
from training.outlines import box_of, outline
from training.renderings import renderings
from training.worn import worn

CLASSES = ("bag", "dress", "hat", "jacket", "pants", "shirt", "shoe", "shorts", "skirt", "sunglasses")
FLAT_LAY_CLASS = {
    "T-Shirt": "shirt", "Longsleeve": "shirt", "Polo": "shirt", "Shirt": "shirt", "Top": "shirt", "Blouse": "shirt",
    "Undershirt": "shirt", "Hoodie": "shirt", "Outwear": "jacket", "Blazer": "jacket", "Pants": "pants",
    "Shorts": "shorts", "Skirt": "skirt", "Dress": "dress", "Shoes": "shoe", "Hat": "hat",
}  # fmt: skip
NOT_LAID = {"bag": 3.0, "dress": 1.0, "skirt": 1.0, "sunglasses": 1.0}  # in no flat-lay photo, or in few
HARD_TO_NAME = {
    "bag": 3.0, "shoe": 2.5, "hat": 1.5, "sunglasses": 1.5, "skirt": 1.0, "shorts": 1.0, "jacket": 1.0, "dress": 0.5,
}  # alone on white  # fmt: skip
FRAME_MARGIN = 0.03  # a flat-lay garment whose outline is not known fills its photo up to about this margin
FLAT_LAY_LIMIT = 400  # photos of a class
POOL = 4  # pictures made per picture that an epoch draws
SEED = 0

Picture = tuple[Image.Image, str]  # and its YOLO label text
Labelled = list[tuple[Path, str]]


def held_out(sender_id: str) -> bool:
    """Whether a sender's flat-lay photos are kept away from training (about one sender in five)."""
    return zlib.crc32(f"sender {sender_id}".encode()) % 5 == 0


def watched(photo: Path) -> bool:
    """Whether a photo of people is set aside to watch the training on (about one in 24)."""
    return zlib.crc32(f"watched {photo.stem}".encode()) % 24 == 0


def flat_lay_photos(folder: Path) -> Iterator[tuple[Path, str, str]]:
    """Yield (photo, class, sender id) for every labelled photo of `folder` (images.csv beside images/)."""
    with (folder / "images.csv").open(newline="") as table:
        for row in csv.DictReader(table):
            photo = folder / "images" / f"{row['image']}.jpg"
            if row["label"] in FLAT_LAY_CLASS and photo.exists():
                yield photo, FLAT_LAY_CLASS[row["label"]], row["sender_id"]


@dataclass(frozen=True, slots=True)
class Mixture:
    """How many pictures of each kind an epoch draws.

    `worn` tells how often each class is among the garments that are cut out of people.
    """

    people: int
    flat_lay: int  # all classes alike
    cut_outs: int = 0
    worn_cut_outs: int = 0
    close_ups: int = 0
    renderings: int = 0
    crowds: int = 0
    backgrounds: int = 0
    worn: dict[str, float] = field(default_factory=lambda: dict.fromkeys(CLASSES, 1.0))


def prepare(boxes: Path, flat_lay: Path, work: Path, mixture: Mixture) -> Path:
    """Lay out one YOLO data set under `work` and return its data.yaml; sources are linked, not copied.

    Each kind has its folder; data.yaml's `draws` says how many pictures of each folder an epoch draws. What is there
    already is kept, so that a run that was cut off goes on at once.
    """
    data = work / "data.yaml"
    if data.exists():
        return data
    draws = {f"train/{kind}": count for kind, count in _lay_out(boxes, flat_lay, work, mixture).items()}
    lines = (f"path: {work.resolve()}", "train: train", "val: watched", f"names: {list(CLASSES)}", f"draws: {draws}")
    data.write_text("\n".join(lines) + "\n")
    return data


def _lay_out(boxes: Path, flat_lay: Path, work: Path, mixture: Mixture) -> dict[str, int]:
    """Write or link all pictures, a folder per kind, and return how many an epoch draws of each folder."""
    people = _labelled(boxes / "train")
    for photo, label in people:
        _link(photo, label, work / ("watched" if watched(photo) else "train/people"))
    learned = [row for row in people if not watched(row[0])]
    garments = _garments(flat_lay)
    for photo, name in garments if mixture.flat_lay else ():
        _link(photo, _flat_lay_label(photo, name), work / "train" / f"flat-lay-{name}")
    for kind, pictures in _made(learned, garments, mixture).items():
        for place, (image, label) in enumerate(pictures):
            _save(image, label, work / "train" / kind, f"{kind}-{place:04}")
    names = {name for _, name in garments}
    flat = {f"flat-lay-{name}": round(mixture.flat_lay / len(names)) for name in sorted(names)}
    counted = {kind: count for kind, count in asdict(mixture).items() if kind not in ("flat_lay", "worn")}
    counts = {kind.replace("_", "-"): count for kind, count in counted.items()} | flat
    return {kind: count for kind, count in counts.items() if count}


def _garments(folder: Path) -> list[tuple[Path, str]]:
    """Return flat-lay photos to train on, and their classes, in random order; at most so many of a class."""
    photos = [(photo, name) for photo, name, sender in flat_lay_photos(folder) if not held_out(sender)]
    random.Random(SEED).shuffle(photos)
    return [row for name in CLASSES for row in [row for row in photos if row[1] == name][:FLAT_LAY_LIMIT]]


def _made(people: Labelled, garments: list[tuple[Path, str]], mixture: Mixture) -> dict[str, Iterable[Picture]]:
    """Return, by kind, the pictures that are made of photos, or drawn."""
    numbers = np.random.default_rng(SEED)
    drawn, empty = mixture.backgrounds * POOL // 4, mixture.backgrounds * POOL
    free = [piece.copy() for piece in cut_out(people, max(empty - drawn, 40), numbers)]
    needed = {CLASSES.index(name): chance for name, chance in mixture.worn.items()}
    indexed = [(photo, CLASSES.index(name)) for photo, name in garments]
    return {
        "cut-outs": cut_outs(laid(indexed), free, mixture.cut_outs * POOL, numbers),
        "worn-cut-outs": cut_outs(worn(people, needed), free, mixture.worn_cut_outs * POOL, numbers),
        "close-ups": close_ups(people, mixture.close_ups * POOL, numbers),
        "renderings": renderings(mixture.renderings * POOL, numbers),
        "crowds": crowds(people, mixture.crowds * POOL, numbers),
        "backgrounds": ((image, "") for image in (*free[: empty - drawn], *fields(drawn, numbers))),
    }


def _labelled(split: Path) -> Labelled:
    photos = sorted((split / "images").iterdir())
    return [(photo, (split / "labels" / f"{photo.stem}.txt").read_text()) for photo in photos]


def _flat_lay_label(photo: Path, name: str) -> str:
    """Return the label line of a garment alone: midway between its outline and the frame of its photo.

    Shoppers' flat-lay photos are asked with as a whole, so a box that agrees with both is worth more than a tight one.
    """
    with Image.open(photo) as image:
        pixels = np.asarray(image.convert("RGB"))
    mask, (height, width, _) = outline(pixels), pixels.shape
    frame = np.array([FRAME_MARGIN, FRAME_MARGIN, 1 - FRAME_MARGIN, 1 - FRAME_MARGIN])
    x0, y0, x1, y1 = frame if mask is None else (frame + np.divide(box_of(mask), (width, height) * 2)) / 2
    return f"{CLASSES.index(name)} {(x0 + x1) / 2:.4f} {(y0 + y1) / 2:.4f} {x1 - x0:.4f} {y1 - y0:.4f}\n"


def _save(image: Image.Image, label: str, folder: Path, name: str) -> None:
    _make(folder)
    image.save(folder / "images" / f"{name}.jpg", quality=90)
    (folder / "labels" / f"{name}.txt").write_text(label)


def _link(photo: Path, label: str, folder: Path) -> None:
    _make(folder)
    target = folder / "images" / photo.name
    if not target.exists():
        target.symlink_to(photo.resolve())
    (folder / "labels" / f"{photo.stem}.txt").write_text(label)


def _make(folder: Path) -> None:
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True, exist_ok=True)
