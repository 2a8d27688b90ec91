"""Writes many rows of one table quickly: one statement with an array per column on PostgreSQL, one prepared
statement run over plain tuples on SQLite."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any

from sqlalchemy import Column, Connection, Table, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY

_SQLITE = sqlite.dialect(paramstyle="qmark")


class ManyRows:
    """How rows come into `table`.

    `same` are columns with one value for all rows of a write. Where the key is there already: with `overwriting`, those
    columns are replaced; with `keeping`, the row stays as it is; otherwise it is an error.
    """

    def __init__(
        self, table: Table, *, same: Collection[str] = (), overwriting: Sequence[str] = (), keeping: bool = False
    ) -> None:
        self._columns = list(table.columns)
        self._same = frozenset(same)
        rows, inserted = _given(self._columns, self._same), postgresql.insert(table)
        statement = inserted.from_select([column.name for column in self._columns], rows)
        self._postgresql = _on_conflict(statement, table, overwriting, keeping)
        self._sqlite = str(_on_conflict(sqlite.insert(table), table, overwriting, keeping).compile(dialect=_SQLITE))
        self._processors = [column.type.dialect_impl(_SQLITE).bind_processor(_SQLITE) for column in self._columns]

    def write(self, connection: Connection, values: Mapping[str, Any]) -> None:
        """Write rows, given by column: one value for each of `same`, lists of one length for all others."""
        if connection.dialect.name == "postgresql":
            connection.execute(self._postgresql, values)
        else:
            columns = [self._processed(*one, values) for one in zip(self._columns, self._processors, strict=True)]
            connection.exec_driver_sql(self._sqlite, list(zip(*columns, strict=False)))

    def _processed(self, column: Column[Any], processor: Any, values: Mapping[str, Any]) -> Iterable[object]:
        """Return the column's values as SQLite takes them."""
        given = values[column.name]
        if column.name in self._same:
            return repeat(processor(given) if processor else given)
        return map(processor, given) if processor else given


def _given(columns: Sequence[Column[Any]], same: Collection[str]) -> Any:
    """Return a SELECT of the rows in the parameters: arrays, side by side, and the values that are the same for all."""
    arrays = [column for column in columns if column.name not in same]
    names = [column.name for column in arrays]
    parameters = [bindparam(column.name, type_=ARRAY(column.type)) for column in arrays]
    rows = func.unnest(*parameters).table_valued(*names).render_derived("given")
    return select(*(bindparam(one.name, type_=one.type) if one.name in same else rows.c[one.name] for one in columns))


def _on_conflict(statement: Any, table: Table, overwriting: Sequence[str], keeping: bool) -> Any:
    if overwriting:
        replaced = {name: statement.excluded[name] for name in overwriting}
        return statement.on_conflict_do_update(index_elements=[*table.primary_key.columns], set_=replaced)
    return statement.on_conflict_do_nothing() if keeping else statement
