"""What the tests of feed jobs share: a shop whose feed lies on a real HTTP server, and a worker that runs its jobs."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from catalog import Catalog, FeedMode, Job, JobError
from pipeline.download import Downloader
from pipeline.feed_files import FeedFiles
from pipeline.feed_intake import FeedIntake, UploadOptions
from pipeline.feed_jobs import FeedJobs, drain
from pipeline.feed_run import RunLimits
from pipeline.outgoing import Outgoing, Waiting
from pipeline.sync import Sync
from tests.catalog.wares import SPACE

COLUMNS = ("id", "title", "price")


def table(rows: Sequence[Sequence[object]], columns: Sequence[str] = COLUMNS) -> bytes:
    """A CSV feed."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows(rows)
    return file.getvalue().encode()


def wares(count: int, price: str = "10.00 EUR", start: int = 0) -> list[tuple[str, str, str]]:
    return [(f"S{number:06}", f"shirt {number}", price) for number in range(start, start + count)]


@dataclass
class Answer:
    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    gate: threading.Event | None = None  # what must be set before the second half of the body is sent

    def release(self) -> None:
        """Let the second half of the body go."""
        if self.gate:
            self.gate.set()


@dataclass
class FeedHost:
    """A real HTTP server: `answers` are given by path and method; `asked` lists what was requested."""

    server: ThreadingHTTPServer
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}{path}"

    @property
    def name(self) -> str:
        return f"127.0.0.1:{self.server.server_address[1]}"


@contextmanager
def serving_feeds() -> Iterator[FeedHost]:
    def answer(request: BaseHTTPRequestHandler) -> None:
        length = int(request.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in request.headers.items()}
        one.asked.append((request.command, request.path, headers, request.rfile.read(length)))
        found = one.answers[request.path]
        known = request.headers.get("If-None-Match")
        status = 304 if known and known == found.headers.get("ETag") else found.status
        request.send_response(status)
        for name, value in found.headers.items():
            request.send_header(name, value)
        body = b"" if status == 304 else found.body
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        sent = body[: found.cut_after]
        with suppress(OSError):  # the other side may have hung up
            request.wfile.write(sent[: len(sent) // 2])
            if found.gate:
                found.gate.wait(30)
            request.wfile.write(sent[len(sent) // 2 :])

    members: dict[str, Any] = {"do_GET": answer, "do_POST": answer, "log_message": lambda *_: None}
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (BaseHTTPRequestHandler,), members)) as server:
        one = FeedHost(server)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield one
        server.shutdown()
        thread.join(5)


@dataclass
class FeedShop:
    """A store of a catalog, its intake, and what it takes to make workers."""

    catalog: Catalog
    folder: Path
    host: FeedHost
    store: str = "shop"
    rung: list[str] = field(default_factory=list)

    @property
    def files(self) -> FeedFiles:
        return FeedFiles(self.folder)

    @property
    def intake(self) -> FeedIntake:
        return FeedIntake(self.catalog, self.files, lambda: self.rung.append("feeds"))

    def worker(self, limits: RunLimits | None = None, max_bytes: int = 100_000_000) -> FeedJobs:
        outgoing = Outgoing(frozenset({self.host.name}))
        sync = Sync(self.catalog, lambda: SPACE, lambda: self.rung.append("images"))
        downloader = Downloader(outgoing, max_bytes, Waiting())
        limits = limits or RunLimits()
        return FeedJobs(
            self.catalog, sync, self.files, downloader, limits, lambda: self.rung.append("webhooks")
        )  # fmt: skip

    def steps_of_next_job(self) -> Iterator[None]:
        """Claim the job that waits; return its steps, as a worker takes them."""
        job = self.catalog.job_work.claim(60.0)
        assert job is not None
        return self.worker().run_of(job).steps()

    def files_left(self) -> list[str]:
        return [one.name for one in self.folder.glob("*")]

    def send(self, body: bytes, mode: str = "full", name: str = "feed.csv", **options: Any) -> Job:
        """Upload a feed; return its job, which has not run yet."""
        said = UploadOptions(name=name, mode=FeedMode(mode), **options)
        return self.intake.upload(self.store, io.BytesIO(body), said)

    def run(self, body: bytes, mode: str = "full", **options: Any) -> Job:
        """Upload a feed and run what waits; return its job as it stands then."""
        return self.after(self.send(body, mode, **options))

    def after(self, job: Job, worker: FeedJobs | None = None) -> Job:
        drain(worker or self.worker())
        return self.catalog.jobs.get(job.store, job.id)

    def errors(self, job: Job) -> list[JobError]:
        return self.catalog.jobs.errors(job.store, job.id, 0, 10_000)

    def skus(self) -> list[str]:
        return [one.sku for one in self.catalog.products.page(self.store, None, 100_000)]

    def price(self, sku: str) -> str | None:
        found = self.catalog.products.get(self.store, sku)
        return str(found.fields.price.amount) if found and found.fields.price else None
