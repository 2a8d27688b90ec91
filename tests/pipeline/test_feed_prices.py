"""Prices as shops write them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.product import Money, read_money
from pipeline.feeds.prices import read_price


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("19.90 EUR", "19.90 EUR"),
        ("EUR 19.90", "19.90 EUR"),
        ("19.90EUR", "19.90 EUR"),
        ("19.9 eur", "19.9 EUR"),
        ("00000000000019.90 EUR", "19.90 EUR"),
        ("0000000000000 EUR", "0 EUR"),
        ("€19,90", "19.90 EUR"),
        ("19,90 €", "19.90 EUR"),
        ("19,90\xa0€", "19.90 EUR"),
        ("1.299,00 EUR", "1299.00 EUR"),
        ("$1,299.00", "1299.00 USD"),
        ("1,299 USD", "1299 USD"),
        ("1'299.00 CHF", "1299.00 CHF"),
        ("CHF 1’299.–", "1299 CHF"),
        ("1 299,00 kr", "1299.00 SEK"),
        ("1 299,00 kr.", "1299.00 SEK"),
        ("1\u202f299,50 zł", "1299.50 PLN"),
        ("1.234.567 IDR", "1234567 IDR"),
        ("Rs. 499", "499 INR"),
        ("£5", "5 GBP"),
        ("19,- €", "19 EUR"),
        ("0 EUR", "0 EUR"),
        ("0.999 EUR", "0.999 EUR"),
        ("19.9000 EUR", "19.90 EUR"),
        ("1.299 KWD", "1.299 KWD"),
        ("49", "49 SEK"),
        (49, "49 SEK"),
        (49.5, "49.5 SEK"),
        (Decimal("49.50"), "49.50 SEK"),
    ],
)
def test_price_is_read(text: object, price: str) -> None:
    assert read_price(text, "SEK") == price


@pytest.mark.parametrize(("sign", "currency", "meant"), [("$", "CAD", "CAD"), ("$", "EUR", "USD"), ("¥", "CNY", "CNY")])
def test_sign_that_several_currencies_share_means_that_of_the_store(sign: str, currency: str, meant: str) -> None:
    assert read_price(f"{sign}5", currency) == f"5 {meant}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("19.90", "set the feed's currency"),
        ("5 kr", "may be SEK, NOK"),
        ("5 bananas", "write its three letters"),
        ("1234567890123 EUR", "at most 12 digits"),
        ("1.299 EUR", "two ways"),
        ("1,299 KWD", "two ways"),
        ("12,34,56 EUR", "is not a price"),
        ("1.2.3 EUR", "is not a price"),
        ("from 5", "write its three letters"),
        ("-5 EUR", "is not a price"),
        ("5-10 EUR", "is not a price"),
        ("free", "is not a price"),
        ("EUR", "is not a price"),
        ("1e400 EUR", "."),
        ("19.66667 EUR", "more than 4 decimals"),
        ("9" * 50 + " EUR", "is not a price"),
        (float("nan"), "is not a price"),
    ],
)
def test_what_is_no_price_is_refused_with_what_to_write(text: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_price(text, None)


def test_amount_and_currency_apart_stay_as_they_are() -> None:
    assert read_price({"amount": "5", "currency": "EUR"}, None) == {"amount": "5", "currency": "EUR"}


@given(st.decimals(0, 10**9, places=2), st.sampled_from(["EUR", "USD", "JPY"]))
@settings(deadline=None)
def test_every_spelling_of_an_amount_is_read_alike(amount: Decimal, currency: str) -> None:
    dotted = f"{amount:,.2f}"
    german = dotted.translate(str.maketrans(",.", ".,"))
    for text in (f"{amount:.2f} {currency}", f"{currency} {dotted}", f"{german} {currency}", f"{currency}{german}"):
        assert Money.model_validate(read_money(read_price(text, None))) == Money(amount=amount, currency=currency)


@given(st.text(max_size=30))
@settings(deadline=None)
def test_any_text_is_a_price_that_the_catalog_takes_or_a_clear_error(text: str) -> None:
    try:
        price = read_price(text, "EUR")
    except ValueError as error:
        assert str(error)
    else:
        Money.model_validate(read_money(price))
