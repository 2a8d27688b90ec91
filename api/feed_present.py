"""Feeds, jobs' errors, webhooks and deliveries as the JSON that clients read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from catalog import Delivery, DeliveryState, Feed, JobError, Webhook

Json = dict[str, Any]
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def feed(found: Feed) -> Json:
    """A feed of the store."""
    return {
        "id": found.id,
        **found.spec.model_dump(mode="json"),
        "next_run_at": _moment(found.next_run_at),
        "created_at": _moment(found.created_at),
        "updated_at": _moment(found.updated_at),
    }


def error(found: JobError) -> Json:
    """One error of a job."""
    return {"line": found.line, "sku": found.sku, "field": found.field, "message": found.message}


def errors_csv(found: Iterable[JobError]) -> str:
    """Errors of a job as a table. What a spreadsheet would take for a formula is set in quotes."""
    file = io.StringIO()
    table = csv.writer(file)
    table.writerow(["line", "sku", "field", "message"])
    table.writerows([one.line, _harmless(one.sku), _harmless(one.field), _harmless(one.message)] for one in found)
    return file.getvalue()


def webhook(found: Webhook) -> Json:
    """The store's webhook, without its secret."""
    return {
        "url": found.url,
        "enabled": found.disabled_reason is None,
        "disabled_reason": found.disabled_reason,
        "created_at": _moment(found.created_at),
        "updated_at": _moment(found.updated_at),
    }


def delivery(found: Delivery) -> Json:
    """One event on its way."""
    return {
        "id": found.id,
        "type": found.type,
        "payload": json.loads(found.payload),
        "state": found.state.value,
        "attempts": found.attempts,
        "next_attempt_at": _moment(found.due_at) if found.state is DeliveryState.WAITING else None,
        "last_status": found.last_status,
        "last_answer": found.last_answer,
        "last_at": _moment(found.last_at),
        "created_at": _moment(found.created_at),
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _harmless(text: str | None) -> str:
    return f"'{text}" if text and text.startswith(_FORMULA_STARTS) else text or ""
