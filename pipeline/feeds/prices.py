"""Reads prices as shops write them: "19.90 EUR", "€19,90", "1.299,00 €", "$1,299.00", and plain numbers."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

_SIGNS = {
    "€": "EUR", "£": "GBP", "us$": "USD", "a$": "AUD", "au$": "AUD", "c$": "CAD", "ca$": "CAD", "nz$": "NZD",
    "hk$": "HKD", "s$": "SGD", "r$": "BRL", "zł": "PLN", "kč": "CZK", "ft": "HUF", "₺": "TRY", "tl": "TRY", "₹": "INR",
    "rs": "INR", "₴": "UAH", "₽": "RUB", "₩": "KRW", "₫": "VND", "฿": "THB", "₪": "ILS", "lei": "RON", "лв": "BGN",
    "fr": "CHF", "sfr": "CHF", "r": "ZAR",
}  # fmt: skip
_SHARED_SIGNS = {
    "$": ("USD", "CAD", "AUD", "NZD", "HKD", "SGD", "MXN", "ARS", "CLP", "COP", "TWD"),
    "¥": ("JPY", "CNY"),
    "kr": ("SEK", "NOK", "DKK", "ISK"),
}
_ASSUMED = {"$": "USD", "¥": "JPY"}  # where the store names none of those who share the sign
_THREE_DECIMALS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_PARTS = re.compile(r"(?P<before>[^\d\s.,'’+-]*\.?)\s*(?P<amount>\d[\d\s.,'’]*)(?:-|–)?\s*(?P<after>[^\d\s.,'’]*\.?)")
_GROUPED = re.compile(r"\d{1,3}(?:([.,'’ ])\d{3})(?:\1\d{3})*")
_MAX_LENGTH = 40
_MOST_DIGITS = 12  # before the decimals; see `catalog.product.read_money`
_REMEMBERED = 4096  # a catalog of a million products has some hundred prices


def read_price(value: object, currency: str | None) -> object:
    """Return a price as the catalog takes it, ``"19.90 EUR"``; a mapping of amount and currency as it is.

    `currency` is for a price that names none. Raises ValueError with what to do.
    """
    if not isinstance(value, (str, int, float, Decimal)) or isinstance(value, bool):
        return value
    return _read(" ".join(str(value).split()), currency)


def is_currency(code: str) -> bool:
    """Whether `code` looks like one of ISO 4217."""
    return re.fullmatch(r"[A-Z]{3}", code) is not None


@lru_cache(maxsize=_REMEMBERED)
def _read(text: str, currency: str | None) -> str:
    found = _PARTS.fullmatch(text) if len(text) <= _MAX_LENGTH else None
    if found is None:
        raise ValueError(f"{text[:_MAX_LENGTH]!r} is not a price; write an amount and a currency, like '19.90 EUR'")
    named = _currency(text, found["before"] or found["after"], currency)
    return f"{_amount(text, found['amount'].strip(), named)} {named}"


def _currency(text: str, sign: str, default: str | None) -> str:
    plain = sign.rstrip(".").lower()
    if not plain:
        if default is None:
            raise ValueError(f"{text!r} names no currency; set the feed's currency, like 'EUR', or write '{text} EUR'")
        return default
    if plain in _SHARED_SIGNS:
        if default in _SHARED_SIGNS[plain]:
            return str(default)
        if plain not in _ASSUMED:
            shared = ", ".join(_SHARED_SIGNS[plain])
            raise ValueError(f"{text!r}: {sign!r} may be {shared}; set the feed's currency to the one you mean")
        return _ASSUMED[plain]
    if plain in _SIGNS:
        return _SIGNS[plain]
    if re.fullmatch(r"[a-z]{3}", plain):
        return plain.upper()
    raise ValueError(f"{text!r}: {sign!r} is no known currency; write its three letters, like '19.90 EUR'")


def _amount(text: str, amount: str, currency: str) -> str:
    amount = re.sub(r"[.,]$", "", amount)  # "19,-"
    whole, mark, decimals = _split(text, amount, currency)
    digits = re.sub(r"[^\d]", "", whole).lstrip("0") or "0"
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"{text!r} is more than a price can be; write it with at most {_MOST_DIGITS} digits")
    if mark and not re.fullmatch(r"\d+", decimals):
        raise ValueError(f"{text!r} is not a price; write an amount and a currency, like '19.90 EUR'")
    if len(decimals) > 2:
        decimals = decimals[:2] + decimals[2:].rstrip("0")
    if len(decimals) > 4:
        raise ValueError(f"{text!r} has more than 4 decimals; round it, like '19.90 EUR'")
    return f"{digits}.{decimals}" if decimals else digits


def _split(text: str, amount: str, currency: str) -> tuple[str, str, str]:
    """Return whole part, decimal mark and decimals. Of a dot and a comma, the last is the decimal mark."""
    last = max(amount.rfind("."), amount.rfind(","))
    if last < 0 or amount.count(amount[last]) > 1:
        if last >= 0 and not _GROUPED.fullmatch(amount):
            raise ValueError(f"{text!r} is not a price; write an amount and a currency, like '19.90 EUR'")
        return amount, "", ""
    whole, mark, decimals = amount.partition(amount[last])
    if len(decimals) == 3 and whole != "0" and whole.isdecimal() and len(whole) <= 3:
        if mark == "." and currency in _THREE_DECIMALS:
            return whole, mark, decimals
        if mark == "," and currency not in _THREE_DECIMALS:
            return amount, "", ""
        raise ValueError(f"{text!r} can be read in two ways; write it with two decimals, like '19.90 EUR'")
    if not decimals or not re.fullmatch(r"\d+|" + _GROUPED.pattern, whole):
        raise ValueError(f"{text!r} is not a price; write an amount and a currency, like '19.90 EUR'")
    return whole, mark, decimals
