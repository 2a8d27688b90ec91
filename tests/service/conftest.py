"""A data folder of its own for every test of the command line, and a small catalog on disk."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from tests.api.shops import BLUE, GREEN, RED, YELLOW, picture

COLOURS = {"red": RED, "green": GREEN, "blue": BLUE, "yellow": YELLOW}
Command = Callable[..., Result]


@pytest.fixture
def vitrine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line, on a data folder of its own; a command that fails without a clear error fails the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VITRINE_DATA_DIR", str(tmp_path / "data"))

    def run(*arguments: str) -> Result:
        result = CliRunner().invoke(main, arguments)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four products in a table with their photos."""
    catalog = tmp_path / "catalog"
    catalog.mkdir()
    with (catalog / "products.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", "title", "price", "image_link", "color"])
        for number, (name, colour) in enumerate(COLOURS.items()):
            (catalog / f"{name}.png").write_bytes(picture(colour, size=(120, 160)))
            table.writerow([f"S{number}", f"{name} shirt", f"{10 + number}.00 EUR", f"{name}.png", name])
    return catalog
