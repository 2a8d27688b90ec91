"""The OpenAPI document at /openapi.json, and a page to read and try it at /docs.

The page is Swagger UI out of the Python package `flask-openapi3-swagger`; nothing is loaded from another host.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, send_from_directory
from flask_openapi3.openapi import OpenAPI

from api import document

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Vitrine API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/assets/css/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="/docs/assets/js/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
_POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; base-uri 'none'"
_START = """SwaggerUIBundle({
  url: "/openapi.json", dom_id: "#api", deepLinking: true, validatorUrl: null,
  tryItOutEnabled: true, persistAuthorization: false, displayRequestDuration: true,
});
"""


def install(app: OpenAPI) -> None:
    """Serve the document and the page."""
    blueprint = Blueprint("docs", __name__)

    @cache
    def whole() -> dict[str, Any]:
        return document.whole(app)

    @blueprint.get("/openapi.json")
    def openapi_json() -> Response:
        return jsonify(whole())

    @blueprint.get("/docs")
    def page() -> Response:
        return Response(_PAGE, mimetype="text/html", headers={"Content-Security-Policy": _POLICY})

    @blueprint.get("/docs/start.js")
    def start() -> Response:
        return Response(_START, mimetype="text/javascript")

    @blueprint.get("/docs/assets/<path:name>")
    def assets(name: str) -> Response:
        return send_from_directory(_assets(), name, max_age=86_400)

    app.register_blueprint(blueprint)


def _assets() -> Path:
    return Path(str(files("flask_openapi3_swagger"))) / "templates" / "swagger"
