"""What is told of a job: the same document in the API's answers and in webhooks."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from catalog import Event, Job, JobState

_EVENTS = {JobState.DONE: "job.done", JobState.FAILED: "job.failed", JobState.WAITING: "job.waiting_for_confirmation"}


def job_document(job: Job) -> dict[str, Any]:
    """Return a job as JSON, as merchants read it."""
    counts = job.counts
    return {
        "id": job.id,
        "feed_id": job.feed_id,
        "name": job.name,
        "mode": job.mode.value,
        "state": job.state.value,
        "message": job.message,
        "counts": {
            "rows": counts.rows,
            "created": counts.created,
            "changed": counts.changed,
            "unchanged": counts.unchanged,
            "deleted": counts.deleted,
            "rejected": counts.rejected,
            "errors": counts.errors,
        },
        "missing": job.missing,
        "progress": {
            "rows": counts.rows,
            "received_bytes": job.received_bytes,
            "total_bytes": job.total_bytes,
            "all_read": job.all_read,
        },
        "seq": job.seq,
        "created_at": _moment(job.created_at),
        "started_at": _moment(job.started_at),
        "ended_at": _moment(job.ended_at),
    }


def event_of(job: Job, at: datetime) -> Event:
    """Return what a store's webhook is told of a job that has come to its state at that moment."""
    told = {"type": _EVENTS[job.state], "timestamp": _moment(at), "data": job_document(job)}
    return Event(_EVENTS[job.state], json.dumps(told, separators=(",", ":")))


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
