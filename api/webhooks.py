"""The store's webhook, and what it was told."""

from __future__ import annotations

from typing import Any

from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from api import auth, bodies, feed_present
from api.document import body_of, json_answer, no_answer, operation_id, problems
from api.feed_schemas import (
    DeliveryPage,
    DeliveryPath,
    NewestFirst,
    SetWebhook,
    ShownDelivery,
    ShownWebhook,
    WebhookSpec,
)
from api.parts import service
from catalog import Scope
from pipeline.addresses import read_target
from service.doorbell import Work

MAX_WEBHOOK_BODY_BYTES = 16 * 1024

blueprint = APIBlueprint(
    "webhooks",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="webhook")],
    abp_security=auth.SECURITY,
    operation_id_callback=operation_id,
)


@blueprint.put(
    "/webhook",
    responses=json_answer(200, SetWebhook) | problems(400, 401, 403, 413, 415, 422),
    openapi_extensions=body_of({bodies.JSON: WebhookSpec}),
)
@auth.needs(Scope.WRITE)
def put_webhook() -> dict[str, Any]:
    """Set where the store is told of its jobs

    Messages follow Standard Webhooks. The answer to the first call, and to one with `rotate_secret`, carries the secret
    that signs them; it is shown this once. Needs scope `write`.
    """
    spec = WebhookSpec.model_validate(bodies.json_object(max_bytes=MAX_WEBHOOK_BODY_BYTES))
    read_target(spec.url)
    found, secret = service().catalog.webhooks.put(auth.store(), spec.url, rotate=spec.rotate_secret)
    return feed_present.webhook(found) | {"secret": secret}


@blueprint.get("/webhook", responses=json_answer(200, ShownWebhook) | problems(401, 403, 404))
@auth.needs(Scope.WRITE)
def get_webhook() -> dict[str, Any]:
    """Read the store's webhook

    Without its secret. One that answered 410 is disabled until it is set again. Needs scope `write`.
    """
    return feed_present.webhook(service().catalog.webhooks.get(auth.store()))


@blueprint.delete("/webhook", responses=no_answer() | problems(401, 403, 404))
@auth.needs(Scope.WRITE)
def delete_webhook() -> tuple[str, int]:
    """Tell the store nothing any more

    Its secret is forgotten. Needs scope `write`.
    """
    service().catalog.webhooks.delete(auth.store())
    return "", 204


@blueprint.get("/webhook/deliveries", responses=json_answer(200, DeliveryPage) | problems(401, 403, 422))
@auth.needs(Scope.WRITE)
def list_deliveries(query: NewestFirst) -> dict[str, Any]:
    """List what the webhook was told, or is yet to be told

    Newest first, with the number of attempts and the last answer. Needs scope `write`.
    """
    page = service().catalog.deliveries.page(auth.store(), query.cursor, query.limit)
    shown = [feed_present.delivery(one) for one in page]
    return {"deliveries": shown, "cursor": page[-1].id if len(page) == query.limit else None}


@blueprint.post(
    "/webhook/deliveries/<delivery_id>/retry",
    responses=json_answer(202, ShownDelivery) | problems(401, 403, 404, 422),
)
@auth.needs(Scope.WRITE)
def retry_delivery(path: DeliveryPath) -> tuple[dict[str, Any], int]:
    """Tell it again

    With the same `webhook-id`, whatever became of it before. Needs scope `write`.
    """
    found = service().catalog.deliveries.retry(auth.store(), path.delivery_id)
    service().doorbell.ring(Work.WEBHOOKS)
    return feed_present.delivery(found), 202
