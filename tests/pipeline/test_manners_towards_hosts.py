"""How many connections a host gets, and when it gets none."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.fetch import HostPaused
from pipeline.hosts import FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS, MOST_REMEMBERED, PATIENT_FAILURES, Hosts
from tests.pipeline.image_host import PHOTO, Host, answering

HOST = "img.example"


class Ticks:
    """Monotonic seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def hosts(ticks: Ticks) -> Hosts:
    return Hosts(3, clock=ticks)


def fail(hosts: Hosts, times: int) -> None:
    for _ in range(times):
        hosts.failed(HOST)


def test_no_more_connections_than_allowed_are_open_at_once(hosts: Hosts) -> None:
    lock, now, most = threading.Lock(), [0], [0]
    together = threading.Barrier(3)

    def connect(_: int) -> None:
        with hosts.turn(HOST, 30.0) as came:
            assert came
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            together.wait(10)
            with lock:
                now[0] -= 1

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(connect, range(12)))
    assert most == [3]


def test_turn_that_does_not_come_in_time_is_told(hosts: Hosts) -> None:
    with hosts.turn(HOST, 0), hosts.turn(HOST, 0), hosts.turn(HOST, 0), hosts.turn(HOST, 0.01) as came:
        assert not came
    with hosts.turn(HOST, 0) as came:
        assert came


def test_other_hosts_are_not_concerned(hosts: Hosts) -> None:
    fail(hosts, PATIENT_FAILURES)
    hosts.asked_for_pause("other.example", 60.0)
    hosts.check("third.example")
    assert [hosts.most(one) for one in (HOST, "other.example", "third.example")] == [0, 0, 3]


def test_pause_lasts_as_long_as_was_asked_for(hosts: Hosts, ticks: Ticks) -> None:
    hosts.asked_for_pause(HOST, 60.0)
    hosts.asked_for_pause(HOST, 10.0)
    ticks.now += 59
    with pytest.raises(HostPaused, match="asked for a pause") as paused:
        hosts.check(HOST)
    assert paused.value.retry_after_seconds == 1.0
    ticks.now += 2
    assert hosts.most(HOST) == 3
    assert hosts.paused() == {}


def test_host_that_fails_too_often_in_a_row_is_left_alone_longer_each_time(hosts: Hosts, ticks: Ticks) -> None:
    fail(hosts, PATIENT_FAILURES - 1)
    assert hosts.most(HOST) == 3
    seconds = FIRST_PAUSE_SECONDS
    for _ in range(12):
        fail(hosts, 3)  # those that were under way when the pause began do not make it longer
        ticks.now += min(seconds, MAX_PAUSE_SECONDS) - 1
        with pytest.raises(HostPaused, match="cannot be reached"):
            hosts.check(HOST)
        ticks.now += 2
        assert hosts.most(HOST) == 1, "one connection finds out whether it is back"
        seconds *= 2
    hosts.answered(HOST)
    assert hosts.most(HOST) == 3
    fail(hosts, PATIENT_FAILURES - 1)
    assert hosts.most(HOST) == 3


def test_fetcher_asks_no_host_that_wants_a_pause(host: Host) -> None:
    host.answers |= {"/a.jpg": answering(b"", 429), "/b.jpg": answering(PHOTO)}
    fetcher = host.fetcher()
    with pytest.raises(Exception, match="answers 429"):
        fetcher.fetch(host.url("/a.jpg"))
    with pytest.raises(HostPaused):
        fetcher.fetch(host.url("/b.jpg"))
    assert len(host.asked) == 1


def test_fetcher_that_was_made_leaves_nothing_to_be_loaded_by_threads() -> None:
    """Two threads that load urllib3 at the same moment meet it half loaded."""
    told = "import sys; from pipeline.fetch import Fetcher; Fetcher(); print('urllib3.connection' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout == "True\n"


def test_strangers_who_name_any_number_of_hosts_fill_no_memory(hosts: Hosts) -> None:
    with hosts.turn(HOST, 1.0):
        for number in range(MOST_REMEMBERED + 100):
            for _ in range(PATIENT_FAILURES):
                hosts.failed(f"host{number}.example")
        assert len(hosts.paused()) <= MOST_REMEMBERED
        assert hosts.most(f"host{MOST_REMEMBERED + 99}.example") == 0, "the last ones are remembered"
    assert hosts.most(HOST) == 3
