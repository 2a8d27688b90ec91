"""Writes products with their changes and tasks: few statements per batch, whatever its size.

Everything here runs inside a transaction that holds the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import Connection, bindparam, select

from catalog import changes, retention, tables, tasks
from catalog.edits import Edit
from catalog.errors import CatalogError
from catalog.many import among, texts
from catalog.planning import Planner, State, Step, link_key, links_to_look_up, skus_of, uploaded_id
from catalog.records import Receipt
from catalog.rows import ManyRows

_COLUMNS = tables.products.c
_HELD = select(
    _COLUMNS.sku, _COLUMNS.version, _COLUMNS.seq, _COLUMNS.live, _COLUMNS.document, _COLUMNS.photos, _COLUMNS.revision
).where(_COLUMNS.store == bindparam("store"), among(_COLUMNS.sku, texts("skus")))
_SEEN = (
    select(tables.descriptions.c.image_id)
    .join(tables.store_images, tables.store_images.c.image_id == tables.descriptions.c.image_id)
    .where(
        tables.store_images.c.store == bindparam("store"),
        tables.descriptions.c.space == bindparam("space"),
        among(tables.descriptions.c.image_id, texts("ids")),
    )
)
_FETCHED = (
    select(tables.links.c.link_key, tables.links.c.image_id)
    .join(tables.descriptions, tables.descriptions.c.image_id == tables.links.c.image_id)
    .where(
        tables.links.c.store == bindparam("store"),
        tables.descriptions.c.space == bindparam("space"),
        among(tables.links.c.link_key, texts("keys")),
    )
)
_PRODUCTS = ManyRows(
    tables.products,
    same=("store", "updated_at"),
    overwriting=("version", "seq", "live", "updated_at", "document", "photos", "revision"),
)


def apply(
    connection: Connection, store: str, edits: Sequence[Edit], space: str, at: datetime
) -> list[Receipt | CatalogError | ValidationError]:
    """Apply edits one after another; return what became of each, in order: a receipt, or why it changed nothing."""
    held = _held(connection, store, skus_of(edits))
    before = dict(held)
    planner = Planner(held, taken_over(connection, store, links_to_look_up(edits, held), space))
    for edit in edits:
        planner.take(edit)
    plan = planner.plan
    tasks.drop(connection, store, sorted(plan.gone))
    tasks.renew(connection, store, plan.listed, plan.again, at)
    retention.unlist(connection, store, _dropped(before, held), at)
    steps = [one for one in plan.outcomes if isinstance(one, Step)]
    numbers = iter(write(connection, store, steps, at))
    latest: dict[str, int] = {}
    results: list[Receipt | CatalogError | ValidationError] = []
    for edit, outcome in zip(edits, plan.outcomes, strict=True):
        if isinstance(outcome, Step):
            latest[edit.sku] = next(numbers)
            results.append(Receipt(edit.sku, outcome.state.version, latest[edit.sku], outcome.created))
        elif isinstance(outcome, State):
            seq = latest[edit.sku] if outcome.seq is None else outcome.seq
            results.append(Receipt(edit.sku, outcome.version, seq))
        else:
            results.append(outcome)
    return results


def _dropped(before: Mapping[str, State], after: Mapping[str, State]) -> set[str]:
    """Return the images that products have ceased to list."""
    pairs = ((one, after[sku]) for sku, one in before.items())
    return {image for was, now in pairs if was.photos != now.photos for image in was.image_ids() - now.image_ids()}


def write(connection: Connection, store: str, steps: Sequence[Step], at: datetime) -> Sequence[int]:
    """Log these steps in the order given and write what products are after them; return the `seq` of each step."""
    if not steps:
        return ()
    first = changes.take(connection, len(steps))
    numbers = range(first, first + len(steps))
    last = {step.sku: (seq, step.state) for seq, step in zip(numbers, steps, strict=True)}
    states = [state for _, state in last.values()]
    _PRODUCTS.write(
        connection,
        {
            "store": store,
            "sku": list(last),
            "version": [one.version for one in states],
            "seq": [seq for seq, _ in last.values()],
            "live": [one.live for one in states],
            "updated_at": at,
            "document": [one.document for one in states],
            "photos": [one.photos for one in states],
            "revision": [one.revision for one in states],
        },
    )
    changes.append(connection, store, first, [(one.sku, one.kind, one.state.version) for one in steps], at)
    return numbers


def _held(connection: Connection, store: str, skus: Sequence[str]) -> dict[str, State]:
    rows = connection.execute(_HELD, {"store": store, "skus": skus})
    return {row[0]: State(*row[1:]) for row in rows}


def taken_over(connection: Connection, store: str, links: Iterable[str], space: str) -> dict[str, str]:
    """Return the image of each link that this store has seen described in `space`, so that it needs no work."""
    uploaded = {link: image for link in links if (image := uploaded_id(link))}
    addresses = {link_key(link): link for link in links if link not in uploaded}
    found: dict[str, str] = {}
    if uploaded:
        where = {"store": store, "space": space, "ids": list(uploaded.values())}
        seen = set(connection.scalars(_SEEN, where))
        found.update((link, image) for link, image in uploaded.items() if image in seen)
    if addresses:
        where = {"store": store, "space": space, "keys": list(addresses)}
        found.update((addresses[key], image) for key, image in connection.execute(_FETCHED, where))
    return found
