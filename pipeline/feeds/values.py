"""Words and links of feeds as the catalog wants them. Every function raises ValueError with what to do."""

from __future__ import annotations

import re

_AVAILABLE = {
    "in_stock": (
        "instock yes y true available onstock limitedavailability availablefororder instoreonly onlineonly auflager "
        "lieferbar verfügbar sofortlieferbar enstock disponible disponibile"
    ),
    "out_of_stock": (
        "outofstock no n false unavailable notavailable soldout discontinued notinstock nichtauflager ausverkauft "
        "nichtverfügbar rupturedestock épuisé agotado esaurito"
    ),
    "preorder": "preorder presale comingsoon vorbestellbar",
    "backorder": "backorder backordered onbackorder onorder",
}
_AVAILABILITY = {word: ours for ours, words in _AVAILABLE.items() for word in words.split()}
_GENDERS = {
    "male": "male men man mens mens boys boy m herren männer homme hommes",
    "female": "female women woman womens ladies girls girl f w damen frauen femme femmes",
    "unisex": "unisex all uni",
}
_GENDER = {word: ours for ours, words in _GENDERS.items() for word in words.split()}
_AGES = {
    "newborn": "newborn newborns",
    "infant": "infant infants baby babies",
    "toddler": "toddler toddlers",
    "kids": "kids kid children child",
    "adult": "adult adults",
}
_AGE = {word: ours for ours, words in _AGES.items() for word in words.split()}
_TRUE = ("1", "true", "yes", "y", "on")
_FALSE = ("0", "-1", "false", "no", "n", "off")
_LINK = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_BETWEEN_LINKS = re.compile(r"(?<![\s,;|])[\s,;|]+(?=(?:https?:)?//|image:)", re.IGNORECASE)
_SPOILT_NUMBER = re.compile(r"\d[.,]?\d*E\+\d+")


def read_sku(value: object) -> str:
    """Return the SKU as text. A number that a spreadsheet has rounded is refused."""
    text = str(value).strip()
    if _SPOILT_NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is a number that a spreadsheet has rounded; export the column as text")
    return text


def read_availability(value: object) -> str:
    """Return the catalog's word for how a product can be had; a number counts pieces."""
    if isinstance(value, bool):
        return "in_stock" if value else "out_of_stock"
    text = str(value).strip().casefold()
    pieces = _number(text)
    if pieces is not None:
        return "in_stock" if pieces > 0 else "out_of_stock"
    word = re.sub(r"[\W_]+", "", text.rpartition("/")[2] if "://" in text else text)
    if word not in _AVAILABILITY:
        known = "in_stock, out_of_stock, preorder or backorder"
        raise ValueError(f"{str(value)[:40]!r} is not known; write {known}, or how many pieces are left")
    return _AVAILABILITY[word]


def is_true(value: str) -> bool | None:
    """Whether a cell says yes; None if it says neither."""
    word = value.strip().casefold()
    return True if word in _TRUE else False if word in _FALSE else None


def known_gender(value: object) -> str | None:
    """Return the catalog's word for a gender, None if there is none."""
    return _GENDER.get(re.sub(r"[\W_]+", "", str(value).casefold()))


def known_age_group(value: object) -> str | None:
    """Return the catalog's word for an age group, None if there is none."""
    return _AGE.get(str(value).strip().casefold())


def read_link(value: object) -> str:
    """Return an address with what browsers mend, mended: spaces, and a scheme left out. File names stay as they are."""
    text = str(value).strip()
    if not _LINK.match(text):
        return text
    return re.sub(r"\s", "%20", f"https:{text}" if text.startswith("//") else text)


def read_links(value: object) -> list[str]:
    """Return the addresses or file names of a list or of a cell that holds several, each once."""
    several = value if isinstance(value, (list, tuple)) else [value]
    found: list[str] = []
    for one in several:
        text = str(one).strip()
        listed = _BETWEEN_LINKS.split(text) if _LINK.match(text) or text.startswith("image:") else text.split(",")
        found += [read_link(part) for part in listed if part.strip()]
    return list(dict.fromkeys(found))


def _number(text: str) -> float | None:
    return float(text.replace(",", ".")) if re.fullmatch(r"-?\d{1,12}(?:[.,]\d{1,6})?", text) else None
