"""Photo in, products out, over HTTP."""

from __future__ import annotations

import base64
import io
import json

import pytest

from api.schemas import SearchAnswer
from tests.api.shops import BLUE, GREEN, RED, YELLOW, Shop, hits, picture, problem


@pytest.fixture
def stocked(shop: Shop) -> Shop:
    shop.list_with_photo("red", RED, brand="Acme", price="20 EUR", sale_price="15 EUR", color="Red",
                         link="https://shop.example/red", description="Long words")  # fmt: skip
    shop.list_with_photo("green", GREEN, brand="Bolt", price="40 EUR", availability="out_of_stock")
    shop.list_with_photo("mixed", RED, BLUE, brand="Acme", price="60 EUR")
    return shop


def test_the_most_alike_product_comes_first(stocked: Shop) -> None:
    answer = stocked.search(picture(RED, size=(66, 96)))
    assert hits(answer) == ["red", "mixed"]
    found = answer.get_json()
    SearchAnswer.model_validate(found)
    hit = found["regions"][0]["hits"][0]
    assert hit["score"] > 0.99
    assert "description" not in hit["product"]
    assert hit["product"]["link"] == "https://shop.example/red"
    assert hit["product"]["sale_price"] == {"amount": "15", "currency": "EUR"}
    assert len(hit["region"]["box"]) == 4
    assert stocked.client.get(hit["image"]["thumbnail_url"]).status_code == 200
    assert found["space"] == "colours@1"
    assert {"decode", "detect", "embed", "index", "gate"} <= set(found["timings_ms"])
    assert found["request_id"] == answer.headers["X-Request-Id"]


def test_every_garment_has_its_own_hits(stocked: Shop) -> None:
    found = stocked.search(picture(GREEN, RED, size=(120, 90))).get_json()["regions"]
    assert [one["category"] for one in found] == ["shirt", "pants"]
    assert [one["primary"] for one in found] == [True, False]
    assert found[1]["hits"][0]["product"]["sku"] == "red"
    assert found[1]["palette"][0]["weight"] > 0


def test_a_photo_without_a_garment_is_searched_whole_and_flagged(stocked: Shop) -> None:
    answer = stocked.search(picture(RED, size=(80, 80)))
    region = answer.get_json()["regions"][0]
    assert (region["whole_photo"], region["category"], region["box"]) == (True, None, [0, 0, 1, 1])
    assert hits(answer)[0] == "red"


def test_a_region_or_a_point_chooses_a_garment(stocked: Shop) -> None:
    wide = picture(BLUE, RED, size=(120, 90))
    for choice in ({"point": "0.9,0.5"}, {"point": "[0.9, 0.5]"}, {"region": "0.5,0,1,1"}, {"region": "[0.6,0,1,1]"},
                   {"options": json.dumps({"region": [0.5, 0, 1, 1]})}):  # fmt: skip
        answer = stocked.search(wide, **choice)
        assert len(answer.get_json()["regions"]) == 1
        assert hits(answer)[0] == "red"


def test_filters_decide_what_may_be_found(stocked: Shop) -> None:
    assert hits(stocked.search(picture(RED), filters='{"price": {"gte": 50}}')) == ["mixed"]
    assert hits(stocked.search(picture(RED), filters='{"brand": {"not": "ACME"}}')) == []
    assert hits(stocked.search(picture(RED), filters='{"availability": "out_of_stock"}')) == ["green"]
    assert hits(stocked.search(picture(RED), options='{"filters": {"color": {"in": ["red"]}}, "limit": 5}')) == ["red"]


def test_a_category_leaves_out_the_others(stocked: Shop) -> None:
    stocked.patch("mixed", {"product_type": "Clothing > Dresses", "title": "A dress"})
    stocked.settle()
    assert "mixed" in hits(stocked.search(picture(RED), category="dress"))
    assert hits(stocked.search(picture(RED), category="shoe")) == []


def test_min_score_leaves_out_what_is_less_alike(stocked: Shop) -> None:
    assert hits(stocked.search(picture(RED), min_score="0.95")) == ["red"]


def test_every_source_finds_the_same(stocked: Shop) -> None:
    data = picture(RED)
    text = base64.b64encode(data).decode()
    image = stocked.get("/v1/products/red").get_json()["images"][0]["image"]["id"]
    for body in ({"image_base64": text}, {"image_base64": f"data:image/png;base64,{text}"}, {"image_id": image}):
        assert hits(stocked.post("/v1/search", "search", json=body))[0] == "red"


def test_similar_products_leave_out_the_product_itself(stocked: Shop) -> None:
    assert hits(stocked.get("/v1/products/red/similar?limit=5", "search")) == ["mixed"]
    assert hits(stocked.post("/v1/search", "search", json={"sku": "red"})) == ["mixed"]
    filters = json.dumps({"price": {"lte": 30}})
    assert hits(stocked.get("/v1/products/red/similar", query_string={"filters": filters})) == []


def test_a_cursor_leads_through_all_hits_once(shop: Shop) -> None:
    for number in range(5):
        shop.list_with_photo(f"p{number}", RED)
    seen: list[str] = []
    cursor = None
    while cursor is not None or not seen:
        answer = shop.search(picture(RED), limit="2", **({"cursor": cursor} if cursor else {}))
        seen += hits(answer)
        cursor = answer.get_json()["regions"][0]["cursor"]
    assert seen == ["p0", "p1", "p2", "p3", "p4"]


def test_a_cursor_of_another_photo_or_other_options_is_refused(shop: Shop) -> None:
    for number in range(3):
        shop.list_with_photo(f"p{number}", RED)
    cursor = shop.search(picture(RED), limit="1").get_json()["regions"][0]["cursor"]
    problem(shop.search(picture(BLUE), cursor=cursor), 422, "bad-cursor")
    problem(shop.search(picture(RED), cursor=cursor, min_score="0.1"), 422, "bad-cursor")
    problem(shop.search(picture(RED), cursor="nonsense"), 422, "bad-cursor")


def test_a_receipt_that_is_not_reached_is_said_to_be_behind(shop: Shop) -> None:
    shop.list_with_photo("a", RED)
    seq = shop.service.catalog.changes.head()
    assert shop.search(picture(RED), min_seq=str(seq)).get_json()["behind"] is False
    assert shop.search(picture(RED), min_seq=str(seq + 10**9)).get_json()["behind"] is True


def test_a_product_without_a_described_photo_cannot_be_searched_by(shop: Shop) -> None:
    shop.put("bare")
    problem(shop.get("/v1/products/bare/similar"), 409, "product-not-searchable")
    problem(shop.get("/v1/products/none/similar"), 404, "unknown-product")


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        ({"prize": 5}, "prize"),
        ({"price": {"above": 5}}, "price"),
        ({"price": {"gte": "cheap"}}, "price"),
        ({"availability": 1}, "availability"),
        ({"brand": {"in": "Acme"}}, "brand"),
        ({"custom.": 1}, "custom."),
        ({"brand": {}}, "brand"),
    ],
)
def test_a_bad_filter_is_named_with_what_is_allowed(shop: Shop, filters: object, field: str) -> None:
    found = problem(shop.search(picture(RED), filters=json.dumps(filters)), 422, "bad-filter")
    assert found["errors"][0]["field"] == field
    assert field in found["detail"]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("limit", "0"), ("limit", "101"), ("limit", "many"), ("region", "0,0,2,1"), ("region", "0.1,0.2"),
        ("point", "0.5"), ("point", "here"), ("category", "trousers"), ("min_score", "7"), ("min_seq", "-1"),
        ("colour", "red"), ("min_score", "nan"),
    ],
)  # fmt: skip
def test_a_bad_option_is_named(shop: Shop, option: str, value: str) -> None:
    found = problem(shop.search(picture(RED), **{option: value}), 422, "invalid-fields")
    assert found["errors"][0]["field"].split(".")[0] == option


@pytest.mark.parametrize("options", [{"region": "0.5,0,0.5,1"}, {"region": "0,0,1,1", "point": "0.5,0.5"}])
def test_options_that_make_no_sense_together_are_refused(shop: Shop, options: dict[str, str]) -> None:
    problem(shop.search(picture(RED), **options), 422, "bad-option")


def test_options_come_in_one_way_only(shop: Shop) -> None:
    problem(shop.search(picture(RED), options="{}", limit="5"), 422, "bad-option")
    problem(shop.search(picture(RED), options="{"), 400, "broken-body")
    problem(shop.search(picture(RED), filters="[1]"), 400, "broken-body")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"limit": 5},
        {"sku": "a", "image_id": "0" * 64},
        {"image_url": "https://a.example/b", "image_base64": "aGk="},
    ],
)
def test_exactly_one_source_is_taken(shop: Shop, body: object) -> None:
    assert "exactly one" in problem(shop.post("/v1/search", "search", json=body), 422, "invalid-fields")["detail"]


def test_a_form_without_a_photo_is_told_the_field(shop: Shop) -> None:
    answer = shop.post("/v1/search", "search", data={"photograph": (io.BytesIO(picture(RED)), "a.png")})
    assert problem(answer, 422, "bad-option")["errors"][0]["field"] == "photo"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "image/png", ""])
def test_a_search_of_another_content_type_is_told_the_right_ones(shop: Shop, kind: str) -> None:
    answer = shop.post("/v1/search", "search", data=b"x", content_type=kind)
    assert "multipart/form-data" in problem(answer, 415, "unsupported-content-type")["detail"]


def test_unknown_images_and_products_are_not_found(shop: Shop) -> None:
    problem(shop.post("/v1/search", "search", json={"image_id": "0" * 64}), 404, "unknown-image")
    problem(shop.post("/v1/search", "search", json={"image_id": "no"}), 422, "invalid-fields")
    problem(shop.post("/v1/search", "search", json={"sku": "none"}), 404, "unknown-product")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://127.0.0.1/a.jpg", "forbidden-address"),
        ("http://10.1.2.3/a.jpg", "forbidden-address"),
        ("http://[::1]/a.jpg", "forbidden-address"),
        ("http://169.254.169.254/latest/meta-data", "forbidden-address"),
        ("file:///etc/passwd", "bad-address"),
        ("gopher://a.example/b", "bad-address"),
        ("not an address", "bad-address"),
    ],
)
def test_an_address_that_is_not_public_is_not_fetched(shop: Shop, url: str, name: str) -> None:
    problem(shop.post("/v1/search", "search", json={"image_url": url}), 422, name)


@pytest.mark.parametrize("data", [b"", b"not an image", b"\x89PNG\r\n\x1a\n"])
def test_a_photo_that_cannot_be_read_is_refused_in_words(shop: Shop, data: bytes) -> None:
    assert shop.search(data).status_code == 422
    answer = shop.post("/v1/search", "search", json={"image_base64": base64.b64encode(data).decode()})
    problem(answer, 422, "unreadable-photo" if data else "empty-photo")


def test_base64_that_is_none_is_refused(shop: Shop) -> None:
    answer = shop.post("/v1/search", "search", json={"image_base64": "%%%"})
    assert problem(answer, 422, "bad-option")["errors"][0]["field"] == "image_base64"


def test_the_same_photo_and_catalog_give_the_same_answer(stocked: Shop) -> None:
    first, second = (stocked.search(picture(RED, YELLOW, size=(120, 90))).get_json() for _ in range(2))
    assert first["regions"] == second["regions"]


def test_a_photo_seen_lately_costs_no_model(stocked: Shop) -> None:
    photo = picture(GREEN, RED, size=(120, 92))
    first = stocked.search(photo).get_json()
    again = stocked.search(photo, limit="1").get_json()
    assert {"detect", "embed"} <= set(first["timings_ms"])
    assert not {"decode", "detect", "embed"} & set(again["timings_ms"])
    assert [one["box"] for one in again["regions"]] == [one["box"] for one in first["regions"]]
    assert [one["hits"][:1] for one in first["regions"]] == [one["hits"] for one in again["regions"]]


def test_the_next_page_of_a_photo_costs_no_model(shop: Shop) -> None:
    for number in range(4):
        shop.list_with_photo(f"red{number}", (200 - number, 30, 30))
    photo = picture(RED, size=(62, 90))
    first = shop.search(photo, limit="2").get_json()["regions"][0]
    second = shop.search(photo, limit="2", cursor=first["cursor"]).get_json()
    assert "embed" not in second["timings_ms"]
    found = [hit["product"]["sku"] for hit in (*first["hits"], *second["regions"][0]["hits"])]
    assert sorted(found) == [f"red{number}" for number in range(4)]


def test_a_photo_of_the_catalog_costs_no_model(shop: Shop) -> None:
    shop.list_with_photo("yellow", YELLOW)
    answer = shop.search(picture(YELLOW))
    assert hits(answer) == ["yellow"]
    assert "embed" not in answer.get_json()["timings_ms"]


def test_another_garment_of_a_photo_seen_lately_is_looked_at(stocked: Shop) -> None:
    photo = picture(GREEN, BLUE, size=(124, 90))
    assert len(stocked.search(photo).get_json()["regions"]) == 2
    chosen = stocked.search(photo, point="[0.9, 0.5]").get_json()["regions"]
    assert [one["category"] for one in chosen] == ["pants"]
    boxed = stocked.search(photo, region="[0.0, 0.0, 0.4, 1.0]").get_json()["regions"]
    assert boxed[0]["box"] == [0.0, 0.0, 0.4, 1.0]
