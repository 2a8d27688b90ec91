"""Jobs: a feed's run or a file that was sent, from its beginning to its report."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from api import auth, bodies, feed_present
from api.document import body_of, json_answer, operation_id, problems, text_answer
from api.feed_schemas import (
    ErrorsQuery,
    FeedBytes,
    JobErrors,
    JobPage,
    JobPath,
    JobsQuery,
    ShownJob,
    UploadFeedForm,
    UploadQuery,
)
from api.feed_upload import uploaded_feed
from api.parts import service
from catalog import Scope
from pipeline.feed_report import job_document

CSV = "text/csv"

blueprint = APIBlueprint(
    "jobs",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="feeds")],
    abp_security=auth.SECURITY,
    operation_id_callback=operation_id,
)


@blueprint.post(
    "/jobs",
    responses=json_answer(202, ShownJob) | problems(401, 403, 404, 413, 415, 422),
    openapi_extensions=body_of({bodies.FORM: UploadFeedForm, "*/*": FeedBytes}),
)
@auth.needs(Scope.WRITE)
def upload_feed(query: UploadQuery) -> tuple[dict[str, Any], int]:
    """Send a feed

    As a form (`file`), or as the body itself. The answer is its job, which runs afterwards: read `GET /v1/jobs/{id}`,
    or let a webhook tell. Needs scope `write`.
    """
    with uploaded_feed(query, service().settings.max_feed_bytes) as (stream, options):
        return job_document(service().feeds.upload(auth.store(), stream, options)), 202


@blueprint.get("/jobs", responses=json_answer(200, JobPage) | problems(401, 403, 422))
@auth.needs(Scope.WRITE)
def list_jobs(query: JobsQuery) -> dict[str, Any]:
    """List jobs

    Newest first; pass each answer's `cursor` to the next request. Needs scope `write`.
    """
    page = service().catalog.jobs.page(auth.store(), query.cursor, query.limit, query.feed)
    return {"jobs": [job_document(one) for one in page], "cursor": page[-1].id if len(page) == query.limit else None}


@blueprint.get("/jobs/<job_id>", responses=json_answer(200, ShownJob) | problems(401, 403, 404, 422))
@auth.needs(Scope.WRITE)
def get_job(path: JobPath) -> dict[str, Any]:
    """Read how far a job is

    Its counts grow while it runs. Needs scope `write`.
    """
    return job_document(service().catalog.jobs.get(auth.store(), path.job_id))


@blueprint.get("/jobs/<job_id>/errors", responses=json_answer(200, JobErrors) | problems(401, 403, 404, 422))
@auth.needs(Scope.WRITE)
def list_job_errors(path: JobPath, query: ErrorsQuery) -> dict[str, Any] | Response:
    """List what is wrong with a job's rows

    In the order of the file, page by page; with `Accept: text/csv` the whole table. Needs scope `write`.
    """
    if request.accept_mimetypes.best_match(["application/json", CSV]) == CSV:
        return _table(path.job_id)
    jobs, store = service().catalog.jobs, auth.store()
    found = jobs.errors(store, path.job_id, query.cursor, query.limit)
    return {
        "errors": [feed_present.error(one) for one in found],
        "total": jobs.get(store, path.job_id).counts.errors,
        "cursor": query.cursor + len(found) if len(found) == query.limit else None,
    }


@blueprint.get(
    "/jobs/<job_id>/errors.csv",
    responses=text_answer("Line, SKU, field and message", CSV) | problems(401, 403, 404, 422),
)
@auth.needs(Scope.WRITE)
def get_job_error_table(path: JobPath) -> Response:
    """Read what is wrong with a job's rows as a table

    CSV for a spreadsheet: line, sku, field, message. Needs scope `write`.
    """
    return _table(path.job_id)


@blueprint.post("/jobs/<job_id>/confirm", responses=json_answer(202, ShownJob) | problems(401, 403, 404, 409, 422))
@auth.needs(Scope.WRITE)
def confirm_job(path: JobPath) -> tuple[dict[str, Any], int]:
    """Let a job delete what its feed lacks

    For a job in state `waiting_for_confirmation`. What was written since the feed was made is spared.
    Needs scope `write`.
    """
    return job_document(service().feeds.confirm(auth.store(), path.job_id)), 202


@blueprint.post("/jobs/<job_id>/cancel", responses=json_answer(200, ShownJob) | problems(401, 403, 404, 409, 422))
@auth.needs(Scope.WRITE)
def cancel_job(path: JobPath) -> dict[str, Any]:
    """End a job

    What it has applied stays applied. Needs scope `write`.
    """
    return job_document(service().feeds.cancel(auth.store(), path.job_id))


def _table(job_id: str) -> Response:
    found = service().catalog.jobs.errors(auth.store(), job_id, 0, service().settings.max_job_errors)
    name = f'attachment; filename="{job_id}-errors.csv"'
    return Response(feed_present.errors_csv(found), mimetype=CSV, headers={"Content-Disposition": name})
