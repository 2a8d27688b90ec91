"""Snapshots: what is damaged is refused, what did not change is not written again, and nobody waits for long."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index import Entry, UnusableSnapshot, array_file
from index.faiss_index import FaissIndex
from tests.index.beside import beside
from tests.index.shop import queries, shop

D = 32
SPACE = "space@1"
ENTRIES = shop(1_200, D)


@pytest.fixture
def index() -> FaissIndex:
    """An index large enough for lists."""
    filled = FaissIndex(exact_below=500)
    filled.upsert("store", SPACE, ENTRIES)
    filled.settle()
    return filled


def newest(folder: Path) -> Path:
    return folder / (folder / "current").read_text()


def flip_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut_off(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [flip_a_byte, cut_off, empty, Path.unlink], ids=["flipped", "cut", "empty", "gone"])
@pytest.mark.parametrize("part", ["manifest.json", "*.tables.arrays", "*.vectors-00000.arrays", "*.lists.arrays"])
def test_damaged_snapshot_is_refused_and_the_content_stays(
    index: FaissIndex, tmp_path: Path, damage: Callable[[Path], None], part: str
) -> None:
    index.snapshot(tmp_path, 9)
    damage(next(newest(tmp_path).glob(part)))
    other = FaissIndex()
    other.upsert("store", SPACE, [replace(ENTRIES[3], sku="kept")])
    with pytest.raises(UnusableSnapshot):
        other.restore(tmp_path)
    assert list(other.scan("store", SPACE)) == [("kept", 1)]
    vector = (ENTRIES[3].regions or ())[0].vector[None]
    assert other.search("store", SPACE, vector, 1)[0][0].sku == "kept"


@pytest.mark.parametrize("pointer", [b"", b"nowhere", b"../other", b"\xff\xfe"])
def test_snapshot_whose_pointer_is_damaged_is_refused(index: FaissIndex, tmp_path: Path, pointer: bytes) -> None:
    index.snapshot(tmp_path, 9)
    (tmp_path / "current").write_bytes(pointer)
    with pytest.raises(UnusableSnapshot):
        index.restore(tmp_path)
    assert index.count("store", SPACE) == len(ENTRIES)


def test_checkpoint_cannot_be_changed_unnoticed(index: FaissIndex, tmp_path: Path) -> None:
    index.snapshot(tmp_path, 9)
    manifest = newest(tmp_path) / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"checkpoint": 9', '"checkpoint": 8'))
    with pytest.raises(UnusableSnapshot, match="SHA-256"):
        index.restore(tmp_path)


def test_snapshot_of_another_format_is_refused(index: FaissIndex, tmp_path: Path) -> None:
    index.snapshot(tmp_path, 9)
    manifest = newest(tmp_path) / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format": "vitrine-index/99"}))
    with pytest.raises(UnusableSnapshot, match="vitrine-index/99"):
        index.restore(tmp_path)


def test_snapshot_of_other_dimensions_is_refused(index: FaissIndex, tmp_path: Path) -> None:
    index.snapshot(tmp_path, 9)
    with pytest.raises(UnusableSnapshot, match="32 dimensions there, 64 here"):
        FaissIndex({SPACE: 64}).restore(tmp_path)


def test_snapshot_after_a_damaged_one_is_whole_again(index: FaissIndex, tmp_path: Path) -> None:
    index.snapshot(tmp_path, 1)
    (newest(tmp_path) / "manifest.json").unlink()
    index.snapshot(tmp_path, 2)
    assert FaissIndex(exact_below=500).restore(tmp_path) == 2


def test_snapshot_that_fails_leaves_the_one_before(
    index: FaissIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.snapshot(tmp_path, 1)
    index.delete("store", ["p000001"])

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        index.snapshot(tmp_path, 2)
    monkeypatch.undo()
    restored = FaissIndex(exact_below=500)
    assert restored.restore(tmp_path) == 1
    assert restored.count("store", SPACE) == len(ENTRIES)
    assert len(list(tmp_path.glob("snapshot-*"))) == 1


def test_what_did_not_change_is_not_written_again(index: FaissIndex, tmp_path: Path) -> None:
    index.snapshot(tmp_path, 1)
    before = {path.name: path.stat().st_ino for path in newest(tmp_path).glob("*.arrays")}
    index.upsert("store", SPACE, [Entry("p000002", 2, {"brand": "other"}, None)])
    index.snapshot(tmp_path, 2)
    after = {path.name: path.stat().st_ino for path in newest(tmp_path).glob("*.arrays")}
    written = {name.split(".")[1] for name in after if after[name] != before.get(name)}
    assert written == {"tables"}
    restored = FaissIndex(exact_below=500)
    assert restored.restore(tmp_path) == 2
    assert dict(restored.scan("store", SPACE))["p000002"] == 2


def test_restored_index_writes_only_what_changed_since(index: FaissIndex, tmp_path: Path) -> None:
    index.snapshot(tmp_path, 1)
    restored = FaissIndex(exact_below=500)
    restored.restore(tmp_path)
    before = {path.name: path.stat().st_ino for path in newest(tmp_path).glob("*.arrays")}
    restored.snapshot(tmp_path, 2)
    assert {path.name: path.stat().st_ino for path in newest(tmp_path).glob("*.arrays")} == before
    restored.upsert("store", SPACE, [replace(ENTRIES[5], sku="new")])
    restored.snapshot(tmp_path, 3)
    again = FaissIndex(exact_below=500)
    assert again.restore(tmp_path) == 3
    vector = (ENTRIES[5].regions or ())[0].vector[None]
    assert {one.sku for one in again.search("store", SPACE, vector, 2)[0]} == {"new", "p000005"}


def test_two_indexes_may_write_to_one_folder(index: FaissIndex, tmp_path: Path) -> None:
    other = FaissIndex()
    other.upsert("store", SPACE, ENTRIES[:10])
    index.snapshot(tmp_path, 1)
    other.snapshot(tmp_path, 2)
    index.snapshot(tmp_path, 3)
    restored = FaissIndex()
    assert restored.restore(tmp_path) == 3
    assert restored.count("store", SPACE) == len(ENTRIES)
    other.snapshot(tmp_path, 4)
    assert restored.restore(tmp_path) == 4
    assert restored.count("store", SPACE) == 10


def test_snapshot_holds_plain_numbers_only(index: FaissIndex, tmp_path: Path) -> None:
    index.snapshot(tmp_path, 1)
    for path in newest(tmp_path).glob("*.arrays"):
        arrays = array_file.read(path)
        assert arrays and not any(array.dtype.hasobject for array in arrays.values())
    with pytest.raises(ValueError, match="odd"), (tmp_path / "odd").open("wb") as out:
        array_file.write(out, {"odd": np.array([object()])})


def test_snapshot_taken_during_writes_is_whole(index: FaissIndex, tmp_path: Path) -> None:
    """Writes go on meanwhile; whatever the snapshot caught of them, every product in it is found by its own vector."""
    versions = itertools.count(2)

    def write() -> None:
        version = next(versions)
        index.upsert("store", SPACE, [replace(one, version=version) for one in ENTRIES[:50]])
        index.delete("store", [one.sku for one in ENTRIES[50:60]])
        index.upsert("store", SPACE, [replace(one, version=version) for one in ENTRIES[50:60]])

    with beside(write):
        for checkpoint in range(8):
            index.snapshot(tmp_path, checkpoint)
            restored = FaissIndex(exact_below=500)
            assert restored.restore(tmp_path) == checkpoint
            held = dict(restored.scan("store", SPACE))
            assert len(held) >= len(ENTRIES) - 10
            for one in ENTRIES[:80]:
                if one.sku in held:
                    best = restored.search("store", SPACE, (one.regions or ())[0].vector[None], 1)[0][0]
                    assert best.score > 0.999


def test_larger_exact_below_drops_the_lists_of_a_snapshot_and_a_smaller_one_makes_them(
    index: FaissIndex, tmp_path: Path
) -> None:
    asked = queries(ENTRIES, 20)
    index.snapshot(tmp_path, 1)
    for exact_below in (100, 500, 10_000):
        restored = FaissIndex(exact_below=exact_below)
        restored.restore(tmp_path)
        restored.settle()
        got = restored.search("store", SPACE, asked, 5)
        assert [page[0] for page in got] == [page[0] for page in index.search("store", SPACE, asked, 5)]


def test_snapshot_that_is_the_newest_outlives_a_fault_after_it(
    index: FaissIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.snapshot(tmp_path, 1)

    def failing(folder: Path) -> None:
        if folder == tmp_path:
            raise OSError("input/output error")

    monkeypatch.setattr("index.snapshot.reach_disk", failing)
    with pytest.raises(OSError, match="input/output"):
        index.snapshot(tmp_path, 2)
    assert FaissIndex().restore(tmp_path) == 2
