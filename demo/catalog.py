"""Renders a shop's catalog: photos, the feed that lists them, labels for a detector, and street scenes to ask with.

    python -m demo.catalog --out DIR --skus 300 --seed 0

The folder holds ``catalog.jsonl`` (the feed), ``images/`` and ``labels/`` (YOLO; ``data.yaml`` beside them),
``index.csv`` (a row per photo: file, design, color, view) and ``scenes/`` (photos, ``scenes.csv``, ``boxes.csv``).
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from demo.designs import ProductSpec
from demo.garments import SIDE, VIEWS, Labelled, render_product
from demo.listing import availability, listing
from demo.scenes import render_scene
from demo.shop import products

EDITION = 4  # counts up when the same parameters give other pictures
CATEGORIES = ("bag", "dress", "hat", "jacket", "pants", "shirt", "shoe", "shorts", "skirt", "sunglasses")
MARKER, UNFINISHED = "rendered.json", "rendering.json"
SCENES: tuple[tuple[str, ...], ...] = (
    ("hat", "shirt", "pants", "shoe"), ("sunglasses", "dress", "bag", "shoe"), ("jacket", "skirt", "bag", "shoe"),
    ("sunglasses", "shirt", "shorts", "shoe"), ("hat", "jacket", "pants", "bag"), ("shirt", "skirt", "dress", "bag"),
)  # fmt: skip
QUALITY = 88


def render_catalog(
    folder: Path, seed: int = 0, skus: int = 300, views: int = 3, scenes: int = 6, side: int = SIDE
) -> Path:
    """Return `folder`, with a catalog rendered into it; one already there with the same parameters is taken as it is.

    A rendering that was cut off is finished; one of other parameters is replaced. Files appear whole or not at all.
    """
    parameters = {"edition": EDITION, "seed": seed, "skus": skus, "views": views, "scenes": scenes, "side": side}
    wanted = json.dumps(parameters)
    if _said(folder / MARKER) == wanted:
        return folder
    _begin(folder, wanted)
    specs = products(skus, seed)
    shots = [(spec, view) for spec in specs for view in range(min(views, len(VIEWS)))]
    for spec, view in shots:
        _render_shot(folder, spec, view, side)
    _write(folder / "catalog.jsonl", "".join(json.dumps(listing(spec, _photos(spec, views))) + "\n" for spec in specs))
    _write(
        folder / "index.csv",
        _table(("file", "design", "color", "view"), (_index_row(spec, view) for spec, view in shots)),
    )
    _write(folder / "data.yaml", f"path: .\ntrain: images\nval: images\nnames: {list(CATEGORIES)}\n")
    _render_scenes(folder / "scenes", specs, seed, scenes)
    (folder / UNFINISHED).replace(folder / MARKER)
    return folder


def photo_name(spec: ProductSpec, view: int) -> str:
    """Return the file name of a view of a product."""
    return f"{spec.sku}-{view}.jpg"


def _begin(folder: Path, wanted: str) -> None:
    """Make the folders, and empty them where they hold pictures of other parameters."""
    ours = (folder / MARKER).exists() or (folder / UNFINISHED).exists()
    unfinished = _said(folder / UNFINISHED)
    for name in ("images", "labels", "scenes"):
        (folder / name).mkdir(parents=True, exist_ok=True)
        if ours and unfinished != wanted:
            for path in (folder / name).iterdir():
                path.unlink()
    (folder / MARKER).unlink(missing_ok=True)
    _write(folder / UNFINISHED, wanted)


def _said(path: Path) -> str | None:
    return path.read_text() if path.exists() else None


def _photos(spec: ProductSpec, views: int) -> list[str]:
    return [f"images/{photo_name(spec, view)}" for view in range(min(views, len(VIEWS)))]


def _index_row(spec: ProductSpec, view: int) -> tuple[object, ...]:
    return f"images/{photo_name(spec, view)}", spec.design.id, spec.look.replace("/", "-"), view


def _render_shot(folder: Path, spec: ProductSpec, view: int, side: int) -> None:
    """Render a view unless it is there; its labels are written first, so that a photo always has its own."""
    photo = folder / "images" / photo_name(spec, view)
    if photo.exists():
        return
    rendered = render_product(spec, view, side)
    _write(folder / "labels" / f"{photo.stem}.txt", "".join(_label(one) for one in rendered.boxes))
    _write(photo, _jpeg(rendered.pixels))


def _label(one: Labelled) -> str:
    x0, y0, x1, y1 = one.box
    return f"{CATEGORIES.index(one.category)} {(x0 + x1) / 2:.6f} {(y0 + y1) / 2:.6f} {x1 - x0:.6f} {y1 - y0:.6f}\n"


def _render_scenes(folder: Path, specs: Sequence[ProductSpec], seed: int, count: int) -> None:
    random = np.random.default_rng([seed, 1])
    known: list[tuple[object, ...]] = []
    boxes: list[tuple[object, ...]] = []
    for number in range(count):
        worn = list(_outfit(specs, SCENES[number % len(SCENES)], random))
        name = f"street-{number + 1}.jpg"
        rendered = render_scene(worn, seed * 1000 + number)
        _write(folder / name, _jpeg(rendered.pixels))
        known.append((name, " ".join(sorted({one.sku for one in rendered.boxes if one.sku}))))
        boxes += [(name, one.sku or "", one.category, *(f"{edge:.4f}" for edge in one.box)) for one in rendered.boxes]
    _write(folder / "boxes.csv", _table(("file", "sku", "category", "x0", "y0", "x1", "y1"), boxes))
    _write(folder / "scenes.csv", _table(("file", "skus"), known))


def _outfit(
    specs: Sequence[ProductSpec], categories: Sequence[str], random: np.random.Generator
) -> Iterator[ProductSpec]:
    """Yield one product of each category that the catalog has in stock, none of them for men alone."""
    for category in categories:
        fitting = [spec for spec in specs if spec.category == category and spec.design.gender != "male"]
        offered = [spec for spec in fitting if availability(spec) == "in_stock"]
        if offered:
            yield offered[int(random.integers(len(offered)))]


def _jpeg(pixels: NDArray[np.uint8]) -> bytes:
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "JPEG", quality=QUALITY)
    return data.getvalue()


def _table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return text.getvalue()


def _write(path: Path, content: str | bytes) -> None:
    """Write a file that is there whole or not at all."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_bytes(content.encode() if isinstance(content, str) else content)
    unfinished.replace(path)


def main() -> None:
    """Render a catalog into a folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--skus", type=int, default=300)
    parser.add_argument("--views", type=int, default=3)
    parser.add_argument("--scenes", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    folder = render_catalog(options.out, options.seed, options.skus, options.views, options.scenes)
    print(f"{options.skus} products in {folder}")


if __name__ == "__main__":
    main()
