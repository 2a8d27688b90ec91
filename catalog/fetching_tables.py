"""Tables beside the catalog's own: what is kept for a time after nothing lists it, and whom a store may fetch from."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Table

from catalog.moment import Moment
from catalog.tables import metadata, plain_text

# Images that a product ceased to list, or that none lists yet. Another product may list the image all the same: that
# is looked at when its time has come.
unlisted = Table(
    "unlisted",
    metadata,
    Column("store", plain_text(), primary_key=True),
    Column("image_id", plain_text(), primary_key=True),
    Column("since", Moment, nullable=False, index=True),
)

# Hosts that an operator lets one store fetch from although they are not public.
allowed_hosts = Table(
    "allowed_hosts",
    metadata,
    Column("store", plain_text(), ForeignKey("stores.id"), primary_key=True),
    Column("host", plain_text(), primary_key=True),
)
