"""A feed of any length is run in the memory that a chunk needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from catalog import Catalog, FeedMode, JobState
from pipeline.feed_files import FeedFiles
from pipeline.feed_intake import FeedIntake, UploadOptions

ROOT = Path(__file__).parents[2]
MIB = 1024 * 1024
RUN = """
import resource, sys
from pathlib import Path
from catalog import Catalog
from pipeline.download import Downloader
from pipeline.feed_files import FeedFiles
from pipeline.feed_jobs import FeedJobs, drain
from pipeline.feed_run import RunLimits
from pipeline.outgoing import Outgoing, Waiting
from pipeline.sync import Sync
folder = Path(sys.argv[1])
with Catalog.open(f"sqlite:///{folder / 'catalog.db'}", folder / "images") as catalog:
    sync = Sync(catalog, lambda: "test@1", lambda: None)
    jobs = FeedJobs(
        catalog, sync, FeedFiles(folder / "feeds"), Downloader(Outgoing(), 1, Waiting()), RunLimits(), lambda: None
    )
    drain(jobs)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


def peak_bytes(folder: Path, rows: int) -> int:
    """Run a full feed of that many rows in a process of its own, half of them at fault; return its peak memory."""
    folder.mkdir()
    table = folder / "feed.csv"
    with table.open("w") as file:
        file.write("id,title,price\n")
        file.writelines(f"S{number},shirt {number},{'cheap' if number % 2 else '1.00 EUR'}\n" for number in range(rows))
    with Catalog.open(f"sqlite:///{folder / 'catalog.db'}", folder / "images") as catalog, table.open("rb") as stream:
        catalog.migrate()
        catalog.stores.create("shop", "Shop")
        options = UploadOptions(name="feed.csv", mode=FeedMode.FULL)
        job = FeedIntake(catalog, FeedFiles(folder / "feeds"), lambda: None).upload("shop", stream, options)
        ran = subprocess.run(
            [sys.executable, "-c", RUN, str(folder)], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
        ended = catalog.jobs.get("shop", job.id)
        assert (ended.state, ended.counts.rows, ended.counts.created) == (JobState.DONE, rows, rows // 2)
    return int(ran.stdout.splitlines()[-1])


def test_ten_times_the_rows_take_no_more_memory(tmp_path: Path) -> None:
    small, large = peak_bytes(tmp_path / "small", 4_000), peak_bytes(tmp_path / "large", 40_000)
    assert large - small < 16 * MIB
