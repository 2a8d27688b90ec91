"""The store's products: written, read, deleted, one at a time or ten thousand lines at once."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from api import auth, bodies, present
from api.catalog_schemas import (
    BatchAnswer,
    BatchLine,
    ChangePage,
    KeptProduct,
    ProductPage,
    ProductPatch,
    ReceiptAnswer,
    Stats,
)
from api.document import body_of, json_answer, operation_id, problems
from api.idempotency import once
from api.parts import image_links, service
from api.schemas import ChangesQuery, PageQuery, SkuPath, WriteHeaders, WriteQuery
from catalog import Condition, ProductFields, Receipt, Scope, UnknownProduct
from pipeline.answers import BadCursor
from pipeline.sync import MAX_LINE_BYTES

blueprint = APIBlueprint(
    "products",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="products")],
    abp_security=auth.SECURITY,
    operation_id_callback=operation_id,
)


@blueprint.put(
    "/products/<sku>",
    responses=json_answer(200, ReceiptAnswer)
    | json_answer(201, ReceiptAnswer)
    | problems(400, 401, 403, 409, 412, 413, 415, 422),
    openapi_extensions=body_of({bodies.JSON: ProductFields}),
)
@auth.needs(Scope.WRITE)
def put_product(path: SkuPath, query: WriteQuery, header: WriteHeaders) -> Response:
    """Create or replace a product

    Answers 201 for a new product, 200 for a replaced one. The write is durable when it is answered; new photos become
    searchable shortly after (see `GET /v1/products/{sku}`). Needs scope `write`.
    """
    body, condition = bodies.json_object(max_bytes=MAX_LINE_BYTES), _condition(query, header)
    return once(lambda: _written(service().sync.put(auth.store(), path.sku, body, condition)))


@blueprint.patch(
    "/products/<sku>",
    responses=json_answer(200, ReceiptAnswer) | problems(400, 401, 403, 404, 409, 412, 413, 415, 422),
    openapi_extensions=body_of({bodies.JSON: ProductPatch, bodies.MERGE_PATCH: ProductPatch}),
)
@auth.needs(Scope.WRITE)
def patch_product(path: SkuPath, query: WriteQuery, header: WriteHeaders) -> Response:
    """Change some fields of a product

    JSON merge patch (RFC 7396): named fields are replaced, null removes one. Price, stock and text are searchable at
    once; no photo is looked at again. Needs scope `write`.
    """
    changes = bodies.json_object(bodies.JSON, bodies.MERGE_PATCH, max_bytes=MAX_LINE_BYTES)
    condition = _condition(query, header)
    return once(lambda: _written(service().sync.patch(auth.store(), path.sku, changes, condition)))


@blueprint.get("/products/<sku>", responses=json_answer(200, KeptProduct) | problems(401, 403, 404, 422))
@auth.needs(Scope.WRITE, Scope.SEARCH)
def get_product(path: SkuPath) -> tuple[dict[str, Any], dict[str, str]]:
    """Read a product and how far its photos are

    A photo that failed carries the reason. Needs scope `search` or `write`.
    """
    products, store = service().catalog.products, auth.store()
    found = products.get(store, path.sku)
    if found is None:
        raise UnknownProduct(f"no product {path.sku!r} in this store")
    shown = present.kept_product(found, products.images(store, path.sku), image_links())
    return shown, {"ETag": f'"{found.version}"'}


@blueprint.delete("/products/<sku>", responses=json_answer(200, ReceiptAnswer) | problems(401, 403, 404, 409, 412, 422))
@auth.needs(Scope.WRITE)
def delete_product(path: SkuPath, query: WriteQuery, header: WriteHeaders) -> Response:
    """Delete a product

    No search that starts after the answer shows it. Needs scope `write`.
    """
    condition = _condition(query, header)
    return once(lambda: present.receipt(service().sync.delete(auth.store(), path.sku, condition)))


@blueprint.get("/products", responses=json_answer(200, ProductPage) | problems(401, 403, 422))
@auth.needs(Scope.WRITE)
def list_products(query: PageQuery) -> dict[str, Any]:
    """List the store's products by SKU

    Page by page: pass each answer's `cursor` to the next request. Needs scope `write`.
    """
    page = service().catalog.products.page(auth.store(), _read_cursor(query.cursor), query.limit)
    shown = [present.listed_product(one) for one in page]
    return {"products": shown, "cursor": _cursor(page[-1].sku) if len(page) == query.limit else None}


@blueprint.post(
    "/products/batch",
    responses=json_answer(200, BatchAnswer) | problems(401, 403, 409, 413, 415, 422),
    openapi_extensions=body_of({bodies.NDJSON[0]: BatchLine}),
)
@auth.needs(Scope.WRITE)
def write_batch() -> Response:
    """Write many products at once

    One JSON object per line: a product with its `sku`, or `{"op": "patch", "sku": ..., ...}`, or
    `{"op": "delete", "sku": ...}`. Lines are applied in order; a line that cannot be taken harms itself only and its
    status says why. A line may carry `revision` and `if_version`, which mean what they mean for a single write. A batch
    over 10,000 lines is refused whole. With an `Idempotency-Key`, a batch that is sent again is answered as before.
    Needs scope `write`.
    """
    settings = service().settings
    with bodies.batch_lines(settings.max_batch_bytes, settings.max_batch_lines) as lines:
        return once(lambda: present.batch(list(service().sync.batch(auth.store(), lines))), lines)


@blueprint.get("/changes", responses=json_answer(200, ChangePage) | problems(401, 403, 422))
@auth.needs(Scope.WRITE)
def get_changes(query: ChangesQuery) -> dict[str, Any]:
    """Follow what happens to the store's products

    For those who mirror the catalog: begin with `after=0`, pass each answer's `after` to the next request. Nothing is
    left out and nothing comes twice; an empty page means that you are up to date. Needs scope `write`.
    """
    changes = service().catalog.changes
    found, after = changes.of_store(auth.store(), query.after, query.limit)
    return present.changes(found, after, changes.head())


@blueprint.get("/stats", responses=json_answer(200, Stats) | problems(401, 403))
@auth.needs(Scope.WRITE, Scope.SEARCH)
def get_stats() -> dict[str, Any]:
    """Count the store's products and photos

    Says how many products can be found, how many photos wait or failed. Needs scope `search` or `write`.
    """
    catalog, served = service().catalog, service().serving.now
    counted = catalog.stats(auth.store(), served.space)
    return present.stats(counted, catalog.changes.head(), served.follower, served.space)


def _condition(query: WriteQuery, header: WriteHeaders) -> Condition:
    return Condition(query.revision, header.version)


def _written(receipt: Receipt) -> tuple[dict[str, Any], int]:
    return present.receipt(receipt), 201 if receipt.created else 200


def _cursor(sku: str) -> str:
    return base64.urlsafe_b64encode(sku.encode()).decode()


def _read_cursor(text: str | None) -> str | None:
    """Return the SKU after which the page starts. Raises BadCursor."""
    try:
        return base64.b64decode(text.encode(), altchars=b"-_", validate=True).decode() if text else None
    except (binascii.Error, ValueError):
        raise BadCursor("this is not a cursor; pass the text that a page gave, or leave it out to begin") from None
