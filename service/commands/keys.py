"""``vitrine keys``: make, list and revoke API keys."""

from __future__ import annotations

import click

from catalog import Catalog, Scope, UnknownStore
from service.build import open_catalog
from service.settings import Settings


@click.group()
def keys() -> None:
    """API keys of a store."""


@keys.command()
@click.option("--store", default="main", show_default=True)
@click.option("--name", default="command line", show_default=True, help="What the key is for")
@click.option(
    "--scope", "scopes", multiple=True, type=click.Choice([scope.value for scope in Scope]), default=["search"]
)
@click.option("--secret-only", is_flag=True, help="Print nothing but the secret, for scripts")
def create(store: str, name: str, scopes: tuple[str, ...], secret_only: bool) -> None:
    """Make a key, and the store if there is none of that name; the secret is shown this once."""
    catalog = open_catalog(Settings())
    if not catalog.stores.exists(store):
        catalog.stores.create(store, store)
    key, secret = catalog.keys.create(store, name, [Scope(scope) for scope in scopes])
    if secret_only:
        click.echo(secret)
    else:
        click.echo(
            f"key {key.id} of store {store} ({', '.join(sorted(scopes))})\n{secret}\nKeep it: it is not shown again."
        )


@keys.command("list")
@click.option("--store", default="main", show_default=True)
def list_(store: str) -> None:
    """List the keys of a store, without their secrets."""
    for key in _existing(store).keys.all(store):
        state = "revoked" if key.revoked_at else "live"
        click.echo(f"{key.id}\t{key.prefix}\t{state}\t{','.join(sorted(key.scopes))}\t{key.name}")


@keys.command()
@click.argument("key_id")
@click.option("--store", default="main", show_default=True)
def revoke(key_id: str, store: str) -> None:
    """Make a key useless, at once."""
    if not _existing(store).keys.revoke(store, key_id):
        raise click.ClickException(f"store {store} has no live key {key_id}; see 'vitrine keys list'")
    click.echo(f"key {key_id} is revoked")


def _existing(store: str) -> Catalog:
    catalog = open_catalog(Settings())
    if not catalog.stores.exists(store):
        raise click.ClickException(
            str(UnknownStore(f"no store {store!r}; 'vitrine keys create --store {store}' makes it"))
        )
    return catalog
