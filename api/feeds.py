"""The store's feeds: kept, changed, run."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from api import auth, bodies, feed_present
from api.document import body_of, json_answer, no_answer, operation_id, problems
from api.feed_schemas import FeedList, FeedPatch, FeedPath, KeptFeed, OnceHeaders, RunQuery, ShownJob
from api.idempotency import once
from api.parts import service
from catalog import FeedSpec, Scope
from pipeline.feed_report import job_document

MAX_FEED_BODY_BYTES = 64 * 1024

blueprint = APIBlueprint(
    "feeds",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="feeds")],
    abp_security=auth.SECURITY,
    operation_id_callback=operation_id,
)


@blueprint.post(
    "/feeds",
    responses=json_answer(201, KeptFeed) | problems(400, 401, 403, 409, 413, 415, 422),
    openapi_extensions=body_of({bodies.JSON: FeedSpec}),
)
@auth.needs(Scope.WRITE)
def create_feed(header: OnceHeaders) -> Response:
    """Keep a feed

    A feed with `every_seconds` is fetched at once and then that often; others run when told to. Needs scope `write`.
    """
    body = bodies.json_object(max_bytes=MAX_FEED_BODY_BYTES)
    return once(lambda: (feed_present.feed(service().feeds.create(auth.store(), body)), 201))


@blueprint.get("/feeds", responses=json_answer(200, FeedList) | problems(401, 403))
@auth.needs(Scope.WRITE)
def list_feeds() -> dict[str, Any]:
    """List the store's feeds

    By name. Needs scope `write`.
    """
    return {"feeds": [feed_present.feed(one) for one in service().catalog.feeds.all(auth.store())]}


@blueprint.get("/feeds/<feed_id>", responses=json_answer(200, KeptFeed) | problems(401, 403, 404, 422))
@auth.needs(Scope.WRITE)
def get_feed(path: FeedPath) -> dict[str, Any]:
    """Read a feed

    Its runs are listed by `GET /v1/jobs?feed=...`. Needs scope `write`.
    """
    return feed_present.feed(service().catalog.feeds.get(auth.store(), path.feed_id))


@blueprint.patch(
    "/feeds/<feed_id>",
    responses=json_answer(200, KeptFeed) | problems(400, 401, 403, 404, 409, 413, 415, 422),
    openapi_extensions=body_of({bodies.JSON: FeedPatch, bodies.MERGE_PATCH: FeedPatch}),
)
@auth.needs(Scope.WRITE)
def patch_feed(path: FeedPath) -> dict[str, Any]:
    """Change some fields of a feed

    Named fields are replaced; null takes one back to its default. Jobs that were made before go on as they were.
    Needs scope `write`.
    """
    changes = bodies.json_object(bodies.JSON, bodies.MERGE_PATCH, max_bytes=MAX_FEED_BODY_BYTES)
    return feed_present.feed(service().feeds.change(auth.store(), path.feed_id, changes))


@blueprint.delete("/feeds/<feed_id>", responses=no_answer() | problems(401, 403, 404, 422))
@auth.needs(Scope.WRITE)
def delete_feed(path: FeedPath) -> tuple[str, int]:
    """Forget a feed

    Its jobs that have not ended are cancelled. No product is deleted. Needs scope `write`.
    """
    service().feeds.delete(auth.store(), path.feed_id)
    return "", 204


@blueprint.post("/feeds/<feed_id>/run", responses=json_answer(202, ShownJob) | problems(401, 403, 404, 409, 422))
@auth.needs(Scope.WRITE)
def run_feed(path: FeedPath, query: RunQuery, header: OnceHeaders) -> Response:
    """Run a feed now

    Answers with the job. A feed that is the same as at its last run is not applied again, unless `forced`.
    Needs scope `write`.
    """
    return once(lambda: (job_document(service().feeds.run(auth.store(), path.feed_id, forced=query.forced)), 202))
