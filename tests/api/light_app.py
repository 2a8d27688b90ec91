"""The application over the light models, for a server process: ``gunicorn 'tests.api.light_app:create()'``."""

from __future__ import annotations

from flask import Flask

from api.app import create_app
from service.settings import Settings
from tests.api.shops import build_light


def create() -> Flask:
    """Make the application from the environment, as the real one is made."""
    service = build_light(Settings(_env_file=None))
    service.start()
    return create_app(service)
