"""The tables of feeds, of the jobs that run them, and of what webhooks have to tell.

Jobs keep a copy of what their feed said when they were made: changing or deleting a feed changes no job.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from catalog.moment import Moment
from catalog.tables import metadata, plain_text

feeds = Table(
    "feeds",
    metadata,
    Column("id", plain_text(), primary_key=True),
    Column("store", plain_text(), ForeignKey("stores.id"), nullable=False),
    Column("name", plain_text(), nullable=False),
    Column("url", Text),
    Column("spec", Text, nullable=False),  # JSON: all that the merchant said of the feed
    Column("next_run_at", Moment, index=True),  # null: never by itself
    Column("etag", Text),
    Column("last_modified", Text),
    Column("content_sha256", plain_text()),  # of the last file that was applied whole
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    UniqueConstraint("store", "name"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", plain_text(), primary_key=True),  # ids grow with time
    Column("store", plain_text(), ForeignKey("stores.id"), nullable=False),
    Column("feed_id", plain_text()),
    Column("name", Text, nullable=False),  # of the file, as its sender calls it
    Column("url", Text),
    Column("mode", Text, nullable=False),
    Column("format", Text),
    Column("mapping", Text, nullable=False),  # JSON
    Column("currency", Text),
    Column("encoding", Text),
    Column("shop_url", Text),
    Column("max_missing_share", Float, nullable=False),
    Column("forced", Boolean, nullable=False),
    Column("state", plain_text(), nullable=False),
    Column("message", Text),
    Column("file", Text),  # in the folder of feed files, once it is there
    Column("etag", Text),
    Column("last_modified", Text),
    Column("content_sha256", plain_text()),
    Column("received_bytes", BigInteger, nullable=False),
    Column("total_bytes", BigInteger),
    Column("rows", BigInteger, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("unchanged", BigInteger, nullable=False),
    Column("deleted", BigInteger, nullable=False),
    Column("rejected", BigInteger, nullable=False),
    Column("errors", BigInteger, nullable=False),  # all of them, those beyond the number that is kept too
    Column("missing", BigInteger),  # live products that a full feed lacked, once it was read to its end
    Column("all_read", Boolean, nullable=False),
    Column("confirmed", Boolean, nullable=False),
    Column("base_seq", BigInteger, nullable=False),  # the log's end when the file was sent or asked for
    Column("read_seq", BigInteger, nullable=False),  # the log's end when the last finished row had been applied
    Column("seq", BigInteger),  # receipt of the last write
    Column("lease", plain_text()),
    Column("attempts", Integer, nullable=False),  # claims since the last progress
    Column("due_at", Moment, nullable=False),  # when it may be claimed: at once, after a pause, at the lease's end
    Column("created_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("ended_at", Moment),
)
Index("ix_jobs_state_due_at", jobs.c.state, jobs.c.due_at)
Index("ix_jobs_store_id", jobs.c.store, jobs.c.id)

job_errors = Table(
    "job_errors",
    metadata,
    Column("job_id", plain_text(), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("line", BigInteger),
    Column("sku", Text),
    Column("field", Text, nullable=False),
    Column("message", Text, nullable=False),
)

# The SKUs that a full feed names: what the store has beside them is missing. Gone when the job ends.
job_skus = Table(
    "job_skus",
    metadata,
    Column("job_id", plain_text(), primary_key=True),
    Column("sku", plain_text(), primary_key=True),
)

# The secrets are kept as they are: what signs must be known. The previous one signs beside the new one for a while.
webhooks = Table(
    "webhooks",
    metadata,
    Column("store", plain_text(), ForeignKey("stores.id"), primary_key=True),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("previous_secret", Text),
    Column("previous_until", Moment),
    Column("disabled_reason", Text),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", plain_text(), primary_key=True),  # ids grow with time
    Column("store", plain_text(), ForeignKey("stores.id"), nullable=False),
    Column("type", Text, nullable=False),
    Column("payload", Text, nullable=False),  # JSON, signed and sent as it stands here
    Column("state", plain_text(), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("last_status", Integer),
    Column("last_answer", Text),
    Column("last_at", Moment),
    Column("created_at", Moment, nullable=False),
)
Index("ix_deliveries_state_due_at", deliveries.c.state, deliveries.c.due_at)
Index("ix_deliveries_store_id", deliveries.c.store, deliveries.c.id)
