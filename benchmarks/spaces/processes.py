"""``python -m benchmarks.spaces.processes serve``: what ``vitrine serve`` does, with the second model to be had."""

from __future__ import annotations

import sys

import click
from flask import Flask

from benchmarks.spaces.models import install
from service.commands.serve import gunicorn_command, supervise
from service.settings import Settings

MODULE = "benchmarks.spaces.processes"


@click.group()
def main() -> None:
    """Vitrine with a second model."""


@main.command()
@click.option("--port", type=int, required=True)
def serve(port: int) -> None:
    """Serve the API, with an embedded worker beside it, until interrupted."""
    settings = Settings()
    api = gunicorn_command(settings, f"{settings.host}:{port}", f"{MODULE}:create_app()")
    sys.exit(supervise([api, [sys.executable, "-m", MODULE, "work"]]))


@main.command()
def work() -> None:
    """Do what the embedded worker does."""
    from workers import embedded

    install()
    embedded.main()


def create_app() -> Flask:
    """Return the application, made from the environment."""
    from api import app

    install()
    return app.create_app()


if __name__ == "__main__":
    main()
