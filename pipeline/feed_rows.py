"""A chunk of a feed's rows, applied: what became of each, and what a merchant has to mend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from catalog import Counts, FeedMode, JobError, is_sku
from pipeline.feeds import Row
from pipeline.sync import FieldProblem, LineResult, Operation, Sync, Write


@dataclass(slots=True)
class Applied:
    """What a chunk came to. `named` are the SKUs that it names, those of rows at fault too."""

    counts: Counts
    named: list[str]
    errors: list[JobError] = field(default_factory=list)
    seq: int | None = None


def apply_rows(sync: Sync, store: str, mode: FeedMode, rows: Sequence[Row], head: int) -> Applied:
    """Apply rows in their order; a bad one harms itself only. `head` is the log's end before any of them.

    Of a full feed every row is the whole product. Of a delta a row changes the fields it names, and creates the product
    if there is none. A write that the log shows after `head` was made here, even if it was made by a worker that died.
    """
    good = [row for row in rows if row.sku is not None and not row.problems]
    results = _put(sync, store, good) if mode is FeedMode.FULL else _merge(sync, store, good)
    applied = Applied(_counted(rows, results, head), [row.sku for row in rows if row.sku and is_sku(row.sku)])
    told = {id(row): _problems(result) for row, result in zip(good, results, strict=True)}
    for row in rows:
        problems = row.problems or told.get(id(row)) or ()
        applied.errors += [JobError(row.line, row.sku, one.field or "row", one.message) for one in problems]
    applied.seq = max((one.receipt.seq for one in results if one.receipt), default=None)
    return applied


def _put(sync: Sync, store: str, rows: Sequence[Row]) -> list[LineResult]:
    return sync.apply(store, [_write(row, "put") for row in rows]) if rows else []


def _merge(sync: Sync, store: str, rows: Sequence[Row]) -> list[LineResult]:
    """Patch what there is; then put what there was not, a SKU's first row whole and later ones upon it."""
    results = sync.apply(store, [_write(row, "patch") for row in rows]) if rows else []
    unknown = [number for number, result in enumerate(results) if result.status == "unknown"]
    seen: set[str | None] = set()
    writes: list[Write] = []
    for number in unknown:
        writes.append(_write(rows[number], "patch" if rows[number].sku in seen else "put"))
        seen.add(rows[number].sku)
    for number, result in zip(unknown, sync.apply(store, writes) if writes else [], strict=True):
        results[number] = result
    return results


def _write(row: Row, operation: Operation) -> Write:
    return Write(row.line, operation, row.sku or "", row.body)


def _counted(rows: Sequence[Row], results: Sequence[LineResult], head: int) -> Counts:
    receipts = [one.receipt for one in results if one.receipt]
    written = [one for one in receipts if one.seq > head]
    created = sum(one.created or one.version == 1 for one in written)
    return Counts(
        rows=len(rows),
        created=created,
        changed=len(written) - created,
        unchanged=len(receipts) - len(written),
        rejected=len(rows) - len(receipts),
    )


def _problems(result: LineResult) -> tuple[FieldProblem, ...]:
    if result.receipt:
        return ()
    return result.problems or (FieldProblem("", result.error or "could not be taken"),)
