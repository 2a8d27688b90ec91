"""Every number Vitrine exposes to Prometheus, each listed once, here.

The metrics are the only process-wide state: a Prometheus client keeps one registry per process, and nothing reads
these numbers to decide anything. The registry is our own, so that a test or a library cannot add to the page.
"""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    start_http_server,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)

CONTENT_TYPE = CONTENT_TYPE_LATEST
STAGE_BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.2, 2.5, 5.0, 10.0, 30.0)

SEARCH_STAGE_SECONDS = Histogram(
    "vitrine_search_stage_seconds",
    "Time of one stage of a search (fetch, decode, detect, embed, index, gate, rank)",
    ["stage"],
    buckets=STAGE_BUCKETS,
    registry=REGISTRY,
)
INGEST_STAGE_SECONDS = Histogram(
    "vitrine_ingest_stage_seconds",
    "Time of one stage of making a photo searchable (fetch, decode, detect, embed, store)",
    ["stage"],
    buckets=STAGE_BUCKETS,
    registry=REGISTRY,
)
FOLLOW_STAGE_SECONDS = Histogram(
    "vitrine_follow_stage_seconds",
    "Time of one stage of carrying a batch of changes into the index (read, upsert, snapshot)",
    ["stage"],
    buckets=STAGE_BUCKETS,
    registry=REGISTRY,
)
REQUEST_SECONDS = Histogram(
    "vitrine_http_request_seconds",
    "Time from a request's arrival to its answer, by route",
    ["method", "route"],
    buckets=STAGE_BUCKETS,
    registry=REGISTRY,
)
REQUESTS = Counter(
    "vitrine_http_requests", "Requests answered, by route and status", ["method", "route", "status"], registry=REGISTRY
)
GATE_DROPS = Counter(
    "vitrine_gate_drops",
    "Candidates the index offered and the catalog refused, because deleted, changed or no longer matching",
    registry=REGISTRY,
)
PHOTOS_INGESTED = Counter(
    "vitrine_photos_ingested",
    "Photos handled by ingest, by outcome (ready, retried, failed)",
    ["outcome"],
    registry=REGISTRY,
)
PHOTOS_FILLED = Counter("vitrine_photos_filled", "Photos described in a space beside the active one", registry=REGISTRY)
CHANGES_FOLLOWED = Counter(
    "vitrine_changes_followed", "Entries of the change log carried into the index", registry=REGISTRY
)
FRESHNESS_LAG_SECONDS = Gauge(
    "vitrine_freshness_lag_seconds", "Age of the oldest change that the index does not hold yet", registry=REGISTRY
)
QUEUE_DEPTH = Gauge("vitrine_ingest_queue_depth", "Photos waiting to be made searchable", registry=REGISTRY)
INDEX_SEQ = Gauge("vitrine_index_seq", "Last entry of the change log that the index holds", registry=REGISTRY)


def exposition() -> bytes:
    """Return every metric in the Prometheus text format; serve it with `CONTENT_TYPE`."""
    return generate_latest(REGISTRY)


def serve(host: str, port: int) -> None:
    """Answer ``/metrics`` there from a thread of its own, for a process that serves nothing else."""
    start_http_server(port, host, REGISTRY)
