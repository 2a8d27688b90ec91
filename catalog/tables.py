"""The tables. Two numbers tie them together: a product's `version`, and `seq`, its place in the ordered log.

Products, tasks and changes carry no foreign key to their store: every write holds the store's row (`stores.hold`),
which is there for good, so a check per row would only cost time.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    false,
    text,
)
from sqlalchemy.types import TypeEngine

from catalog.moment import Moment

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def plain_text() -> TypeEngine[str]:
    """Text compared and ordered by code points, the same on every database whatever its locale."""
    return Text().with_variant(Text(collation="C"), "postgresql")


metadata = MetaData(naming_convention=CONVENTION)

stores = Table(
    "stores",
    metadata,
    Column("id", plain_text(), primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("id", plain_text(), primary_key=True),
    Column("store", plain_text(), ForeignKey("stores.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("prefix", plain_text(), nullable=False, unique=True),
    Column("secret_sha256", LargeBinary, nullable=False),
    Column("scopes", Text, nullable=False),  # words with a space between
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
)

# A deleted product stays as a tombstone (live false, nothing in it), so that its version goes on counting.
# `photos` is a JSON array beside the document's links: the image id of each photo that was described, else null.
products = Table(
    "products",
    metadata,
    Column("store", plain_text(), primary_key=True),
    Column("sku", plain_text(), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("live", Boolean, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("document", Text, nullable=False),
    Column("photos", Text, nullable=False),
    Column("revision", BigInteger),  # the merchant's own number of this state
)

# What a photo that is not ready waits for, or why it failed. A photo that is ready has no row.
tasks = Table(
    "tasks",
    metadata,
    Column("store", plain_text(), primary_key=True),
    Column("sku", plain_text(), primary_key=True),
    Column("position", SmallInteger, primary_key=True),
    Column("link", Text, nullable=False),
    Column("host", plain_text(), nullable=False, server_default=""),  # "" where nothing has to be fetched
    Column("image_id", plain_text()),  # what the link gave before, where it is to be described in another space
    Column("additional", Boolean, nullable=False),
    Column("failed", Boolean, nullable=False),
    Column("permanent", Boolean, nullable=False, server_default=false()),  # failed, and would fail again as it is
    Column("reason", Text),
    Column("attempts", Integer, nullable=False),
    # When it may be claimed: at once, at the lease's end, after a pause. Of one that failed: when it did.
    Column("due_at", Moment, nullable=False),
)
Index(
    "ix_tasks_due",  # by host, so that a claim finds every host's oldest without passing over a slow one's thousands
    tasks.c.additional,
    tasks.c.host,
    tasks.c.due_at,
    postgresql_where=tasks.c.failed == false(),
    sqlite_where=text("failed = 0"),
)
Index(
    "ix_tasks_failed",
    tasks.c.store,
    tasks.c.sku,
    tasks.c.position,
    postgresql_where=tasks.c.failed,
    sqlite_where=text("failed = 1"),
)

images = Table(
    "images",
    metadata,
    Column("id", plain_text(), primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
)

# The images a store may see: those it uploaded, and those fetched for it.
store_images = Table(
    "store_images",
    metadata,
    Column("store", plain_text(), ForeignKey("stores.id"), primary_key=True),
    Column("image_id", plain_text(), ForeignKey("images.id"), primary_key=True, index=True),
)

# Which image an address gave when it was fetched for a store; `link_key` stands for the address. `etag` and
# `last_modified` are what its host said of it. `checked_at` is when the host last answered for it; a claim or a check
# that failed sets it so that the link is due again when the lease or the pause is over. No `url`, no check.
links = Table(
    "links",
    metadata,
    Column("store", plain_text(), ForeignKey("stores.id"), primary_key=True),
    Column("link_key", plain_text(), primary_key=True),
    Column("image_id", plain_text(), ForeignKey("images.id"), nullable=False, index=True),
    Column("fetched_at", Moment, nullable=False),
    Column("url", Text),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("checked_at", Moment, index=True),
)

# One row is all that one space says of one image, so that half a description cannot be.
descriptions = Table(
    "descriptions",
    metadata,
    Column("image_id", plain_text(), ForeignKey("images.id"), primary_key=True),
    Column("space", plain_text(), primary_key=True),
    Column("detector", Text, nullable=False),
    Column("fingerprint", BigInteger, nullable=False),
    Column("regions", Text, nullable=False),  # JSON
    Column("vectors", LargeBinary, nullable=False),  # float16, little end first, one row per region
    Column("created_at", Moment, nullable=False),
)

# One row: the last number given out. Whoever moves it holds it until commit, so numbers become visible in their order.
log_head = Table(
    "log_head", metadata, Column("id", Integer, primary_key=True), Column("seq", BigInteger, nullable=False)
)

changes = Table(
    "changes",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("store", plain_text(), nullable=False),
    Column("sku", plain_text(), nullable=False),
    Column("kind", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_changes_store_seq", "store", "seq"),
)

# Requests that were sent with a key of their own, so that sending one again repeats its answer and not its work.
requests = Table(
    "requests",
    metadata,
    Column("store", plain_text(), primary_key=True),
    Column("key", plain_text(), primary_key=True),
    Column("digest", LargeBinary, nullable=False),  # of what was asked
    Column("status", SmallInteger),  # of the answer; null while the request is under way
    Column("answer", LargeBinary),
    Column("at", Moment, nullable=False, index=True),
)
