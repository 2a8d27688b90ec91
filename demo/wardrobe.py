"""Who wears what: splits garments over people, and adds plain ones so that nobody stands there half dressed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from demo.designs import Design, ProductSpec
from demo.shop import DESIGNS

_TRUNK, _LEGS = frozenset({"shirt", "dress"}), frozenset({"pants", "shorts", "skirt", "dress"})
_BASICS = {
    "shirt": ("Harbour Tee", ("white", "grey", "black", "light blue")),
    "pants": ("Dock Jeans", ("indigo", "charcoal", "black")),
    "shoe": ("Court Sneaker", ("white", "black", "grey")),
}


class UnwearableOutfit(ValueError):
    """Garments that people of a scene cannot wear; the message says which."""


def completed(worn: Sequence[ProductSpec], random: np.random.Generator) -> list[ProductSpec]:
    """Return the garments, and after them plain ones for the parts of the body that they leave bare."""
    categories = {spec.category for spec in worn}
    missing = [
        name for name, done in (("shirt", _TRUNK), ("pants", _LEGS), ("shoe", {"shoe"})) if not categories & done
    ]
    return [*worn, *(_basic(name, random) for name in missing)]


def shared_out(products: Sequence[ProductSpec], people: int = 2) -> list[list[ProductSpec]]:
    """Return what each person wears, as few people as will do. Raises UnwearableOutfit."""
    wardrobes: list[list[ProductSpec]] = []
    for spec in products:
        fitting = next((worn for worn in wardrobes if _goes_with(spec, worn)), None)
        if fitting is None:
            if len(wardrobes) == people:
                raise UnwearableOutfit(f"{spec.sku} cannot be worn with the others by {people} people")
            wardrobes.append(fitting := [])
        fitting.append(spec)
    return wardrobes


def _goes_with(spec: ProductSpec, worn: Sequence[ProductSpec]) -> bool:
    taken = {other.category for other in worn}
    clash = {spec.category} | (_TRUNK | _LEGS if spec.category == "dress" else set())
    clash |= _LEGS if spec.category in _LEGS else {"dress"} if spec.category in _TRUNK else set()
    genders = {other.design.gender for other in (*worn, spec)} - {"unisex"}
    return not taken & clash and len(genders) < 2


def gender_of(worn: Sequence[ProductSpec]) -> str:
    """Return whom the garments are made for: female, male or unisex."""
    return next((spec.design.gender for spec in worn if spec.design.gender != "unisex"), "unisex")


def _basic(category: str, random: np.random.Generator) -> ProductSpec:
    name, colours = _BASICS[category]
    return ProductSpec(design(name), str(random.choice(colours)), int(random.integers(1000)))


def design(name: str) -> Design:
    """Return a design by its name. Raises StopIteration for none of the shop's."""
    return next(design for design in DESIGNS if design.name == name)
