"""What an operator's machines ask: alive, ready, numbers."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from api.catalog_schemas import Health
from api.document import json_answer, operation_id, problems, text_answer
from api.faults import NotReady
from api.parts import service
from catalog import CatalogUnavailable
from telemetry import logs, metrics

log = logs.logger(__name__)
blueprint = APIBlueprint("health", __name__, abp_tags=[Tag(name="operation")], operation_id_callback=operation_id)


@blueprint.get("/healthz", responses=json_answer(200, Health))
def get_health() -> dict[str, Any]:
    """Say whether the process is alive"""
    return {"status": "ok"}


@blueprint.get("/readyz", responses=json_answer(200, Health) | problems(503))
def get_readiness() -> dict[str, Any]:
    """Say whether searches can be answered

    Ready means: the catalog can be reached, the index has caught up and is followed, the models are loaded. The
    problem names each part that is not.
    """
    waiting_for = _waiting_for()
    if waiting_for:
        raise NotReady(waiting_for)
    return {"status": "ready"}


@blueprint.get("/metrics", responses=text_answer("Prometheus text format"))
def get_metrics() -> Response:
    """Give every metric to Prometheus"""
    metrics.QUEUE_DEPTH.set(service().catalog.images.pending())
    return Response(metrics.exposition(), content_type=metrics.CONTENT_TYPE)


def _waiting_for() -> dict[str, str]:
    """Return what is not ready, and why. The models are loaded when the service is made, before it is asked."""
    waiting = {}
    try:
        service().catalog.changes.head()
    except CatalogUnavailable as error:
        log.warning("catalog_unavailable", reason=str(error))
        waiting["catalog"] = "cannot be reached"
    if not service().serving.ready:
        waiting["index"] = "is not following the catalog yet"
    return waiting
