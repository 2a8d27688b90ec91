"""``vitrine doctor``: says what is wrong with a set-up and how to mend it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import click
from pydantic import ValidationError

from service.commands.serve import is_free
from service.settings import Settings

FREE_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: whether it is well, what was seen, and how to mend it if it is not."""

    name: str
    well: bool
    seen: str
    mend: str = ""


@click.command()
def doctor() -> None:
    """Look at settings, models, index library, catalog, queue, disk and port; exit with 1 if something is wrong."""
    try:
        settings = Settings()
    except ValidationError as error:
        wrong = "; ".join(f"VITRINE_{str(one['loc'][0]).upper()}: {one['msg']}" for one in error.errors())
        raise click.ClickException(f"settings: {wrong}") from None
    findings = list(examine(settings))
    for one in findings:
        click.echo(f"{'ok   ' if one.well else 'WRONG'} {one.name}: {one.seen}")
        if not one.well:
            click.echo(f"      mend: {one.mend}")
    sys.exit(0 if all(one.well for one in findings) else 1)


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield a finding per part, each examined by really using it."""
    yield _faiss()
    for name, look, mend in (
        ("data folder", _data_folder, "make the folder writable, or set VITRINE_DATA_DIR to another one"),
        ("detector", _detector, "restore detector/weights from git, or mend VITRINE_DETECTOR_WEIGHTS"),
        ("embedder", _embedder, "restore embedder/weights from git, or mend VITRINE_EMBEDDER_MODEL (and _WEIGHTS)"),
        ("index", _index, "set VITRINE_INDEX_DEVICE=cpu, or install a torch that knows that GPU"),
        ("catalog", _catalog, "mend VITRINE_DATABASE_URL, or start that database"),
        ("space", _space, "restore the weights it was made by; 'vitrine spaces list' names them"),
        ("queue", _queue, "start Redis, mend VITRINE_QUEUE_URL, or unset it to use the embedded worker"),
        ("port", _port, "stop the process that listens there, or set VITRINE_PORT to another one"),
    ):
        yield _examined(name, settings, look, mend)


def _examined(name: str, settings: Settings, look: Callable[[Settings], str], mend: str) -> Finding:
    try:
        return Finding(name, True, look(settings))
    except Exception as error:  # whatever a part fails with is the finding
        return Finding(name, False, f"{type(error).__name__}: {error}".splitlines()[0], mend)


def _faiss() -> Finding:
    found = [name for name in ("faiss-cpu", "faiss-gpu-cu12", "faiss-gpu") if _installed(name)]
    seen = ", ".join(f"{name} {version(name)}" for name in found) or "none"
    return Finding(
        "faiss", len(found) == 1, seen, "install exactly one of the extras: pip install '.[cpu]' or '.[gpu]'"
    )


def _installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def _data_folder(settings: Settings) -> str:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    probe = settings.data_dir / ".doctor"
    probe.write_text("")
    probe.unlink()
    free = shutil.disk_usage(settings.data_dir).free
    if free < FREE_BYTES:
        raise OSError(f"only {free >> 20} MB free in {settings.data_dir}")
    return f"{settings.data_dir.resolve()}, {free >> 30} GB free"


def _detector(settings: Settings) -> str:
    import numpy as np

    from service.models import make_detector

    detector = make_detector(settings)
    detector.detect([np.zeros((64, 64, 3), np.uint8)])
    return detector.name


def _embedder(settings: Settings) -> str:
    import numpy as np

    from service.models import make_embedder

    embedder = make_embedder(settings)
    embedder.embed([np.zeros((64, 64, 3), np.uint8)])
    return f"{embedder.space.id}, {embedder.space.dimensions} dimensions"


def _index(settings: Settings) -> str:
    from service.build import make_index

    make_index(settings, "looked@at", 8)
    return f"{settings.vector_storage} on {settings.index_device}"


def _catalog(settings: Settings) -> str:
    from service.build import open_catalog

    catalog = open_catalog(settings)
    stores, head = len(catalog.stores.all()), catalog.changes.head()
    catalog.close()
    return f"{stores} stores, {head} changes"


def _space(settings: Settings) -> str:
    from catalog import CatalogUnavailable
    from service.build import open_catalog
    from service.models import describer_of

    try:
        with open_catalog(settings) as catalog:
            active, kept = catalog.spaces.active(), catalog.spaces.kept()
    except CatalogUnavailable:
        return "not known while the catalog is out of reach"
    if active is None:
        return "none yet; the first start takes that of the settings"
    describer_of(settings, active)
    return ", ".join(f"{one.id} is {one.state}" for one in kept)


def _queue(settings: Settings) -> str:
    if settings.queue_url is None:
        return "none set; an embedded worker serves"
    from service.doorbell import celery_app

    with celery_app(settings.queue_url).connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, timeout=2)
    return "reached"


def _port(settings: Settings) -> str:
    if not is_free(settings.host, settings.port):
        raise OSError(f"something else listens on {settings.host}:{settings.port}")
    return f"{settings.host}:{settings.port} is free"
