"""Threads and their turns, set in one place: numeric libraries would each take every core, and what can wait must
not hold up a shopper."""

from __future__ import annotations

import os
import sys
import threading

SWITCH_SECONDS = 0.0005  # a thread waits this long for the interpreter, ten times shorter than by default


def limit_opencv() -> None:
    """Let OpenCV start no threads of its own: the server's are the parallelism. Models are limited by their runtime."""
    import cv2

    cv2.setNumThreads(0)


def take_short_turns() -> None:
    """Let threads hand the interpreter on sooner, in a process where searches run beside the index's follower.

    A search asks for the interpreter dozens of times (of torch, at each of hundreds of layers), and may wait each time.
    """
    sys.setswitchinterval(SWITCH_SECONDS)


def stand_back(niceness: int) -> None:
    """Let the calling thread, and those it will start, have less of a core (1..19) that others want as well."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
