"""Catalog writes as merchants make them: checked, made durable, receipted, announced.

A write is in the catalog before it is answered. Photos are fetched and described afterwards by ingest; the doorbell
only says that there is work, and nothing is lost if nobody hears it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal, get_args

import orjson
from pydantic import ValidationError

from catalog import (
    ALWAYS,
    Catalog,
    CatalogError,
    Condition,
    Delete,
    Edit,
    OutdatedWrite,
    Patch,
    ProductFields,
    Put,
    Receipt,
    UnknownProduct,
    VersionMismatch,
    is_sku,
)
from pipeline.together import Outcome, Together

CHUNK = 1_000  # lines made durable together
MAX_LINE_BYTES = 256 * 1024
MAX_REVISION = 2**63 - 1

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


Status = Literal["ok", "invalid", "unknown", "outdated", "mismatch"]
REFUSALS: Mapping[type[CatalogError], Status] = {
    UnknownProduct: "unknown", OutdatedWrite: "outdated", VersionMismatch: "mismatch",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LineResult:
    """What became of one line of a batch, counted from 1: a receipt, or an error and the fields at fault."""

    line: int
    sku: str | None
    status: Status
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
    condition: Condition = ALWAYS


class Sync:
    """Writes of one catalog. `space` tells which one is active, `announce` is called after every durable write."""

    def __init__(self, catalog: Catalog, space: Callable[[], str], announce: Callable[[], None]) -> None:
        self._catalog = catalog
        self._space = space
        self._announce = announce
        self._together = Together(self._written)

    def put(self, store: str, sku: str, body: Mapping[str, object], condition: Condition = ALWAYS) -> Receipt:
        """Create or replace a product. Raises InvalidProduct, OutdatedWrite or VersionMismatch."""
        return self._one(store, Put(checked_sku(sku), checked(sku, body), condition))

    def patch(self, store: str, sku: str, changes: Mapping[str, object], condition: Condition = ALWAYS) -> Receipt:
        """Change some fields (JSON merge patch: null removes).

        Raises InvalidProduct, UnknownProduct, OutdatedWrite or VersionMismatch.
        """
        return self._one(store, Patch(sku, changes, condition))

    def delete(self, store: str, sku: str, condition: Condition = ALWAYS) -> Receipt:
        """Delete a product; effective when this returns. Raises UnknownProduct, OutdatedWrite or VersionMismatch."""
        return self._one(store, Delete(sku, condition))

    def retry_failures(self, store: str, skus: Sequence[str] | None) -> int:
        """Let the failed photos of these products, or of all, wait as if never tried; return how many. Announced."""
        retried = self._catalog.failures.retry(store, skus)
        self._announce()
        return retried

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
        """Apply writes in their order, in one transaction; return one result per write, in order.

        A write that cannot be taken harms itself only. Raises UnknownStore.
        """
        edits = [_edit(one) for one in writes]
        outcomes = iter(
            self._catalog.products.apply(
                store, [one for one in edits if not isinstance(one, InvalidProduct)], self._space()
            )
        )
        self._announce()
        return [
            _result(one, edit if isinstance(edit, InvalidProduct) else next(outcomes))
            for one, edit in zip(writes, edits, strict=True)
        ]

    def _written(self, store: str, edits: Sequence[Edit]) -> Sequence[Outcome]:
        return self._catalog.products.apply(store, edits, self._space())

    def _one(self, store: str, edit: Edit) -> Receipt:
        try:
            receipt = self._together.write(store, edit)
        except ValidationError as error:
            raise InvalidProduct(edit.sku, problems_of(error)) from None
        self._announce()
        return receipt


def _edit(write: Write) -> Edit | InvalidProduct:
    try:
        if write.operation == "put":
            return Put(checked_sku(write.sku), checked(write.sku, write.body), write.condition)
    except InvalidProduct as error:
        return error
    if write.operation == "patch":
        return Patch(write.sku, write.body, write.condition)
    return Delete(write.sku, write.condition)


def _result(write: Write, outcome: Receipt | CatalogError | ValidationError | InvalidProduct) -> LineResult:
    if isinstance(outcome, Receipt):
        return LineResult(write.line, write.sku, "ok", outcome)
    if isinstance(outcome, ValidationError):
        return _invalid(write.line, write.sku, InvalidProduct("", problems_of(outcome)))
    if isinstance(outcome, InvalidProduct):
        return _invalid(write.line, write.sku, outcome)
    return LineResult(write.line, write.sku, REFUSALS.get(type(outcome), "invalid"), error=str(outcome))


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
        operation, sku = body.pop("op", "put"), body.pop("sku", None)
        if not isinstance(sku, str):
            raise InvalidProduct("", (FieldProblem("sku", "is missing; every line needs one, as text"),))
        if operation not in OPERATIONS:
            raise InvalidProduct(sku, (FieldProblem("op", f"{operation!r} is not one of {', '.join(OPERATIONS)}"),))
        condition = Condition(_number(sku, body, "revision"), _number(sku, body, "if_version"))
        return Write(number, operation, sku, body, condition)
    except InvalidProduct as error:
        return _invalid(number, sku if isinstance(sku, str) else None, error)


def _number(sku: str, body: dict[str, object], name: str) -> int | None:
    value = body.pop(name, None)
    if value is None or (type(value) is int and 0 <= value <= MAX_REVISION):
        return value
    raise InvalidProduct(sku, (FieldProblem(name, f"must be a whole number from 0 to {MAX_REVISION}"),))


def _json_object(line: bytes) -> dict[str, object]:
    try:
        body = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise InvalidProduct("", (FieldProblem("", f"the line is not JSON: {error}"),)) from None
    if not isinstance(body, dict):
        raise InvalidProduct("", (FieldProblem("", "the line is not a JSON object"),))
    return body


def _invalid(number: int, sku: str | None, error: InvalidProduct) -> LineResult:
    return LineResult(number, sku, "invalid", error=str(error), problems=error.problems)
