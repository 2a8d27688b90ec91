"""The shopper's side: searches at a steady rate for photos of one scene, and notes what each search takes."""

from __future__ import annotations

import base64
import itertools
import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.made_up import CATEGORIES, retaken
from benchmarks.rest import Client
from demo.catalog import render_catalog
from detector import Photo
from embedder import Embedder, Vectors

SEARCHES_PER_SECOND = 2.0
GARMENTS = 160


def rendered_shop(folder: Path, embedder: Embedder) -> tuple[Vectors, bytes]:
    """Return the vectors of rendered garments, (N, D), and a photo of people who wear some of them.

    The i-th garment is of the category CATEGORIES[i % 10], as made-up products have them.
    """
    render_catalog(folder, skus=GARMENTS, views=1, scenes=1)
    crops: dict[str, list[Photo]] = {category: [] for category in CATEGORIES}
    for label in sorted((folder / "labels").iterdir()):
        number, *box = label.read_text().splitlines()[0].split()
        crops[CATEGORIES[int(number)]].append(_cropped(folder / "images" / f"{label.stem}.jpg", box))
    each = min(map(len, crops.values()))
    garments = [crops[category][place] for place in range(each) for category in CATEGORIES]
    return embedder.embed(garments), (folder / "scenes" / "street-1.jpg").read_bytes()


def _cropped(path: Path, box: Sequence[str]) -> Photo:
    """Return the part of a photo in a YOLO box: middle, width and height in 0..1."""
    x, y, width, height = map(float, box)
    with Image.open(path) as image:
        corners = np.array([x - width / 2, y - height / 2, x + width / 2, y + height / 2]) * (image.size * 2)
        return np.asarray(image.convert("RGB").crop(tuple(corners.astype(int).tolist())))


class Shopper:
    """Searches for one photo through REST, twice a second on average."""

    def __init__(self, client: Client, photo: bytes) -> None:
        self._client = client
        self._random = random.Random(5)
        self._photo = photo
        self._taken = itertools.count()

    def search_for(self, seconds: float) -> list[float]:
        """Search for so long; return what each search took, in seconds."""
        times: list[float] = []
        due = time.monotonic()
        end = due + seconds
        while due < end:
            time.sleep(max(0.0, due - time.monotonic()))
            times.append(self._search())
            due += self._pause()
        return times

    @contextmanager
    def searching(self) -> Iterator[list[float]]:
        """Search in the background; the list holds what each search took, complete at the end of the block."""
        times: list[float] = []
        stopping = threading.Event()

        def search_on() -> None:
            while not stopping.wait(self._pause()):
                times.append(self._search())

        thread = threading.Thread(target=search_on)
        thread.start()
        try:
            yield times
        finally:
            stopping.set()
            thread.join()

    def _pause(self) -> float:
        """Return the seconds to the next search: not in step with anything that happens at a steady rate."""
        return self._random.uniform(0.5, 1.5) / SEARCHES_PER_SECOND

    def _search(self) -> float:
        photo = base64.b64encode(retaken(self._photo, next(self._taken))).decode()
        asked = time.monotonic()
        reply = self._client.search(image_base64=photo, limit=20)
        if reply.status != 200:
            raise RuntimeError(f"a search was answered with {reply.status}: {reply.body}")
        return time.monotonic() - asked
