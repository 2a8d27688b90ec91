"""What can wait gives way to searches, but not for long, and not to those who wait for it."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from pipeline.right_of_way import RightOfWay

LONG_SECONDS = 60.0


def gives_way(way: RightOfWay, seconds: float) -> float:
    began = time.monotonic()
    way.give_way(seconds)
    return time.monotonic() - began


def test_nobody_waits_where_nobody_searches() -> None:
    assert gives_way(RightOfWay(), LONG_SECONDS) < LONG_SECONDS / 2


def test_what_gives_way_goes_on_when_the_search_is_over() -> None:
    way, searching, over = RightOfWay(), threading.Event(), threading.Event()

    def search() -> None:
        with way.searching():
            searching.set()
            assert over.wait(LONG_SECONDS)

    with ThreadPoolExecutor(2) as pool:
        search_done = pool.submit(search)
        assert searching.wait(LONG_SECONDS)
        waiting = pool.submit(gives_way, way, LONG_SECONDS)
        assert not waiting.done()
        over.set()
        assert waiting.result(LONG_SECONDS) < LONG_SECONDS / 2
        search_done.result(LONG_SECONDS)


def test_a_search_without_end_is_not_waited_for_without_end() -> None:
    way = RightOfWay()
    with way.searching():
        assert gives_way(way, 0.01) >= 0.01


def test_a_search_that_waits_for_a_change_is_not_given_way_to() -> None:
    way = RightOfWay()
    with way.searching(), way.pressing():
        assert gives_way(way, LONG_SECONDS) < LONG_SECONDS / 2


def test_a_search_that_failed_is_over() -> None:
    way = RightOfWay()
    try:
        with way.searching():
            raise ValueError
    except ValueError:
        assert gives_way(way, LONG_SECONDS) < LONG_SECONDS / 2
