"""``vitrine index``: rebuild it from the catalog, or see how it stands."""

from __future__ import annotations

import click

from catalog import Catalog, ImageStatus
from service.build import make_served, open_catalog
from service.models import active_space, open_space
from service.settings import Settings

SHOWN = 10  # of what differs in a store
READY, PENDING, FAILED = ImageStatus.READY, ImageStatus.PENDING, ImageStatus.FAILED


@click.group()
def index() -> None:
    """The vector index, which follows the catalog and can always be rebuilt from it."""


@index.command()
def rebuild() -> None:
    """Build the index anew from the catalog and write its snapshot, which a server picks up at its start.

    Stop the server first: a running one writes its own index over it. That one is mended where it stands, by
    POST /v1/index/verify with repair.
    """
    settings = Settings()
    catalog = open_catalog(settings)
    served = make_served(settings, catalog, open_space(settings, catalog)[1])
    count = served.follower.rebuild()
    served.follower.snapshot()
    click.echo(f"{count} products in space {served.space}, up to change {served.follower.checkpoint}")


@index.command()
@click.option("--repair", is_flag=True, help="Mend what differs, and write a snapshot")
def verify(repair: bool) -> None:
    """Hold the snapshot, with the log replayed over it, against the catalog; exit with 1 if they differ.

    A running server proves its own index: POST /v1/index/verify.
    """
    settings = Settings()
    catalog, differences = open_catalog(settings), 0
    served = make_served(settings, catalog, open_space(settings, catalog)[1])
    served.follower.catch_up_fully()
    for store in catalog.stores.all():
        found = served.verifier.differences(store.id)
        differences += len(found)
        count = served.index.count(store.id, served.space)
        click.echo(f"{store.id}: {count} products in the index, {len(found)} differ")
        for one in found[:SHOWN]:
            click.echo(f"  {one.sku}: {one.what} (catalog version {one.version}, index {one.index_version})")
        if repair:
            served.verifier.repair(store.id, found)
    if repair:
        served.follower.snapshot(anew=bool(differences))
    elif differences:
        raise click.ClickException("the index differs from the catalog; --repair mends it")


@index.command()
def status() -> None:
    """Show, per store, how many products and photos are searchable, waiting or failed."""
    settings = Settings()
    catalog = open_catalog(settings)
    space = active_space(settings, catalog)
    click.echo(f"space {space}, last change {catalog.changes.head()}")
    for store in catalog.stores.all():
        click.echo(f"{store.id}: {describe(catalog, store.id, space)}")


def describe(catalog: Catalog, store: str, space: str) -> str:
    """Return the counts of a store as one line."""
    stats = catalog.stats(store, space)
    images = ", ".join(f"{stats.images.get(status, 0)} {status}" for status in (READY, PENDING, FAILED))
    return f"{stats.products} products, {stats.searchable} searchable; photos: {images}"
