"""API keys and stores."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog import BadStoreId, Catalog, Scope, Store, StoreExists, UnknownStore
from tests.catalog.wares import HeldClock

pytest_plugins = ("tests.catalog.both_databases",)


def test_key_is_known_by_its_secret_alone(catalog: Catalog, clock: HeldClock) -> None:
    key, secret = catalog.keys.create("shop", "web page", [Scope.SEARCH, Scope.WRITE])
    assert catalog.keys.authenticate(secret) == key
    assert (key.store, key.name, key.scopes) == ("shop", "web page", {Scope.SEARCH, Scope.WRITE})
    assert key.created_at == clock.now and key.revoked_at is None
    assert secret.startswith(f"vit_{key.prefix}_") and len(secret) == 64


def test_secret_that_is_not_exactly_right_is_refused(catalog: Catalog) -> None:
    _, secret = catalog.keys.create("shop", "a", [Scope.ADMIN])
    _, another = catalog.keys.create("shop", "b", [Scope.ADMIN])
    last = "A" if secret[-1] != "A" else "B"
    wrong = ["", "vit_", secret[:-1], secret + "A", secret[:-1] + last, secret.upper(), f" {secret}", f"{secret}\n"]
    wrong += [secret[:21] + another[21:], "vit_" + "0" * 16 + secret[20:], "\x00", "vit_ü_" + "ü" * 43, "\ud800" * 64]
    assert [catalog.keys.authenticate(one) for one in wrong] == [None] * len(wrong)


def test_revoked_key_is_refused_at_once_and_still_listed(catalog: Catalog, clock: HeldClock) -> None:
    key, secret = catalog.keys.create("shop", "a", [Scope.SEARCH])
    clock.advance(5)
    kept, _ = catalog.keys.create("shop", "b", [Scope.SEARCH])
    assert catalog.keys.revoke("other", key.id) is False
    assert catalog.keys.authenticate(secret) == key
    assert catalog.keys.revoke("shop", key.id) is True
    assert catalog.keys.revoke("shop", key.id) is False
    assert catalog.keys.authenticate(secret) is None
    first, second = catalog.keys.all("shop")
    assert first.id == key.id and first.revoked_at == clock.now
    assert second == kept
    assert catalog.keys.all("other") == []


def test_no_secret_stands_in_the_database(tmp_path: Path) -> None:
    with Catalog.open(f"sqlite:///{tmp_path / 'catalog.db'}", tmp_path) as catalog:
        catalog.migrate()
        catalog.stores.create("shop", "Shop")
        _, secret = catalog.keys.create("shop", "a", [Scope.SEARCH])
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("catalog.db*"))
    assert secret[4:20].encode() in kept  # the prefix, to find it by
    assert secret[21:].encode() not in kept


def test_key_needs_a_store_and_a_scope(catalog: Catalog) -> None:
    with pytest.raises(UnknownStore, match="nowhere"):
        catalog.keys.create("nowhere", "a", [Scope.SEARCH])
    with pytest.raises(ValueError, match="at least one scope of search, write, admin"):
        catalog.keys.create("shop", "a", [])


def test_store_is_made_once(catalog: Catalog, clock: HeldClock) -> None:
    made = catalog.stores.create("a-1", "Äpfel & Co")
    assert made == Store("a-1", "Äpfel & Co", clock.now)
    assert catalog.stores.exists("a-1") and not catalog.stores.exists("a-2")
    assert [one.id for one in catalog.stores.all()] == ["a-1", "other", "shop"]
    assert catalog.stores.all()[0] == made
    with pytest.raises(StoreExists, match="a-1"):
        catalog.stores.create("a-1", "again")


@pytest.mark.parametrize("store_id", ["", "Shop", "-a", "a b", "a/b", "ä", "a\n", "a_b", "x" * 64, "a\x00"])
def test_store_id_that_is_no_slug_is_refused(catalog: Catalog, store_id: str) -> None:
    with pytest.raises(BadStoreId, match="use 1 to 63 of a-z, 0-9 and '-'"):
        catalog.stores.create(store_id, "name")
    assert not catalog.stores.exists(store_id)
