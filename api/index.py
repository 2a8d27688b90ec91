"""The index of this process: proven to be what the catalog says, and mended where it is not."""

from __future__ import annotations

from typing import Any

from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from api import auth, present
from api.catalog_schemas import Verified
from api.document import json_answer, operation_id, problems
from api.parts import service
from api.schemas import VerifyQuery
from catalog import Scope

blueprint = APIBlueprint(
    "index",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="operation")],
    abp_security=auth.SECURITY,
    operation_id_callback=operation_id,
)


@blueprint.post("/index/verify", responses=json_answer(200, Verified) | problems(401, 403, 422))
@auth.needs(Scope.ADMIN)
def verify_index(query: VerifyQuery) -> dict[str, Any]:
    """Hold this process's index against the catalog

    Compares every product of the store while writes go on, and lists what differs: `missing`, `outdated` or `ghost`.
    With `repair=true`, what differs is brought into the index anew. Every API process has an index of its own. Needs
    scope `admin`.
    """
    served, store = service().serving.now, auth.store()
    found = served.verifier.differences(store)
    if query.repair:
        served.verifier.repair(store, found)
    count = served.index.count(store, served.space)
    return present.verified(found, count, repaired=query.repair)
