"""A partition as named arrays and back. It is cut into parts, so that a snapshot writes only those that changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from index.column import DenseColumn, RareColumn
from index.columns import Columns
from index.inverted_lists import InvertedLists, Training
from index.partition import Partition
from index.products import ProductTable
from index.protocol import Vectors
from index.rows import BLOCK_ROWS, RowTable
from index.texts import Arrays, pack, pack_mixed, unpack, unpack_mixed

TABLES, LISTS = "tables", "lists"


@dataclass(frozen=True, slots=True)
class Part:
    """Arrays that are written together; `copy` may be called while no write goes on. Same revision, same content."""

    name: str
    revision: int
    copy: Callable[[], Arrays]


def parts_of(partition: Partition) -> list[Part]:
    """Return the parts of a partition."""
    parts = [Part(TABLES, partition.revision, partial(_tables, partition.products, partition.rows))]
    for number, revision in enumerate(partition.rows.block_revisions):
        parts.append(Part(_block(number), revision, partial(_vectors, partition.rows, number)))
    lists = partition.lists
    if lists is not None:
        parts.append(Part(LISTS, partition.rows_revision, partial(_lists, lists, partition)))
    return parts


def partition_from(dimensions: int | None, exact_below: int, read: Callable[[str], Arrays], trained: bool) -> Partition:
    """Build a partition from its parts, which `read` gives by name."""
    partition = Partition(dimensions, exact_below)
    tables = read(TABLES)
    partition.products = _products(tables)
    images: list[str] = []

    def blocks() -> Iterator[Vectors]:
        for number in range(-(-len(tables["owner"]) // BLOCK_ROWS)):
            arrays = read(_block(number))
            images.extend(unpack("images", arrays))
            yield arrays["vectors"].astype(np.float32, copy=False)

    partition.rows.load(images, tables["owner"], tables["following"], tables["regions"], blocks())
    if trained:
        _load_lists(partition, read(LISTS))
    return partition


def _block(number: int) -> str:
    return f"vectors-{number:05}"


def _tables(products: ProductTable, rows: RowTable) -> Arrays:
    slots, used = len(products.skus), len(rows.images)
    return {
        **pack("skus", products.skus),
        "versions": products.versions[:slots].copy(),
        "first_row": products.first_row[:slots].copy(),
        "owner": rows.owner[:used].copy(),
        "following": rows.following[:used].copy(),
        "regions": rows.regions[:used].copy(),
        **_columns(products.columns, slots),
    }


def _vectors(rows: RowTable, number: int) -> Arrays:
    start, end = number * BLOCK_ROWS, min((number + 1) * BLOCK_ROWS, len(rows.images))
    return {"vectors": rows.vectors[start:end].copy(), **pack("images", rows.images[start:end])}


def _lists(lists: InvertedLists, partition: Partition) -> Arrays:
    training = lists.training
    return {
        "centres": training.centres,
        "depths": training.depths,
        "probes": training.probes,
        "list_of": lists.list_of(len(partition.rows.images)),
        "counts": np.array([partition.trained_on, lists.added]),
    }


def _load_lists(partition: Partition, arrays: Arrays) -> None:
    training = Training(
        np.ascontiguousarray(arrays["centres"], np.float32),
        arrays["depths"].astype(np.float64),
        arrays["probes"].astype(np.float64),
    )
    lists = InvertedLists(training)
    rows = partition.rows.live()
    list_of = arrays["list_of"].astype(np.int64)
    for start in range(0, len(rows), BLOCK_ROWS):
        some = rows[start : start + BLOCK_ROWS]
        lists.add(some, partition.rows.vectors[some], list_of[some])
    trained_on, lists.added = arrays["counts"].tolist()
    partition.adopt(lists, trained_on)


def _columns(columns: Columns, slots: int) -> Arrays:
    arrays: Arrays = pack("fields", list(columns.columns))
    for number, column in enumerate(columns.columns.values()):
        if isinstance(column, RareColumn):
            arrays[f"{number}.slots"] = np.fromiter(column.values, np.int64, len(column))
            column = column.dense()
            size = len(column.codes)
        else:
            size = slots
        arrays[f"{number}.codes"] = column.codes[:size].copy()
        if column.numbers is not None:
            arrays[f"{number}.numbers"] = column.numbers[:size].copy()
        arrays.update(pack_mixed(f"{number}.texts", column.texts))
    return arrays


def _products(arrays: Arrays) -> ProductTable:
    products = ProductTable()
    products.load(unpack("skus", arrays), arrays["versions"].astype(np.int64), arrays["first_row"].astype(np.int64))
    columns: dict[str, RareColumn | DenseColumn] = {}
    for number, field in enumerate(unpack("fields", arrays)):
        numbers = arrays.get(f"{number}.numbers")
        column = DenseColumn.of(
            arrays[f"{number}.codes"].astype(np.int32),
            None if numbers is None else numbers.astype(np.float64),
            unpack_mixed(f"{number}.texts", arrays),
        )
        slots = arrays.get(f"{number}.slots")
        columns[field] = column if slots is None else RareColumn(zip(slots.tolist(), column.values(), strict=True))
    products.columns.load(columns)
    return products
