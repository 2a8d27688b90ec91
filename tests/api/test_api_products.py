"""A merchant's products over REST."""

from __future__ import annotations

import pytest

from tests.api.shops import BLUE, GREEN, RED, Shop, hits, picture, problem


def test_a_new_product_is_created_and_read_back(shop: Shop) -> None:
    answer = shop.put("a-1", title="Red dress", price="19.90 EUR", brand="Acme", custom={"season": "summer"})
    assert answer.status_code == 201
    receipt = answer.get_json()
    assert (receipt["sku"], receipt["version"], receipt["created"]) == ("a-1", 1, True)
    found = shop.get("/v1/products/a-1").get_json()
    assert found["price"] == {"amount": "19.90", "currency": "EUR"}
    assert (found["title"], found["availability"], found["custom"]) == ("Red dress", "in_stock", {"season": "summer"})
    assert (found["seq"], found["version"], found["images"]) == (receipt["seq"], 1, [])


def test_a_replaced_product_keeps_nothing_of_the_old_one(shop: Shop) -> None:
    first = shop.put("a", brand="Acme").get_json()
    answer = shop.put("a", color="red")
    assert answer.status_code == 200
    assert answer.get_json()["version"] == 2
    assert answer.get_json()["seq"] > first["seq"]
    assert "brand" not in shop.get("/v1/products/a").get_json()


def test_a_patch_changes_what_it_names_and_null_removes(shop: Shop) -> None:
    shop.put("a", brand="Acme", color="red")
    assert shop.patch("a", {"color": None, "price": "5 EUR"}).status_code == 200
    found = shop.get("/v1/products/a").get_json()
    assert (found["brand"], found["price"]["currency"]) == ("Acme", "EUR")
    assert "color" not in found


def test_a_patch_may_come_as_merge_patch(shop: Shop) -> None:
    shop.put("a")
    answer = shop.patch("a", {"title": "New"}, content_type="application/merge-patch+json")
    assert answer.status_code == 200
    assert shop.get("/v1/products/a").get_json()["title"] == "New"


def test_a_patch_that_would_break_the_product_is_refused_whole(shop: Shop) -> None:
    shop.put("a", color="red")
    found = problem(shop.patch("a", {"title": None, "color": "blue"}), 422, "invalid-fields")
    assert found["errors"][0]["field"] == "title"
    assert shop.get("/v1/products/a").get_json()["color"] == "red"


def test_a_deleted_product_is_gone_at_once(shop: Shop) -> None:
    shop.list_with_photo("a", RED)
    receipt = shop.delete("a").get_json()
    assert (receipt["sku"], receipt["created"]) == ("a", False)
    assert hits(shop.search(picture(RED))) == []
    problem(shop.get("/v1/products/a"), 404, "unknown-product")
    problem(shop.delete("a"), 404, "unknown-product")


def test_every_field_at_fault_is_named(shop: Shop) -> None:
    found = problem(shop.put("a", price="cheap", link="ftp://x", colour="red"), 422, "invalid-fields")
    assert {"price", "link", "colour"} <= {one["field"].split(".")[0] for one in found["errors"]}
    problem(shop.get("/v1/products/a"), 404, "unknown-product")


@pytest.mark.parametrize("body", [b"{", b"", b"[1]", b"null", b'"text"', b"\xff\xfe", b'{"title": "a"', b"[" * 50_000])
def test_a_body_that_is_no_json_object_is_said_to_be_so(shop: Shop, body: bytes) -> None:
    answer = shop.client.put("/v1/products/a", data=body, content_type="application/json", headers=shop.headers())
    assert "JSON" in problem(answer, 400, "broken-body")["detail"]


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data", ""])
def test_a_wrong_content_type_is_told_the_right_one(shop: Shop, kind: str) -> None:
    answer = shop.client.put("/v1/products/a", data=b"{}", content_type=kind, headers=shop.headers())
    assert "application/json" in problem(answer, 415, "unsupported-content-type")["detail"]


def test_a_product_larger_than_any_product_is_refused(shop: Shop) -> None:
    problem(shop.put("a", description="x" * 300_000), 413, "body-too-large")


@pytest.mark.parametrize("sku", ["a b", "é-ø", "42%25", "a.b:c;d", "漢字"])
def test_a_sku_may_have_any_letters(shop: Shop, sku: str) -> None:
    assert shop.put(sku.replace("%25", "%2525"), title="x").status_code == 201
    listed = [one["sku"] for one in shop.get("/v1/products").get_json()["products"]]
    assert listed == [sku]


def test_an_uploaded_photo_makes_a_product_searchable(shop: Shop) -> None:
    link = shop.upload(picture(GREEN)).get_json()["image_link"]
    shop.put("g", image_link=link)
    assert shop.get("/v1/products/g").get_json()["images"][0]["status"] == "pending"
    shop.settle()
    photo = shop.get("/v1/products/g").get_json()["images"][0]
    assert (photo["status"], photo["link"], photo["reason"]) == ("ready", link, None)
    assert shop.client.get(photo["image"]["thumbnail_url"]).status_code == 200


def test_a_photo_that_fails_says_why(shop: Shop) -> None:
    shop.put("p", image_link="http://127.0.0.1:9/photo.jpg")
    shop.settle()
    photo = shop.get("/v1/products/p").get_json()["images"][0]
    assert photo["status"] == "failed"
    assert photo["reason"]


def test_an_attribute_change_is_searchable_without_a_model(shop: Shop) -> None:
    shop.list_with_photo("a", BLUE, price="10 EUR")
    receipt = shop.patch("a", {"price": "99 EUR"}).get_json()
    answer = shop.search(picture(BLUE), filters='{"price": {"gte": 90}}', min_seq=str(receipt["seq"]))
    assert hits(answer) == ["a"]
    assert answer.get_json()["index_seq"] >= receipt["seq"]
    assert answer.get_json()["behind"] is False


def test_products_are_listed_page_by_page(shop: Shop) -> None:
    skus = [f"p{number:02}" for number in range(7)]
    for sku in reversed(skus):
        shop.put(sku)
    seen, path = [], "/v1/products?limit=3"
    while path:
        page = shop.get(path).get_json()
        seen += [one["sku"] for one in page["products"]]
        path = page["cursor"] and f"/v1/products?limit=3&cursor={page['cursor']}"
    assert seen == skus


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "page=2"])
def test_a_bad_page_is_refused_by_name(shop: Shop, query: str) -> None:
    found = problem(shop.get(f"/v1/products?{query}"), 422, "invalid-fields")
    assert found["errors"][0]["field"] == query.split("=")[0]


@pytest.mark.parametrize("cursor", ["*", "%FF", "a", "gICA"])
def test_a_bad_page_cursor_is_refused(shop: Shop, cursor: str) -> None:
    problem(shop.get(f"/v1/products?cursor={cursor}"), 422, "bad-cursor")


def test_stats_count_what_can_be_found_and_what_waits(shop: Shop) -> None:
    shop.list_with_photo("ready", RED)
    shop.put("bare")
    shop.put("waiting", image_link="http://127.0.0.1:9/a.jpg")
    found = shop.get("/v1/stats", "search").get_json()
    assert (found["products"], found["searchable"]) == (3, 1)
    assert (found["images"]["ready"], found["images"]["pending"]) == (1, 1)
    assert found["seq"] >= found["index_seq"] > 0
    assert found["space"] == "colours@1"
    shop.settle()
