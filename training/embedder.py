"""Recipe of the shipped space: one matrix that joins shape and colour and keeps 256 dimensions of them.

Each of many garments is seen in five views (`garment_views.py`). Their features of the backbone and their colour
histograms are weighted and set side by side, and one matrix is fitted that brings views of one garment together and
keeps garments apart (`same_garment.py`). It is not centred, because the zero of both parts means something.

    python -m training.embedder --backbone FILE --flat-lay DIR --street DIR --out FILE
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from embedder.colour import BINS as ALL_BINS
from embedder.colour import histogram
from embedder.crops import checked
from embedder.fused import BACKBONE, BINS, COLOUR, SHAPE, backbone, inputs
from runtime.eager import EagerNetwork
from runtime.network import Made
from training import garment_crops as crops
from training.garment_views import AS_IT_IS, ELSEWHERE, VIEWS, Picture
from training.same_garment import contrasted, principal, steadied, strongest

SEED = 9  # of the views
BATCH = 64
DYES = 3000
SHAPE_COMPONENTS, COLOUR_COMPONENTS = 512, 768  # kept of each part before both are joined
ASKEW = 2  # a view that the shape's components are taken from, too

FAINTEST = 1e-6  # of a row of the matrix; what is smaller is rounding

Matrix = NDArray[np.float32]
Rows = NDArray[np.float16]


def shown(garments: Sequence[crops.Garment], grounds: list[Picture]) -> Iterator[Picture]:
    """Yield VIEWS pictures of each garment, one garment after the other."""
    for number, garment in enumerate(garments):
        yield from garment.views(grounds, np.random.default_rng([SEED, number]))


def described(model: EagerNetwork, pictures: Iterable[Picture]) -> tuple[Rows, Rows]:
    """Return the (N, C) features and the (N, bins) histograms of pictures."""
    features, colours = [], []
    rest = iter(pictures)
    while batch := [checked(picture) for picture in islice(rest, BATCH)]:
        squares, histograms = inputs(batch)
        features.append(model.run(squares).astype(np.float16))
        colours.append(histograms.astype(np.float16))
    return np.concatenate(features), np.concatenate(colours)


def fit(features: Rows, colours: Rows, dyed: Matrix, weight: float, dimensions: int) -> tuple[Matrix, Matrix]:
    """Return the (C, D) matrix for features and the (bins, D) matrix for histograms.

    `features` are (N, VIEWS, C), `colours` (N, VIEWS, bins), `dyed` the (M, bins) histograms of cloths; `weight`
    is the share of the shape, in 0..1.
    """
    shapes, cloths = [torch.from_numpy(features[:, view]).float() for view in range(VIEWS)], torch.from_numpy(dyed)
    tones = [torch.from_numpy(colours[:, view]).float() for view in (AS_IT_IS, ELSEWHERE)]
    shape = weight**0.5 * principal(torch.cat([shapes[v] for v in (AS_IT_IS, ASKEW, ELSEWHERE)]), SHAPE_COMPONENTS)
    colour = (1 - weight) ** 0.5 * principal(torch.cat([*tones, cloths / 2]), COLOUR_COMPONENTS)
    tones = [torch.from_numpy(colours[:, view]).float() @ colour for view in range(VIEWS)]
    views = torch.stack([torch.cat([s @ shape, t], 1) for s, t in zip(shapes, tones, strict=True)], 1)
    dyes = torch.cat([torch.zeros(len(cloths), shape.shape[1]), cloths @ colour], 1)
    rows = torch.cat([views[:, AS_IT_IS], views[:, ELSEWHERE]])
    matrix = contrasted(views, strongest(rows, dyes, steadied(views), dimensions))
    return (shape @ matrix[: shape.shape[1]]).numpy(), (colour @ matrix[shape.shape[1] :]).numpy()


def pack(start: Path, shape: Matrix, colour: Matrix, out: Path, card: dict[str, object]) -> None:
    """Write backbone and projection as fp16 safetensors, and the card with their SHA-256 beside them."""
    seen = np.flatnonzero(np.abs(colour).max(axis=1) > FAINTEST)
    state = {f"{BACKBONE}{name}": value for name, value in load_file(start).items()}
    state[SHAPE] = torch.from_numpy(shape).half()
    state[COLOUR] = torch.from_numpy(np.ascontiguousarray(colour[seen])).half()
    state[BINS] = torch.from_numpy(seen.astype(np.int32))
    out.parent.mkdir(parents=True, exist_ok=True)
    save_file(state, out)
    digest = hashlib.sha256(out.read_bytes()).hexdigest()
    out.with_name(out.name + ".json").write_text(json.dumps(card | {"sha256": digest}, indent=2) + "\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line of the recipe."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backbone", type=Path, required=True, help="start weights of the backbone, safetensors")
    parser.add_argument("--flat-lay", type=Path, required=True, help="folder with images/, one garment a photo")
    parser.add_argument("--street", type=Path, required=True, help="YOLO data set with boxes around garments")
    parser.add_argument("--out", type=Path, required=True, help="the file to write; its card is written beside it")
    parser.add_argument("--card", type=Path, help="a card whose words are kept; only the hash is renewed")
    parser.add_argument("--garments", type=int, default=4500, help="of flat-lay and street photos together")
    parser.add_argument("--dimensions", type=int, default=256)
    parser.add_argument("--shape-weight", type=float, default=0.55)
    options = parser.parse_args(arguments)

    model = EagerNetwork(Made(backbone(load_file(options.backbone)), (), (), {}))
    garments = crops.garments(options.flat_lay, options.street, options.garments)
    pictures = shown(garments, crops.grounds(options.street))
    features, colours = described(model, pictures)
    dyed = np.stack([histogram(cloth) for cloth in crops.dyes(DYES, seed=0)])
    by_garment = features.reshape(-1, VIEWS, features.shape[1]), colours.reshape(-1, VIEWS, ALL_BINS)
    shape, colour = fit(*by_garment, dyed, options.shape_weight, options.dimensions)
    card = json.loads(options.card.read_text()) if options.card else {"space": "lite0-lab", "version": "3"}
    pack(options.backbone, shape, colour, options.out, card)
    print(f"{options.out}: {len(garments)} garments, {ALL_BINS} bins, {shape.shape[1]} dimensions")


if __name__ == "__main__":
    main()
