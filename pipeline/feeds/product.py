"""One row of a feed as the body that the catalog takes, with the problems that stand against it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping

from catalog.product import MAX_IMAGES
from pipeline.feeds.names import CUSTOM
from pipeline.feeds.plain_text import plain_text
from pipeline.feeds.prices import is_currency, read_price
from pipeline.feeds.records import FeedOptions, Row
from pipeline.feeds.said import Said
from pipeline.feeds.values import (
    known_age_group,
    known_gender,
    read_availability,
    read_link,
    read_links,
    read_sku,
)
from pipeline.sync import FieldProblem

MAX_CUSTOM = 50
MAX_CUSTOM_LENGTH = 500
_READ: Mapping[str, Callable[[object], object]] = {
    "description": lambda value: plain_text(str(value)),
    "link": read_link,
    "image_link": read_link,
    "additional_image_link": read_links,
    "availability": read_availability,
}
_DAMAGED = ("\ufffd", "\0")


def row_of(line: int, said: Said, options: FeedOptions, *, made_names: bool = False) -> Row:
    """Return the row with its values in the catalog's words. `made_names` fills in the SKUs and titles of data sets."""
    problems = [*_damaged(said)]
    raw = dict(said.fields)
    sku = _sku(raw.pop("sku", None), problems)
    view = raw.pop("view", None)
    currency = _currency(raw.pop("currency", None), options, problems)
    quantity = raw.pop("quantity", None)
    if quantity is not None:
        raw.setdefault("availability", quantity)
    body: dict[str, object] = {}
    for name, value in raw.items():
        try:
            body[name] = read_price(value, currency) if name in ("price", "sale_price") else _read(name, value)
        except ValueError as error:
            problems.append(FieldProblem(name, str(error)))
    custom = dict(_custom(said))
    _known_words(body, custom)
    _main_photo_first(body)
    if custom:
        body[CUSTOM] = custom
    if made_names:
        sku = sku or _made_sku(body)
        if not options.partial:
            body.setdefault("title", _made_title(body, sku))
    _missing({"sku": sku} if options.partial else {"sku": sku, "title": body.get("title")}, problems)
    return Row(line, sku, body, tuple(problems), None if view is None else str(view))


def _read(name: str, value: object) -> object:
    if name in _READ:
        return _READ[name](value)
    return value if isinstance(value, (list, Mapping)) else str(value)


def _sku(value: object, problems: list[FieldProblem]) -> str | None:
    if value is None:
        return None
    try:
        return read_sku(value)
    except ValueError as error:
        problems.append(FieldProblem("sku", str(error)))
        return str(value).strip()


def _currency(value: object, options: FeedOptions, problems: list[FieldProblem]) -> str | None:
    if value is None:
        return options.currency
    code = str(value).strip().upper()
    if is_currency(code):
        return code
    problems.append(FieldProblem("currency", f"{code[:20]!r} is no currency; write its three letters, like 'EUR'"))
    return options.currency


def _missing(needed: Mapping[str, object], problems: list[FieldProblem]) -> None:
    for name, value in needed.items():
        if not value:
            problems.append(FieldProblem(name, f"is missing; every product needs a {name}"))


def _damaged(said: Said) -> Iterable[FieldProblem]:
    for name, value in (*said.fields.items(), *said.custom.items()):
        if isinstance(value, str) and (_DAMAGED[0] in value or _DAMAGED[1] in value):
            message = "has a character that cannot be read; save the feed as UTF-8 and look at the text of this line"
            yield FieldProblem(name, message)


def _custom(said: Said) -> Iterable[tuple[str, object]]:
    """Yield custom attributes in the catalog's types. Of what no mapping asks for, texts that are too long stay out."""
    for number, (name, value) in enumerate(said.custom.items()):
        plain = _scalar(value)
        fits = number < MAX_CUSTOM and not (isinstance(plain, str) and len(plain) > MAX_CUSTOM_LENGTH)
        if fits or name in said.asked:
            yield name, plain


def _scalar(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return ", ".join(str(_scalar(one)) for one in value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping) else value


def _known_words(body: dict[str, object], custom: dict[str, object]) -> None:
    """Put genders and age groups into the catalog's words; a word it does not have stays as a custom attribute."""
    for name, known in (("gender", known_gender), ("age_group", known_age_group)):
        if name in body:
            said = body.pop(name)
            word = known(said)
            if word is not None:
                body[name] = word
            else:
                custom[name] = said


def _main_photo_first(body: dict[str, object]) -> None:
    more = body.pop("additional_image_link", None)
    photos = [link for link in more if link != body.get("image_link")] if isinstance(more, list) else []
    if photos and "image_link" not in body:
        body["image_link"] = photos.pop(0)
    if photos:
        body["additional_image_link"] = photos[: MAX_IMAGES - 1]


def _made_sku(body: Mapping[str, object]) -> str | None:
    """Return the SKU of a table with one row per photo: the design and its colour."""
    parts = [str(body[name]) for name in ("group_id", "color") if name in body]
    return "-".join(parts) if "group_id" in body else None


def _made_title(body: Mapping[str, object], sku: str | None) -> str:
    parts = [str(body[name]) for name in ("color", "product_type") if name in body]
    return " ".join(parts) if "product_type" in body else (sku or "")
