"""Ten thousand lines at once, of which some are wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
import urllib3

from tests.api.shops import Shop, problem


def ndjson(*lines: object) -> bytes:
    return b"\n".join(json.dumps(line).encode() for line in lines)


def skus(shop: Shop) -> list[str]:
    return [one["sku"] for one in shop.get("/v1/products").get_json()["products"]]


def test_every_line_gets_its_receipt(shop: Shop) -> None:
    answer = shop.batch(ndjson(*({"sku": f"p{number}", "title": "P"} for number in range(5)))).get_json()
    assert (answer["accepted"], answer["rejected"]) == (5, 0)
    assert [one["line"] for one in answer["lines"]] == [1, 2, 3, 4, 5]
    assert answer["seq"] == max(one["seq"] for one in answer["lines"])
    assert skus(shop) == ["p0", "p1", "p2", "p3", "p4"]


def test_a_broken_line_harms_itself_only(shop: Shop) -> None:
    lines = [b'{"sku": "a", "title": "A"}', b"{broken", b"[]", b'{"title": "no sku"}', b'{"sku": "b"}', b"\xff\xff",
             b"", b'{"sku": "c", "title": "C"}']  # fmt: skip
    answer = shop.batch(b"\n".join(lines)).get_json()
    status = {one["line"]: one["status"] for one in answer["lines"]}
    assert status == {1: "ok", 2: "invalid", 3: "invalid", 4: "invalid", 5: "invalid", 6: "invalid", 8: "ok"}
    assert (answer["accepted"], answer["rejected"]) == (2, 5)
    assert all(one["error"] for one in answer["lines"] if one["status"] == "invalid")
    assert answer["lines"][4]["errors"][0]["field"] == "title"
    assert skus(shop) == ["a", "c"]


def test_puts_patches_and_deletes_keep_their_order(shop: Shop) -> None:
    shop.put("old")
    answer = shop.batch(
        ndjson(
            {"sku": "a", "title": "A"},
            {"op": "patch", "sku": "a", "brand": "Acme"},
            {"op": "delete", "sku": "old"},
            {"op": "delete", "sku": "never"},
            {"op": "patch", "sku": "old", "title": "Back"},
            {"sku": "a", "title": "Again"},
        )
    ).get_json()
    assert [one["status"] for one in answer["lines"]] == ["ok", "ok", "ok", "unknown", "unknown", "ok"]
    assert skus(shop) == ["a"]
    assert "brand" not in shop.get("/v1/products/a").get_json()


def test_the_same_batch_again_is_harmless(shop: Shop) -> None:
    lines = ndjson({"sku": "a", "title": "A"}, {"sku": "b", "title": "B"})
    first = shop.batch(lines).get_json()
    again = shop.batch(lines).get_json()
    assert [one["seq"] for one in again["lines"]] == [one["seq"] for one in first["lines"]]


def test_an_empty_batch_is_no_error(shop: Shop) -> None:
    assert shop.batch(b"").get_json() == {"accepted": 0, "rejected": 0, "seq": None, "lines": []}


def test_a_batch_of_too_many_lines_leaves_no_trace(shop: Shop) -> None:
    lines = ndjson(*({"sku": f"p{number:03}", "title": "P"} for number in range(201)))
    assert "200 lines" in problem(shop.batch(lines), 413, "batch-too-large")["detail"]
    assert skus(shop) == []
    assert shop.batch(lines[: lines.rindex(b"\n")] + b"\n").get_json()["accepted"] == 200


def test_a_batch_of_too_many_bytes_leaves_no_trace(shop: Shop) -> None:
    line = ndjson({"sku": "a", "title": "A", "description": "x" * 9_000}) + b"\n"
    assert "100,000 bytes" in problem(shop.batch(line * 12), 413, "batch-too-large")["detail"]
    assert skus(shop) == []


@pytest.mark.parametrize("kind", ["application/json", "text/csv", ""])
def test_a_batch_of_another_content_type_is_told_the_right_one(shop: Shop, kind: str) -> None:
    answer = shop.post("/v1/products/batch", "write", data=b"{}", content_type=kind)
    assert "application/x-ndjson" in problem(answer, 415, "unsupported-content-type")["detail"]


def chunks(count: int) -> Any:
    for number in range(count):
        yield ndjson({"sku": f"p{number:05}", "title": "P"}) + b"\n"


def test_a_batch_whose_length_is_not_told_is_taken_over_a_real_connection(shop: Shop, address: str) -> None:
    headers = shop.headers() | {"Content-Type": "application/x-ndjson"}
    with urllib3.PoolManager() as http:
        answer = http.request("POST", f"{address}/v1/products/batch", body=chunks(150), headers=headers, chunked=True)
        assert answer.json()["accepted"] == 150
        answer = http.request("POST", f"{address}/v1/products/batch", body=chunks(250), headers=headers, chunked=True)
        assert (answer.status, answer.json()["type"]) == (413, "urn:vitrine:problem:batch-too-large")
