"""Celery's worker for feeds and webhooks: it hears, it tells; killed again and again it loses and doubles nothing."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from catalog import Catalog, Counts, Job, JobState
from service.build import make_feed_intake, open_catalog
from service.doorbell import CeleryDoorbell, NoDoorbell, celery_app
from service.settings import Settings
from tests.pipeline.feed_shop import Answer, FeedHost, serving_feeds, table, wares

pytest_plugins = ("tests.postgres",)

LIMIT_SECONDS = 120.0
ROWS = 12_000


@pytest.fixture
def host() -> Iterator[FeedHost]:
    with serving_feeds() as one:
        yield one


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings on SQLite, or, where a test asks for it, on PostgreSQL."""
    on_postgres = getattr(request, "param", "sqlite") == "postgresql"
    url = request.getfixturevalue("postgres_url") if on_postgres else None
    return Settings(_env_file=None, data_dir=tmp_path / "data", database_url=url)


@pytest.fixture
def catalog(settings: Settings) -> Iterator[Catalog]:
    with open_catalog(settings) as opened:
        opened.stores.create("shop", "Shop")
        yield opened


@pytest.fixture
def queue_url(tmp_path: Path) -> Iterator[str]:
    """A Redis server of the test's own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        ["redis-server", "--port", str(port), "--save", "", "--dir", str(tmp_path)], stdout=subprocess.DEVNULL
    )
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait()


class Worker:
    """The worker of docker-compose.yml, with the beat inside, in a process group of its own."""

    def __init__(self, settings: Settings, queue_url: str, host: FeedHost) -> None:
        command = ["--app", "workers.app", "worker", "--queues", "feeds,webhooks", "--concurrency", "2"]
        command += ["--beat", "--schedule", str(settings.data_dir / "beat")]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "celery", *command],
            start_new_session=True,
            env=os.environ
            | {
                "VITRINE_DATA_DIR": str(settings.data_dir),
                "VITRINE_QUEUE_URL": queue_url,
                "VITRINE_ALLOWED_FEED_HOSTS": host.name,
                "VITRINE_JOB_LEASE_SECONDS": "2",
            }
            | ({"VITRINE_DATABASE_URL": settings.database_url} if settings.database_url else {}),
        )

    def kill(self) -> None:
        """End every process of the worker with SIGKILL."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def start(settings: Settings, queue_url: str, host: FeedHost) -> Iterator[Callable[[], Worker]]:
    started: list[Worker] = []

    def start_one() -> Worker:
        started.append(Worker(settings, queue_url, host))
        return started[-1]

    yield start_one
    for one in started:
        if one.process.poll() is None:
            one.kill()


def until(condition: Callable[[], bool], told: str) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, told
        time.sleep(0.02)


def listening(queue_url: str) -> bool:
    try:
        return bool(redis.Redis.from_url(queue_url).ping())
    except redis.ConnectionError:
        return False


def test_worker_runs_a_feed_when_it_is_rung_and_tells_the_store(
    catalog: Catalog, settings: Settings, queue_url: str, host: FeedHost, start: Callable[[], Worker]
) -> None:
    until(lambda: listening(queue_url), "Redis did not start")
    worker = start()
    host.answers |= {"/feed.csv": Answer(table(wares(700))), "/hook": Answer()}
    catalog.webhooks.put("shop", host.url("/hook"))
    intake = make_feed_intake(settings, catalog, CeleryDoorbell(celery_app(queue_url)))
    intake.create("shop", {"name": "main", "url": host.url("/feed.csv"), "every_seconds": 3600})
    until(lambda: any(path == "/hook" for _, path, *_ in host.asked), "the store was told nothing")
    [job] = catalog.jobs.page("shop", None, 10)
    assert (job.state, job.counts) == (JobState.DONE, Counts(rows=700, created=700))
    worker.process.terminate()
    assert worker.process.wait(60) == 0


@pytest.mark.parametrize("settings", ["sqlite", "postgresql"], indirect=True)
def test_worker_killed_again_and_again_loses_and_doubles_nothing(
    catalog: Catalog, settings: Settings, queue_url: str, start: Callable[[], Worker]
) -> None:
    until(lambda: listening(queue_url), "Redis did not start")
    intake = make_feed_intake(settings, catalog, NoDoorbell())
    first = [(f"old{number}", "old shirt", "1.00 EUR") for number in range(1_000)]
    job = upload(intake.upload, table(first))
    worker = start()
    until(lambda: catalog.jobs.get("shop", job.id).state is JobState.DONE, "the first feed was not run")

    job = upload(intake.upload, table(wares(ROWS)))
    for share in (0.1, 0.4, 0.7):
        until(lambda least=share: catalog.jobs.get("shop", job.id).counts.rows > least * ROWS, "no progress")
        worker.kill()
        worker = start()
    until(lambda: catalog.jobs.get("shop", job.id).counts.deleted > 0, "nothing was deleted")
    worker.kill()
    worker = start()
    until(lambda: catalog.jobs.get("shop", job.id).state is JobState.DONE, "the job was not finished")
    ended = catalog.jobs.get("shop", job.id)
    assert ended.counts == Counts(rows=ROWS, created=ROWS, deleted=1_000)
    assert [one.sku for one in catalog.products.page("shop", None, 100_000)] == [sku for sku, *_ in wares(ROWS)]
    assert ended.seq == catalog.changes.head() == 1_000 + ROWS + 1_000


def upload(send: Callable[..., Job], body: bytes) -> Job:
    from catalog import FeedMode
    from pipeline.feed_intake import UploadOptions

    return send("shop", io.BytesIO(body), UploadOptions(name="feed.csv", mode=FeedMode.FULL, max_missing_share=1.0))
