"""The way from a handler to the parts it fetches."""

from __future__ import annotations

from flask import current_app, request

from api.image_links import ImageLinks
from api.thumbnails import Thumbnails
from service.build import Service

SERVICE, SECRET, THUMBNAILS = "vitrine", "vitrine.image_secret", "vitrine.thumbnails"


def service() -> Service:
    """Return the service behind the application that answers the present request."""
    found: Service = current_app.extensions[SERVICE]
    return found


def image_links() -> ImageLinks:
    """Return the maker of image addresses, as seen from where the request came in."""
    return ImageLinks(current_app.extensions[SECRET], request.host_url)


def thumbnails() -> Thumbnails:
    """Return the thumbnails of this process."""
    found: Thumbnails = current_app.extensions[THUMBNAILS]
    return found
