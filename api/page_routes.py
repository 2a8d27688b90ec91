"""The shopper's page at ``/``: static files of ``api/page``, served so that a browser fetches each once.

There is no build step. The files stand under an address that carries a digest of them all, so they can be kept forever
and still change together with the page; the page itself is small and asked for anew every time.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Blueprint, Flask, Response, request, send_from_directory

FOLDER = Path(__file__).parent / "page"
FOREVER = "public, max-age=31536000, immutable"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "img-src 'self' blob: data: https: http:",  # a photo by its address is shown from where it is
        "media-src 'self' blob:",  # the camera's picture
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)


def install(app: Flask) -> None:
    """Serve the page and its files."""
    blueprint = Blueprint("page", __name__)
    version = digest()
    html = page(f"/page/{version}")

    @blueprint.get("/")
    def show_page() -> Response:
        response = Response(html, mimetype="text/html")
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=()"
        response.headers["Referrer-Policy"] = "same-origin"
        response.add_etag()
        response.make_conditional(request)
        return response

    @blueprint.get("/page/<asked>/<path:name>")
    def show_file(asked: str, name: str) -> Response:
        response = send_from_directory(FOLDER, name)
        response.headers["Cache-Control"] = FOREVER if asked == version else "no-cache"  # an older page's address
        return response

    app.register_blueprint(blueprint)


def page(assets: str) -> str:
    """Return the page's HTML with its files at `assets`; all modules are named, so that they load at once."""
    modules = "\n".join(
        f'<link rel="modulepreload" href="{{{{assets}}}}/{path.name}">' for path in sorted(FOLDER.glob("*.js"))
    )
    html = (FOLDER / "index.html").read_text(encoding="utf-8")
    return html.replace("{{modules}}", modules).replace("{{assets}}", assets)


def digest() -> str:
    """Return a short digest of the page's files, names included."""
    summed = hashlib.sha256()
    for path in sorted(one for one in FOLDER.rglob("*") if one.is_file()):
        summed.update(path.relative_to(FOLDER).as_posix().encode() + b"\0" + path.read_bytes())
    return summed.hexdigest()[:16]
