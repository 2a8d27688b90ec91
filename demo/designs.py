"""What a design is, and a product: a design in one look.

A look is ``ground``, or ``ground/print/ink``, or ``ground/print/ink/accent``, all names of the palette.
"""

from __future__ import annotations

from dataclasses import dataclass

from demo.bags import Bag
from demo.cloth import Cloth
from demo.hats import Hat
from demo.legs import Legs
from demo.prints import Print, rgb
from demo.shoes import Shoe
from demo.skirts import Fall
from demo.sunglasses import Glasses
from demo.tops import Top

Shape = Top | Legs | Fall | Shoe | Bag | Hat | Glasses


@dataclass(frozen=True, slots=True)
class Design:
    """One cut, sold in several looks. `trim` is ``finish:colour``, or a colour in the same finish, or nothing."""

    name: str
    category: str
    shape: Shape
    finish: str
    looks: tuple[str, ...]
    price: float
    gender: str = "unisex"
    trim: str = ""
    season: str = "all year"

    @property
    def id(self) -> str:
        """The name as it stands in SKUs and file names."""
        return self.name.lower().replace(" ", "-").replace("'", "")


@dataclass(frozen=True, slots=True)
class ProductSpec:
    """One product to draw: a design in one look. The same spec and view always give the same picture."""

    design: Design
    look: str
    seed: int = 0

    @property
    def sku(self) -> str:
        """The product's id: design and look."""
        return f"{self.design.id}-{self.look.replace('/', '-').replace(' ', '')}"

    @property
    def category(self) -> str:
        """The garment's class."""
        return self.design.category

    @property
    def colour(self) -> str:
        """The name of the ground colour."""
        return self.look.split("/")[0]

    @property
    def pattern(self) -> str:
        """What is printed on it."""
        return self.look.split("/")[1] if "/" in self.look else "plain"

    @property
    def cloth(self) -> Cloth:
        """What the product is made of."""
        ground, kind, ink, accent = (*self.look.split("/"), "", "", "")[:4]
        return Cloth(
            Print(kind or "plain", rgb(ground), rgb(ink or "white"), rgb(accent or ink or "grey")), self.design.finish
        )

    @property
    def trim(self) -> Cloth:
        """What its ribs, straps, buttons and bands are made of."""
        finish, _, colour = self.design.trim.rpartition(":")
        if not self.design.trim:
            return self.cloth.plain()
        if colour == "ink":
            return Cloth(Print("plain", self.cloth.print.ink), finish or self.design.finish)
        return Cloth(Print("plain", rgb(colour)), finish or self.design.finish)
