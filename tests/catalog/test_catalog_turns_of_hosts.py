"""Photos are handed out host by host, and what a host has to answer for is not counted against its photos."""

from __future__ import annotations

import pytest

from catalog import Catalog, ImageStatus, ImageTask, ReadyPhoto
from catalog.tasks import host_of
from tests.catalog.wares import HeldClock, described, photo_at, put, statuses, upload

pytest_plugins = ("tests.catalog.both_databases",)

PENDING, FAILED = ImageStatus.PENDING, ImageStatus.FAILED


def list_photos(catalog: Catalog, clock: HeldClock, host: str, count: int) -> None:
    for number in range(count):
        put(catalog, f"{host}-{number}", image_link=f"https://{host}/{number}.jpg")
        clock.advance(0.001)


def hosts(tasks: list[ImageTask]) -> list[str]:
    return [task.host for task in tasks]


@pytest.mark.parametrize(
    ("link", "host"),
    [
        ("https://IMG.example/a.jpg", "img.example"),
        ("https://img.example:443/a.jpg", "img.example"),
        ("http://img.example:443/a.jpg", "img.example:443"),
        ("http://user:word@img.example:8080/a.jpg", "img.example:8080"),
        ("http://[::1]:8080/a.jpg", "[::1]:8080"),
        ("image:" + "0" * 64, ""),
        ("http://[::1", ""),
    ],
)
def test_host_is_named_as_its_header_names_it(link: str, host: str) -> None:
    assert host_of(link) == host


def test_hosts_take_turns_however_many_photos_one_has(catalog: Catalog, clock: HeldClock) -> None:
    list_photos(catalog, clock, "large.example", 30)
    list_photos(catalog, clock, "small.example", 2)
    taken = catalog.images.claim(10, 60.0, per_host=4)
    assert hosts(taken) == ["large.example"] * 4 + ["small.example"] * 2
    assert [task.sku for task in taken[:4]] == [f"large.example-{number}" for number in range(4)]


def test_busy_hosts_are_passed_over(catalog: Catalog, clock: HeldClock) -> None:
    list_photos(catalog, clock, "slow.example", 5)
    list_photos(catalog, clock, "fast.example", 1)
    one = upload(catalog, "p")
    put(catalog, "here", image_link=one.link)
    assert hosts(catalog.images.claim(10, 60.0, busy={"slow.example"})) == ["fast.example", ""]


def test_main_photos_of_all_hosts_come_before_additional_ones(catalog: Catalog, clock: HeldClock) -> None:
    put(catalog, "a", image_link="https://a.example/1", additional_image_link=["https://a.example/2"])
    clock.advance(1)
    put(catalog, "b", image_link="https://b.example/1")
    places = [(task.host, task.position) for task in catalog.images.claim(3, 60.0)]
    assert places == [("a.example", 0), ("b.example", 0), ("a.example", 1)]


def test_photo_put_off_waits_and_nothing_is_counted(catalog: Catalog, clock: HeldClock) -> None:
    list_photos(catalog, clock, "img.example", 1)
    catalog.images.put_off(catalog.images.claim(1, 60.0), "the host rests", 30.0)
    assert catalog.images.claim(1, 60.0) == []
    assert catalog.products.images("shop", "img.example-0")[0].reason == "the host rests"
    clock.advance(31)
    assert catalog.images.claim(1, 60.0)[0].attempts == 0


def test_lease_can_be_extended_by_who_holds_it_only(catalog: Catalog, clock: HeldClock) -> None:
    list_photos(catalog, clock, "img.example", 1)
    first = catalog.images.claim(1, 60.0)
    clock.advance(50)
    catalog.images.extend(first, 60.0)
    clock.advance(50)
    assert catalog.images.claim(1, 60.0) == []
    clock.advance(11)
    second = catalog.images.claim(1, 60.0)
    assert second[0].attempts == 1
    catalog.images.extend(first, 1000.0)  # too late: it is another's
    catalog.images.put_off(first, "late", 1000.0)
    clock.advance(61)
    assert catalog.images.claim(1, 60.0)[0].attempts == 2


def test_pause_of_a_host_holds_back_its_photos_alone(catalog: Catalog, clock: HeldClock) -> None:
    list_photos(catalog, clock, "resting.example", 3)
    list_photos(catalog, clock, "other.example", 1)
    catalog.images.put_off_host("resting.example", "it rests", 60.0, counted=False, most_attempts=2)
    assert hosts(catalog.images.claim(9, 30.0)) == ["other.example"]
    clock.advance(61)
    again = [task for task in catalog.images.claim(9, 30.0) if task.host == "resting.example"]
    assert [task.attempts for task in again] == [0, 0, 0]


def test_photos_of_a_host_that_stays_away_fail_in_the_end_with_the_reason(catalog: Catalog, clock: HeldClock) -> None:
    list_photos(catalog, clock, "away.example", 2)
    for expected in (PENDING, PENDING, FAILED):
        assert statuses(catalog, "away.example-1") != [FAILED]
        catalog.images.put_off_host("away.example", "it is away", 60.0, counted=True, most_attempts=3)
        assert statuses(catalog, "away.example-1") == [expected]
        clock.advance(61)
    [first, second] = catalog.failures.page("shop", None, 9)
    assert (first.sku, first.reason, first.attempts, first.permanent) == ("away.example-0", "it is away", 3, False)
    assert (clock.now - second.failed_at).total_seconds() == 61


def test_photos_of_one_product_that_become_ready_together_are_one_change(catalog: Catalog) -> None:
    links = ["https://img.example/1", "https://img.example/2"]
    put(catalog, "a", image_link=links[0], additional_image_link=links[1:])
    tasks = catalog.images.claim(2, 60.0)
    photos = [photo_at(task.link) for task in tasks]
    ready = [ReadyPhoto((task,), one.image, one.data, described(one)) for task, one in zip(tasks, photos, strict=True)]
    assert catalog.images.ready("shop", ready) == [[2], [2]]
    assert statuses(catalog, "a") == [ImageStatus.READY] * 2
    assert catalog.images.read(photos[0].id) == photos[0].data


def test_one_photo_for_many_products_is_a_change_of_each(catalog: Catalog) -> None:
    link = "https://img.example/placeholder.jpg"
    for sku in ("a", "b", "gone"):
        put(catalog, sku, image_link=link)
    tasks, one = catalog.images.claim(3, 60.0), photo_at(link)
    catalog.products.delete("shop", ["gone"])
    before = catalog.changes.head()
    seqs = catalog.images.ready("shop", [ReadyPhoto(tuple(tasks), one.image, one.data, described(one))])
    assert seqs == [[before + 1, before + 2, None]]
    assert statuses(catalog, "a") == statuses(catalog, "b") == [ImageStatus.READY]
