"""The OpenAPI document is valid, whole and true."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.api.shops import Shop, problem

OPERATIONS = {
    "search": ("post", "/v1/search"),
    "find_similar_products": ("get", "/v1/products/{sku}/similar"),
    "put_product": ("put", "/v1/products/{sku}"),
    "patch_product": ("patch", "/v1/products/{sku}"),
    "get_product": ("get", "/v1/products/{sku}"),
    "delete_product": ("delete", "/v1/products/{sku}"),
    "list_products": ("get", "/v1/products"),
    "write_batch": ("post", "/v1/products/batch"),
    "list_failures": ("get", "/v1/failures"),
    "retry_failures": ("post", "/v1/failures/retry"),
    "upload_image": ("post", "/v1/images"),
    "get_image": ("get", "/v1/images/{image_id}"),
    "get_changes": ("get", "/v1/changes"),
    "verify_index": ("post", "/v1/index/verify"),
    "get_stats": ("get", "/v1/stats"),
    "list_spaces": ("get", "/v1/spaces"),
    "create_feed": ("post", "/v1/feeds"),
    "list_feeds": ("get", "/v1/feeds"),
    "get_feed": ("get", "/v1/feeds/{feed_id}"),
    "patch_feed": ("patch", "/v1/feeds/{feed_id}"),
    "delete_feed": ("delete", "/v1/feeds/{feed_id}"),
    "run_feed": ("post", "/v1/feeds/{feed_id}/run"),
    "upload_feed": ("post", "/v1/jobs"),
    "list_jobs": ("get", "/v1/jobs"),
    "get_job": ("get", "/v1/jobs/{job_id}"),
    "list_job_errors": ("get", "/v1/jobs/{job_id}/errors"),
    "get_job_error_table": ("get", "/v1/jobs/{job_id}/errors.csv"),
    "confirm_job": ("post", "/v1/jobs/{job_id}/confirm"),
    "cancel_job": ("post", "/v1/jobs/{job_id}/cancel"),
    "put_webhook": ("put", "/v1/webhook"),
    "get_webhook": ("get", "/v1/webhook"),
    "delete_webhook": ("delete", "/v1/webhook"),
    "list_deliveries": ("get", "/v1/webhook/deliveries"),
    "retry_delivery": ("post", "/v1/webhook/deliveries/{delivery_id}/retry"),
    "get_health": ("get", "/healthz"),
    "get_readiness": ("get", "/readyz"),
    "get_metrics": ("get", "/metrics"),
}


@pytest.fixture(scope="module")
def document(app: Flask) -> dict[str, Any]:
    found: dict[str, Any] = app.test_client().get("/openapi.json").get_json()
    return found


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_every_operation_is_named_and_told_in_words(document: dict[str, Any]) -> None:
    found = {
        operation["operationId"]: (method, path)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert found == OPERATIONS
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["summary"]
            assert "<br" not in operation.get("description", "")


def test_every_route_is_in_the_document(app: Flask, document: dict[str, Any]) -> None:
    routes = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule) for rule in app.url_map.iter_rules()}
    assert {route for route in routes if route.startswith("/v1")} <= set(document["paths"])


def test_operations_under_v1_need_a_key_and_answer_with_problems(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            if not path.startswith("/v1"):
                assert "security" not in operation
                continue
            assert {"bearer": []} in operation["security"]
            assert {"401", "403", "500"} <= set(operation["responses"])
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    assert list(answer["content"]) == ["application/problem+json"]


def test_nothing_under_v1_answers_without_a_key(shop: Shop, document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for method in methods if path.startswith("/v1") else ():
            answer = shop.client.open(re.sub(r"{\w+}", "x", path), method=method.upper())
            problem(answer, 401, "key-missing")


def test_schemas_are_described(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["SearchRequest"]["properties"]["limit"]["maximum"] == 100
    assert "additionalProperties" in schemas["SearchRequest"]
    assert "ValidationErrorModel" not in schemas
    assert "required" not in schemas["ProductPatch"]
    undescribed = [name for name, schema in schemas.items() if "enum" not in schema and not schema.get("description")]
    assert undescribed == []


def test_the_documentation_page_loads_nothing_from_elsewhere(shop: Shop) -> None:
    page = shop.client.get("/docs").get_data(as_text=True)
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert "/docs/assets/js/swagger-ui-bundle.js" in loaded
    for address in loaded:
        assert address.startswith(("/docs/", "data:"))
        assert address.startswith("data:") or shop.client.get(address).status_code == 200
    assert "validatorUrl: null" in shop.client.get("/docs/start.js").get_data(as_text=True)


def test_the_assets_of_the_page_are_all_that_is_served_there(shop: Shop) -> None:
    assert shop.client.get("/docs/assets/../__init__.py").status_code == 404
    assert shop.client.get("/docs/assets/%2e%2e/__init__.py").status_code == 404
