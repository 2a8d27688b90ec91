"""``vitrine spaces``: an operator changes models, and is told what cannot be done."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.describers import Describers
from service import models
from service.build import make_filler, open_catalog
from service.models import describer_of
from service.settings import Settings
from tests.service import two_spaces
from tests.service.conftest import COLOURS as NAMES
from tests.service.conftest import Command
from tests.service.two_spaces import COLOURS, GRID, NEXT


@pytest.fixture(autouse=True)
def light_models(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("make_detector", "make_embedder", "space_of"):
        monkeypatch.setattr(models, name, getattr(two_spaces, name))


def fill(steps: int = 100) -> None:
    """Do what a worker does, until nothing is left."""
    settings = Settings()
    catalog = open_catalog(settings)
    filler = make_filler(settings, catalog, Describers(lambda space: describer_of(settings, space)))
    while steps and filler.run_once():
        steps -= 1
    filler.close()
    catalog.close()


def refused(vitrine: Command, *arguments: str) -> str:
    result = vitrine("spaces", *arguments)
    assert result.exit_code == 1, result.output
    return result.output


def states(vitrine: Command) -> list[str]:
    return ["\t".join(line.split("\t")[:2]) for line in vitrine("spaces", "list").output.splitlines()]


def test_models_are_changed_from_fill_to_drop(vitrine: Command, folder: Path, tmp_path: Path) -> None:
    vitrine("import", str(folder))
    assert vitrine("spaces", "list").output == f"{COLOURS}\tactive\tanswers searches\tshipped models\n"
    assert f"{GRID.id} is being filled" in vitrine("spaces", "fill", "--embedder-model", NEXT).output
    told = vitrine("spaces", "list").output.splitlines()[1]
    assert told == (
        f"{GRID.id}\tfilling\t0% of 4 products, 0 photos described, 0 failed, 0 changes behind\tembedder_model={NEXT}"
    )
    assert "is filling" in refused(vitrine, "switch", GRID.id)
    assert "is filling" in refused(vitrine, "compare", GRID.id)
    assert "is paused now" in vitrine("spaces", "pause", GRID.id).output
    fill()
    assert "0 photos described" in vitrine("spaces", "list").output
    assert "is filling now" in vitrine("spaces", "resume", GRID.id).output
    fill()
    assert "100% of 4 products, 4 photos described, 0 failed" in vitrine("spaces", "list").output

    compared = vitrine("spaces", "compare", GRID.id).output.splitlines()
    assert compared[0] == "4 photos of store main: 1.00 of the first hits are the same"
    assert [line.split()[0] for line in compared[1:]] == [COLOURS, GRID.id]
    assert "R@1" not in compared[1]
    pairs = tmp_path / "catalog" / "pairs.csv"
    pairs.write_text("query,sku\n" + "".join(f"{name}.png,S{number}\n" for number, name in enumerate(NAMES)))
    by_pairs = vitrine("spaces", "compare", GRID.id, "--pairs", str(pairs)).output
    assert by_pairs.count("ms a photo  R@1 1.000  R@5 1.000") == 2

    assert f"{GRID.id} is active now" in vitrine("spaces", "switch", GRID.id).output
    assert states(vitrine) == [f"{COLOURS}\tretired", f"{GRID.id}\tactive"]
    found = vitrine("search", str(folder / "blue.png"), "--limit", "1").output
    assert "blue shirt" in found and f"space {GRID.id}" in found
    assert f"4 products in space {GRID.id}" in vitrine("index", "rebuild").output
    assert f"{COLOURS} is active now" in vitrine("spaces", "rollback").output
    assert f"space {COLOURS}" in vitrine("index", "status").output
    assert states(vitrine) == [f"{COLOURS}\tactive", f"{GRID.id}\tready"]
    vitrine("spaces", "switch", GRID.id)
    assert f"{COLOURS} is dropped" in vitrine("spaces", "drop", COLOURS).output
    assert states(vitrine) == [f"{GRID.id}\tactive"]
    assert "used before" in refused(vitrine, "rollback")


def test_model_of_the_settings_is_filled_and_takes_no_place_by_itself(
    vitrine: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vitrine("import", str(folder))
    monkeypatch.setenv("VITRINE_EMBEDDER_MODEL", NEXT)
    assert f"space {COLOURS}" in vitrine("search", str(folder / "red.png")).output
    vitrine("spaces", "fill")
    fill()
    assert states(vitrine) == [f"{COLOURS}\tactive", f"{GRID.id}\tready"]


def test_what_cannot_be_done_is_said(vitrine: Command, folder: Path) -> None:
    vitrine("import", str(folder))
    assert f"there are: {COLOURS}" in refused(vitrine, "switch", "no@1")
    assert "used before" in refused(vitrine, "rollback")
    assert f"space {COLOURS} is active already" in refused(vitrine, "fill")
    assert "is active" in refused(vitrine, "drop", COLOURS)
    vitrine("spaces", "fill", "--embedder-model", NEXT)
    assert f"space {GRID.id} is filling already" in refused(vitrine, "fill", "--embedder-model", NEXT)


def test_detector_is_changed_like_an_embedder(
    vitrine: Command, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vitrine("import", str(folder))
    weights = tmp_path / "other.safetensors"
    weights.write_bytes(b"")
    other = f"{COLOURS}+whole-1"
    assert f"{other} is being filled" in vitrine("spaces", "fill", "--detector-weights", str(weights)).output
    fill()
    vitrine("spaces", "switch", other)
    found = vitrine("search", str(folder / "red.png"), "--limit", "1").output
    assert f"space {other}" in found and "whole photo" in found
    monkeypatch.setenv("VITRINE_DETECTOR_WEIGHTS", str(weights))
    assert f"space {other}" in vitrine("search", str(folder / "red.png")).output, "with settings that say the same"
    assert states(vitrine) == [f"{COLOURS}\tretired", f"{other}\tactive"]
    vitrine("spaces", "rollback")
    assert "dress" in vitrine("search", str(folder / "red.png"), "--limit", "1").output


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("photo,sku\nred.png,S0\n", "needs the columns query and sku"),
        ("query,sku\nred.png,S0\nmissing.png,S1\n", "line 3"),
        ("query,sku\nred.png,nothing\n", "no product 'nothing'"),
        ("query,sku\nproducts.csv,S0\n", "line 2"),
        (f"query,sku\n{'0' * 64},S0\n", "no image 000"),
    ],
)
def test_pairs_that_cannot_be_used_are_named(vitrine: Command, folder: Path, table: str, said: str) -> None:
    vitrine("import", str(folder))
    vitrine("spaces", "fill", "--embedder-model", NEXT)
    fill()
    (folder / "pairs.csv").write_text(table)
    assert said in refused(vitrine, "compare", GRID.id, "--pairs", str(folder / "pairs.csv"))
