"""Searches take turns: first come first served, a bounded number waits, and nobody waits for nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.admission import Admission, ClientLeft, Overloaded

WAIT_SECONDS = 20.0
LONG = 60.0


def wait_for(condition: Callable[[], bool]) -> None:
    pause, left = threading.Event(), int(WAIT_SECONDS / 0.005)
    while not condition() and left:
        pause.wait(0.005)
        left -= 1
    assert condition()


def test_turns_come_in_the_order_of_asking() -> None:
    admission, order = Admission(1, 8, LONG), []

    def search(number: int) -> None:
        with admission.turn():
            order.append(number)

    with ThreadPoolExecutor(8) as pool, admission.turn() as held:
        running = []
        for number in range(8):
            running.append(pool.submit(search, number))
            wait_for(lambda: admission.waiting == len(running))
        held.end()
        for one in running:
            one.result(WAIT_SECONDS)
    assert order == list(range(8))


def test_as_many_work_at_once_as_may() -> None:
    admission, together = Admission(3, 8, LONG), threading.Barrier(3)

    def search() -> None:
        with admission.turn():
            together.wait(WAIT_SECONDS)

    with ThreadPoolExecutor(6) as pool:
        for one in [pool.submit(search) for _ in range(6)]:
            one.result(WAIT_SECONDS)


def test_one_more_than_may_wait_is_sent_away_at_once() -> None:
    admission = Admission(1, 1, LONG)

    def search() -> str:
        with admission.turn():
            return "served"

    with ThreadPoolExecutor(1) as pool:
        with admission.turn():
            waits = pool.submit(search)
            wait_for(lambda: admission.waiting == 1)
            with pytest.raises(Overloaded, match="too many"), admission.turn():
                pass
        assert waits.result(WAIT_SECONDS) == "served"


def test_who_waits_too_long_is_told_and_holds_up_nobody() -> None:
    admission = Admission(1, 4, 0.05)
    with admission.turn(), pytest.raises(Overloaded, match="waited"), admission.turn():
        pass
    with admission.turn():
        assert admission.waiting == 0


def test_who_has_left_is_not_served() -> None:
    admission = Admission(1, 4, LONG)
    with admission.turn(), pytest.raises(ClientLeft), admission.turn(lambda: False):
        pass
    with admission.turn():
        assert admission.waiting == 0


def test_a_turn_that_ended_early_is_handed_on_once() -> None:
    admission = Admission(1, 0, LONG)
    with admission.turn() as first:
        first.end()
        with admission.turn(), pytest.raises(Overloaded), admission.turn():
            pass
    with admission.turn(), pytest.raises(Overloaded), admission.turn():
        pass


def test_a_turn_ends_with_a_search_that_fails() -> None:
    admission = Admission(1, 0, LONG)
    with pytest.raises(ZeroDivisionError), admission.turn():
        raise ZeroDivisionError
    with admission.turn():
        pass
