"""Who may do what, and that nothing crosses stores."""

from __future__ import annotations

import pytest

from service.build import Service
from tests.api.shops import RED, Shop, hits, picture, problem


def test_a_request_without_a_key_is_told_how_to_send_one(shop: Shop) -> None:
    answer = shop.client.get("/v1/products/a")
    assert "Bearer" in problem(answer, 401, "key-missing")["detail"]
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("secret", ["vit_wrong_key", "x" * 5_000, "vit_", "ünïcode"])
def test_a_wrong_key_is_refused(shop: Shop, secret: str) -> None:
    answer = shop.client.get("/v1/products/a", headers={"X-Api-Key": secret.encode().decode("latin-1")})
    problem(answer, 401, "key-refused")


def test_a_key_goes_in_either_header_but_never_in_the_address(shop: Shop) -> None:
    secret = shop.keys["write"]
    assert shop.client.get("/v1/products", headers={"Authorization": f"bearer {secret}"}).status_code == 200
    assert shop.client.get("/v1/products", headers={"X-Api-Key": secret}).status_code == 200
    problem(shop.client.get(f"/v1/products?api_key={secret}"), 401, "key-missing")


def test_a_revoked_key_is_refused(shop: Shop, service: Service) -> None:
    key = next(one for one in service.catalog.keys.all(shop.store) if "write" in one.scopes)
    service.catalog.keys.revoke(shop.store, key.id)
    problem(shop.get("/v1/products", "write"), 401, "key-refused")


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("PUT", "/v1/products/a", "search"),
        ("PATCH", "/v1/products/a", "search"),
        ("DELETE", "/v1/products/a", "search"),
        ("GET", "/v1/products", "search"),
        ("POST", "/v1/products/batch", "search"),
        ("POST", "/v1/images", "search"),
        ("POST", "/v1/search", "write"),
        ("GET", "/v1/products/a/similar", "write"),
    ],
)
def test_an_underscoped_key_is_told_which_scope_is_needed(shop: Shop, method: str, path: str, scope: str) -> None:
    found = problem(shop.client.open(path, method=method, headers=shop.headers(scope)), 403, "scope-missing")
    assert scope in found["detail"]
    assert ("write" if scope == "search" else "search") in found["detail"]


def test_a_key_is_asked_for_before_the_body_is_looked_at(shop: Shop) -> None:
    problem(shop.client.post("/v1/search", data=b"nonsense", content_type="text/plain"), 401, "key-missing")
    problem(shop.client.get("/v1/products?limit=none"), 401, "key-missing")


def test_an_admin_key_may_do_everything(shop: Shop) -> None:
    answer = shop.client.put("/v1/products/a", json={"title": "A"}, headers=shop.headers("admin"))
    assert answer.status_code == 201
    assert shop.get("/v1/products/a").status_code == 200


def test_products_of_another_store_do_not_exist(shop: Shop, other_shop: Shop) -> None:
    shop.list_with_photo("mine", RED)
    problem(other_shop.get("/v1/products/mine"), 404, "unknown-product")
    problem(other_shop.delete("mine"), 404, "unknown-product")
    problem(other_shop.patch("mine", {"title": "stolen"}), 404, "unknown-product")
    problem(other_shop.get("/v1/products/mine/similar"), 404, "unknown-product")
    problem(other_shop.post("/v1/search", json={"sku": "mine"}), 404, "unknown-product")
    assert hits(other_shop.search(picture(RED))) == []
    assert other_shop.get("/v1/products").get_json()["products"] == []
    assert shop.get("/v1/products/mine").get_json()["title"] == "mine"


def test_images_of_another_store_do_not_exist(shop: Shop, other_shop: Shop) -> None:
    image = shop.upload(picture((1, 2, 3))).get_json()["image"]["id"]
    problem(other_shop.get(f"/v1/images/{image}"), 404, "unknown-image")
    problem(other_shop.post("/v1/search", json={"image_id": image}), 404, "unknown-image")
    assert shop.get(f"/v1/images/{image}").status_code == 200


def test_a_photo_listed_by_two_stores_is_shown_to_both(shop: Shop, other_shop: Shop) -> None:
    shop.list_with_photo("mine", (7, 8, 9))
    other_shop.list_with_photo("theirs", (7, 8, 9))
    assert hits(shop.search(picture((7, 8, 9)))) == ["mine"]
    assert hits(other_shop.search(picture((7, 8, 9)))) == ["theirs"]
