"""What every database has to give the catalog: one suite over SQLite and PostgreSQL."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from pydantic import ValidationError

from catalog import (
    BadSku,
    Catalog,
    ChangeKind,
    ImageStatus,
    ProductFields,
    Receipt,
    UnknownProduct,
    UnknownStore,
)
from tests.catalog.wares import (
    SPACE,
    HeldClock,
    describe_waiting,
    described,
    fields,
    photo,
    photo_at,
    put,
    statuses,
    upload,
)

pytest_plugins = ("tests.catalog.both_databases",)

A, B = "https://img.example/a.jpg", "https://img.example/b.jpg"
PENDING, READY, FAILED = ImageStatus.PENDING, ImageStatus.READY, ImageStatus.FAILED
ODD_SKUS = [
    "a b",
    "O'Neil",
    '"q"',
    "größe",
    "裙子",
    "👗🏽",
    "%_\\",
    "a:b?c#d",
    "--",
    "x" * 100,
    "e\u0301",
    "é",
    "Z",
    "a",
]
FULL = {
    "title": "Dress",
    "description": "Flows, \u0000 they say",
    "link": "https://shop.example/p?a=1&b=ü",
    "image_link": A,
    "additional_image_link": [B],
    "price": "19.90 EUR",
    "sale_price": {"amount": "9.9", "currency": "EUR"},
    "availability": "out of stock",
    "brand": "B",
    "gender": "female",
    "item_group_id": "g1",
    "custom": {"season": "SS26", "margin": 0.5, "new": True},
}


def kinds(catalog: Catalog) -> list[tuple[str, ChangeKind, int]]:
    return [(one.sku, one.kind, one.version) for one in catalog.changes.after(0, 1000)]


# Products


def test_product_is_read_as_it_was_put(catalog: Catalog, clock: HeldClock) -> None:
    given = ProductFields.model_validate(FULL)
    [receipt] = catalog.products.put("shop", [("d1", given)], SPACE)
    assert receipt == Receipt("d1", version=1, seq=1, created=True)
    product = catalog.products.get("shop", "d1")
    assert product is not None
    assert (product.store, product.sku, product.version, product.seq) == ("shop", "d1", 1, 1)
    assert product.fields == given
    assert product.updated_at == clock.now and product.updated_at.utcoffset() is not None


def test_each_write_raises_the_version_and_takes_the_next_seq(catalog: Catalog) -> None:
    assert put(catalog, "a", title="1") == (1, 1)
    assert put(catalog, "b", title="1") == (1, 2)
    assert put(catalog, "a", title="1", price="5 EUR") == (2, 3)
    assert put(catalog, "a", title="1", image_link=A) == (3, 4)
    assert kinds(catalog) == [
        ("a", ChangeKind.LISTED, 1),
        ("b", ChangeKind.LISTED, 1),
        ("a", ChangeKind.ATTRIBUTES, 2),
        ("a", ChangeKind.LISTED, 3),
    ]


def test_put_that_changes_nothing_answers_the_present_receipt_and_logs_nothing(catalog: Catalog) -> None:
    put(catalog, "a", custom={"x": 1, "y": 2}, price="5 EUR")
    [receipt] = catalog.products.put("shop", [("a", fields(custom={"y": 2, "x": 1}, price="5 EUR"))], SPACE)
    assert receipt == Receipt("a", version=1, seq=1, created=False)
    assert catalog.changes.head() == 1


def test_a_sku_given_twice_is_written_twice_and_each_gets_its_receipt(catalog: Catalog) -> None:
    receipts = catalog.products.put(
        "shop", [("a", fields(title="1")), ("b", fields()), ("a", fields(title="2"))], SPACE
    )
    assert [one.sku for one in receipts] == ["a", "b", "a"]
    assert [(one.version, one.created) for one in receipts] == [(1, True), (1, True), (2, False)]
    assert [one.seq for one in catalog.changes.after(0, 10)] == [one.seq for one in receipts]
    product = catalog.products.get("shop", "a")
    assert product is not None and product.fields.title == "2" and product.version == 2


def test_a_batch_of_ten_thousand_is_taken_whole(catalog: Catalog) -> None:
    items = [(f"sku{number}", fields(title=str(number), image_link=A)) for number in range(10_000)]
    receipts = catalog.products.put("shop", items, SPACE)
    assert [one.seq for one in receipts] == list(range(1, 10_001))
    assert catalog.images.pending() == 10_000
    live = catalog.products.live("shop", [sku for sku, _ in items])
    assert {sku: one.product.fields.title for sku, one in live.items()} == {sku: one.title for sku, one in items}
    assert len(catalog.changes.after(0, 20_000)) == 10_000


def test_batch_with_an_impossible_sku_changes_nothing(catalog: Catalog) -> None:
    for sku in ("", " a", "a/b", "a\n", "a\x00", "\ud800", "x" * 101):
        with pytest.raises(BadSku, match="cannot be a SKU"):
            catalog.products.put("shop", [("good", fields()), (sku, fields())], SPACE)
        assert catalog.products.get("shop", sku) is None
        assert catalog.products.live("shop", [sku]) == {}
        assert catalog.products.delete("shop", [sku]) == [None]
        assert catalog.products.images("shop", sku) == []
    assert catalog.changes.head() == 0


def test_nothing_given_is_nothing_done(catalog: Catalog) -> None:
    assert catalog.products.put("shop", [], SPACE) == []
    assert catalog.products.delete("shop", []) == []
    assert catalog.products.live("shop", []) == {}
    assert catalog.products.listings([], SPACE) == {}
    assert catalog.images.described([], SPACE) == set()
    assert list(catalog.products.every(SPACE, 10)) == []


def test_unknown_store_is_refused(catalog: Catalog) -> None:
    with pytest.raises(UnknownStore, match="nowhere"):
        put(catalog, "a", store="nowhere")
    with pytest.raises(UnknownStore):
        catalog.products.delete("nowhere", ["a"])
    with pytest.raises(UnknownStore):
        catalog.products.patch("nowhere", "a", {}, SPACE)
    with pytest.raises(UnknownStore):
        upload(catalog, "p", store="nowhere")


def test_odd_skus_are_kept_apart_and_paged_in_order(catalog: Catalog) -> None:
    catalog.products.put("shop", [(sku, fields(title=f"of {sku}")) for sku in ODD_SKUS], SPACE)
    paged, after = list[str](), None
    while page := catalog.products.page("shop", after, 3):
        paged += [one.sku for one in page]
        after = page[-1].sku
    assert paged == sorted(ODD_SKUS)
    for sku in ODD_SKUS:
        product = catalog.products.get("shop", sku)
        assert product is not None and product.fields.title == f"of {sku}"
    assert set(catalog.products.live("shop", ODD_SKUS)) == set(ODD_SKUS)


# Deleting


def test_deleted_product_is_gone_from_every_read_and_its_version_goes_on(catalog: Catalog) -> None:
    put(catalog, "a", image_link=A)
    assert catalog.products.delete("shop", ["a", "b", "a"]) == [Receipt("a", 2, 2), None, None]
    assert catalog.products.get("shop", "a") is None
    assert catalog.products.live("shop", ["a"]) == {}
    assert catalog.products.listings([("shop", "a")], SPACE) == {}
    assert catalog.products.page("shop", None, 10) == []
    assert catalog.products.images("shop", "a") == []
    assert list(catalog.products.every(SPACE, 10)) == []
    assert catalog.images.pending() == 0
    assert catalog.products.delete("shop", ["a"]) == [None]
    [again] = catalog.products.put("shop", [("a", fields())], SPACE)
    assert again == Receipt("a", 3, 3, created=True)
    assert kinds(catalog)[1:] == [("a", ChangeKind.DELETED, 2), ("a", ChangeKind.LISTED, 3)]


def test_product_listed_again_is_ready_at_once(catalog: Catalog) -> None:
    uploaded = upload(catalog, "p")
    put(catalog, "a", image_link=A, additional_image_link=[uploaded.link])
    describe_waiting(catalog)
    catalog.products.delete("shop", ["a"])
    put(catalog, "a", image_link=A, additional_image_link=[uploaded.link])
    assert statuses(catalog, "a") == [READY, READY]
    assert catalog.images.pending() == 0
    assert len(catalog.products.listings([("shop", "a")], SPACE)[("shop", "a")].descriptions) == 2


# Patching


def test_patch_merges_removes_and_replaces(catalog: Catalog) -> None:
    catalog.products.put("shop", [("a", ProductFields.model_validate(FULL))], SPACE)
    changes = {
        "price": {"amount": "17"},
        "sale_price": None,
        "item_group_id": None,
        "custom": {"margin": None, "cut": "slim"},
        "brand": "C",
        "additional_image_link": [],
    }
    assert catalog.products.patch("shop", "a", changes, SPACE).version == 2
    expected = FULL | {"price": "17 EUR", "brand": "C", "custom": {"season": "SS26", "new": True, "cut": "slim"}}
    for name in ("sale_price", "item_group_id", "additional_image_link"):
        del expected[name]
    product = catalog.products.get("shop", "a")
    assert product is not None and product.fields == ProductFields.model_validate(expected)


def test_patch_is_validated_and_a_refused_one_changes_nothing(catalog: Catalog) -> None:
    put(catalog, "a", price="5 EUR")
    wrong: list[dict[str, object]] = [
        {"title": None}, {"price": "cheap"}, {"titel": "x"}, {"titel": None}, {"availability": 3}, {"image_link": "ftp://x"},
    ]  # fmt: skip
    for changes in wrong:
        with pytest.raises(ValidationError):
            catalog.products.patch("shop", "a", changes, SPACE)
    assert catalog.changes.head() == 1
    assert catalog.products.patch("shop", "a", {"price": "5 EUR"}, SPACE) == Receipt("a", 1, 1)


def test_patch_of_an_unknown_or_deleted_product_says_so(catalog: Catalog) -> None:
    put(catalog, "a")
    catalog.products.delete("shop", ["a"])
    for sku in ("a", "b", "a/b"):
        with pytest.raises(UnknownProduct, match=sku):
            catalog.products.patch("shop", sku, {"title": "x"}, SPACE)


def test_patches_at_once_lose_nothing(catalog: Catalog) -> None:
    put(catalog, "a")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: catalog.products.patch("shop", "a", {"custom": {f"k{n}": n}}, SPACE), range(40)))
    product = catalog.products.get("shop", "a")
    assert product is not None and product.version == 41
    assert product.fields.custom == {f"k{number}": float(number) for number in range(40)}


# Photos


def test_new_photos_wait_main_ones_first_then_the_oldest(catalog: Catalog, clock: HeldClock) -> None:
    put(catalog, "a", image_link=A, additional_image_link=[B])
    clock.advance(1)
    put(catalog, "b", image_link=B)
    assert catalog.images.pending() == catalog.images.pending("shop") == 3
    assert catalog.images.pending("other") == 0
    tasks = catalog.images.claim(10, 60.0)
    assert [(one.sku, one.position, one.link, one.attempts) for one in tasks] == [
        ("a", 0, A, 0),
        ("b", 0, B, 0),
        ("a", 1, B, 0),
    ]
    assert catalog.images.claim(10, 60.0) == []
    assert catalog.images.pending() == 3  # work in hand is still to do


def test_described_photo_makes_its_product_searchable(catalog: Catalog) -> None:
    put(catalog, "a", image_link=A, additional_image_link=[B])
    main, _ = catalog.images.claim(10, 60.0)
    one = photo_at(A)
    assert catalog.images.describe_ready(main, one.image, described(one, garments=2)) == 2
    assert kinds(catalog)[-1] == ("a", ChangeKind.DESCRIBED, 2)
    assert statuses(catalog, "a") == [READY, PENDING]
    assert catalog.products.live("shop", ["a"])["a"].image_ids == (one.id,)
    assert catalog.images.get(one.id) == one.image
    assert catalog.images.belongs("shop", one.id) and not catalog.images.belongs("other", one.id)
    listing = catalog.products.listings([("shop", "a"), ("shop", "b")], SPACE)[("shop", "a")]
    [found] = listing.descriptions
    expected = described(one, garments=2)
    assert listing.product.version == 2
    assert (found.regions, found.fingerprint, found.detector) == (expected.regions, expected.fingerprint, "detector@1")
    assert found.vectors.dtype == np.float32
    np.testing.assert_allclose(found.vectors, expected.vectors, atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1.0, atol=1e-6)
    assert catalog.images.regions([one.id], SPACE) == {one.id: expected.regions}
    assert catalog.products.listings([("shop", "a")], "another@1")[("shop", "a")].descriptions == ()


def test_descriptions_come_main_photo_first(catalog: Catalog) -> None:
    put(catalog, "a", image_link=A, additional_image_link=[B])
    describe_waiting(catalog)
    listing = catalog.products.listings([("shop", "a")], SPACE)[("shop", "a")]
    assert [one.image_id for one in listing.descriptions] == [photo_at(A).id, photo_at(B).id]
    put(catalog, "a", image_link=B, additional_image_link=[A])
    listing = catalog.products.listings([("shop", "a")], SPACE)[("shop", "a")]
    assert [one.image_id for one in listing.descriptions] == [photo_at(B).id, photo_at(A).id]
    assert kinds(catalog)[-1][1] == ChangeKind.LISTED


def test_photos_that_stay_keep_their_status_when_others_change(catalog: Catalog, clock: HeldClock) -> None:
    put(catalog, "a", image_link=A, additional_image_link=[B, f"{B}?2"])
    tasks = catalog.images.claim(10, 60.0)
    catalog.images.describe_ready(tasks[0], photo_at(A).image, described(photo_at(A)))
    catalog.images.fail(tasks[1], "gone", None)
    put(catalog, "a", image_link=f"{A}?new", additional_image_link=[f"{B}?2", B, A])
    assert statuses(catalog, "a") == [PENDING, PENDING, FAILED, READY]
    assert catalog.products.images("shop", "a")[2].reason == "gone"
    assert [one.link for one in catalog.images.claim(10, 60.0)] == [f"{A}?new"]  # the other is leased already
    clock.advance(61)
    assert [(one.link, one.position) for one in catalog.images.claim(10, 60.0)] == [(f"{A}?new", 0), (f"{B}?2", 1)]


@pytest.mark.parametrize("words", [{"title": "Trousers"}, {"product_type": "Skirts"}])
def test_change_of_the_words_that_name_the_garment_is_a_new_listing(catalog: Catalog, words: dict[str, str]) -> None:
    put(catalog, "a", image_link=A)
    describe_waiting(catalog)
    put(catalog, "a", image_link=A, **words)
    assert kinds(catalog)[-1] == ("a", ChangeKind.LISTED, 3)
    assert statuses(catalog, "a") == [READY]


def test_attribute_change_touches_no_photo(catalog: Catalog) -> None:
    put(catalog, "a", image_link=A, price="5 EUR")
    describe_waiting(catalog)
    put(catalog, "a", image_link=A, price="6 EUR", availability="out_of_stock")
    assert kinds(catalog)[-1] == ("a", ChangeKind.ATTRIBUTES, 3)
    assert statuses(catalog, "a") == [READY]
    assert catalog.images.pending() == 0


def test_known_photo_needs_no_model(catalog: Catalog) -> None:
    one = upload(catalog, "p")
    put(catalog, "a", image_link=one.link)
    assert statuses(catalog, "a") == [PENDING]
    describe_waiting(catalog)
    put(catalog, "b", image_link=one.link)
    assert statuses(catalog, "b") == [READY]
    put(catalog, "c", image_link=one.link, space="another@1")
    assert statuses(catalog, "c") == [PENDING]  # that space has not described it


def test_known_address_is_taken_over_within_its_store_only(catalog: Catalog) -> None:
    put(catalog, "a", image_link=A)
    describe_waiting(catalog)
    put(catalog, "b", image_link=A)
    assert statuses(catalog, "b") == [READY]
    put(catalog, "b", store="other", image_link=A)
    assert statuses(catalog, "b", store="other") == [PENDING]


def test_anothers_upload_cannot_be_had_by_its_id(catalog: Catalog) -> None:
    one = upload(catalog, "p")
    put(catalog, "a", image_link=one.link)
    describe_waiting(catalog)
    put(catalog, "a", store="other", image_link=one.link)
    assert statuses(catalog, "a", store="other") == [PENDING]
    assert not catalog.images.belongs("other", one.id)


def test_stores_see_nothing_of_each_other(catalog: Catalog) -> None:
    put(catalog, "a", title="of shop")
    put(catalog, "a", store="other", title="of other")
    put(catalog, "b", store="other")
    assert [one.fields.title for one in catalog.products.page("shop", None, 10)] == ["of shop"]
    assert set(catalog.products.live("shop", ["a", "b"])) == {"a"}
    assert set(catalog.products.listings([("shop", "a"), ("shop", "b"), ("other", "b")], SPACE)) == {
        ("shop", "a"),
        ("other", "b"),
    }
    assert catalog.products.delete("shop", ["b"]) == [None]
    catalog.products.delete("shop", ["a"])
    assert catalog.products.get("other", "a") is not None
    with pytest.raises(UnknownProduct):
        catalog.products.patch("shop", "b", {}, SPACE)
    assert catalog.stats("shop", SPACE).products == 0 and catalog.stats("other", SPACE).products == 2


def test_rebuild_reads_every_live_product_of_every_store_once(catalog: Catalog) -> None:
    catalog.products.put("shop", [(sku, fields()) for sku in ODD_SKUS], SPACE)
    catalog.products.put("other", [(sku, fields(image_link=A)) for sku in ODD_SKUS], SPACE)
    describe_waiting(catalog)
    catalog.products.delete("shop", ["a"])
    batches = list(catalog.products.every(SPACE, 5))
    assert all(0 < len(batch) <= 5 for batch in batches)
    keys = [(one.product.store, one.product.sku) for batch in batches for one in batch]
    assert keys == sorted(keys) and len(keys) == 2 * len(ODD_SKUS) - 1
    counted = {(one.product.store, len(one.descriptions)) for batch in batches for one in batch}
    assert counted == {("shop", 0), ("other", 1)}


def test_counts_of_a_store(catalog: Catalog) -> None:
    assert catalog.stats("shop", SPACE).images == {PENDING: 0, READY: 0, FAILED: 0}
    put(catalog, "a", image_link=A, additional_image_link=[B, f"{B}?2"])
    put(catalog, "b", image_link=f"{A}?2")
    put(catalog, "c")
    first, second, third, _ = catalog.images.claim(10, 60.0)
    catalog.images.describe_ready(first, photo("x").image, described(photo("x")))
    catalog.images.fail(third, "gone", None)
    assert (first.sku, second.sku, third.sku) == ("a", "b", "a")
    stats = catalog.stats("shop", SPACE)
    assert (stats.products, stats.searchable) == (3, 1)
    assert stats.images == {PENDING: 2, READY: 1, FAILED: 1}
    assert catalog.stats("shop", "another@1").searchable == 0
    assert catalog.stats("nowhere", SPACE).products == 0


# The log


def test_log_is_read_in_order_and_in_parts(catalog: Catalog, clock: HeldClock) -> None:
    assert catalog.changes.head() == 0 and catalog.changes.after(0, 10) == []
    for number in range(5):
        put(catalog, f"s{number}", store="shop" if number % 2 else "other")
    first = catalog.changes.after(0, 2)
    assert [one.seq for one in first] == [1, 2]
    assert (first[0].store, first[0].sku, first[0].at) == ("other", "s0", clock.now)
    assert [one.seq for one in catalog.changes.after(2, 10)] == [3, 4, 5]
    assert catalog.changes.head() == 5


def test_follower_beside_many_writers_misses_nothing(catalog: Catalog) -> None:
    """Writers of several stores at once; the follower moves its checkpoint to whatever it saw last."""
    stores = [f"s{number}" for number in range(4)]
    for store in stores:
        catalog.stores.create(store, store)
    seen: list[int] = []
    done = threading.Event()

    def follow() -> None:
        while True:
            last_look = done.is_set()
            changes = catalog.changes.after(seen[-1] if seen else 0, 7)
            seen.extend(one.seq for one in changes)
            if last_look and not changes:
                return

    def write(store: str) -> None:
        for number in range(25):
            catalog.products.put(store, [(f"p{k}", fields(title=f"{number} {k}")) for k in range(3)], SPACE)

    with ThreadPoolExecutor(5) as pool:
        following = pool.submit(follow)
        list(pool.map(write, stores))
        done.set()
        following.result()
    assert seen == list(range(1, 4 * 25 * 3 + 1))
