"""The table of spaces: how vectors are made, which of them searches use, and how far the one beside it is filled."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table, Text

from catalog.moment import Moment
from catalog.tables import metadata, plain_text

# `model` is JSON: the settings that make its models. `walked_store` and `walked_sku` are where the walk through all
# products has come to; null once it is over. `seq`: what changed up to there is described, or waits for it; null where
# nobody follows the log for the space. One worker at a time fills it, `held_by`, until `held_until`.
spaces = Table(
    "spaces",
    metadata,
    Column("id", plain_text(), primary_key=True),
    Column("model", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("walked_store", plain_text()),
    Column("walked_sku", plain_text()),
    Column("seq", BigInteger),
    Column("products", BigInteger, nullable=False),
    Column("photos", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),
    Column("held_by", Text),
    Column("held_until", Moment),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
)
