"""Work that goes on in threads beside a test, and ends with it, however it ends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def beside(*works: Callable[[], object]) -> Iterator[None]:
    """Do each work again and again while the block runs; a fault in one of them is raised at the end."""
    done = threading.Event()
    faults: list[Exception] = []

    def repeat(work: Callable[[], object]) -> None:
        try:
            while not done.is_set():
                work()
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=repeat, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        done.set()
        for thread in threads:
            thread.join()
    if faults:
        raise faults[0]
