"""Photos: taken in, and shown in the sizes that pages need."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from api import auth, bodies, present
from api.catalog_schemas import UploadedImage
from api.document import body_of, image_answer, json_answer, operation_id, problems
from api.parts import image_links, service, thumbnails
from api.schemas import ImagePath, ImageQuery, UploadForm
from catalog import Scope, StoredImage, UnknownImage
from pipeline.photo import decode, image_id

FOREVER = "private, max-age=31536000, immutable"  # an image is named by its bytes, so it never changes
CHECKED_SIDE = 640  # an upload is decoded to see that it can be; its pixels are not kept
READERS = frozenset({Scope.SEARCH, Scope.WRITE, Scope.ADMIN})

blueprint = APIBlueprint(
    "images", __name__, url_prefix="/v1", abp_tags=[Tag(name="images")], operation_id_callback=operation_id
)


@blueprint.post(
    "/images",
    responses=json_answer(201, UploadedImage) | problems(401, 403, 413, 415, 422),
    openapi_extensions=body_of({bodies.FORM: UploadForm}),
    security=auth.SECURITY,
)
@auth.needs(Scope.WRITE)
def upload_image() -> tuple[dict[str, Any], int]:
    """Upload a photo

    As a form (`photo`), or as the body with its own content type. The answer's `image_link` is what a product lists
    as `image_link`. The same photo again gives the same id. Needs scope `write`.
    """
    data = bodies.uploaded_photo()
    photo = decode(data, service().photo_limits, max_side=CHECKED_SIDE)
    image = StoredImage(image_id(data), photo.media_type, photo.width, photo.height, len(data))
    service().catalog.images.store(auth.store(), data, image)
    return present.uploaded(auth.store(), image, image_links()), 201


@blueprint.get(
    "/images/<image_id>",
    responses=image_answer() | problems(401, 403, 404, 422),
    security=[*auth.SECURITY, {"image_token": []}],
)
def get_image(path: ImagePath, query: ImageQuery) -> Response:
    """Read an image

    The photo as it came, or a JPEG that fits a square of 160, 320 or 640 pixels. Allowed with a key of a store that
    the image belongs to, or with the `token` of an address that an answer gave: those work in a page's `<img>`.
    """
    image = _image(path.image_id, query.token)
    response = Response(mimetype="image/jpeg" if query.size != "original" else image.media_type)
    response.headers["Cache-Control"] = FOREVER
    response.set_etag(f"{image.image_id}-{query.size}")
    response.make_conditional(request)
    if response.status_code != 304:
        response.set_data(_bytes(image, query.size))
    return response


def _image(image_id: str, token: str | None) -> StoredImage:
    """Return the image if the request may see it. Raises UnknownImage, and what a missing or wrong key raises."""
    store = image_links().store_of(token, image_id) if token else auth.admit(READERS)
    image = service().catalog.images.get(image_id)
    if store is None or image is None or not service().catalog.images.belongs(store, image_id):
        raise UnknownImage(f"no image {image_id[:64]!r} that you may see")
    return image


def _bytes(image: StoredImage, size: str) -> bytes:
    read = partial(service().catalog.images.read, image.image_id)
    return read() if size == "original" else thumbnails().get(image.image_id, int(size), read)
