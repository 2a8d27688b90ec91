"""``vitrine stores``: make and list stores, and say which hosts that are not public each may fetch photos from."""

from __future__ import annotations

import click

from catalog import Catalog, UnknownStore
from pipeline.addresses import AllowedHosts
from service.build import open_catalog
from service.settings import Settings


@click.group()
def stores() -> None:
    """Stores, and the hosts they may fetch photos from."""


@stores.command("list")
def list_() -> None:
    """List the stores, each with its allowed hosts."""
    catalog = open_catalog(Settings())
    for store in catalog.stores.all():
        click.echo(f"{store.id}\t{','.join(sorted(catalog.allowed_hosts.of(store.id)))}\t{store.name}")


@stores.command()
@click.argument("store")
@click.option("--name", help="What the store is called; its id if not said")
def create(store: str, name: str | None) -> None:
    """Make a store."""
    open_catalog(Settings()).stores.create(store, name or store)
    click.echo(f"store {store} is made; 'vitrine keys create --store {store}' makes a key for it")


@stores.command()
@click.argument("host")
@click.argument("store")
def allow(host: str, store: str) -> None:
    """Let STORE's photos be fetched from HOST (name or name:port), even if it is not on the public internet."""
    try:
        AllowedHosts([host])
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    _existing(store).allowed_hosts.allow(store, host)
    click.echo(f"photos of store {store} may be fetched from {host}")


@stores.command()
@click.argument("host")
@click.argument("store")
def disallow(host: str, store: str) -> None:
    """Take back what 'allow' allowed."""
    if not _existing(store).allowed_hosts.disallow(store, host):
        raise click.ClickException(f"store {store} has no allowed host {host}; see 'vitrine stores list'")
    click.echo(f"photos of store {store} may be fetched from {host} no more, unless it is public")


def _existing(store: str) -> Catalog:
    catalog = open_catalog(Settings())
    if not catalog.stores.exists(store):
        raise click.ClickException(str(UnknownStore(f"no store {store!r}; 'vitrine stores create {store}' makes it")))
    return catalog
