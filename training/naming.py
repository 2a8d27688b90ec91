"""Recipe of the second opinion: which category a garment is of, read off the embedder's features of its shape.

A detector that learned bags from people calls a bag alone on white a shoe; a backbone that learned a thousand things
of ImageNet knows better. So one matrix is fitted to its features of garments: on people, laid, cut out of both and
set on the grounds of shops, and rendered, the pictures that the detector learns from. It is multinomial logistic
regression (D. Cox, "The regression analysis of binary sequences", 1958), held back by its squares and the same
whenever it is run. The matrix joins the embedder's weights; vectors stay what they were.

    python -m training.naming --boxes DIR --flat-lay DIR --work DIR --weights FILE.safetensors
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save
from torch.nn.functional import cross_entropy

from detector import Region
from embedder.crops import checked
from embedder.fused import BACKBONE, CATEGORIES, KINDS, PRIORS, backbone, inputs
from pipeline.describe import crop
from runtime.eager import EagerNetwork
from runtime.network import Made
from training.garment_photos import CLASSES, HARD_TO_NAME, SEED, Mixture, prepare
from training.garment_views import Picture

PICTURES = Mixture(people=1, flat_lay=8, cut_outs=110, worn_cut_outs=350, renderings=100, worn=HARD_TO_NAME)
MOVED = 0.08  # of a box's sides: how far an edge may lie beside a garment's
HALF = np.array([-0.5, -0.5, 0.5, 0.5])  # of its sides: from a box's centre to its corners
SMALLEST = 8  # pixels of a box's sides
BATCH = 64
BALANCE = 0.5  # power of a category's frequency by which its garments weigh less
HELD_BACK = 5e-6  # what the square of an entry of the matrix costs
STEPS = 200

Named = tuple[Picture, int]


def garments(pictures: Path) -> Iterator[Named]:
    """Yield every labelled garment of the folders of a data set, and its class, one in two mirrored.

    Each is cut out as the service does it, by a box that is a little off.
    """
    random = np.random.default_rng(SEED)
    for label in sorted(pictures.glob("*/labels/*.txt")):
        with Image.open(next(label.parents[1].glob(f"images/{label.stem}.*"))) as image:
            photo = np.asarray(image.convert("RGB"))
        for line in label.read_text().splitlines():
            index, x, y, width, height = map(float, line.split())
            if min(width * photo.shape[1], height * photo.shape[0]) < SMALLEST:
                continue
            sides = np.array([width, height, width, height])
            edges = np.array([x, y, x, y]) + sides * (HALF + random.uniform(-MOVED, MOVED, 4))
            cut = crop(photo, Region(tuple(edges.clip(0, 1).tolist()), None, 1.0))
            yield cut[:, ::-1] if random.random() < 0.5 else cut, int(index)


def described(model: EagerNetwork, named: Iterator[Named]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the (N, C) features of garments and their (N,) classes."""
    rows, classes = [], []
    while batch := [one for one, _ in zip(named, range(BATCH), strict=False)]:
        squares, _ = inputs([checked(picture) for picture, _ in batch])
        rows.append(torch.from_numpy(model.run(squares)))
        classes.append(torch.tensor([index for _, index in batch]))
    return torch.cat(rows), torch.cat(classes)


def fit(rows: torch.Tensor, classes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the (C, K) matrix and the (K,) priors whose log-softmax tells the class of (N, C) unit features."""
    counts = torch.bincount(classes, minlength=len(CLASSES)).float()
    weights = counts[classes] ** -BALANCE
    weights = weights / weights.sum()
    kinds = torch.zeros(rows.shape[1], len(CLASSES), requires_grad=True)
    priors = torch.zeros(len(CLASSES), requires_grad=True)
    optimizer = torch.optim.LBFGS([kinds, priors], max_iter=STEPS, history_size=20, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        wrong = (cross_entropy(rows @ kinds + priors, classes, reduction="none") * weights).sum()
        cost: torch.Tensor = wrong + HELD_BACK * kinds.pow(2).sum()
        cost.backward()
        return cost

    optimizer.step(loss)
    return kinds.detach(), priors.detach()


def main() -> None:
    """Command line of the recipe."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--boxes", type=Path, required=True, help="YOLO data set with data.yaml, train/ and valid/")
    parser.add_argument("--flat-lay", type=Path, required=True, help="folder with images.csv and images/")
    parser.add_argument("--work", type=Path, required=True, help="an empty folder for pictures")
    parser.add_argument("--weights", type=Path, required=True, help="the embedder's, to which the matrix is added")
    options = parser.parse_args()

    state = load_file(options.weights)
    model = {name.removeprefix(BACKBONE): value for name, value in state.items() if name.startswith(BACKBONE)}
    data = prepare(options.boxes, options.flat_lay, options.work, PICTURES)
    rows, classes = described(EagerNetwork(Made(backbone(model), (), (), {})), garments(data.parent / "train"))
    kinds, priors = fit(rows, classes)
    content = save(state | {KINDS: kinds.half(), PRIORS: priors.half()}, {CATEGORIES: json.dumps(CLASSES)})
    options.weights.write_bytes(content)
    place = options.weights.with_name(options.weights.name + ".json")
    card = json.loads(place.read_text()) | {"sha256": sha256(content).hexdigest()}
    place.write_text(json.dumps(card, indent=2) + "\n")
    right = (rows @ kinds + priors).argmax(1) == classes
    print(f"{options.weights}: {len(rows)} garments, of which {right.float().mean():.3f} are told right")


if __name__ == "__main__":
    main()
