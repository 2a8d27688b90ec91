"""The commands, run as a merchant would, on the real models."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.api.shops import RED, picture
from tests.service.conftest import Command


def test_key_is_shown_once_listed_and_revoked(vitrine: Command) -> None:
    secret = vitrine("keys", "create", "--scope", "search", "--secret-only").output.strip()
    assert secret.startswith("vit_")
    listed = vitrine("keys", "list").output
    assert "search" in listed and secret not in listed
    key_id = listed.split("\t")[0]
    assert vitrine("keys", "revoke", key_id).exit_code == 0
    assert "revoked" in vitrine("keys", "list").output
    assert "no live key" in vitrine("keys", "revoke", key_id).output
    assert vitrine("keys", "list", "--store", "nobody").exit_code == 1


def test_import_makes_a_folder_searchable_and_a_second_run_changes_nothing(
    vitrine: Command, folder: Path, tmp_path: Path
) -> None:
    first = vitrine("import", str(folder))
    assert first.exit_code == 0, first.output
    assert "4 products, 4 searchable; photos: 4 ready, 0 pending, 0 failed" in first.output
    head = vitrine("index", "status").output.splitlines()[0]
    again = vitrine("import", str(folder))
    assert "4 products, 4 searchable; photos: 4 ready" in again.output
    assert vitrine("index", "status").output.splitlines()[0] == head

    picture = tmp_path / "out" / "answer.png"
    found = vitrine("search", str(folder / "blue.png"), "--limit", "2", "--picture", str(picture))
    assert found.exit_code == 0, found.output
    assert found.output.index("blue shirt") < found.output.index("ms:")
    assert np.asarray(Image.open(picture)).std() > 10
    assert "4 products in space" in vitrine("index", "rebuild").output


def test_import_reports_each_product_at_fault_and_takes_the_others(
    vitrine: Command, folder: Path, tmp_path: Path
) -> None:
    table = folder / "products.csv"
    table.write_text(
        table.read_text()
        + "bad/sku,a title,5.00 EUR,red.png,red\n"
        + "S8,a title,cheap,red.png,red\n"
        + "S9,a title,5.00 EUR,missing.png,red\n"
        + "S10,a title,5.00 EUR,../secret.png,red\n"
    )
    (tmp_path / "secret.png").write_bytes((folder / "red.png").read_bytes())
    (folder / "green.png").write_bytes(b"no image")
    report = tmp_path / "faults.jsonl"
    result = vitrine("import", str(folder), "--report", str(report))
    assert "6 products, 3 searchable" in result.output
    faults = {line["sku"]: line for line in map(json.loads, report.read_text().splitlines())}
    assert set(faults) == {"bad/sku", "S8", "S9", "S10", "S1"}
    assert faults["S8"]["line"] == 7 and "like '19.90 EUR'" in faults["S8"]["problems"][0]
    assert not faults["S8"]["taken"] and faults["S9"]["taken"]
    assert "no such file" in faults["S9"]["problems"][0]
    assert "no such file" in faults["S10"]["problems"][0]
    assert "not a photo" in faults["S1"]["problems"][0]


def test_import_of_something_else_says_what_it_takes(vitrine: Command, tmp_path: Path) -> None:
    result = vitrine("import", str(tmp_path))
    assert result.exit_code == 1 and "holds no product table" in result.output


def test_search_in_a_store_that_is_not_there_says_so(vitrine: Command, tmp_path: Path) -> None:
    (tmp_path / "red.png").write_bytes(picture(RED))
    result = vitrine("search", str(tmp_path / "red.png"), "--store", "mian")
    assert result.exit_code == 1
    assert "no store 'mian'; 'vitrine stores list'" in result.output


def test_search_with_a_file_that_is_no_photo_says_so(vitrine: Command, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<html></html>")
    result = vitrine("search", str(tmp_path / "page.html"))
    assert result.exit_code == 1 and "not a photo" in result.output


def test_doctor_finds_a_good_set_up_good(vitrine: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("VITRINE_PORT", str(free.getsockname()[1]))
    result = vitrine("doctor")
    assert result.exit_code == 0, result.output
    assert "WRONG" not in result.output


def test_doctor_says_what_is_wrong_and_how_to_mend_it(
    vitrine: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "weights.safetensors"
    broken.write_bytes(b"broken")
    monkeypatch.setenv("VITRINE_DETECTOR_WEIGHTS", str(broken))
    monkeypatch.setenv("VITRINE_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("VITRINE_QUEUE_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("VITRINE_INDEX_DEVICE", "cuda:99")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("VITRINE_PORT", str(taken.getsockname()[1]))
        result = vitrine("doctor")
    assert result.exit_code == 1
    for name in ("detector", "index", "catalog", "queue", "port"):
        assert f"WRONG {name}" in result.output
    assert result.output.count("mend:") == 5


def test_command_whose_database_is_out_of_reach_says_so(vitrine: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VITRINE_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    result = vitrine("keys", "list")
    assert result.exit_code == 1
    assert "vitrine doctor" in result.output and "Traceback" not in result.output


def test_setting_that_makes_no_sense_is_named(vitrine: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VITRINE_PORT", "many")
    result = vitrine("doctor")
    assert result.exit_code == 1 and "VITRINE_PORT" in result.output
