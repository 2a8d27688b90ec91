"""The OpenAPI 3.1 document: pieces for the handlers' decorators, and the whole, made from code.

The schemas come straight from pydantic: the extension's own model of a schema knows fewer words of JSON Schema and
would drop the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from api import catalog_schemas as about_catalog
from api import feed_schemas as about_feeds
from api import schemas
from catalog import ProductFields

PROBLEM_TYPE = "application/problem+json"
REF = "#/components/schemas/{model}"
INFO = Info(
    title="Vitrine",
    version="1",
    description=(
        "Visual product search for fashion shops: a photo in, the shop's own products out.\n\n"
        "Every request under `/v1` carries an API key, as `Authorization: Bearer vit_...` or `X-Api-Key: vit_...`; the "
        "key says which store is meant. Every error is RFC 9457 problem details. Every answer carries `X-Request-Id`."
    ),
)
REQUESTS: tuple[type[BaseModel], ...] = (
    schemas.SearchRequest,
    schemas.SearchForm,
    schemas.UploadForm,
    ProductFields,
    about_catalog.ProductPatch,
    about_catalog.BatchLine,
    about_catalog.RetryRequest,
    *about_feeds.REQUESTS,
)
ANSWERS: tuple[type[BaseModel], ...] = (
    schemas.SearchAnswer,
    schemas.Problem,
    about_catalog.ReceiptAnswer,
    about_catalog.KeptProduct,
    about_catalog.ProductPage,
    about_catalog.BatchAnswer,
    about_catalog.ChangePage,
    about_catalog.FailurePage,
    about_catalog.RetryAnswer,
    about_catalog.UploadedImage,
    about_catalog.Verified,
    about_catalog.Stats,
    about_catalog.Spaces,
    about_catalog.Health,
    *about_feeds.ANSWERS,
)

Responses = dict[str | int, Any]


def json_answer(status: int, model: type[BaseModel]) -> Responses:
    """Document a JSON answer."""
    return {status: {"description": HTTPStatus(status).phrase, "content": {"application/json": _reference(model)}}}


def problems(*statuses: int) -> Responses:
    """Document the problems an operation may answer with, besides those that any may (429, 500, ...)."""
    content = {PROBLEM_TYPE: _reference(schemas.Problem)}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in (*statuses, 500)}


def image_answer() -> Responses:
    """Document an answer that is a picture."""
    picture = {"schema": {"type": "string", "format": "binary"}}
    return {
        200: {"description": "The picture", "content": {"image/jpeg": picture, "image/*": picture}},
        304: {"description": "You have it already"},
    }


def text_answer(description: str, media_type: str = "text/plain") -> Responses:
    """Document an answer that is text."""
    return {200: {"description": description, "content": {media_type: {"schema": {"type": "string"}}}}}


def no_answer() -> Responses:
    """Document an answer that says nothing but that it is done."""
    return {204: {"description": "Done"}}


def body_of(models: Mapping[str, type[BaseModel]]) -> dict[str, Any]:
    """Document the body of a request: a model for each media type."""
    return {"requestBody": {"required": True, "content": {name: _reference(model) for name, model in models.items()}}}


def operation_id(name: str, path: str, method: str) -> str:
    """Name an operation after its handler."""
    return name


def whole(app: OpenAPI) -> dict[str, Any]:
    """Return the document of everything `app` answers."""
    made: dict[str, Any] = app.api_doc
    operations = [one for path in made["paths"].values() for one in path.values()]
    for operation in operations:
        operation["responses"] = {
            status: answer
            for status, answer in operation["responses"].items()
            if "ValidationErrorModel" not in str(answer)
        }
        if "description" in operation:
            operation["description"] = operation["description"].replace("<br/>", "\n").strip()
    return made | {"components": made["components"] | {"schemas": _schemas()}}


def _schemas() -> dict[str, Any]:
    _, definitions = models_json_schema([*_in_mode(REQUESTS, "validation"), *_in_mode(ANSWERS, "serialization")],
                                        ref_template=REF)  # fmt: skip
    found: dict[str, Any] = definitions["$defs"]
    return found


def _in_mode(models: tuple[type[BaseModel], ...], mode: JsonSchemaMode) -> list[tuple[type[BaseModel], JsonSchemaMode]]:
    return [(model, mode) for model in models]


def _reference(model: type[BaseModel]) -> dict[str, Any]:
    return {"schema": {"$ref": REF.format(model=model.__name__)}}
