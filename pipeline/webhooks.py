"""Tells stores what happened, by Standard Webhooks (2023, https://www.standardwebhooks.com): signed, and told again
until it is heard, for about a day.

What is to be told stands in the catalog; a receiver may hear a message twice and knows it by its ``webhook-id``.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import structlog
from standardwebhooks.webhooks import Webhook as Signer

from catalog import Catalog, Delivery, DeliveryState, UnknownWebhook, Webhook
from catalog.clock import Clock, utc_now
from pipeline.addresses import read_target
from pipeline.fetch_errors import FetchError
from pipeline.outgoing import Outgoing, Waiting

AT_ONCE = 8
LEASE_SECONDS = 120.0
PAUSES_SECONDS = (5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 28_800.0, 28_800.0)  # 8 attempts within 24 hours
MAX_ANSWER_BYTES = 1_000
_GONE = 410
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Heard:
    """How an attempt went: the status of the answer (None where there was none), and its beginning or the fault."""

    status: int | None
    answer: str
    permanent: bool = False

    @property
    def well(self) -> bool:
        """Whether the receiver has taken the message."""
        return self.status is not None and 200 <= self.status < 300


class WebhookSender:
    """Makes the deliveries that are due."""

    def __init__(self, catalog: Catalog, outgoing: Outgoing, waiting: Waiting, clock: Clock = utc_now) -> None:
        self._catalog = catalog
        self._outgoing = outgoing
        self._waiting = waiting
        self._clock = clock

    def run_once(self) -> int:
        """Make up to some deliveries, side by side; return how many were claimed. Zero means that none is due."""
        if not self._catalog.deliveries.any_due():
            return 0
        claimed = self._catalog.deliveries.claim(AT_ONCE, LEASE_SECONDS)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(self._deliver, claimed))
        return len(claimed)

    def _deliver(self, delivery: Delivery) -> None:
        try:
            webhook = self._catalog.webhooks.get(delivery.store)
        except UnknownWebhook as error:
            self._report(delivery, Heard(None, str(error), permanent=True))
            return
        if webhook.disabled_reason is not None:
            self._report(delivery, Heard(None, f"the webhook is disabled: {webhook.disabled_reason}", permanent=True))
            return
        heard = self._send(webhook, delivery)
        if heard.status == _GONE:
            self._catalog.webhooks.disable(webhook.store, webhook.url, "its server answered 410 Gone")
        self._report(delivery, heard)

    def _send(self, webhook: Webhook, delivery: Delivery) -> Heard:
        headers = signed(webhook.secrets, delivery, self._clock())
        try:
            target = read_target(webhook.url)
            patience = self._waiting.patience()
            body = delivery.payload.encode()
            with self._outgoing.ask("POST", target, headers, patience, body) as response:
                answer = response.read(MAX_ANSWER_BYTES).decode(errors="replace")
                return Heard(response.status, answer, permanent=response.status == _GONE)
        except FetchError as error:
            return Heard(None, str(error), error.permanent)

    def _report(self, delivery: Delivery, heard: Heard) -> None:
        again = not heard.well and not heard.permanent and delivery.attempts <= len(PAUSES_SECONDS)
        pause = PAUSES_SECONDS[delivery.attempts - 1] if again else 0.0
        state = DeliveryState.DELIVERED if heard.well else DeliveryState.FAILED
        state = DeliveryState.WAITING if again else state
        self._catalog.deliveries.report(delivery, state, heard.status, heard.answer, pause)
        log.info("webhook told", store=delivery.store, delivery=delivery.id, state=state.value, status=heard.status)


def signed(secrets: Sequence[str], delivery: Delivery, at: datetime) -> dict[str, str]:
    """Return the headers of a delivery, signed with every secret: a receiver needs to know one of them."""
    signatures = [Signer(secret).sign(delivery.id, at, delivery.payload) for secret in secrets]
    return {
        "Content-Type": "application/json",
        "webhook-id": delivery.id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
