"""Photo in, products out; and products like a product."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from flask import request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from api import auth, bodies, present
from api.document import body_of, json_answer, operation_id, problems
from api.faults import BadOption, UnsupportedBody
from api.parts import image_links, service
from api.presence import client_of_request
from api.schemas import Options, PhotoOptions, SearchAnswer, SearchForm, SearchRequest, SimilarQuery, SkuPath
from catalog import Scope
from pipeline.answers import Answer
from pipeline.describe import MAX_SIDE
from pipeline.photo import decode, image_id
from telemetry.timings import Timings

blueprint = APIBlueprint(
    "search",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="search")],
    abp_security=auth.SECURITY,
    operation_id_callback=operation_id,
)
TEXT_OPTIONS = ("filters",)  # JSON inside a form field or a query


@blueprint.post(
    "/search",
    responses=json_answer(200, SearchAnswer) | problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
    openapi_extensions=body_of({bodies.FORM: SearchForm, bodies.JSON: SearchRequest}),
)
@auth.needs(Scope.SEARCH)
def search() -> dict[str, Any]:
    """Find products that look like the garments in a photo

    Send the photo as a form (`photo`), or JSON with exactly one of `image_url`, `image_base64`, `image_id` and `sku`.
    Every garment found is answered with its own hits; `region` or `point` choose one. Where no garment is found, the
    whole photo is searched and flagged. Needs scope `search`.
    """
    found = _by_form() if request.mimetype == bodies.FORM else _by_json()
    return present.answer(found, image_links())


@blueprint.get(
    "/products/<sku>/similar", responses=json_answer(200, SearchAnswer) | problems(400, 401, 403, 404, 409, 422)
)
@auth.needs(Scope.SEARCH)
def find_similar_products(path: SkuPath, query: SimilarQuery) -> dict[str, Any]:
    """Find products similar to a product

    By its main photo; the product itself is left out. Needs scope `search`.
    """
    options = Options.model_validate(_with_objects(query.model_dump(exclude_none=True)))
    search = service().serving.search(options.cursor)
    return present.answer(search.by_sku(auth.store(), path.sku, options.query()), image_links())


def _by_form() -> Answer:
    """Search by the photo of a form."""
    fields: dict[str, object] = {name: value for name, value in request.form.items() if value}
    nested = fields.pop("options", None)
    if nested is not None and fields:
        raise BadOption(f"send options in 'options' or as fields, not both: {', '.join(fields)}", "options")
    given = bodies.as_object(str(nested), "the field 'options'") if nested is not None else _with_objects(fields)
    options = PhotoOptions.model_validate(given)
    return _by_photo(bodies.uploaded_photo(), options, Timings())


def _by_json() -> Answer:
    """Search by whatever the JSON names."""
    if request.mimetype != bodies.JSON:
        raise UnsupportedBody(f"send {bodies.FORM} with a photo, or {bodies.JSON}")
    asked, timings = SearchRequest.model_validate(bodies.json_object()), Timings()
    search = service().serving.search(asked.cursor)
    if asked.image_id is not None:
        return search.by_image(auth.store(), asked.image_id, asked.query(), timings)
    if asked.sku is not None:
        return search.by_sku(auth.store(), asked.sku, asked.query(), timings)
    if asked.image_url is not None:
        with timings.stage("fetch"):
            data = service().fetcher.fetch(asked.image_url).data
    else:
        data = bodies.decoded_base64(asked.image_base64 or "")
    return _by_photo(data, asked, timings)


def _by_photo(data: bytes, options: Options, timings: Timings) -> Answer:
    search, query, key = service().serving.search(options.cursor), options.query(), image_id(data)
    known = search.by_known(auth.store(), key, query, timings)
    if known is not None:
        return known
    with ExitStack() as turns:
        with timings.stage("queue"):
            turn = turns.enter_context(service().admission.turn(client_of_request()))
        with timings.stage("decode"):
            photo = decode(data, service().photo_limits, max_side=MAX_SIDE)
        return search.by_photo(auth.store(), photo.pixels, query, timings, key=key, described=turn.end)


def _with_objects(fields: dict[str, object]) -> dict[str, object]:
    """Return the fields with those that carry JSON read. Raises BrokenBody."""
    return {
        name: bodies.as_object(value, f"the field {name!r}")
        if name in TEXT_OPTIONS and isinstance(value, str)
        else value
        for name, value in fields.items()
    }
