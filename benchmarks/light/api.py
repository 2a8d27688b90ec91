"""The application over light models: ``gunicorn 'benchmarks.light.api:create_app()'``."""

from __future__ import annotations

import atexit

from flask import Flask

from api import app
from benchmarks.light.models import LightDetector, LightEmbedder
from service.build import build
from service.settings import Settings
from telemetry import logs


def create_app() -> Flask:
    """Return the application over a started service, made from the environment but for its models."""
    settings = Settings()
    logs.configure(settings.log_format)
    service = build(settings, detector=LightDetector(), embedder=LightEmbedder())
    service.start()
    atexit.register(service.close)
    return app.create_app(service)
