"""The read/write lock: readers together, a writer alone, and neither kept out by a stream of the other."""

from __future__ import annotations

import threading

from index.read_write_lock import ReadWriteLock
from tests.index.beside import beside

WAIT_SECONDS = 20.0


def test_readers_hold_it_together() -> None:
    lock = ReadWriteLock()
    both = threading.Barrier(2, timeout=WAIT_SECONDS)

    def read() -> None:
        with lock.reading():
            both.wait()

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_SECONDS)
    assert not both.broken


def test_a_writer_is_alone() -> None:
    lock = ReadWriteLock()
    state = {"left": 0, "right": 0}
    torn: list[dict[str, int]] = []

    def write() -> None:
        for _ in range(500):
            with lock.writing():
                left = state["left"]
                state["left"] = left + 1
                state["right"] += 1

    def read() -> None:
        for _ in range(500):
            with lock.reading():
                if state["left"] != state["right"]:
                    torn.append(dict(state))

    threads = [threading.Thread(target=work) for work in (write, write, read, read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_SECONDS)
    assert state == {"left": 1000, "right": 1000}
    assert torn == []


def test_a_stream_of_readers_does_not_keep_a_writer_out() -> None:
    lock = ReadWriteLock()
    written = threading.Event()

    def read() -> None:
        with lock.reading():
            written.wait(0.001)

    def write() -> None:
        with lock.writing():
            written.set()

    with beside(read, read, read, read):
        threading.Thread(target=write, daemon=True).start()
        assert written.wait(WAIT_SECONDS)


def test_a_stream_of_writers_does_not_keep_a_reader_out() -> None:
    lock = ReadWriteLock()
    was_read = threading.Event()

    def write() -> None:
        with lock.writing():
            was_read.wait(0.001)

    def read() -> None:
        with lock.reading():
            was_read.set()

    with beside(write, write, write):
        threading.Thread(target=read, daemon=True).start()
        assert was_read.wait(WAIT_SECONDS)


def test_a_fault_while_holding_it_lets_it_go() -> None:
    lock = ReadWriteLock()
    for hold in (lock.reading, lock.writing):
        try:
            with hold():
                raise KeyError
        except KeyError:
            pass
    with lock.writing():
        pass
