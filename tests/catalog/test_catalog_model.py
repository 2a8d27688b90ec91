"""Random histories of one store against a plain model of the rules: versions, numbers, photos, tombstones."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from catalog import Catalog, Delete, ImageStatus, ProductFields, Put, Receipt
from tests.catalog.wares import SPACE, HeldClock, described, photo_at

SKUS = ("a", "b", "c")
LINKS = tuple(f"https://img.example/{number}.jpg" for number in range(4))
skus = st.sampled_from(SKUS)
photos = st.lists(st.sampled_from(LINKS), max_size=3, unique=True)


@dataclass
class Modelled:
    """A product as it should be."""

    version: int = 0
    live: bool = False
    brand: str = ""
    status: dict[str, ImageStatus] = field(default_factory=dict)


class Histories(RuleBasedStateMachine):
    """Does the same to a catalog and to the model."""

    catalog: ClassVar[Catalog]
    numbers: ClassVar[Iterator[int]] = itertools.count(1)

    @initialize()
    def open(self) -> None:
        self.store = f"store{next(self.numbers)}"
        self.catalog.stores.create(self.store, "A store for each history")
        self.start = self.catalog.changes.head()
        self.model = {sku: Modelled() for sku in SKUS}
        self.fetched: set[str] = set()
        self.log: list[tuple[str, str, int]] = []

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.catalog.products.delete(self.store, SKUS)  # so that no task is left to other histories

    @rule(given=st.lists(st.tuples(skus, st.sampled_from(["x", "y"]), photos), min_size=1, max_size=4))
    def put(self, given: list[tuple[str, str, list[str]]]) -> None:
        items = [(sku, self._fields(brand, links)) for sku, brand, links in given]
        receipts = self.catalog.products.put(self.store, items, SPACE)
        assert [one.version for one in receipts] == [self._model_put(*one) for one in given]

    @rule(given=st.lists(st.tuples(skus, st.none() | st.tuples(st.sampled_from(["x", "y"]), photos)), max_size=6))
    def put_and_delete(self, given: list[tuple[str, tuple[str, list[str]] | None]]) -> None:
        edits = [Put(sku, self._fields(*wanted)) if wanted else Delete(sku) for sku, wanted in given]
        outcomes = self.catalog.products.apply(self.store, edits, SPACE)
        for (sku, wanted), outcome in zip(given, outcomes, strict=True):
            version = self._model_put(sku, *wanted) if wanted else self._model_delete(sku)
            assert (outcome.version if isinstance(outcome, Receipt) else None) == version

    def _model_put(self, sku: str, brand: str, links: list[str]) -> int:
        one = self.model[sku]
        same_photos = one.live and list(one.status) == links
        if same_photos and one.brand == brand:
            return one.version
        known = {link: ImageStatus.READY if link in self.fetched else ImageStatus.PENDING for link in links}
        if not same_photos:
            one.status = {link: one.status.get(link, known[link]) if one.live else known[link] for link in links}
        one.live, one.brand = True, brand
        return self._log(sku, "attributes" if same_photos else "listed")

    @rule(sku=skus, brand=st.sampled_from(["x", "y", "z"]))
    def patch_brand(self, sku: str, brand: str) -> None:
        if self.model[sku].live:
            self.catalog.products.patch(self.store, sku, {"brand": brand}, SPACE)
            self._model_put(sku, brand, list(self.model[sku].status))

    @rule(given=st.lists(skus, min_size=1, max_size=3))
    def delete(self, given: list[str]) -> None:
        receipts = self.catalog.products.delete(self.store, given)
        for sku, receipt in zip(given, receipts, strict=True):
            assert (receipt.version if receipt else None) == self._model_delete(sku)

    def _model_delete(self, sku: str) -> int | None:
        if not self.model[sku].live:
            return None
        self.model[sku].live = False
        self.model[sku].status = {}
        return self._log(sku, "deleted")

    @rule(limit=st.integers(1, 3), works=st.booleans())
    def work(self, limit: int, works: bool) -> None:
        for task in self.catalog.images.claim(limit, 60.0):
            one = self.model[task.sku]
            assert list(one.status)[task.position] == task.link
            assert one.status[task.link] == ImageStatus.PENDING
            if not works:
                self.catalog.images.fail(task, "no", None)
                one.status[task.link] = ImageStatus.FAILED
                continue
            found = photo_at(task.link)
            self.catalog.images.describe_ready(task, found.image, described(found))
            self.fetched.add(task.link)
            one.status[task.link] = ImageStatus.READY
            self._log(task.sku, "described")

    @invariant()
    def catalog_is_as_modelled(self) -> None:
        if not hasattr(self, "store"):
            return
        live = {sku: one for sku, one in self.model.items() if one.live}
        found = self.catalog.products.live(self.store, SKUS)
        assert {sku: (one.product.version, one.product.fields.brand) for sku, one in found.items()} == {
            sku: (one.version, one.brand) for sku, one in live.items()
        }
        for sku, one in live.items():
            assert {image.link: image.status for image in self.catalog.products.images(self.store, sku)} == one.status
            ready = {photo_at(link).id for link, status in one.status.items() if status == ImageStatus.READY}
            assert set(found[sku].image_ids) == ready
        changes = self.catalog.changes.after(self.start, 10_000)
        assert [(one.sku, str(one.kind), one.version) for one in changes] == self.log
        assert [one.seq for one in changes] == list(range(self.start + 1, self.catalog.changes.head() + 1))
        self._counts_agree(live)

    def _counts_agree(self, live: dict[str, Modelled]) -> None:
        stats = self.catalog.stats(self.store, SPACE)
        all_ = [status for one in live.values() for status in one.status.values()]
        assert stats.images == {status: all_.count(status) for status in ImageStatus}
        assert stats.products == len(live)
        assert stats.searchable == sum(ImageStatus.READY in one.status.values() for one in live.values())
        assert self.catalog.images.pending(self.store) == all_.count(ImageStatus.PENDING)

    def _log(self, sku: str, kind: str) -> int:
        self.model[sku].version += 1
        self.log.append((sku, kind, self.model[sku].version))
        return self.model[sku].version

    @staticmethod
    def _fields(brand: str, links: list[str]) -> ProductFields:
        main, more = (links[0], links[1:]) if links else (None, [])
        return ProductFields(title="t", brand=brand, image_link=main, additional_image_link=tuple(more))


def test_random_histories_follow_the_rules(tmp_path: Path) -> None:
    with Catalog.open(f"sqlite:///{tmp_path / 'catalog.db'}", tmp_path, clock=HeldClock()) as catalog:
        catalog.migrate()
        history = type("History", (Histories,), {"catalog": catalog})
        run_state_machine_as_test(history, settings=settings(max_examples=30, stateful_step_count=20, deadline=None))
