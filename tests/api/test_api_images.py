"""Photos over HTTP: taken in, shown, kept from those who may not see them."""

from __future__ import annotations

import hashlib
import io

import pytest
from PIL import Image

from tests.api.shops import BLUE, RED, YELLOW, Shop, picture, problem


def test_an_uploaded_photo_is_named_by_its_bytes(shop: Shop) -> None:
    data = picture(RED, size=(50, 70))
    answer = shop.upload(data)
    assert answer.status_code == 201
    found = answer.get_json()
    assert found["image"]["id"] == hashlib.sha256(data).hexdigest()
    assert found["image_link"] == f"image:{found['image']['id']}"
    assert (found["media_type"], found["width"], found["height"]) == ("image/png", 50, 70)
    assert shop.upload(data).get_json()["image"]["id"] == found["image"]["id"]


def test_a_photo_may_be_the_body_itself(shop: Shop) -> None:
    data = picture(RED, kind="JPEG")
    answer = shop.post("/v1/images", "write", data=data, content_type="image/jpeg")
    assert answer.get_json()["media_type"] == "image/jpeg"


def test_the_original_comes_back_byte_for_byte(shop: Shop) -> None:
    data = picture(BLUE)
    image = shop.upload(data).get_json()["image"]["id"]
    answer = shop.get(f"/v1/images/{image}", "search")
    assert answer.get_data() == data
    assert answer.content_type == "image/png"
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("side", [160, 320, 640])
def test_a_thumbnail_fits_its_square(shop: Shop, side: int) -> None:
    image = shop.upload(picture(BLUE, YELLOW, size=(900, 1200))).get_json()["image"]["id"]
    for _ in range(2):
        answer = shop.get(f"/v1/images/{image}?size={side}")
        assert answer.content_type == "image/jpeg"
        assert max(Image.open(io.BytesIO(answer.get_data())).size) == side


def test_a_photo_that_the_browser_has_is_not_sent_again(shop: Shop) -> None:
    image = shop.upload(picture(RED)).get_json()["image"]["id"]
    etags = {size: shop.get(f"/v1/images/{image}?size={size}").headers["ETag"] for size in ("original", "160")}
    assert etags["original"] != etags["160"]
    answer = shop.client.get(f"/v1/images/{image}?size=160", headers=shop.headers() | {"If-None-Match": etags["160"]})
    assert (answer.status_code, answer.get_data()) == (304, b"")


def test_an_address_of_an_answer_works_without_a_key(shop: Shop) -> None:
    found = shop.upload(picture(RED)).get_json()["image"]
    assert shop.client.get(found["url"]).content_type == "image/png"
    assert shop.client.get(found["thumbnail_url"]).content_type == "image/jpeg"


def test_a_token_opens_its_own_image_only(shop: Shop, other_shop: Shop) -> None:
    one = shop.upload(picture(RED, BLUE)).get_json()["image"]
    other = shop.upload(picture(BLUE, RED)).get_json()["image"]
    token = one["url"].partition("token=")[2]
    problem(shop.client.get(f"/v1/images/{other['id']}?token={token}"), 404, "unknown-image")
    problem(shop.client.get(f"/v1/images/{one['id']}?token={token}x"), 404, "unknown-image")
    forged = token.replace(shop.store, other_shop.store)
    problem(shop.client.get(f"/v1/images/{one['id']}?token={forged}"), 404, "unknown-image")


def test_without_token_or_key_no_image_is_shown(shop: Shop) -> None:
    image = shop.upload(picture(RED)).get_json()["image"]["id"]
    problem(shop.client.get(f"/v1/images/{image}"), 401, "key-missing")


@pytest.mark.parametrize("image", ["0" * 64, "nonsense", "..%2F..%2Fetc%2Fpasswd"])
def test_an_unknown_image_does_not_exist(shop: Shop, image: str) -> None:
    answer = shop.get(f"/v1/images/{image}")
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"


def test_another_size_is_refused_by_name(shop: Shop) -> None:
    image = shop.upload(picture(RED)).get_json()["image"]["id"]
    found = problem(shop.get(f"/v1/images/{image}?size=5000"), 422, "invalid-fields")
    assert found["errors"][0]["field"] == "size"


def test_an_upload_that_is_no_photo_is_refused_in_words(shop: Shop) -> None:
    problem(shop.upload(b""), 422, "empty-photo")
    problem(shop.upload(b"GIF89a but not really"), 422, "unreadable-photo")
    problem(shop.upload(picture(RED)[:60]), 422, "unreadable-photo")
    problem(shop.upload(b"<html></html>"), 422, "unreadable-photo")


def test_an_upload_over_the_limits_is_refused_in_words(shop: Shop) -> None:
    noise = io.BytesIO()
    Image.effect_noise((700, 700), 90).save(noise, "PNG")
    assert len(noise.getvalue()) > 200_000
    problem(shop.upload(noise.getvalue()), 413, "photo-too-large")
    problem(shop.upload(picture(RED, size=(3000, 2000))), 413, "too-many-pixels")


def test_an_upload_without_a_photo_is_told_the_field(shop: Shop) -> None:
    answer = shop.post("/v1/images", "write", data={"file": (io.BytesIO(b"x"), "x.png")})
    assert problem(answer, 422, "bad-option")["errors"][0]["field"] == "photo"
    problem(shop.post("/v1/images", "write", json={}), 415, "unsupported-content-type")


def test_a_product_with_an_image_of_another_store_is_not_served(shop: Shop, other_shop: Shop) -> None:
    link = shop.upload(picture((9, 99, 200))).get_json()["image_link"]
    other_shop.put("thief", image_link=link)
    other_shop.settle()
    photo = other_shop.get("/v1/products/thief").get_json()["images"][0]
    assert photo["status"] == "failed"
    problem(other_shop.get(f"/v1/images/{link.removeprefix('image:')}"), 404, "unknown-image")
