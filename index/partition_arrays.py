"""A partition as named arrays and back. It is cut into parts, so that a snapshot writes only those that changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from index.column import DenseColumn, RareColumn, Text
from index.columns import Columns
from index.inverted_lists import InvertedLists, Numbers, Training
from index.partition import Partition
from index.products import ProductTable
from index.rows import BLOCK_ROWS, RowTable, RowVectors
from index.texts import Arrays, pack, pack_mixed, unpack, unpack_mixed
from index.trainer import sample_of, sorted_into

TABLES, LISTS = "tables", "lists"

Packing = Callable[[], Arrays]


@dataclass(frozen=True, slots=True)
class Part:
    """Arrays that are written together. Same revision, same content; a `steady` part is one that few writes touch.

    `copy` takes a quick copy, while no write goes on; what it returns makes the arrays of it, later.
    """

    name: str
    revision: int
    copy: Callable[[], Packing]
    steady: bool = False


def parts_of(partition: Partition) -> list[Part]:
    """Return the parts of a partition."""
    parts = [Part(TABLES, partition.revision, partial(_tables, partition.products, partition.rows))]
    for number, revision in enumerate(partition.rows.block_revisions):
        parts.append(Part(_block(number), revision, partial(_vectors, partition.rows, number), steady=True))
    lists = partition.lists
    if lists is not None:
        parts.append(Part(LISTS, partition.rows_revision, partial(_lists, lists, partition)))
    return parts


def load_parts(partition: Partition, read: Callable[[str], Arrays], lists_for: str | None) -> None:
    """Fill an empty partition from its parts, which `read` gives by name; its lists were made for that storage."""
    tables = read(TABLES)
    partition.products = _products(tables)
    images: list[str] = []

    def blocks() -> Iterator[RowVectors]:
        for number in range(-(-len(tables["owner"]) // BLOCK_ROWS)):
            arrays = read(_block(number))
            images.extend(unpack("images", arrays))
            yield arrays["vectors"]

    partition.rows.load(images, tables["owner"], tables["following"], tables["regions"], blocks())
    if lists_for:
        _load_lists(partition, read(LISTS), lists_for == partition.storage.name)


def _block(number: int) -> str:
    return f"vectors-{number:05}"


def _tables(products: ProductTable, rows: RowTable) -> Packing:
    slots, used = len(products.skus), len(rows.images)
    skus, columns = products.skus.copy(), _columns(products.columns, slots)
    arrays: Arrays = {
        "versions": products.versions[:slots].copy(),
        "first_row": products.first_row[:slots].copy(),
        "owner": rows.owner[:used].copy(),
        "following": rows.following[:used].copy(),
        "regions": rows.regions[:used].copy(),
    }
    return lambda: {**pack("skus", skus), **arrays, **columns()}


def _vectors(rows: RowTable, number: int) -> Packing:
    start, end = number * BLOCK_ROWS, min((number + 1) * BLOCK_ROWS, len(rows.images))
    vectors, images = rows.vectors[start:end].copy(), rows.images[start:end]
    return lambda: {"vectors": vectors, **pack("images", images)}


def _lists(lists: InvertedLists, partition: Partition) -> Packing:
    training = lists.training
    arrays: Arrays = {
        "centres": training.centres,
        "scores": training.scores,
        "probes": training.probes,
        "learnt": training.learnt,
        "fetched": lists.fetched,
        "list_of": lists.list_of(len(partition.rows.images)),
        "counts": np.array([partition.trained_on, lists.added]),
    }
    return lambda: arrays


def _load_lists(partition: Partition, arrays: Arrays, same: bool) -> None:
    """Sort the rows as they were; what the storage has to know is learnt anew, where it is another one now."""
    training = Training(
        np.ascontiguousarray(arrays["centres"], np.float32),
        arrays["scores"].astype(np.float64),
        arrays["probes"].astype(np.float64),
        arrays["learnt"].astype(np.float32),
    )
    measured: Numbers | None = arrays["fetched"].astype(np.float64)
    rows = partition.rows.live()
    if not same:
        training, measured = replace(training, learnt=partition.storage.learn(sample_of(partition, rows))), None
    lists = sorted_into(partition, training, rows, arrays["list_of"][rows].astype(np.int64), measured)
    trained_on, lists.added = arrays["counts"].tolist()
    partition.adopt(lists, trained_on)


def _columns(columns: Columns, slots: int) -> Packing:
    arrays: Arrays = {}
    texts: list[list[Text]] = []
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
        texts.append(column.texts.copy())
    fields = list(columns.columns)

    def packed() -> Arrays:
        for number, held in enumerate(texts):
            arrays.update(pack_mixed(f"{number}.texts", held))
        return {**pack("fields", fields), **arrays}

    return packed


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
