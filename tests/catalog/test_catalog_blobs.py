"""Photo bytes on disk."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from catalog import BadImage, Catalog, CatalogUnavailable, UnknownImage
from tests.catalog.wares import photo, put, upload

pytest_plugins = ("tests.catalog.both_databases",)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_uploaded_photo_is_read_as_it_came_and_belongs_to_its_store(catalog: Catalog, tmp_path: Path) -> None:
    one = upload(catalog, "p")
    assert catalog.images.read(one.id) == one.data
    assert catalog.images.get(one.id) == one.image
    assert files(tmp_path / "images") == [f"{one.id[:2]}/{one.id}"]
    assert catalog.images.belongs("shop", one.id)
    assert not catalog.images.belongs("other", one.id)


def test_photo_of_two_stores_is_kept_once(catalog: Catalog, tmp_path: Path) -> None:
    one = upload(catalog, "p")
    upload(catalog, "p")
    upload(catalog, "p", store="other")
    assert len(files(tmp_path / "images")) == 1
    assert catalog.images.belongs("other", one.id)


def test_uploads_of_one_photo_at_once_are_one_whole_file(catalog: Catalog, tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: upload(catalog, "p"), range(16)))
    assert len(files(tmp_path / "images")) == 1
    assert catalog.images.read(photo("p").id) == photo("p").data


def test_bytes_under_anothers_id_are_refused(catalog: Catalog, tmp_path: Path) -> None:
    with pytest.raises(BadImage, match=photo("b").id):
        catalog.images.store("shop", photo("a").data, photo("b").image)
    assert catalog.images.get(photo("b").id) is None
    assert files(tmp_path / "images") == []


@pytest.mark.parametrize("image_id", ["0" * 64, "", "../../etc/passwd", "A" * 64, "0" * 63 + "\n"])
def test_unknown_photo_is_said_to_be_unknown(catalog: Catalog, image_id: str) -> None:
    with pytest.raises(UnknownImage):
        catalog.images.read(image_id)
    assert catalog.images.get(image_id) is None
    assert not catalog.images.belongs("shop", image_id)


def test_disk_that_refuses_is_named_and_leaves_no_trace(tmp_path: Path) -> None:
    in_the_way = tmp_path / "images"
    in_the_way.write_text("a file where the folder should be")
    with Catalog.open(f"sqlite:///{tmp_path / 'catalog.db'}", in_the_way) as catalog:
        catalog.migrate()
        catalog.stores.create("shop", "Shop")
        with pytest.raises(CatalogUnavailable, match="could not be written to disk"):
            upload(catalog, "p")
        assert not catalog.images.belongs("shop", photo("p").id)
        put(catalog, "a")
