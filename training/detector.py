"""Recipe of the shipped detector weights: YOLOv8n taught ten garment classes on people and on flat-lay photos.

A detector trained on photos of people alone finds nothing on a shirt that lies on a bed, so photos of single
garments join the training set with a near full-frame box each. Senders of flat-lay photos are held out whole:
``held_out`` tells which, so that the benchmark measures on beds and floors the detector never saw.

    python -m training.detector --boxes DIR --flat-lay DIR --start yolov8n.pt --work DIR
"""

from __future__ import annotations

import argparse
import csv
import random
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

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


def prepare(boxes: Path, flat_lay: Path, work: Path, per_class: int) -> Path:
    """Lay out one YOLO data set under `work` and return its data.yaml; sources are linked, not copied."""
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
    data = work / "data.yaml"
    data.write_text(f"path: {work.resolve()}\ntrain: train/images\nval: valid/images\nnames: {list(CLASSES)}\n")
    return data


def _link(photo: Path, label: str, split: Path) -> None:
    (split / "images").mkdir(parents=True, exist_ok=True)
    (split / "labels").mkdir(exist_ok=True)
    target = split / "images" / photo.name
    if not target.exists():
        target.symlink_to(photo.resolve())
    (split / "labels" / f"{photo.stem}.txt").write_text(label)


def train(data: Path, start: Path, work: Path, epochs: int, size: int) -> Path:
    """Train and return the path of the best checkpoint (Ultralytics .pt)."""
    from ultralytics import YOLO

    model = YOLO(str(start))
    model.train(
        data=str(data), epochs=epochs, imgsz=size, batch=16, workers=2, seed=SEED, deterministic=True, device="cpu",
        project=str(work), name="run", exist_ok=True, close_mosaic=2, plots=False, warmup_epochs=0.5, optimizer="AdamW",
        lr0=0.001, lrf=0.05, degrees=5, hsv_h=0.02, hsv_s=0.6, hsv_v=0.4, erasing=0.0, cos_lr=True,
    )  # fmt: skip
    return work / "run" / "weights" / "best.pt"


def main() -> None:
    """Command line of the recipe."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--boxes", type=Path, required=True, help="YOLO data set with train/ and valid/")
    parser.add_argument("--flat-lay", type=Path, required=True, help="folder with images.csv and images/")
    parser.add_argument("--start", type=Path, required=True, help="start weights, Ultralytics .pt")
    parser.add_argument("--work", type=Path, required=True, help="an empty folder for links, logs and checkpoints")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--size", type=int, default=384, help="square input side in pixels")
    parser.add_argument("--flat-lay-per-class", type=int, default=110)
    options = parser.parse_args()
    data = prepare(options.boxes, options.flat_lay, options.work, options.flat_lay_per_class)
    print("best checkpoint:", train(data, options.start, options.work, options.epochs, options.size))


if __name__ == "__main__":
    main()
