"""Photos that could not be taken: listed with why, and sent back to be tried again."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from api import auth, bodies, present
from api.catalog_schemas import FailurePage, RetryAnswer, RetryRequest
from api.document import body_of, json_answer, operation_id, problems
from api.parts import service
from api.schemas import PageQuery
from catalog import Failure, Scope
from pipeline.answers import BadCursor

MAX_BYTES = 2 * 1024 * 1024
MAX_POSITION = 1000

blueprint = APIBlueprint(
    "failures",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="failures")],
    abp_security=auth.SECURITY,
    operation_id_callback=operation_id,
)


@blueprint.get("/failures", responses=json_answer(200, FailurePage) | problems(401, 403, 422))
@auth.needs(Scope.WRITE)
def list_failures(query: PageQuery) -> dict[str, Any]:
    """List the photos that could not be taken

    By SKU and position, with the reason and what to do. A photo that is still being tried is not here: `GET
    /v1/products/{sku}` tells how far it is. Page by page: pass each answer's `cursor` to the next request. Needs scope
    `write`.
    """
    page = service().catalog.failures.page(auth.store(), _read_cursor(query.cursor), query.limit)
    cursor = _cursor(page[-1]) if len(page) == query.limit else None
    return {"failures": [present.failure(one) for one in page], "cursor": cursor}


@blueprint.post(
    "/failures/retry",
    responses=json_answer(200, RetryAnswer) | problems(400, 401, 403, 413, 415, 422),
    openapi_extensions=body_of({bodies.JSON: RetryRequest}),
)
@auth.needs(Scope.WRITE)
def retry_failures() -> dict[str, Any]:
    """Try failed photos again

    `{}` for all of the store, `{"skus": [...]}` for those of some products. They wait as if they had never been tried;
    products and their other photos are not touched. Harmless when repeated. Needs scope `write`.
    """
    asked = RetryRequest.model_validate(bodies.json_object(max_bytes=MAX_BYTES))
    return {"retried": service().sync.retry_failures(auth.store(), asked.skus)}


def _cursor(last: Failure) -> str:
    return base64.urlsafe_b64encode(json.dumps([last.sku, last.position], ensure_ascii=False).encode()).decode()


def _read_cursor(text: str | None) -> tuple[str, int] | None:
    """Return the place after which the page starts. Raises BadCursor."""
    try:
        sku, position = json.loads(base64.b64decode(text.encode(), altchars=b"-_", validate=True)) if text else ("", -1)
    except (binascii.Error, ValueError, TypeError):
        sku = position = None
    if not isinstance(sku, str) or not isinstance(position, int) or "\0" in sku or abs(position) > MAX_POSITION:
        raise BadCursor("this is not a cursor; pass the text that a page gave, or leave it out to begin") from None
    return sku, position
