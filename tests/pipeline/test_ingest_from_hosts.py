"""Photos become searchable, whatever hosts, disk and database do meanwhile: real hosts, light models."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from catalog import Catalog, CatalogUnavailable, ImageStatus, ProductFields, Validators
from detector import Photo, Region
from pipeline.describe import Describer
from pipeline.fetch import Fetched, Fetcher, FetchLimits
from pipeline.ingest import UNFORESEEN, Ingest, drain
from pipeline.photo import PhotoLimits
from pipeline.upkeep import Upkeep
from tests.api.shops import ColourEmbedder, HalvesDetector
from tests.catalog.wares import HeldClock
from tests.pipeline.image_host import TLS, Answer, Host, answering, jpeg

pytest_plugins = ("tests.catalog.both_databases",)

READY, PENDING, FAILED = ImageStatus.READY, ImageStatus.PENDING, ImageStatus.FAILED
SPACE = ColourEmbedder.space.id
RED, BLUE = jpeg(64), jpeg(72)
WEEK = 604_800.0


class CountingDetector(HalvesDetector):
    """Remembers how many photos it was shown."""

    def __init__(self) -> None:
        self.seen = 0

    def detect(self, photos: Sequence[Photo]) -> list[list[Region]]:
        self.seen += len(photos)
        return super().detect(photos)


class Worker:
    """A worker of its own over a catalog. Names are looked up as this machine, which the hosts are on."""

    def __init__(self, catalog: Catalog, seconds: float = 10.0, allowed: frozenset[str] = frozenset({"127.0.0.1"})):
        self.detector = CountingDetector()
        limits = FetchLimits(connect_seconds=1.0, read_seconds=seconds, total_seconds=seconds)
        self.fetcher = Fetcher(limits, allowed, tls=TLS)
        self.ingest = Ingest(catalog, Describer(self.detector, ColourEmbedder()), self.fetcher, PhotoLimits())
        self.upkeep = Upkeep(
            catalog, self.fetcher, PhotoLimits(), recheck_after_seconds=WEEK, keep_unlisted_seconds=WEEK
        )


@pytest.fixture
def worker(catalog: Catalog) -> Iterator[Worker]:
    one = Worker(catalog)
    yield one
    one.ingest.close()


def link(host: Host, path: str) -> str:
    return f"http://127.0.0.1:{host.port}{path}"


def put(catalog: Catalog, sku: str, *links: str, store: str = "shop") -> None:
    fields = ProductFields(title=sku, image_link=links[0], additional_image_link=links[1:])
    catalog.products.put(store, [(sku, fields)], SPACE)


def status(catalog: Catalog, sku: str, store: str = "shop") -> tuple[ImageStatus, str]:
    [one] = catalog.products.images(store, sku)
    return one.status, one.reason or ""


def counted(host: Host, path: str) -> int:
    return [asked for asked, _ in host.asked].count(path)


def waiting_for(event: threading.Event, then: Answer) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        event.wait(20)
        then(request)

    return answer


def test_slow_host_holds_up_nobody_elses_photos(catalog: Catalog, worker: Worker, host: Host, other_host: Host) -> None:
    release = threading.Event()
    for number in range(40):
        host.answers[f"/{number}"] = waiting_for(release, answering(RED))
        put(catalog, f"slow{number}", link(host, f"/{number}"))
    for number in range(20):
        other_host.answers[f"/{number}"] = answering(jpeg(40 + number))
        put(catalog, f"fast{number}", link(other_host, f"/{number}"))
    handled = 0
    while handled < 20:
        handled += worker.ingest.run_once()
    assert all(status(catalog, f"fast{number}")[0] is READY for number in range(20))
    assert status(catalog, "slow0")[0] is PENDING
    assert len(host.asked) <= 4, "connections at once"
    release.set()
    drain(worker.ingest)
    assert all(status(catalog, f"slow{number}")[0] is READY for number in range(40))


def test_photo_is_described_once_whatever_lists_it(catalog: Catalog, worker: Worker, host: Host) -> None:
    host.answers |= {"/a": answering(RED), "/b": answering(RED)}
    for number in range(5):
        put(catalog, f"p{number}", link(host, "/a"))
    put(catalog, "q", link(host, "/b"))
    put(catalog, "p", link(host, "/a"), store="other")
    drain(worker.ingest)
    assert worker.detector.seen == 1
    assert counted(host, "/a") == 2, "once for each store"
    assert [status(catalog, sku)[0] for sku in ("p0", "p4", "q")] == [READY] * 3
    assert status(catalog, "p", store="other")[0] is READY
    catalog.products.delete("shop", ["p0"])
    put(catalog, "p0", link(host, "/a"))
    assert status(catalog, "p0")[0] is READY


def test_two_workers_describe_a_photo_once_each_at_most(catalog: Catalog, worker: Worker, host: Host) -> None:
    second = Worker(catalog)
    for number in range(24):
        host.answers[f"/{number}"] = answering(RED)
        put(catalog, f"p{number}", link(host, f"/{number}"))
    threads = [threading.Thread(target=drain, args=(one.ingest,)) for one in (worker, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    second.ingest.close()
    assert 1 <= worker.detector.seen + second.detector.seen <= 2
    assert catalog.stats("shop", SPACE).images == {PENDING: 0, READY: 24, FAILED: 0}


@pytest.mark.parametrize("code", [429, 503])
def test_host_that_asks_for_a_pause_gets_it_for_all_its_photos(
    catalog: Catalog, worker: Worker, host: Host, other_host: Host, clock: HeldClock, code: int
) -> None:
    for number in range(40):
        host.answers[f"/{number}"] = answering(b"", code, Retry_After="120")
        put(catalog, f"p{number}", link(host, f"/{number}"))
    other_host.answers["/a"] = answering(BLUE)
    put(catalog, "other", link(other_host, "/a"))
    drain(worker.ingest)
    assert status(catalog, "other")[0] is READY
    asked = len(host.asked)
    assert asked <= 4
    assert {status(catalog, f"p{number}")[0] for number in range(40)} == {PENDING}
    assert "pause" in status(catalog, "p39")[1]
    clock.advance(119)
    assert drain(worker.ingest) == 0
    clock.advance(30)  # by the catalog's clock; the host's pause itself runs by the worker's
    counted_attempts = [task.attempts for task in catalog.images.claim(100, 60.0)]
    assert sum(counted_attempts) == asked, "only those that were asked for count"


def test_host_that_cannot_be_reached_is_left_alone_and_told_of(catalog: Catalog, worker: Worker, host: Host) -> None:
    for number in range(30):
        put(catalog, f"p{number}", f"http://127.0.0.1:1/{number}")
    host.answers["/a"] = answering(BLUE)
    put(catalog, "other", link(host, "/a"))
    drain(worker.ingest)
    assert status(catalog, "other")[0] is READY
    assert worker.fetcher.hosts.most("127.0.0.1:1") == 0
    reasons = {status(catalog, f"p{number}") for number in range(30)}
    assert {one for one, _ in reasons} == {PENDING}
    assert all("reached" in reason for _, reason in reasons)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (answering(b"<!doctype html><p>Not found"), "sends an HTML page; link to the image file itself"),
        (answering(b"gone", 404), "answers 404"),
        (answering(RED[:200]), "send the complete file"),
    ],
)
def test_photo_that_would_fail_again_fails_at_once(
    catalog: Catalog, worker: Worker, host: Host, answer: Answer, told: str
) -> None:
    host.answers |= {"/a": answer, "/b": answering(BLUE)}
    put(catalog, "a", link(host, "/a"))
    put(catalog, "b", link(host, "/b"))
    drain(worker.ingest)
    [failure] = catalog.failures.page("shop", None, 9)
    assert (failure.sku, failure.attempts, failure.permanent) == ("a", 1, True)
    assert told in failure.reason
    assert status(catalog, "b")[0] is READY


def test_fault_that_may_pass_is_tried_again_with_growing_pauses_and_an_end(
    catalog: Catalog, worker: Worker, host: Host, clock: HeldClock
) -> None:
    host.answers["/a"] = answering(b"", 500)
    put(catalog, "a", link(host, "/a"))
    for attempt in range(1, 9):
        drain(worker.ingest)
        assert len(host.asked) == attempt
        assert status(catalog, "a")[0] is (FAILED if attempt == 8 else PENDING)
        clock.advance(3.0 if attempt < 8 else 1e6)
        assert drain(worker.ingest) == 0
        clock.advance(4600.0)
    assert not catalog.failures.page("shop", None, 9)[0].permanent
    host.answers["/a"] = answering(RED)
    catalog.failures.retry("shop")
    drain(worker.ingest)
    assert status(catalog, "a")[0] is READY


def test_stores_own_allowed_host_is_its_own(catalog: Catalog, host: Host) -> None:
    worker = Worker(catalog, allowed=frozenset())
    host.answers["/a"] = answering(RED)
    catalog.allowed_hosts.allow("shop", f"127.0.0.1:{host.port}")
    for store in ("shop", "other"):
        put(catalog, "a", link(host, "/a"), store=store)
    drain(worker.ingest)
    assert status(catalog, "a")[0] is READY
    assert status(catalog, "a", store="other")[0] is FAILED
    assert catalog.allowed_hosts.disallow("shop", f"127.0.0.1:{host.port}")
    assert catalog.allowed_hosts.of("shop") == frozenset()
    worker.ingest.close()


def test_disk_that_is_full_lets_photos_wait_and_the_worker_live(
    catalog: Catalog, worker: Worker, host: Host, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    host.answers["/a"] = answering(RED)
    put(catalog, "a", link(host, "/a"))
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        for _ in range(12):
            drain(worker.ingest)
            assert status(catalog, "a")[0] is PENDING
            assert "No space left" in status(catalog, "a")[1]
            clock.advance(31)
    drain(worker.ingest)
    assert status(catalog, "a")[0] is READY


def test_photo_in_hand_survives_a_database_that_is_away_for_a_while(
    catalog: Catalog, worker: Worker, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise CatalogUnavailable("the database is restarting")

    host.answers["/a"] = answering(RED)
    put(catalog, "a", link(host, "/a"))
    with monkeypatch.context() as patched:
        for name in ("ready", "put_off"):
            patched.setattr(catalog.images, name, away)
        for _ in range(3):
            with pytest.raises(CatalogUnavailable):
                drain(worker.ingest)
    drain(worker.ingest)
    assert status(catalog, "a")[0] is READY
    assert len(host.asked) == 1


def test_stopped_worker_finishes_what_is_under_way_and_gives_back_the_rest(
    catalog: Catalog, host: Host, clock: HeldClock
) -> None:
    worker, release = Worker(catalog), threading.Event()
    for number in range(10):
        host.answers[f"/{number}"] = waiting_for(release, answering(jpeg(40 + number)))
        put(catalog, f"p{number}", link(host, f"/{number}"))
    at_work = threading.Thread(target=worker.ingest.run_once)
    at_work.start()
    until(lambda: len(host.asked) == 4)
    stopping = threading.Thread(target=worker.ingest.close)
    stopping.start()
    release.set()
    for thread in (at_work, stopping):
        thread.join(30)
    assert catalog.stats("shop", SPACE).images[READY] == len(host.asked)
    given_back = catalog.images.claim(100, 60.0)
    assert len(given_back) == 10 - len(host.asked)
    assert {task.attempts for task in given_back} <= {0}


def until(condition: Callable[[], bool]) -> None:
    ticking = threading.Event()
    for _ in range(1000):
        if condition():
            return
        ticking.wait(0.01)
    raise AssertionError("it did not come about within ten seconds")


def recheck_once(catalog: Catalog, worker: Worker, clock: HeldClock) -> None:
    clock.advance(WEEK + 1)
    assert worker.upkeep.recheck() == 1
    drain(worker.ingest)


def test_host_that_says_not_modified_costs_no_model(
    catalog: Catalog, worker: Worker, host: Host, clock: HeldClock
) -> None:
    host.answers["/a"] = answering(RED, ETag='"1"', Last_Modified="Mon, 04 May 2026 12:00:00 GMT")
    put(catalog, "a", link(host, "/a"))
    drain(worker.ingest)
    before = catalog.changes.head()
    host.answers["/a"] = answering(b"", 304)
    recheck_once(catalog, worker, clock)
    headers = host.asked[-1][1]
    assert (headers["if-none-match"], headers["if-modified-since"]) == ('"1"', "Mon, 04 May 2026 12:00:00 GMT")
    host.answers["/a"] = answering(RED)  # a host that does not know of conditions sends the same again
    recheck_once(catalog, worker, clock)
    assert (worker.detector.seen, catalog.changes.head()) == (1, before)


def test_photo_that_changed_at_its_host_is_described_and_shown(
    catalog: Catalog, worker: Worker, host: Host, clock: HeldClock
) -> None:
    host.answers["/a"] = answering(RED, ETag='"1"')
    for sku in ("a", "b"):
        put(catalog, sku, link(host, "/a"))
    drain(worker.ingest)
    before, [old] = catalog.changes.head(), catalog.products.live("shop", ["a"])["a"].image_ids
    host.answers["/a"] = answering(BLUE, ETag='"2"')
    recheck_once(catalog, worker, clock)
    for sku in ("a", "b"):
        [new] = catalog.products.live("shop", [sku])[sku].image_ids
        assert new != old
    assert worker.detector.seen == 2
    assert sorted(change.sku for change in catalog.changes.after(before, 10)) == ["a", "b"]


@pytest.mark.parametrize("answer", [answering(b"", 500), answering(b"<html>sale!</html>"), answering(BLUE[:300])])
def test_check_that_fails_keeps_the_photo_and_is_repeated(
    catalog: Catalog, worker: Worker, host: Host, clock: HeldClock, answer: Answer
) -> None:
    host.answers["/a"] = answering(RED)
    put(catalog, "a", link(host, "/a"))
    drain(worker.ingest)
    host.answers["/a"] = answer
    recheck_once(catalog, worker, clock)
    assert status(catalog, "a")[0] is READY
    clock.advance(86_401)
    assert worker.upkeep.recheck() == 1


def test_upkeep_forgets_photos_and_rests_when_nothing_is_left(
    catalog: Catalog, worker: Worker, host: Host, clock: HeldClock, tmp_path: Path
) -> None:
    host.answers["/a"] = answering(RED)
    put(catalog, "a", link(host, "/a"))
    drain(worker.ingest)
    catalog.products.delete("shop", ["a"])
    assert worker.upkeep.run_once() == 0
    clock.advance(WEEK + 1)
    assert worker.upkeep.run_once() == 0, "it looks once a minute"
    fresh = Worker(catalog)
    while fresh.upkeep.run_once():
        pass
    fresh.ingest.close()
    assert not [path for path in (tmp_path / "images").rglob("*") if path.is_file()]


def test_photo_that_meets_an_unforeseen_fault_costs_itself_alone(
    catalog: Catalog, worker: Worker, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = worker.fetcher.fetch

    def failing(url: str, *others: frozenset[str]) -> Fetched:
        if url.endswith("/heavy"):
            raise MemoryError("too much for this machine")
        return fetch(url, *others)

    monkeypatch.setattr(worker.fetcher, "fetch", failing)
    host.answers |= {"/heavy": answering(RED), "/light": answering(BLUE)}
    put(catalog, "heavy", link(host, "/heavy"))
    put(catalog, "light", link(host, "/light"))
    drain(worker.ingest)
    assert status(catalog, "light")[0] is READY
    assert status(catalog, "heavy") == (PENDING, UNFORESEEN)
    assert not worker.ingest.run_once(), "it is in nobody's hands"


def test_photo_that_the_models_break_on_costs_itself_alone(
    catalog: Catalog, worker: Worker, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    detect = worker.detector.detect

    def breaking(photos: Sequence[Photo]) -> list[list[Region]]:
        if any(len(photo) == 200 for photo in photos):
            raise RuntimeError("out of memory in a kernel")
        return detect(photos)

    monkeypatch.setattr(worker.detector, "detect", breaking)
    host.answers |= {"/large": answering(jpeg(200)), "/blue": answering(BLUE)}
    put(catalog, "large", link(host, "/large"))
    put(catalog, "blue", link(host, "/blue"))
    drain(worker.ingest)
    assert status(catalog, "blue")[0] is READY
    assert status(catalog, "large") == (PENDING, UNFORESEEN)


def test_what_a_host_said_is_kept_while_its_photo_is_described_again(
    catalog: Catalog, worker: Worker, host: Host
) -> None:
    host.answers["/a"] = answering(RED, ETag='"1"')
    put(catalog, "a", link(host, "/a"))
    drain(worker.ingest)
    catalog.images.describe_again("another@1")
    drain(worker.ingest)
    assert counted(host, "/a") == 1
    [known] = catalog.rechecks.claim(10, 0.0, 60.0)
    assert known.validators == Validators('"1"')
