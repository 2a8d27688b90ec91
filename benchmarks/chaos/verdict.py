"""What stands at the end, held against what was acknowledged."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice

from benchmarks import scrape
from benchmarks.chaos.hosts import Hosts
from benchmarks.chaos.ledger import Fields, Ledger
from benchmarks.rest import Client, NoAnswer, skus_found
from catalog import Catalog, CatalogError, Change, ImageStatus, ListedImage, Listing, ProductFields
from pipeline.hosts import MAX_PAUSE_SECONDS

BATCH = 1_000
PAGE = 100
LOOK_SECONDS = 2.0
OVERDUE = timedelta(minutes=1)  # of a photo that nobody comes to try again
LONGEST_PAUSE = timedelta(seconds=MAX_PAUSE_SECONDS)
UPLOADED = "image:"
SEEN_CATEGORY = "dress"  # by the light detector, in every photo; the titles name none


@dataclass(slots=True)
class Verdict:
    """What was found wrong, each in words; all empty is what was promised."""

    lost: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    wrongly_taken: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    unjust: list[str] = field(default_factory=list)  # good photos that failed: with a reason, but not the merchant's
    products: int = 0
    searchable: int = 0
    failed: int = 0
    waiting: int = 0  # for a host that does not answer: with the reason, and the time of the next try
    quiet_after_seconds: float = 0.0


class Judge:
    """Looks at the catalog, and through each API process."""

    def __init__(self, catalog: Catalog, store: str, space: str, ledger: Ledger, hosts: Hosts) -> None:
        self._catalog = catalog
        self._store = store
        self._space = space
        self._ledger = ledger
        self._hosts = hosts
        self.verdict = Verdict()

    def wait_until_quiet(self, seconds: float) -> None:
        """Wait until every photo is ready, failed, or left for later for a reason; the rest is stuck after the limit.

        A host that does not answer is left alone for up to an hour; waiting for the last try would take three.
        """
        started = time.monotonic()
        while self._any_stuck() and time.monotonic() - started < seconds:
            time.sleep(LOOK_SECONDS)
        self.verdict.quiet_after_seconds = time.monotonic() - started

    def check_writes(self) -> None:
        """Hold the catalog against the ledger: every product in a state it may be in, every receipt in the log."""
        self.verdict.lost += self._ledger.faults
        for sku, states in self._ledger.states.items():
            product = self._catalog.products.get(self._store, sku)
            stands = product.fields if product else None
            if stands not in [None if state is None else ProductFields.model_validate(state) for state in states]:
                self.verdict.lost.append(f"{sku}: {stands} is none of {states}")
        logged = {(change.seq, change.sku, change.version) for change in self._changes()}
        self.verdict.lost += [
            f"receipt {one} is not in the log"
            for one in self._ledger.receipts
            if (one.seq, one.sku, one.version) not in logged
        ]
        self.verdict.lost += [f"upload {one} is not there" for one in self._ledger.uploads if not self._is_kept(one)]

    def check_photos(self) -> None:
        """Every product with a photo is searchable, or says why not; and a bad photo was not taken for a good one."""
        for listing in self._listings():
            sku = listing.product.sku
            self.verdict.products += 1
            self.verdict.searchable += bool(listing.descriptions)
            for image in self._catalog.products.images(self._store, sku):
                good = self._is_good(image)
                told = f"{sku} {image.link}: {image.status} {image.reason}, next try {image.next_try_at}"
                if self._is_stuck(image):
                    self.verdict.stuck.append(told)
                elif image.status is ImageStatus.PENDING:
                    self.verdict.waiting += 1
                elif image.status is ImageStatus.FAILED:
                    self.verdict.failed += 1
                    self.verdict.unjust += [told] if good else []
                elif not good:
                    self.verdict.wrongly_taken.append(told)

    def _any_stuck(self) -> bool:
        if not self._catalog.images.pending():
            return False
        skus = (one.product.sku for one in self._listings())
        return any(self._is_stuck(image) for sku in skus for image in self._catalog.products.images(self._store, sku))

    def _is_stuck(self, image: ListedImage) -> bool:
        """Whether a photo is neither ready, nor has a reason and, if it is to be tried again, a time that is near."""
        if image.status is ImageStatus.READY:
            return False
        if image.status is ImageStatus.FAILED:
            return not image.reason
        if self._is_good(image) or not image.reason or image.next_try_at is None:
            return True
        return not -OVERDUE < image.next_try_at - datetime.now(UTC) <= LONGEST_PAUSE

    def _is_good(self, image: ListedImage) -> bool:
        return image.link.startswith(UPLOADED) or self._hosts.is_good(image.link)

    def check_index(self, client: Client, image_id: str) -> None:
        """Hold what one API process finds against the catalog: no product more, none less, each as it is now."""
        head = self._catalog.changes.head()
        listed = {one.product.sku: one for one in self._listings()}
        searchable = {sku: one for sku, one in listed.items() if one.descriptions}
        dropped = scrape.scrape(client.port)
        everything = sorted({*listed, *self._ledger.states})
        for some in _in_pages(everything):
            wanted = {sku for sku in some if sku in searchable}
            filters: Fields = {"sku": {"in": some}}
            self._compare(client, self._search(client, image_id, filters, head), wanted, "by SKU")
            seen = self._search(client, image_id, filters, head, category=SEEN_CATEGORY)
            self._compare(client, seen, wanted, "by the category that was seen")
        revised = {revision: sku for sku, one in searchable.items() if (revision := _revision(one))}
        for some in _in_pages(sorted(revised)):
            found = self._search(client, image_id, {"custom.revision": {"in": some}}, head)
            self._compare(client, found, {revised[one] for one in some}, "by revision")
        self._ask_to_verify(client)
        ghosts = scrape.grown(dropped, scrape.scrape(client.port), "vitrine_gate_drops_total")
        if ghosts:
            self.verdict.differences.append(f"port {client.port}: the gate dropped {ghosts:g} candidates of its index")

    def _ask_to_verify(self, client: Client) -> None:
        """Have the process hold its index against the catalog, as an operator would."""
        reply = client.ask("POST", "/v1/index/verify", {})
        found = reply.body["first"] if reply.status == 200 else [reply.body]
        self.verdict.differences += [f"port {client.port} verify: {one}" for one in found]

    def _compare(self, client: Client, found: set[str], wanted: set[str], how: str) -> None:
        told = [f"lacks {sku}" for sku in wanted - found] + [f"has {sku} too many" for sku in found - wanted]
        self.verdict.differences += [f"port {client.port} {how}: {one}" for one in told]

    def _search(
        self, client: Client, image_id: str, filters: Fields, seq: int, category: str | None = None
    ) -> set[str]:
        asked = {"image_id": image_id, "filters": filters, "category": category}
        try:
            reply = client.search(**asked, limit=PAGE, min_score=-1.0, min_seq=seq)
        except NoAnswer as error:
            self.verdict.differences.append(f"port {client.port}: {error}")
            return set()
        if reply.status != 200 or reply.body["behind"]:
            self.verdict.differences.append(f"port {client.port}: {reply.status} {str(reply.body)[:200]}")
            return set()
        return skus_found(reply)

    def _listings(self) -> Iterator[Listing]:
        for batch in self._catalog.products.every(self._space, BATCH):
            yield from (one for one in batch if one.product.store == self._store)

    def _changes(self) -> Iterator[Change]:
        seq = 0
        while batch := self._catalog.changes.after(seq, BATCH):
            yield from batch
            seq = batch[-1].seq

    def _is_kept(self, image_id: str) -> bool:
        try:
            return hashlib.sha256(self._catalog.images.read(image_id)).hexdigest() == image_id
        except CatalogError:
            return False


def _revision(listing: Listing) -> str | None:
    found = listing.product.fields.custom.get("revision")
    return found if isinstance(found, str) else None


def _in_pages(values: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(values)
    while some := list(islice(rest, PAGE)):
        yield some
