"""The application: resources, errors, keys, log lines and the page, put together.

Serve it with ``gunicorn 'api.app:create_app()'`` in one process with threads: the index has one owner.
"""

from __future__ import annotations

import atexit

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from flask_openapi3.openapi import OpenAPI

from api import (
    auth,
    browser,
    docs,
    document,
    errors,
    failures,
    feeds,
    health,
    images,
    index,
    jobs,
    page_routes,
    parts,
    products,
    request_log,
    search,
    spaces,
    webhooks,
)
from api.thumbnails import Thumbnails
from runtime.collector import look_seldom
from runtime.threads import take_short_turns
from service.build import Service, build
from service.settings import Settings
from telemetry import logs

SLACK_BYTES = 1024 * 1024  # of a body, besides its photo


def create_app(service: Service | None = None) -> Flask:
    """Return the application over a started service; without one, over a service made from the environment."""
    service = service or _from_environment()
    app = OpenAPI(
        "api",
        info=document.INFO,
        security_schemes=auth.SECURITY_SCHEMES,
        validation_error_callback=errors.reject,
        doc_ui=False,
        static_folder=None,
    )
    app.url_map.merge_slashes = False  # else a SKU that starts with a slash would be taken for another one
    app.json = _in_order(app)
    app.config["MAX_CONTENT_LENGTH"] = service.settings.max_upload_bytes * 4 // 3 + SLACK_BYTES  # base64 is 4/3
    app.extensions[parts.SERVICE] = service
    app.extensions[parts.SECRET] = service.settings.signing_secret()
    app.extensions[parts.THUMBNAILS] = Thumbnails(service.photo_limits)
    request_log.install(app)
    errors.install(app)
    browser.install(app, service.settings.cors_origins)
    app.before_request(auth.check)
    for resource in (search, products, failures, images, index, feeds, jobs, webhooks, spaces, health):
        app.register_api(resource.blueprint)
    docs.install(app)
    page_routes.install(app)
    return app


def _in_order(app: Flask) -> DefaultJSONProvider:
    """Answers keep their members in the order they were written."""
    provider = DefaultJSONProvider(app)
    provider.sort_keys = False
    return provider


def _from_environment() -> Service:
    """Make and start the service; it is closed when the process ends."""
    settings = Settings()
    logs.configure(settings.log_format)
    service = build(settings)
    service.start()
    look_seldom()
    take_short_turns()
    atexit.register(service.close)
    return service
