"""Manners towards the hosts photos come from: few connections at once, and none for a while where that is wanted.

A host that asks for a pause gets it. One that cannot be reached again and again is left alone for a time that doubles,
then asked by one connection until it answers. Kept per process, and forgotten with it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pipeline.fetch_errors import HostPaused

PATIENT_FAILURES = 5  # in a row, before a host is left alone
FIRST_PAUSE_SECONDS = 30.0
MAX_PAUSE_SECONDS = 3600.0
MOST_REMEMBERED = 4096  # hosts; strangers may name any number of them


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which a host is left alone; `until` in monotonic seconds. It was `asked` for, or the host is away."""

    until: float
    asked: bool

    def told(self, host: str) -> str:
        """Return what a merchant is told of photos that wait for it."""
        if self.asked:
            return f"{host} asked for a pause; its photos are tried again later"
        return f"{host} cannot be reached; see that it is up; its photos are tried again later"


@dataclass(slots=True)
class _Host:
    """What is known of one host: open connections and who waits for one, failures in a row, its pause."""

    connections: int = 0
    waiting: int = 0
    failures: int = 0
    pause: Pause = Pause(0.0, False)


class Hosts:
    """All hosts; safe to use from many threads. `clock` gives monotonic seconds."""

    def __init__(self, connections: int = 4, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = connections
        self._clock = clock
        self._hosts: dict[str, _Host] = {}
        self._changed = threading.Condition()

    @contextmanager
    def turn(self, host: str, seconds: float) -> Iterator[bool]:
        """Hold one of the connections to a host; yield False if none came free in that time."""
        with self._changed:
            one = self._known(host)
            one.waiting += 1
            came = self._changed.wait_for(lambda: one.connections < self._most, seconds)
            one.waiting -= 1
            one.connections += came
        try:
            yield came
        finally:
            with self._changed:
                one.connections -= came
                self._changed.notify_all()
                self._tidy(host)

    def most(self, host: str) -> int:
        """Return how many connections to a host there may be: none while it is left alone, one if it failed lately."""
        with self._changed:
            one = self._hosts.get(host)
            if one is None:
                return self._most
            if one.pause.until > self._clock():
                return 0
            return 1 if one.failures >= PATIENT_FAILURES else self._most

    def paused(self) -> dict[str, Pause]:
        """Return the hosts that are left alone at this moment."""
        with self._changed:
            now = self._clock()
            return {host: one.pause for host, one in self._hosts.items() if one.pause.until > now}

    def check(self, host: str) -> None:
        """Raise HostPaused if the host is left alone."""
        with self._changed:
            pause = self._hosts[host].pause if host in self._hosts else None
            if pause and pause.until > self._clock():
                raise HostPaused(pause.told(host), pause.until - self._clock())

    def answered(self, host: str) -> None:
        """Note that a host is there."""
        with self._changed:
            if host in self._hosts:
                self._hosts[host].failures = 0
                self._tidy(host)

    def asked_for_pause(self, host: str, seconds: float) -> None:
        """Leave a host alone for that long, as it asked."""
        with self._changed:
            one = self._known(host)
            one.pause = Pause(max(one.pause.until, self._clock() + seconds), asked=True)

    def failed(self, host: str) -> None:
        """Note that a host could not be reached; after too often in a row it is left alone."""
        with self._changed:
            one = self._known(host)
            if one.pause.until > self._clock():
                return  # a connection that was under way when the pause began
            one.failures += 1
            if one.failures >= PATIENT_FAILURES:
                doublings = min(one.failures - PATIENT_FAILURES, 16)
                seconds = min(FIRST_PAUSE_SECONDS * 2**doublings, MAX_PAUSE_SECONDS)
                one.pause = Pause(self._clock() + seconds, asked=False)

    def _known(self, host: str) -> _Host:
        """Return what is known of a host; where too many are known, those longest idle are forgotten."""
        one = self._hosts[host] = self._hosts.pop(host, _Host())
        while len(self._hosts) > MOST_REMEMBERED:
            idle = next((name for name, known in self._hosts.items() if not (known.connections or known.waiting)), host)
            if idle == host:
                break
            del self._hosts[idle]
        return one

    def _tidy(self, host: str) -> None:
        """Forget a host of which there is nothing to remember."""
        one = self._hosts.get(host)
        if one and not (one.connections or one.waiting or one.failures) and one.pause.until <= self._clock():
            del self._hosts[host]
