"""What a row of a feed says, sorted by our fields, before it is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pipeline.feeds.names import CUSTOM, Column
from pipeline.feeds.values import read_links


@dataclass(slots=True)
class Said:
    """What a row says: raw values by our field, and custom attributes."""

    fields: dict[str, object] = field(default_factory=dict)
    custom: dict[str, object] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)  # custom attributes that a mapping names: kept at any length

    def take(self, column: Column, value: object) -> None:
        """Add a value; of several for one field, the first counts, but pictures and custom attributes add up."""
        name = column.name
        if not column.custom:
            if name == "additional_image_link" and name in self.fields:
                self.fields[name] = [*read_links(self.fields[name]), *read_links(value)]
            else:
                self.fields.setdefault(name, value)
            return
        if column.asked:
            self.asked.add(name)
        if name == CUSTOM and isinstance(value, Mapping):
            self.custom.update(value)
        else:
            self.custom[name] = f"{self.custom[name]}, {value}" if name in self.custom else value


def said_of(plan: Iterable[Column | None], values: Iterable[object]) -> Said:
    """Return what the values of a row say, by the plan of its columns."""
    said, standing_in = Said(), []
    for column, value in zip(plan, values, strict=True):
        if column is None:
            continue
        if isinstance(value, str):
            value = value.strip()
        if value is None or value == "" or value == []:
            continue
        if column.otherwise:
            standing_in.append((column, value))
        else:
            said.take(column, value)
    for column, value in standing_in:
        said.take(Column(column.otherwise, custom=True) if column.name in said.fields else column, value)
    return said
