"""Many values as one parameter of a statement, so that a batch of any size is one prepared statement.

PostgreSQL takes an array per column, SQLite one JSON text; both give a table with the columns that were asked for.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Dialect, Integer, Text, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


class _Texts(TypeDecorator[Sequence[str]]):
    """A list of texts as one value."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """An array, or its JSON."""
        return dialect.type_descriptor(ARRAY(Text()) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> Sequence[str] | str | None:
        """From the list into the statement."""
        return value if dialect.name == "postgresql" or value is None else json.dumps(value)


def texts(name: str) -> BindParameter[Sequence[str]]:
    """Return a parameter that takes a list of texts."""
    return bindparam(name, type_=_Texts())


class among(FunctionElement[bool]):  # noqa: N801 - reads as SQL does
    """``among(column, texts("skus"))``: whether the column is one of the values of a parameter."""

    inherit_cache = True
    name = "among"

    def __init__(self, column: ColumnElement[str], values: BindParameter[Sequence[str]]) -> None:
        super().__init__(column, values)


@compiles(among, "postgresql")
def _among_postgresql(element: among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **options)} = ANY ({compiler.process(values, **options)})"


@compiles(among, "sqlite")
def _among_sqlite(element: among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = element.clauses
    listed = compiler.process(values, **options)
    return f"{compiler.process(column, **options)} IN (SELECT value FROM json_each({listed}))"


class elements(FunctionElement[str]):  # noqa: N801 - reads as SQL does
    """``elements(column).table_valued("value")``: a row per element of a JSON array of texts."""

    inherit_cache = True
    name = "elements"


@compiles(elements, "postgresql")
def _elements_postgresql(element: elements, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **options)} AS json))"


@compiles(elements, "sqlite")
def _elements_sqlite(element: elements, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


class length(FunctionElement[int]):  # noqa: N801 - reads as SQL does
    """``length(column)``: the number of elements of a JSON array."""

    inherit_cache = True
    name = "length"
    type = Integer()


@compiles(length, "postgresql")
def _length_postgresql(element: length, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_array_length(CAST({compiler.process(element.clauses, **options)} AS json))"


@compiles(length, "sqlite")
def _length_sqlite(element: length, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_array_length({compiler.process(element.clauses, **options)})"
