"""Which models made the vectors that searches use, and how far others beside them are. Changing them is the operator's
business (``vitrine spaces``): a key belongs to one store, spaces to all of them."""

from __future__ import annotations

from typing import Any

from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from api import auth, present
from api.catalog_schemas import Spaces
from api.document import json_answer, operation_id, problems
from api.parts import service
from catalog import Scope
from pipeline import changeover

blueprint = APIBlueprint(
    "spaces",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="operation")],
    abp_security=auth.SECURITY,
    operation_id_callback=operation_id,
)


@blueprint.get("/spaces", responses=json_answer(200, Spaces) | problems(401, 403))
@auth.needs(Scope.ADMIN)
def list_spaces() -> dict[str, Any]:
    """List the spaces that are kept

    One is active; another may be filled beside it, ready to take its place, or retired and kept to roll back to.
    `answering` is the one that this process answers in: after a switch, it follows within a second. Needs scope
    `admin`.
    """
    return present.spaces(changeover.progress(service().catalog), service().serving.now.space)
