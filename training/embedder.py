"""Recipe of the shipped space: one matrix that joins shape and colour and keeps 256 dimensions of them.

Features of the backbone and colour histograms of many garments are weighted, set side by side, and taken apart by
a principal component analysis. It is not centred, because the zero of both parts means something, and not whitened,
because whitening was measured to hurt; the strong components are only tamed a little (`--tame`).

    python -m training.embedder --backbone FILE --flat-lay DIR --street DIR --out FILE
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from embedder.colour import BINS as ALL_BINS
from embedder.colour import histogram
from embedder.crops import checked, square
from embedder.fused import BACKBONE, BINS, COLOUR, LOOKS_AT, SHAPE, backbone, histograms
from runtime.eager import EagerNetwork
from runtime.network import Made
from training import garment_crops as crops

SEED = 0
BATCH = 64
ROUNDS = 4  # of subspace iteration; more change nothing
SPARE = 64  # dimensions carried beside those kept while iterating
DYE_SHARE = 0.3  # weight of the synthetic dyes against photos

Matrix = NDArray[np.float32]


def described(model: EagerNetwork, pictures: Iterable[crops.Picture]) -> tuple[Matrix, Matrix]:
    """Return the (N, C) features and the (N, bins) histograms of pictures."""
    features, colours = [], []
    rest = iter(pictures)
    while batch := [square(checked(picture), LOOKS_AT.side) for picture in islice(rest, BATCH)]:
        features.append(model.run(np.stack(batch)))
        colours.append(histograms(batch))
    return np.concatenate(features), np.concatenate(colours)


def fit(features: Matrix, colours: Matrix, dyed: Matrix, options: argparse.Namespace) -> tuple[Matrix, Matrix]:
    """Return the (C, D) matrix for features and the (bins, D) matrix for histograms."""
    shape, colour = np.sqrt(options.shape_weight), np.sqrt(1 - options.shape_weight)
    photos = np.hstack([shape * features, colour * colours])
    dyes = np.hstack([np.zeros((len(dyed), features.shape[1]), np.float32), colour * np.sqrt(DYE_SHARE) * dyed])
    basis = principal(np.vstack([photos, dyes]), options.dimensions)
    strength = np.mean((photos @ basis) ** 2, axis=0)
    basis = basis * (strength / strength[0]) ** (-options.tame / 2)
    return shape * basis[: features.shape[1]], colour * basis[features.shape[1] :]


def principal(rows: Matrix, dimensions: int) -> Matrix:
    """Return the (columns, dimensions) strongest right singular vectors, strongest first.

    Subspace iteration: N. Halko, P. Martinsson, J. Tropp, "Finding structure with randomness", 2011,
    https://arxiv.org/abs/0909.4061
    """
    chance = np.random.default_rng(SEED)
    basis = np.linalg.qr(chance.standard_normal((rows.shape[1], dimensions + SPARE)).astype(np.float32))[0]
    for _ in range(ROUNDS):
        basis = np.linalg.qr(rows.T @ (rows @ basis))[0]
    seen = rows @ basis
    strength, turn = np.linalg.eigh(seen.T.astype(np.float64) @ seen)
    strongest = np.argsort(-strength)[:dimensions]
    found: Matrix = (basis @ turn[:, strongest]).astype(np.float32)
    return found


def pack(start: Path, shape: Matrix, colour: Matrix, out: Path, card: dict[str, object]) -> None:
    """Write backbone and projection as fp16 safetensors, and the card with their SHA-256 beside them."""
    import torch

    seen = np.flatnonzero(np.abs(colour).max(axis=1) > 0)
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
    parser.add_argument("--each", type=int, default=2200, help="crops of flat-lay and of street photos, each")
    parser.add_argument("--dimensions", type=int, default=256)
    parser.add_argument("--shape-weight", type=float, default=0.63)
    parser.add_argument("--tame", type=float, default=0.1, help="0: plain components; 1: whitened")
    options = parser.parse_args(arguments)

    model = EagerNetwork(Made(backbone(load_file(options.backbone)), (), (), {}))
    parts = [
        described(model, crops.flat_lay(options.flat_lay, options.each, SEED)),
        described(model, crops.street(options.street, options.each, SEED)),
    ]
    features, colours = (np.concatenate(kind) for kind in zip(*parts, strict=True))
    dyed = np.stack([histogram(cloth) for cloth in crops.dyes(len(features) // 4, SEED)])
    shape, colour = fit(features, colours, dyed, options)
    card = json.loads(options.card.read_text()) if options.card else {"space": "lite0-lab", "version": "1"}
    pack(options.backbone, shape, colour, options.out, card)
    print(f"{options.out}: {len(features)} crops, {ALL_BINS} bins, {shape.shape[1]} dimensions")


if __name__ == "__main__":
    main()
