"""``vitrine import``: a product table and its photos, from disk into a store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import nullcontext
from io import StringIO
from pathlib import Path

import click
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from pipeline.feeds import FeedOptions, UnreadableFeed
from pipeline.importer import Importer, ItemReport, locate
from pipeline.ingest import Ingest
from service.build import make_ingest, open_catalog, photo_limits
from service.commands.index import describe
from service.models import open_space
from service.settings import Settings

SHOWN = 5  # products at fault that are told at once


@click.command("import")
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.option("--store", default="main", show_default=True)
@click.option("--images", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder of the photos")
@click.option("--currency", help="ISO 4217 code of prices that name none, like EUR")
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Write one JSON line per product at fault"
)
def import_(source: Path, store: str, images: Path | None, currency: str | None, report: Path | None) -> None:
    """Import SOURCE, a product feed, or a folder that holds one and its photos. Safe to run again."""
    settings = Settings()
    catalog = open_catalog(settings)
    _, describer = open_space(settings, catalog)
    if not catalog.stores.exists(store):
        catalog.stores.create(store, store)
    try:
        table, photos = locate(source)
        importer = Importer(catalog, describer.space.id, photo_limits(settings))
        reports = importer.run(store, table, images or photos, FeedOptions(currency=currency))
        faults = read_table(reports, report)
    except UnreadableFeed as error:
        raise click.ClickException(str(error)) from None
    describe_waiting(make_ingest(settings, catalog, describer), catalog.images.pending(store))
    click.echo(describe(catalog, store, describer.space.id))
    if faults:
        click.echo(f"{faults} products at fault" + (f"; see {report}" if report else "; --report FILE lists them all"))


def read_table(reports: Iterator[ItemReport], report: Path | None) -> int:
    """Put the products, write down those at fault, and return how many there are."""
    faults = 0
    with report.open("w") if report else nullcontext(StringIO()) as lines, _bar() as bar:
        reading = bar.add_task("products", total=None)
        for item in reports:
            bar.advance(reading)
            if item.problems:
                faults += 1
                said = {"line": item.line, "sku": item.sku, "taken": item.taken, "problems": item.problems}
                lines.write(json.dumps(said) + "\n")
                if faults <= SHOWN:
                    bar.console.print(f"line {item.line}, sku {item.sku}: {'; '.join(item.problems)}", markup=False)
    return faults


def describe_waiting(ingest: Ingest, pending: int) -> None:
    """Describe the photos that wait, with a bar that tells rate and time left."""
    with _bar() as bar:
        task = bar.add_task("photos", total=pending)
        while count := ingest.run_once():
            bar.advance(task, count)


class RateColumn(ProgressColumn):
    """Items per second."""

    def render(self, task: Task) -> Text:
        """Return the rate since the start, or nothing while it is unknown."""
        elapsed = task.elapsed
        return Text(f"{task.completed / elapsed:.1f}/s" if elapsed else "", style="progress.data.speed")


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description:>9}"), BarColumn(), MofNCompleteColumn(), RateColumn(), TimeRemainingColumn()
    )
