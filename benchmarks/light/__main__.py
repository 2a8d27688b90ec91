"""``python -m benchmarks.light serve``: what ``vitrine serve`` does, with light models and a queue."""

from __future__ import annotations

import sys

import click

from service.commands.serve import gunicorn_command, supervise
from service.settings import Settings


@click.group()
def main() -> None:
    """Vitrine with light models."""


@main.command()
@click.option("--port", type=int, required=True)
def serve(port: int) -> None:
    """Serve the API until interrupted; photos are left to Celery's workers."""
    settings = Settings()
    sys.exit(supervise([gunicorn_command(settings, f"{settings.host}:{port}", "benchmarks.light.api:create_app()")]))


if __name__ == "__main__":
    main()
