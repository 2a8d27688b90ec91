"""Jobs of feeds on both databases: what becomes of rows, what is deleted, and what happens when things break."""

from __future__ import annotations

import gzip
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from catalog import Catalog, Counts, JobState, LeaseLost, ProductFields, UnknownJob
from pipeline.feed_run import RunLimits
from pipeline.sync import Sync
from tests.catalog.wares import SPACE, HeldClock, describe_waiting, put
from tests.pipeline.feed_shop import Answer, FeedHost, FeedShop, serving_feeds, table, wares

pytest_plugins = ("tests.catalog.both_databases",)

DONE, FAILED, WAITING, CANCELLED = JobState.DONE, JobState.FAILED, JobState.WAITING, JobState.CANCELLED


@pytest.fixture(scope="module")
def server() -> Iterator[FeedHost]:
    with serving_feeds() as one:
        yield one


@pytest.fixture
def host(server: FeedHost) -> FeedHost:
    server.answers.clear()
    server.asked.clear()
    return server


@pytest.fixture
def shop(catalog: Catalog, tmp_path: Path, host: FeedHost) -> FeedShop:
    return FeedShop(catalog, tmp_path / "feeds", host)


def test_rows_are_counted_by_what_became_of_them_and_the_receipt_is_that_of_the_last_write(shop: FeedShop) -> None:
    first = shop.run(table(wares(1_200)))
    assert (first.state, first.message) == (DONE, None)
    assert first.counts == Counts(rows=1_200, created=1_200)
    assert first.seq == shop.catalog.changes.head()
    second = shop.run(table([*wares(3, "12.00 EUR"), *wares(1_197, start=3)]))
    assert second.counts == Counts(rows=1_200, changed=3, unchanged=1_197)
    assert second.seq == shop.catalog.changes.head()
    assert second.started_at and second.ended_at
    assert shop.files_left() == []


def test_broken_rows_are_told_line_by_line_and_harm_nobody_else(shop: FeedShop) -> None:
    rows: list[tuple[object, ...]] = list(wares(6))
    rows[1] = ("S000001", "shirt", "cheap")
    rows[3] = ("", "no id", "5.00 EUR")
    rows[4] = ("bad/sku", "shirt", "5.00 EUR")
    job = shop.run(table(rows), "delta")
    assert (job.state, job.counts) == (DONE, Counts(rows=6, created=3, rejected=3, errors=3))
    price, missing, sku = shop.errors(job)
    assert (price.line, price.sku, price.field) == (3, "S000001", "price")
    assert "like '19.90 EUR'" in price.message
    assert (missing.line, missing.field) == (5, "sku")
    assert (sku.line, sku.sku, sku.field) == (6, "bad/sku", "sku")


def test_errors_beyond_the_number_kept_are_counted(shop: FeedShop) -> None:
    job = shop.send(table([(f"S{number}", "shirt", "cheap") for number in range(700)]), "delta")
    job = shop.after(job, shop.worker(RunLimits(max_errors=600)))
    assert job.counts == Counts(rows=700, rejected=700, errors=700)
    assert [one.line for one in shop.errors(job)] == list(range(2, 602))


def test_full_feed_deletes_what_it_lacks(shop: FeedShop) -> None:
    shop.run(table(wares(1_000)))
    job = shop.run(table(wares(900)))
    assert (job.state, job.missing) == (DONE, 100)
    assert job.counts == Counts(rows=900, unchanged=900, deleted=100)
    assert job.seq == shop.catalog.changes.head()
    assert shop.skus() == [sku for sku, *_ in wares(900)]


def test_full_feed_of_another_store_touches_nothing_here(shop: FeedShop) -> None:
    put(shop.catalog, "ours")
    other = FeedShop(shop.catalog, shop.folder, shop.host, "other")
    assert other.run(table(wares(2))).state is DONE
    assert shop.skus() == ["ours"]


def test_product_of_a_broken_row_is_not_deleted(shop: FeedShop) -> None:
    shop.run(table(wares(10)))
    job = shop.run(table([*wares(9), ("S000009", "shirt", "cheap")]))
    assert job.counts == Counts(rows=10, unchanged=9, rejected=1, errors=1)
    assert shop.price("S000009") == "10.00"


def test_guard_stops_before_anything_is_deleted_and_confirming_goes_on(shop: FeedShop) -> None:
    shop.run(table(wares(10)))
    job = shop.run(table(wares(7)))
    assert (job.state, job.missing, job.counts.deleted) == (WAITING, 3, 0)
    assert job.message is not None and "3 of 10 products are missing" in job.message
    assert len(shop.skus()) == 10
    shop.intake.confirm("shop", job.id)
    job = shop.after(job)
    assert (job.state, job.counts.deleted, len(shop.skus())) == (DONE, 3, 7)


def test_share_of_the_guard_is_the_merchants_own(shop: FeedShop) -> None:
    shop.run(table(wares(10)))
    assert shop.run(table(wares(5)), max_missing_share=0.5).state is DONE
    assert shop.run(table(wares(4)), max_missing_share=0.0).state is WAITING


def test_job_that_waits_can_be_cancelled_and_deletes_nothing(shop: FeedShop) -> None:
    shop.run(table(wares(10)))
    job = shop.run(table(wares(5)))
    assert shop.intake.cancel("shop", job.id).state is CANCELLED
    assert shop.after(job).state is CANCELLED
    assert len(shop.skus()) == 10


def test_product_written_since_the_feed_was_sent_is_spared(shop: FeedShop) -> None:
    shop.run(table(wares(10)))
    job = shop.send(table(wares(9)))
    put(shop.catalog, "S000009", title="changed by hand")
    put(shop.catalog, "new")
    assert shop.after(job).counts.deleted == 0
    assert {"S000009", "new"} <= set(shop.skus())


def test_products_of_an_earlier_feed_are_not_spared_by_one_that_was_sent_before_it_ran(
    shop: FeedShop, clock: HeldClock
) -> None:
    shop.send(table(wares(10)))
    clock.advance(1)
    job = shop.after(shop.send(table(wares(9))))
    assert (job.counts.deleted, shop.skus()) == (1, [sku for sku, *_ in wares(9)])


def test_product_written_while_a_job_waits_for_confirmation_is_spared(shop: FeedShop) -> None:
    shop.run(table(wares(10)))
    job = shop.run(table(wares(5)))
    put(shop.catalog, "S000009", title="changed by hand")
    shop.intake.confirm("shop", job.id)
    assert shop.after(job).counts.deleted == 4
    assert "S000009" in shop.skus()


@pytest.mark.parametrize("body", [b"id,title,price\n", b"id,title,price\na/b,x,1.00 EUR\n", b"no table at all\n"])
def test_full_feed_without_a_row_to_take_fails_and_deletes_nothing(shop: FeedShop, body: bytes) -> None:
    put(shop.catalog, "a")
    job = shop.run(body)
    assert job.state is FAILED and job.message
    assert shop.skus() == ["a"]


def test_delta_changes_named_fields_and_creates_what_is_new(shop: FeedShop) -> None:
    shop.run(table(wares(3)))
    rows = [("S000001", "", "5.00 EUR"), ("new", "a dress", "7.00 EUR"), ("untitled", "", "7.00 EUR")]
    job = shop.run(table(rows), "delta")
    assert job.counts == Counts(rows=3, created=1, changed=1, rejected=1, errors=1)
    assert [(one.sku, one.field) for one in shop.errors(job)] == [("untitled", "title")]
    changed = shop.catalog.products.get("shop", "S000001")
    assert changed is not None and changed.fields.title == "shirt 1" and shop.price("S000001") == "5.00"
    assert len(shop.skus()) == 4


def test_rows_of_a_new_product_in_one_delta_build_upon_each_other(shop: FeedShop) -> None:
    shop.run(table([("a", "a dress", "7.00 EUR"), ("a", "", "5.00 EUR")]), "delta")
    found = shop.catalog.products.get("shop", "a")
    assert found is not None and found.fields.title == "a dress" and shop.price("a") == "5.00"


def test_jobs_of_a_store_run_one_after_the_other_and_those_of_others_beside_them(
    shop: FeedShop, clock: HeldClock
) -> None:
    first = shop.send(table(wares(2, "1.00 EUR")))
    clock.advance(0.001)
    second = shop.send(table(wares(2, "2.00 EUR")))
    clock.advance(0.001)
    other = FeedShop(shop.catalog, shop.folder, shop.host, "other").send(table(wares(2)))
    work = shop.catalog.job_work
    claimed = [work.claim(60.0), work.claim(60.0), work.claim(60.0)]
    assert [one and one.id for one in claimed] == [first.id, other.id, None]
    assert claimed[0] is not None
    work.put_off(claimed[0], "later", 0.0)
    shop.after(second)
    assert shop.price("S000001") == "2.00"


def test_job_whose_worker_died_is_taken_up_after_its_last_finished_row(shop: FeedShop, clock: HeldClock) -> None:
    job = shop.send(table(wares(1_700)))
    dead = shop.worker(RunLimits(lease_seconds=60.0))
    steps = shop.steps_of_next_job()
    next(steps)
    next(steps)
    sync = Sync(shop.catalog, lambda: SPACE, lambda: None)
    sync.put("shop", "S001000", {"title": "shirt 1000", "price": "10.00 EUR"})
    assert dead.run_once() == 0  # the lease holds
    clock.advance(61)
    job = shop.after(job)
    assert (job.state, job.counts) == (DONE, Counts(rows=1_700, created=1_700))
    assert len(shop.skus()) == 1_700
    with pytest.raises(LeaseLost, match=f"job {job.id} was cancelled, or is another worker's now"):
        next(steps)


def test_job_that_kills_its_workers_is_given_up(shop: FeedShop, clock: HeldClock) -> None:
    job = shop.send(table(wares(2)))
    for _ in range(5):
        assert shop.catalog.job_work.claim(60.0) is not None
        clock.advance(61)
    job = shop.after(job)
    assert job.state is FAILED and job.message is not None and job.message.startswith("given up")
    assert shop.skus() == []


def test_product_described_while_its_feed_waits_is_not_counted_as_changed(shop: FeedShop) -> None:
    columns, row = ("id", "title", "image_link"), ("a", "a dress", "https://img.example/a.jpg")
    shop.run(table([row], columns))
    job = shop.send(table([row], columns))
    describe_waiting(shop.catalog)
    assert shop.after(job).counts == Counts(rows=1, unchanged=1)


def test_cancelled_job_stops_at_its_next_step(shop: FeedShop) -> None:
    job = shop.send(table(wares(1_200)))
    steps = shop.steps_of_next_job()
    next(steps)
    shop.intake.cancel("shop", job.id)
    with pytest.raises(LeaseLost, match="cancelled"):
        next(steps)
    job = shop.catalog.jobs.get("shop", job.id)
    assert (job.state, job.counts.rows) == (CANCELLED, 500)


def test_feed_by_address_is_fetched_and_applied(shop: FeedShop, host: FeedHost) -> None:
    host.answers["/feed.csv"] = Answer(table(wares(5)))
    feed = shop.intake.create("shop", {"name": "main", "url": host.url("/feed.csv")})
    job = shop.after(shop.intake.run("shop", feed.id))
    assert (job.state, job.counts) == (DONE, Counts(rows=5, created=5))
    assert job.received_bytes == job.total_bytes == len(table(wares(5)))


@pytest.mark.parametrize("headers", [{}, {"ETag": '"one"'}])
def test_same_feed_again_is_cheap_and_says_unchanged(shop: FeedShop, host: FeedHost, headers: dict[str, str]) -> None:
    host.answers["/feed.csv"] = Answer(table(wares(5)), headers=headers)
    feed = shop.intake.create("shop", {"name": "main", "url": host.url("/feed.csv")})
    shop.after(shop.intake.run("shop", feed.id))
    head = shop.catalog.changes.head()
    again = shop.after(shop.intake.run("shop", feed.id))
    assert again.state is DONE and again.message is not None and again.message.startswith("unchanged")
    assert again.counts == Counts()
    forced = shop.after(shop.intake.run("shop", feed.id, forced=True))
    assert forced.counts == Counts(rows=5, unchanged=5)
    assert shop.catalog.changes.head() == head


def test_same_feed_is_applied_again_once_it_means_something_else(shop: FeedShop, host: FeedHost) -> None:
    host.answers["/feed.csv"] = Answer(table(wares(5)), headers={"ETag": '"one"'})
    feed = shop.intake.create("shop", {"name": "main", "url": host.url("/feed.csv")})
    shop.after(shop.intake.run("shop", feed.id))
    shop.intake.change("shop", feed.id, {"mode": "delta"})
    assert shop.after(shop.intake.run("shop", feed.id)).counts == Counts(rows=5, unchanged=5)


def test_feed_that_breaks_off_is_tried_again_and_never_deletes(
    shop: FeedShop, host: FeedHost, clock: HeldClock
) -> None:
    shop.run(table(wares(10)))
    host.answers["/feed.csv"] = Answer(table(wares(9)), cut_after=60)
    feed = shop.intake.create("shop", {"name": "main", "url": host.url("/feed.csv")})
    job = shop.intake.run("shop", feed.id)
    for state in (JobState.QUEUED, JobState.QUEUED, JobState.QUEUED, FAILED):
        assert shop.after(job).state is state
        clock.advance(3_600)
    assert len(host.asked) == 4
    assert len(shop.skus()) == 10
    assert shop.files_left() == []
    host.answers["/feed.csv"] = Answer(table(wares(9)))
    assert shop.after(shop.intake.run("shop", feed.id)).counts.deleted == 1


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer(status=404), "answers 404 Not Found"),
        (Answer(status=302, headers={"Location": "http://10.0.0.1/feed.csv"}), "is not on the public internet"),
        (Answer(status=302, headers={"Location": "/feed.csv"}), "redirects more than"),
        (Answer(table(wares(1_000))), "has more than 10,000 bytes"),
        (Answer(b"x", headers={"Content-Encoding": "br"}), "Content-Encoding 'br'"),
    ],
)
def test_feed_that_cannot_be_fetched_fails_with_what_to_do(
    shop: FeedShop, host: FeedHost, answer: Answer, told: str
) -> None:
    host.answers["/feed.csv"] = answer
    feed = shop.intake.create("shop", {"name": "main", "url": host.url("/feed.csv")})
    job = shop.after(shop.intake.run("shop", feed.id), shop.worker(max_bytes=10_000))
    assert job.state is FAILED and job.message is not None and told in job.message
    assert shop.files_left() == []


def test_feed_on_a_schedule_runs_when_it_is_due(shop: FeedShop, host: FeedHost, clock: HeldClock) -> None:
    host.answers["/feed.csv"] = Answer(table(wares(5)))
    spec = {"name": "main", "url": host.url("/feed.csv"), "every_seconds": 600}
    feed = shop.intake.create("shop", spec)
    for runs in (1, 1, 2):
        while shop.worker().run_once():
            continue
        assert len(shop.catalog.jobs.page("shop", None, 10, feed.id)) == runs
        clock.advance(301)
    shop.intake.change("shop", feed.id, {"every_seconds": None})
    clock.advance(1_000)
    assert shop.worker().run_once() == 0


def test_feed_whose_job_has_not_ended_is_not_scheduled_again(shop: FeedShop, clock: HeldClock, host: FeedHost) -> None:
    feed = shop.intake.create("shop", {"name": "main", "url": host.url("/feed.csv"), "every_seconds": 60})
    assert len(shop.catalog.feeds.schedule()) == 1
    clock.advance(61)
    assert shop.catalog.feeds.schedule() == []
    shop.intake.cancel("shop", shop.catalog.jobs.page("shop", None, 10, feed.id)[0].id)
    clock.advance(61)
    assert len(shop.catalog.feeds.schedule()) == 1


def test_newer_feed_takes_the_place_of_one_that_waits_and_the_same_one_does_not(shop: FeedShop, host: FeedHost) -> None:
    shop.run(table(wares(10)))
    host.answers["/feed.csv"] = Answer(table(wares(5)))
    feed = shop.intake.create("shop", {"name": "main", "url": host.url("/feed.csv")})
    waiting = shop.after(shop.intake.run("shop", feed.id))
    assert waiting.state is WAITING
    same = shop.after(shop.intake.run("shop", feed.id))
    assert same.state is DONE and same.message is not None and waiting.id in same.message
    host.answers["/feed.csv"] = Answer(table(wares(9)))
    assert shop.after(shop.intake.run("shop", feed.id)).counts.deleted == 1
    assert shop.catalog.jobs.get("shop", waiting.id).state is CANCELLED


def test_deleting_a_feed_cancels_its_jobs(shop: FeedShop, host: FeedHost) -> None:
    feed = shop.intake.create("shop", {"name": "main", "url": host.url("/feed.csv")})
    job = shop.intake.run("shop", feed.id)
    shop.intake.delete("shop", feed.id)
    assert shop.after(job).state is CANCELLED
    assert host.asked == []


def test_product_fields_of_a_full_row_replace_the_whole_product(shop: FeedShop) -> None:
    put(shop.catalog, "S000000", brand="old")
    shop.run(table(wares(1)))
    found = shop.catalog.products.get("shop", "S000000")
    assert found is not None
    assert found.fields == ProductFields.model_validate({"title": "shirt 0", "price": "10.00 EUR"})


def test_worker_gives_back_what_it_cannot_finish_in_its_time(shop: FeedShop) -> None:
    job = shop.send(table(wares(1_200)))
    assert shop.worker(RunLimits(turn_seconds=0.0)).run_for(0.0) == 1
    job = shop.catalog.jobs.get("shop", job.id)
    assert (job.state, job.lease, job.counts.rows) == (JobState.QUEUED, None, 500)
    assert shop.after(job).counts == Counts(rows=1_200, created=1_200)


def test_jobs_of_several_stores_take_turns(shop: FeedShop) -> None:
    other = FeedShop(shop.catalog, shop.folder, shop.host, "other")
    long, short = shop.send(table(wares(2_500))), other.send(table(wares(3)))
    worker = shop.worker(RunLimits(turn_seconds=0.0))
    while shop.catalog.jobs.get("other", short.id).state is not DONE:
        assert worker.run_once()
    assert shop.catalog.jobs.get("shop", long.id).state is JobState.RUNNING
    assert shop.after(long, worker).counts.created == 2_500


def test_old_jobs_are_forgotten_and_what_has_not_ended_is_not(shop: FeedShop, clock: HeldClock) -> None:
    shop.catalog.webhooks.put("shop", "https://shop.example/hook")
    ended, waiting = shop.run(table(wares(10))), shop.run(table([*wares(5), ("bad", "shirt", "cheap")]))
    clock.advance(3_600)
    late = shop.run(table(wares(5)), "delta")
    history = shop.catalog.job_history
    assert history.forget(3_000) == 1
    assert [one.id for one in shop.catalog.jobs.page("shop", None, 10)] == [late.id, waiting.id]
    assert len(shop.errors(waiting)) == 1
    with pytest.raises(UnknownJob):
        shop.catalog.jobs.get("shop", ended.id)
    assert len(shop.catalog.deliveries.page("shop", None, 10)) == 3


def test_files_of_dead_processes_are_swept_and_those_of_jobs_are_not(shop: FeedShop) -> None:
    job = shop.send(table(wares(1)))
    for name in ("left.part", "left", "fresh.part"):
        (shop.folder / name).write_bytes(b"x")
    for path in shop.folder.glob("*"):
        if path.name != "fresh.part":
            os.utime(path, (0, 0))
    assert shop.files.sweep(shop.catalog.jobs.files()) == 2
    assert sorted(shop.files_left()) == sorted([str(job.file), "fresh.part"])


def test_no_two_workers_get_jobs_of_one_store(shop: FeedShop) -> None:
    for _ in range(4):
        shop.send(table(wares(1)))
    with ThreadPoolExecutor(6) as pool:
        claimed = [one for one in pool.map(lambda _: shop.catalog.job_work.claim(60.0), range(6)) if one]
    assert len(claimed) == 1


def test_download_shows_its_progress_keeps_its_lease_and_can_be_cancelled(
    shop: FeedShop, host: FeedHost, clock: HeldClock
) -> None:
    body = table(wares(20_000))
    host.answers["/feed.csv"] = Answer(body, gate=threading.Event())
    feed = shop.intake.create("shop", {"name": "main", "url": host.url("/feed.csv")})
    job = shop.intake.run("shop", feed.id)
    worker = shop.worker(RunLimits(turn_seconds=0.0))
    for _ in range(300):
        worker.run_once()
        clock.advance(30)  # ten minutes in all: far more than one lease
        shown = shop.catalog.jobs.get("shop", job.id)
        if shown.received_bytes:
            break
    assert (shown.state, shown.total_bytes) == (JobState.RUNNING, len(body)) and 0 < shown.received_bytes < len(body)
    shop.intake.cancel("shop", job.id)
    while worker.run_once():
        continue
    host.answers["/feed.csv"].release()
    assert shop.after(job).state is CANCELLED and shop.skus() == []


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("prices.csv", b"id,price\nS000000,5.00 EUR\nnew,5.00 EUR\n"),
        ("prices.jsonl", b'{"id": "S000000", "price": "5.00 EUR"}\n{"id": "new", "price": "5.00 EUR"}\n'),
        ("google.tsv", b"id\tprice\tavailability\tlink\timage_link\nS000000\t5.00 EUR\t\t\t\nnew\t5.00 EUR\t\t\t\n"),
    ],
)
def test_delta_that_names_no_title_leaves_titles_as_they_are(shop: FeedShop, name: str, body: bytes) -> None:
    shop.run(table(wares(1)))
    job = shop.run(body, "delta", name=name)
    found = shop.catalog.products.get("shop", "S000000")
    assert found is not None and found.fields.title == "shirt 0" and shop.price("S000000") == "5.00"
    assert (job.counts.changed, job.counts.rejected, shop.skus()) == (1, 1, ["S000000"])
    assert [(one.sku, one.field) for one in shop.errors(job)] == [("new", "title")]


def test_feed_is_read_as_its_merchant_says(shop: FeedShop) -> None:
    body = "Artikel;Bezeichnung;Preis;Lager\nA1;Kleid für Größe;19,90;7\n".encode("cp1252")
    mapping = {"Artikel": "sku", "Bezeichnung": "title", "Preis": "price", "Lager": None}
    job = shop.run(body, mapping=mapping, currency="EUR", encoding="cp1252", format="table")
    assert job.counts == Counts(rows=1, created=1), shop.errors(job)
    found = shop.catalog.products.get("shop", "A1")
    assert found is not None and found.fields.title == "Kleid für Größe" and shop.price("A1") == "19.90"
    assert found.fields.custom == {}


def test_packed_feed_that_is_cut_short_fails_and_deletes_nothing(shop: FeedShop) -> None:
    shop.run(table(wares(10)))
    job = shop.run(gzip.compress(table([*wares(9), *wares(3_000, start=10)]))[:-400], name="feed.csv.gz")
    assert job.state is FAILED and job.counts.deleted == 0 and job.message
    assert "S000009" in shop.skus()


def test_job_whose_file_is_gone_fails_and_deletes_nothing(shop: FeedShop) -> None:
    put(shop.catalog, "a")
    job = shop.send(table(wares(2)))
    shop.files.remove(job.file)
    job = shop.after(job)
    assert job.state is FAILED and job.message is not None and "send it again" in job.message
    assert shop.skus() == ["a"]
