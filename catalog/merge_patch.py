"""JSON merge patch (RFC 7396, 2014, https://www.rfc-editor.org/rfc/rfc7396) over a product's document."""

from __future__ import annotations

from collections.abc import Mapping

from catalog.product import ProductFields

_ALIASES = {one.alias: name for name, one in ProductFields.model_fields.items() if one.alias}


def merged(document: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    """Return the document with the changes in it: null removes, objects merge, everything else replaces.

    A name that no product has is kept even with null: validation then finds it, and a misspelling is not passed over.
    """
    named = {_ALIASES.get(name, name): value for name, value in changes.items()}
    misspelt = {name: None for name in named if name not in ProductFields.model_fields}
    return _merge(document, named) | misspelt


def _merge(target: object, changes: Mapping[str, object]) -> dict[str, object]:
    result = dict(target) if isinstance(target, Mapping) else {}
    for name, value in changes.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, Mapping):
            result[name] = _merge(result.get(name), value)
        else:
            result[name] = value
    return result
