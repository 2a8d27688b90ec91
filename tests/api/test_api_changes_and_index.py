"""The log as merchants mirror it, and the index held against the catalog."""

from __future__ import annotations

from typing import Any

from index import Entry
from tests.api.shops import Shop, problem

RED, GREEN, BLUE = (201, 11, 32), (33, 161, 63), (42, 63, 203)  # of no other test: a known photo needs no work


def mirrored(shop: Shop, limit: int) -> list[dict[str, Any]]:
    """All changes of the store, page by page until there are none."""
    found: list[dict[str, Any]] = []
    after = 0
    while True:
        page = shop.get(f"/v1/changes?after={after}&limit={limit}", "write").get_json()
        found += page["changes"]
        after = page["after"]
        if not page["changes"]:
            assert after == page["head"]
            return found


def test_every_change_comes_once_and_in_order_whatever_the_pages(shop: Shop, other_shop: Shop) -> None:
    shop.list_with_photo("a", RED)
    other_shop.list_with_photo("theirs", GREEN)
    shop.patch("a", {"price": "5 EUR"})
    shop.delete("a")
    told = mirrored(shop, 1)
    assert [(one["sku"], one["kind"], one["version"]) for one in told] == [
        ("a", "listed", 1),
        ("a", "described", 2),
        ("a", "attributes", 3),
        ("a", "deleted", 4),
    ]
    assert mirrored(shop, 100) == told
    assert [one["seq"] for one in told] == sorted(one["seq"] for one in told)


def test_changes_of_others_are_passed_over_not_read_again(shop: Shop, other_shop: Shop) -> None:
    shop.put("a")
    seen = shop.get("/v1/changes").get_json()["after"]
    other_shop.put("theirs")
    page = shop.get(f"/v1/changes?after={seen}").get_json()
    assert page["changes"] == [] and page["after"] == page["head"] > seen


def test_changes_need_a_key_that_may_write(shop: Shop) -> None:
    problem(shop.get("/v1/changes", "search"), 403, "scope-missing")


def test_stats_tell_how_far_searches_lag_behind(shop: Shop) -> None:
    shop.list_with_photo("a", RED)
    stats = shop.get("/v1/stats").get_json()
    assert stats["lag_seconds"] == 0 and stats["index_seq"] == stats["seq"]


def test_index_that_follows_the_catalog_differs_in_nothing(shop: Shop) -> None:
    shop.list_with_photo("a", RED)
    shop.list_with_photo("gone", GREEN)
    shop.delete("gone")
    shop.put("without-photo")
    answer = shop.post("/v1/index/verify").get_json()
    assert answer == {"products": 1, "differences": 0, "repaired": False, "first": []}


def test_what_the_index_lost_or_kept_is_found_and_mended(shop: Shop) -> None:
    for sku, colour in (("lost", RED), ("old", GREEN), ("right", BLUE)):
        shop.list_with_photo(sku, colour)
    index, space = shop.service.index, shop.service.describer.space.id
    index.delete(shop.store, ["lost", "old"])
    index.upsert(shop.store, space, [Entry("ghost", 1, {}, ()), Entry("old", 0, {}, ())])
    answer = shop.post("/v1/index/verify").get_json()
    assert {one["sku"]: one["what"] for one in answer["first"]} == {
        "lost": "missing",
        "old": "outdated",
        "ghost": "ghost",
    }
    assert shop.post("/v1/index/verify?repair=true").get_json()["differences"] == 3
    assert shop.post("/v1/index/verify").get_json()["differences"] == 0


def test_only_an_admin_may_verify(shop: Shop) -> None:
    problem(shop.post("/v1/index/verify", "write"), 403, "scope-missing")


def test_category_the_detector_saw_outlives_a_change_of_price(shop: Shop) -> None:
    shop.list_with_photo("a", RED, title="Item 7")
    shop.patch("a", {"price": "5 EUR"})
    shop.settle()
    link = shop.get("/v1/products/a").get_json()["images"][0]["image"]["id"]
    asked = {"image_id": link, "filters": {"category": "dress"}}
    answer = shop.post("/v1/search", "search", json=asked).get_json()
    assert [hit["product"]["sku"] for region in answer["regions"] for hit in region["hits"]] == ["a"]


def test_spaces_are_told_to_an_admin_only(shop: Shop) -> None:
    told = shop.get("/v1/spaces").get_json()
    [space] = told["spaces"]
    assert told["answering"] == space["id"] == shop.get("/v1/stats").get_json()["space"]
    assert (space["state"], space["share"], space["behind"]) == ("active", 1.0, 0)
    for scope in ("search", "write"):
        problem(shop.get("/v1/spaces", scope), 403, "scope-missing")
