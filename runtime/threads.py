"""Threads of the numeric libraries, set in one place, because each of them would otherwise take every core."""

from __future__ import annotations


def limit(threads: int) -> None:
    """Let one model call use `threads` cores, and OpenCV none of its own: the server's threads are the parallelism."""
    import cv2
    import torch

    torch.set_num_threads(threads)
    cv2.setNumThreads(0)
