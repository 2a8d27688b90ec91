"""The second opinion: its matrix tells apart what can be, and joins the embedder without touching vectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from demo.garments import render_product
from demo.shop import products
from detector import CATEGORIES
from embedder.fused import CATEGORIES as NAMES
from embedder.fused import KINDS, PRIORS, SHIPPED, FusedEmbedder, make
from training.naming import fit, garments
from training.renderings import PRODUCTS, held_out_design


def test_fitted_matrix_tells_classes_apart_and_is_the_same_again() -> None:
    chance = torch.Generator().manual_seed(3)
    means = torch.randn(len(CATEGORIES), 40, generator=chance)
    classes = torch.arange(600) % len(CATEGORIES)
    rows = torch.nn.functional.normalize(means[classes] + 0.7 * torch.randn(600, 40, generator=chance), dim=1)
    kinds, priors = fit(rows[:400], classes[:400])
    right = (rows[400:] @ kinds + priors).argmax(1) == classes[400:]
    assert right.float().mean() > 0.95
    again = fit(rows[:400], classes[:400])
    assert torch.equal(kinds, again[0])
    assert torch.equal(priors, again[1])


def test_garments_are_cut_out_of_every_folder_and_what_is_tiny_is_left(tmp_path: Path) -> None:
    for folder, lines in (("people", "5 0.5 0.5 0.5 0.5\n6 0.1 0.1 0.01 0.01\n"), ("cut-outs", "0 0.5 0.5 1 1\n")):
        for name in ("images", "labels"):
            (tmp_path / folder / name).mkdir(parents=True)
        Image.new("RGB", (200, 100), (255, 0, 0)).save(tmp_path / folder / "images" / "a.jpg")
        (tmp_path / folder / "labels" / "a.txt").write_text(lines)
    cut = list(garments(tmp_path))
    assert [index for _, index in cut] == [0, 5]
    assert cut[0][0].shape[0] <= 100
    assert np.prod(cut[1][0].shape[:2]) == pytest.approx(200 * 100 / 4 * 1.24**2, rel=0.4)


def test_shipped_weights_name_rendered_garments() -> None:
    embedder = FusedEmbedder()
    assert embedder.categories == CATEGORIES
    specs = [spec for spec in products(PRODUCTS) if held_out_design(spec.design)]
    by_category = [next(spec for spec in specs if spec.category == category) for category in CATEGORIES]
    _, likelihoods = embedder.embed_and_name([render_product(spec, 0).pixels for spec in by_category])
    right = [CATEGORIES[row.argmax()] == spec.category for row, spec in zip(likelihoods, by_category, strict=True)]
    assert sum(right) >= 9


def test_weights_without_the_matrix_embed_all_the_same(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    state = {name: value for name, value in load_file(SHIPPED).items() if name not in (KINDS, PRIORS)}
    save_file(state, tmp_path / "plain.safetensors")
    made = make(str(tmp_path / "plain.safetensors"))
    full = make(str(SHIPPED))
    assert (made.about[NAMES], full.about[NAMES]) == ([], list(CATEGORIES))
    with torch.inference_mode():
        vectors, both = made.module(*made.examples), full.module(*full.examples)
    assert torch.equal(vectors, both[:, : made.about["dimensions"]])
