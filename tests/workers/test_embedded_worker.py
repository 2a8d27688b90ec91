"""The embedded worker as a process: killed at any moment it loses nothing, told to stop it finishes what is in hand."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from catalog import Catalog, ImageStatus, ProductFields
from catalog.clock import utc_now
from service.build import open_catalog
from service.settings import Settings
from tests.pipeline.image_host import Host, answering, jpeg, serving

LIMIT_SECONDS = 120.0
COUNT = 12


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    catalog = open_catalog(Settings(_env_file=None, data_dir=tmp_path))
    catalog.stores.create("shop", "Shop")
    catalog.allowed_hosts.allow("shop", "127.0.0.1")
    return catalog


def start(folder: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {"VITRINE_DATA_DIR": str(folder), "VITRINE_MODEL_THREADS": "1"}
    return subprocess.Popen([sys.executable, "-m", "workers.embedded"], env=environment)


def list_photos(catalog: Catalog, host: Host) -> None:
    for number in range(COUNT):
        host.answers[f"/{number}"] = answering(jpeg(64 + number))
        fields = ProductFields(title="A dress", image_link=f"http://127.0.0.1:{host.port}/{number}")
        catalog.products.put("shop", [(f"p{number}", fields)], "no-space")


def ready(catalog: Catalog) -> int:
    return sum(catalog.products.images("shop", f"p{n}")[0].status is ImageStatus.READY for n in range(COUNT))


def wait_until_ready(catalog: Catalog, count: int) -> None:
    ticking = threading.Event()
    for _ in range(int(LIMIT_SECONDS / 0.02)):
        if ready(catalog) >= count:
            return
        ticking.wait(0.02)
    raise AssertionError(f"only {ready(catalog)} of {count} photos became ready")


def test_told_to_stop_it_ends_well_and_leaves_nothing_leased(catalog: Catalog, tmp_path: Path) -> None:
    with serving() as host:
        list_photos(catalog, host)
        worker = start(tmp_path)
        wait_until_ready(catalog, 1)
        worker.terminate()
        assert worker.wait(60) == 0
        left = catalog.images.claim(100, 1.0)
    assert len(left) == COUNT - ready(catalog)
    assert {task.attempts for task in left} <= {0}


def test_killed_it_loses_nothing(catalog: Catalog, tmp_path: Path) -> None:
    with serving() as host:
        list_photos(catalog, host)
        worker = start(tmp_path)
        wait_until_ready(catalog, 1)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        done = ready(catalog)
        assert catalog.images.pending("shop") == COUNT - done
        run_leases_out(tmp_path)
        worker = start(tmp_path)
        wait_until_ready(catalog, COUNT)
        worker.terminate()
        assert worker.wait(60) == 0


def run_leases_out(folder: Path) -> None:
    """Do what two minutes do: what the dead worker had in hand is due again."""
    settings = Settings(_env_file=None, data_dir=folder)
    in_an_hour = Catalog.open(settings.catalog_url, folder / "images", clock=lambda: utc_now() + timedelta(hours=1))
    in_an_hour.images.put_off(in_an_hour.images.claim(100, 1.0), None, -3600.0)
    in_an_hour.close()
