"""Recipe of the shipped detector weights: YOLOv8n taught ten garment classes on people, flat-lay and shop photos.

A detector trained on photos of people alone finds nothing on a shirt that lies on a bed, so photos of single
garments join the training set, then close-ups, garments on white, rendered products, streets and empty places. Three
short stages at 384 px teach the classes; a long one, at sizes from 320 to 512 px, what is small and what is large. Two
branches from there learn what nobody photographs alone: bags and skirts, cut out of photos of people. From the mean of
all three one more learns shoes, hats and sunglasses so as well. It is written as half-precision safetensors beside a
model card, then measured, and the figures are entered in the card.

    python -m training.detector --boxes DIR --flat-lay DIR --start yolov8n.pt --work DIR --out FILE.safetensors
    python -m training.detector --boxes DIR --flat-lay DIR --checkpoint last.pt --out FILE.safetensors
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from benchmarks.detector import measure
from detector.network import category_of, stay_at_home
from training.calibration import calibrated
from training.checkpoints import as_checkpoint, blended
from training.garment_photos import (
    CLASSES,
    HARD_TO_NAME,
    NOT_LAID,
    SEED,
    Mixture,
    flat_lay_photos,
    held_out,
    prepare,
)

__all__ = ["CLASSES", "export", "flat_lay_photos", "held_out", "prepare", "train"]

ARCHITECTURE = "yolov8n.yaml"  # a file of the ultralytics package
START_CLASSES = 80  # of the start weights; Ultralytics keeps the head as wide as they had it
BATCH = 16
IMAGE_SIZE = 384  # pixels at which the weights are measured, and meant to be used
RECIPE = (
    "python -m training.detector --boxes CFPD --flat-lay CLOTHING --start yolov8n.pt --work WORK "
    "--out detector/weights/yolov8n-garments.safetensors"
)
HISTORY = (
    "stages before 'sizes' were run in full precision, by an earlier state of this recipe; that one twice: 1.22 "
    "hours at 384 to 640 px (yolov8n-garments@a1639054aedc, at a share of .3 of its start), then from there, in 1.5 "
    "hours of one core, as it stands here: four epochs at a rate of .001, and 41 more after a restart; then both "
    "branches as they stand here, an hour of one core and half an hour of two, on the pictures that 'sizes' had "
    "(yolov8n-garments@5d87984b9819); then 'alone', 1.2 hours of one core, with 1,400 pictures of worn cut-outs"
)
LICENCES = {
    "weights": "AGPL-3.0: fine-tuned from Ultralytics yolov8n.pt (version 8.0.0, COCO), which is AGPL-3.0",
    "boxes": "1,878 photos of people; 'CC BY 4.0' by the uploader (github c0ncepT23/outfit-rater); very probably "
    "the Colorful Fashion Parsing Data (Liu et al., 2014)",
    "flat_lay": "photos of single garments, CC0 1.0 (github alexeygrigorev/clothing-dataset); beside them pictures "
    "rendered by demo/, our own",
}


@dataclass(frozen=True, slots=True)
class Stage:
    """One run of training."""

    name: str
    epochs: int
    mixture: Mixture
    learning_rate: float
    warmup_epochs: float
    scale: float  # photos are shrunk and enlarged by up to this; strong: small people of a street, close-ups
    mosaic: float  # share of photos that are seen four at a time
    close_mosaic: int  # last epochs in which all photos are seen whole
    size: int = 384  # pixels of a side
    size_spread: float = 0.0  # batches are larger and smaller by up to this
    kept: float = 0.0  # share of the weights it began with in those it ends with
    frozen: int = 0  # first layers that stay as they are: a fifth of the work, and edges look alike at all sizes


PLACES = Mixture(1800, flat_lay=2200, close_ups=900, backgrounds=320)
SIZES = Mixture(460, flat_lay=208, cut_outs=120, close_ups=80, renderings=100, crowds=60, backgrounds=30)
AT_SIZES = Stage(
    "sizes", 45, SIZES, 0.0008, 1, scale=0.5, mosaic=0.6, close_mosaic=11, size=416, size_spread=0.25, kept=0.08,
    frozen=3,
)  # fmt: skip
CUT_OUT = replace(SIZES, cut_outs=100, worn_cut_outs=170, close_ups=70, renderings=90, crowds=50)
BAGS = replace(SIZES, cut_outs=110, worn_cut_outs=150, worn=NOT_LAID, close_ups=70, renderings=90, crowds=50)
STAGES = (
    Stage("people", 8, Mixture(1800, flat_lay=880), 0.001, 0.5, scale=0.5, mosaic=1, close_mosaic=2),
    Stage("places", 3, PLACES, 0.0007, 0.2, scale=0.7, mosaic=1, close_mosaic=1),
    Stage("places, whole", 2, PLACES, 0.0004, 0.1, scale=0.7, mosaic=0.5, close_mosaic=0),
    AT_SIZES,
)
ALONE = replace(AT_SIZES, learning_rate=0.0006, warmup_epochs=0.5, close_mosaic=8, kept=0.0)
BRANCHES = (
    replace(ALONE, name="worn", epochs=28, mixture=CUT_OUT),
    replace(ALONE, name="bags", epochs=24, mixture=BAGS),
)  # each begins where the stages ended; the mean of all three is where the last begins
ON_WHITE = replace(
    SIZES, flat_lay=224, cut_outs=110, worn_cut_outs=220, worn=HARD_TO_NAME, close_ups=70, renderings=90, crowds=50,
)  # fmt: skip
LAST = (replace(ALONE, name="alone", epochs=34, mixture=ON_WHITE, kept=0.25),)
EVERY_STAGE = (*STAGES, *BRANCHES, *LAST)


def train(
    boxes: Path, flat_lay: Path, start: Path, work: Path, stages: Sequence[Stage],
    branches: Sequence[Stage] = (), then: Sequence[Stage] = (), hours: float | None = None,
) -> Path:  # fmt: skip
    """Train the stages one after the other, the branches, each from where those ended, and the rest from their mean.

    `hours` limits the last of them all: it trains for as many epochs as go into them, the rate falling to the end.
    Returns a checkpoint (Ultralytics .pt) of the last weights, not of the best.
    """
    last = [*stages, *branches, *then][-1]

    def trained(stage: Stage, checkpoint: Path) -> Path:
        folder = work / stage.name.replace(", ", "-")
        data = prepare(boxes, flat_lay, folder, stage.mixture)
        return run_stage(stage, data, checkpoint, folder, hours if stage is last else None)

    checkpoint = as_checkpoint(start, work)
    for stage in stages:
        checkpoint = trained(stage, checkpoint)
    if branches:
        ends = [checkpoint, *(trained(branch, checkpoint) for branch in branches)]
        checkpoint = blended(ends, [1 / len(ends)] * len(ends), work / "mean.pt")
    for stage in then:
        checkpoint = trained(stage, checkpoint)
    return checkpoint


def run_stage(stage: Stage, data: Path, start: Path, work: Path, hours: float | None = None) -> Path:
    """Train one stage and return its last checkpoint, blended with its first where the stage says so."""
    stay_at_home()
    from training.half import HalfTrainer

    settings = {
        "model": str(start), "data": str(data), "project": str(work.resolve()), "name": "run", "exist_ok": True,
        "device": "cpu", "amp": False, "seed": SEED, "deterministic": False, "plots": False, "patience": 0,
        "epochs": stage.epochs, "time": hours, "batch": BATCH, "nbs": BATCH,
        "imgsz": stage.size, "multi_scale": stage.size_spread, "freeze": stage.frozen,
        "optimizer": "AdamW", "lr0": stage.learning_rate, "lrf": 0.02, "cos_lr": True,
        "warmup_epochs": stage.warmup_epochs, "mosaic": stage.mosaic, "close_mosaic": stage.close_mosaic,
        "scale": stage.scale, "translate": 0.15, "degrees": 5, "hsv_h": 0.02, "hsv_s": 0.6, "hsv_v": 0.45,
    }  # fmt: skip
    HalfTrainer(overrides=settings).train()
    last = work / "run" / "weights" / "last.pt"
    return blended([start, last], [stage.kept, 1 - stage.kept], work / "blended.pt") if stage.kept else last


def export(checkpoint: Path, target: Path) -> dict[str, Any]:
    """Write the checkpoint's weights to `target` in half precision, its card beside it, and return the card."""
    stay_at_home()
    from safetensors.torch import save
    from ultralytics.nn.tasks import load_checkpoint

    module, _ = load_checkpoint(checkpoint)
    content = save({key: value.half() for key, value in module.state_dict().items()})
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    card = {
        "name": target.stem,
        "sha256": sha256(content).hexdigest(),
        "architecture": ARCHITECTURE,
        "head_classes": START_CLASSES,
        "image_size": IMAGE_SIZE,
        "classes": [category_of(module.names[index]) or module.names[index] for index in sorted(module.names)],
        "recipe": RECIPE,
        "history": HISTORY,
        "stages": [asdict(stage) for stage in EVERY_STAGE],
        "data_and_licences": LICENCES,
        "figures": {},
    }
    _write(card, target)
    return card


def _write(card: dict[str, Any], target: Path) -> None:
    target.with_name(target.name + ".json").write_text(json.dumps(card, indent=2) + "\n")


def main() -> None:
    """Command line of the recipe."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--boxes", type=Path, required=True, help="YOLO data set with data.yaml, train/ and valid/")
    parser.add_argument("--flat-lay", type=Path, required=True, help="folder with images.csv and images/")
    parser.add_argument("--out", type=Path, required=True, help="weights to write, .safetensors; the card lands beside")
    parser.add_argument("--checkpoint", type=Path, help="export and measure this one; train nothing")
    parser.add_argument("--start", type=Path, help="start weights, Ultralytics .pt or ours, .safetensors")
    parser.add_argument("--work", type=Path, help="an empty folder for links, logs and checkpoints")
    names = [stage.name for stage in EVERY_STAGE]
    parser.add_argument("--stage", action="append", choices=names, help="train this one only (may be repeated)")
    parser.add_argument("--hours", type=float, help="train the last stage for as long as this")
    options = parser.parse_args()
    stages, branches, then = (
        [stage for stage in all_of if not options.stage or stage.name in options.stage]
        for all_of in (STAGES, BRANCHES, LAST)
    )
    checkpoint = options.checkpoint
    if checkpoint is None:
        if not (options.start and options.work):
            parser.error("training needs --start and --work; to export a checkpoint give --checkpoint")
        checkpoint = train(
            options.boxes, options.flat_lay, options.start, options.work, stages, branches, then, options.hours
        )
    card, data = export(checkpoint, options.out), options.boxes / "data.yaml"
    card["calibration"], figures = calibrated(data, options.out)
    _write(card, options.out)
    card["figures"] = figures | measure(data, options.flat_lay, weights=options.out, image_size=IMAGE_SIZE)
    _write(card, options.out)
    print(json.dumps(card["figures"], indent=2))


if __name__ == "__main__":
    main()
