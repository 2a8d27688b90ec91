"""Links are handed out to be asked again, and a photo that has changed is waited for while the old one is shown."""

from __future__ import annotations

from catalog import Catalog, ImageStatus, LinkToCheck, ReadyPhoto, Validators
from tests.catalog.wares import SPACE, HeldClock, described, photo, put, statuses

pytest_plugins = ("tests.catalog.both_databases",)

A, B = "https://img.example/a.jpg", "https://img.example/b.jpg"
WEEK = 604_800.0
OLD, NEW = photo("old"), photo("new")


def fetch_waiting(catalog: Catalog, gives: str = "old", etag: str | None = '"1"') -> int:
    """Make what waits ready, as if every link gave that photo."""
    tasks = catalog.images.claim(100, 60.0)
    one = photo(gives)
    for task in tasks:
        ready = ReadyPhoto((task,), one.image, one.data, described(one), Validators(etag))
        catalog.images.ready(task.store, [ready])
    return len(tasks)


def claim_one(catalog: Catalog) -> LinkToCheck:
    [link] = catalog.rechecks.claim(10, WEEK, 60.0)
    return link


def test_link_is_due_at_its_age_with_what_its_host_said(catalog: Catalog, clock: HeldClock) -> None:
    put(catalog, "a", image_link=A)
    fetch_waiting(catalog)
    clock.advance(WEEK - 1)
    assert catalog.rechecks.claim(10, WEEK, 60.0) == []
    clock.advance(2)
    link = claim_one(catalog)
    assert (link.store, link.url, link.image_id, link.validators) == ("shop", A, OLD.id, Validators('"1"'))
    assert catalog.rechecks.claim(10, WEEK, 60.0) == []
    clock.advance(61)
    assert claim_one(catalog) == link, "a lease that ran out hands it out again"


def test_unchanged_link_is_due_after_the_whole_time_again(catalog: Catalog, clock: HeldClock) -> None:
    put(catalog, "a", image_link=A)
    fetch_waiting(catalog)
    clock.advance(WEEK + 1)
    catalog.rechecks.unchanged(claim_one(catalog), Validators('"2"', "yesterday"))
    clock.advance(WEEK - 1)
    assert catalog.rechecks.claim(10, WEEK, 60.0) == []
    clock.advance(2)
    assert claim_one(catalog).validators == Validators('"2"', "yesterday")


def test_link_that_could_not_be_checked_is_due_after_the_pause(catalog: Catalog, clock: HeldClock) -> None:
    put(catalog, "a", image_link=A)
    fetch_waiting(catalog)
    clock.advance(WEEK + 1)
    catalog.rechecks.later(claim_one(catalog), WEEK, 3600.0)
    clock.advance(3599)
    assert catalog.rechecks.claim(10, WEEK, 60.0) == []
    clock.advance(2)
    claim_one(catalog)
    assert statuses(catalog, "a") == [ImageStatus.READY]


def test_changed_photo_takes_the_place_of_the_old_one_in_every_product_of_the_store(
    catalog: Catalog, clock: HeldClock
) -> None:
    put(catalog, "a", image_link=A)
    put(catalog, "b", image_link=B, additional_image_link=[A])
    put(catalog, "gone", image_link=A)
    put(catalog, "a", store="other", image_link=A)
    fetch_waiting(catalog)
    catalog.products.delete("shop", ["gone"])
    clock.advance(WEEK + 1)
    due = [link for link in catalog.rechecks.claim(10, WEEK, 60.0) if (link.store, link.url) == ("shop", A)]
    before = catalog.changes.head()
    assert catalog.rechecks.changed("shop", due) == 2
    assert catalog.rechecks.changed("shop", due) == 0
    for sku in ("a", "b"):
        assert catalog.products.live("shop", [sku])[sku].image_ids == (OLD.id,), "shown until the new one is described"
    assert catalog.changes.head() == before
    assert fetch_waiting(catalog, "new") == 2
    assert [change.sku for change in catalog.changes.after(before, 10)] == ["a", "b"]
    assert catalog.products.live("shop", ["a"])["a"].image_ids == (NEW.id,)
    assert catalog.products.live("shop", ["b"])["b"].image_ids == (OLD.id, NEW.id)
    assert catalog.products.live("other", ["a"])["a"].image_ids == (OLD.id,)


def test_changed_photo_that_cannot_be_taken_leaves_the_old_one(catalog: Catalog, clock: HeldClock) -> None:
    put(catalog, "a", image_link=A)
    fetch_waiting(catalog)
    clock.advance(WEEK + 1)
    catalog.rechecks.changed("shop", [claim_one(catalog)])
    [task] = catalog.images.claim(10, 60.0)
    catalog.images.fail(task, "it is an HTML page", None, permanent=True)
    assert catalog.products.live("shop", ["a"])["a"].image_ids == (OLD.id,)
    assert len(catalog.products.listings([("shop", "a")], SPACE)[("shop", "a")].descriptions) == 1
    assert catalog.failures.retry("shop") == 1
    fetch_waiting(catalog, "new")
    assert catalog.products.live("shop", ["a"])["a"].image_ids == (NEW.id,)


def test_late_check_of_a_link_that_was_fetched_anew_changes_nothing(catalog: Catalog, clock: HeldClock) -> None:
    put(catalog, "a", image_link=A)
    fetch_waiting(catalog)
    clock.advance(WEEK + 1)
    late = claim_one(catalog)
    catalog.rechecks.changed("shop", [late])
    fetch_waiting(catalog, "new", etag='"2"')
    catalog.rechecks.unchanged(late, Validators('"1"'))
    catalog.rechecks.changed("shop", [late])
    clock.advance(WEEK + 1)
    assert claim_one(catalog).validators == Validators('"2"')


def test_changed_photo_is_fetched_though_the_old_one_waits_to_be_described_again(
    catalog: Catalog, clock: HeldClock
) -> None:
    put(catalog, "a", image_link=A)
    fetch_waiting(catalog)
    clock.advance(WEEK + 1)
    link = claim_one(catalog)
    catalog.images.describe_again("another@1")
    catalog.rechecks.changed("shop", [link])
    [task] = catalog.images.claim(10, 60.0)
    assert (task.image_id, task.host) == (None, "img.example")
