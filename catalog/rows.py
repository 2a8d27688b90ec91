"""Writes many rows of one table quickly: one statement with an array per column on PostgreSQL, one prepared
statement run over plain tuples on SQLite."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY

_SQLITE = sqlite.dialect(paramstyle="qmark")


class ManyRows:
    """How rows are written into `table`; where the key is there already, the columns `overwriting` are replaced."""

    def __init__(self, table: Table, overwriting: Sequence[str] = ()) -> None:
        self._names = [column.name for column in table.columns]
        self._postgresql = _from_arrays(table, overwriting)
        self._sqlite = str(_from_values(table, overwriting).compile(dialect=_SQLITE))
        self._processors = [column.type.dialect_impl(_SQLITE).bind_processor(_SQLITE) for column in table.columns]

    def write(self, connection: Connection, columns: Mapping[str, Sequence[object]]) -> None:
        """Write rows, given by column: every column of the table, each with as many values as there are rows."""
        values = [columns[name] for name in self._names]
        if not values[0]:
            return
        if connection.dialect.name == "postgresql":
            connection.execute(self._postgresql, dict(zip(self._names, values, strict=True)))
        else:
            processed = map(_processed, values, self._processors)
            connection.exec_driver_sql(self._sqlite, list(zip(*processed, strict=True)))


def _processed(values: Sequence[object], processor: Callable[[Any], Any] | None) -> Sequence[object]:
    return [processor(value) for value in values] if processor else values


def _from_arrays(table: Table, overwriting: Sequence[str]) -> postgresql.Insert:
    arrays = [bindparam(column.name, type_=ARRAY(column.type)) for column in table.columns]
    rows = func.unnest(*arrays).table_valued(*(column.name for column in table.columns)).render_derived("given")
    statement = postgresql.insert(table).from_select([*table.columns.keys()], select(*rows.columns))
    if not overwriting:
        return statement
    replaced = {name: statement.excluded[name] for name in overwriting}
    return statement.on_conflict_do_update(index_elements=[*table.primary_key.columns], set_=replaced)


def _from_values(table: Table, overwriting: Sequence[str]) -> sqlite.Insert:
    statement = sqlite.insert(table)
    if not overwriting:
        return statement
    replaced = {name: statement.excluded[name] for name in overwriting}
    return statement.on_conflict_do_update(index_elements=[*table.primary_key.columns], set_=replaced)
