"""Catalog writes as merchants make them: checked, made durable, receipted, announced.

A write is in the catalog before it is answered. Photos are fetched and described afterwards by ingest; the doorbell
only says that there is work, and nothing is lost if nobody hears it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Literal, get_args

from pydantic import ValidationError

from catalog import Catalog, ProductFields, Receipt, UnknownProduct, is_sku

CHUNK = 500  # lines made durable together
MAX_LINE_BYTES = 256 * 1024

Operation = Literal["put", "patch", "delete"]
OPERATIONS: tuple[Operation, ...] = get_args(Operation)


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field, in words a merchant can act on; `field` is a dotted path, empty for the whole."""

    field: str
    message: str


class InvalidProduct(ValueError):
    """A product that cannot be taken as it is; `problems` lists every field at fault."""

    def __init__(self, sku: str, problems: tuple[FieldProblem, ...]) -> None:
        told = "; ".join(f"{one.field}: {one.message}" if one.field else one.message for one in problems)
        super().__init__(f"product {sku!r}: {told}" if sku else told)
        self.problems = problems


@dataclass(frozen=True, slots=True)
class LineResult:
    """What became of one line of a batch, counted from 1: a receipt, or an error and the fields at fault."""

    line: int
    sku: str | None
    status: Literal["ok", "invalid", "unknown"]
    receipt: Receipt | None = None
    error: str | None = None
    problems: tuple[FieldProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class Write:
    """One write of several; `line` is its number in what was sent, `body` a product, a patch, or nothing."""

    line: int
    operation: Operation
    sku: str
    body: Mapping[str, object]


class Sync:
    """Writes of one catalog. `announce` is called after every durable write."""

    def __init__(self, catalog: Catalog, space: str, announce: Callable[[], None]) -> None:
        self._catalog = catalog
        self._space = space
        self._announce = announce

    def put(self, store: str, sku: str, body: Mapping[str, object]) -> Receipt:
        """Create or replace a product. Raises InvalidProduct."""
        receipt = self._catalog.products.put(store, [(checked_sku(sku), checked(sku, body))], self._space)[0]
        self._announce()
        return receipt

    def patch(self, store: str, sku: str, changes: Mapping[str, object]) -> Receipt:
        """Change some fields (JSON merge patch: null removes). Raises InvalidProduct or UnknownProduct."""
        try:
            receipt = self._catalog.products.patch(store, sku, changes, self._space)
        except ValidationError as error:
            raise InvalidProduct(sku, problems_of(error)) from None
        self._announce()
        return receipt

    def delete(self, store: str, sku: str) -> Receipt:
        """Delete a product; effective when this returns. Raises UnknownProduct."""
        receipt = self._catalog.products.delete(store, [sku])[0]
        if receipt is None:
            raise UnknownProduct(f"no product {sku!r} in this store")
        self._announce()
        return receipt

    def batch(self, store: str, lines: Iterable[bytes]) -> Iterator[LineResult]:
        """Apply NDJSON lines in their order, some hundreds to a transaction; yield one result per line, in order.

        A line is a product with its ``sku`` and, unless it is to be put, an ``op`` of ``patch`` or ``delete``. A line
        that cannot be taken harms itself only. Blank lines are passed over.
        """
        numbered = ((number, line) for number, line in enumerate(lines, start=1) if line.strip())
        while chunk := list(islice(numbered, CHUNK)):
            read = [_read(number, line) for number, line in chunk]
            done = iter(self.apply(store, [one for one in read if isinstance(one, Write)]))
            for one in read:
                yield one if isinstance(one, LineResult) else next(done)

    def apply(self, store: str, writes: Sequence[Write]) -> list[LineResult]:
        """Apply writes in their order; return one result per write, in order. A bad one harms itself only.

        Neighbours of the same operation share a transaction. Raises UnknownStore.
        """
        results: list[LineResult] = []
        for operation, neighbours in groupby(writes, key=lambda one: one.operation):
            results += self._apply_alike(store, operation, list(neighbours))
        self._announce()
        return results

    def _apply_alike(self, store: str, operation: Operation, writes: list[Write]) -> Iterable[LineResult]:
        if operation == "put":
            return self._put_many(store, writes)
        if operation == "delete":
            found = self._catalog.products.delete(store, [one.sku for one in writes])
            return [_deleted(one, got) for one, got in zip(writes, found, strict=True)]
        return [self._patched(store, one) for one in writes]

    def _put_many(self, store: str, writes: list[Write]) -> list[LineResult]:
        items: list[tuple[str, ProductFields]] = []
        results: list[LineResult | None] = []
        for one in writes:
            try:
                items.append((checked_sku(one.sku), checked(one.sku, one.body)))
                results.append(None)
            except InvalidProduct as error:
                results.append(_invalid(one.line, one.sku, error))
        receipts = iter(self._catalog.products.put(store, items, self._space))
        return [
            result or LineResult(one.line, one.sku, "ok", next(receipts))
            for one, result in zip(writes, results, strict=True)
        ]

    def _patched(self, store: str, line: Write) -> LineResult:
        try:
            receipt = self._catalog.products.patch(store, line.sku, line.body, self._space)
        except ValidationError as error:
            return _invalid(line.line, line.sku, InvalidProduct("", problems_of(error)))
        except UnknownProduct as error:
            return LineResult(line.line, line.sku, "unknown", error=str(error))
        return LineResult(line.line, line.sku, "ok", receipt)


def checked_sku(sku: str) -> str:
    """Return the SKU as it is. Raises InvalidProduct if it cannot be one."""
    if not is_sku(sku):
        problem = FieldProblem("sku", "must have 1 to 100 characters, no slash or control character, no space first")
        raise InvalidProduct(sku[:100], (problem,))
    return sku


def checked(sku: str, body: Mapping[str, object]) -> ProductFields:
    """Return the fields of a product. Raises InvalidProduct, naming every field at fault."""
    try:
        return ProductFields.model_validate(body)
    except ValidationError as error:
        raise InvalidProduct(sku, problems_of(error)) from None


def problems_of(error: ValidationError) -> tuple[FieldProblem, ...]:
    """Return pydantic's findings as problems of fields."""
    return tuple(
        FieldProblem(".".join(map(str, one["loc"])), one["msg"].removeprefix("Value error, ")) for one in error.errors()
    )


def _read(number: int, line: bytes) -> Write | LineResult:
    sku = None
    try:
        if len(line) > MAX_LINE_BYTES:
            raise InvalidProduct("", (FieldProblem("", f"the line is longer than {MAX_LINE_BYTES:,} bytes"),))
        body = _json_object(line)
        operation = body.pop("op", "put")
        sku = body.pop("sku", None)
        if not isinstance(sku, str):
            raise InvalidProduct("", (FieldProblem("sku", "is missing; every line needs one, as text"),))
        if operation not in OPERATIONS:
            raise InvalidProduct(sku, (FieldProblem("op", f"{operation!r} is not one of {', '.join(OPERATIONS)}"),))
        return Write(number, operation, checked_sku(sku), body)
    except InvalidProduct as error:
        return _invalid(number, sku if isinstance(sku, str) else None, error)


def _json_object(line: bytes) -> dict[str, object]:
    try:
        body = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InvalidProduct("", (FieldProblem("", f"the line is not JSON: {error}"),)) from None
    if not isinstance(body, dict):
        raise InvalidProduct("", (FieldProblem("", "the line is not a JSON object"),))
    return body


def _invalid(number: int, sku: str | None, error: InvalidProduct) -> LineResult:
    return LineResult(number, sku, "invalid", error=str(error), problems=error.problems)


def _deleted(line: Write, receipt: Receipt | None) -> LineResult:
    if receipt is None:
        return LineResult(line.line, line.sku, "unknown", error=f"no product {line.sku!r} in this store")
    return LineResult(line.line, line.sku, "ok", receipt)
