"""What the tests of the API share: two light models, pictures, and a store with keys and the calls tests make."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from catalog import Scope
from detector import Photo, Region
from embedder import Space, Vectors
from service.build import Service, build
from service.settings import Settings

_numbers = itertools.count(1)

RED, GREEN, BLUE, YELLOW = (200, 30, 30), (30, 160, 60), (40, 60, 200), (230, 200, 40)


class HalvesDetector:
    """Takes a wide photo for a shirt on the left and pants on the right, a tall one for a dress, a square for none."""

    name = "halves@1"

    def detect(self, photos: Sequence[Photo]) -> list[list[Region]]:
        return [self._regions(photo) for photo in photos]

    def _regions(self, photo: Photo) -> list[Region]:
        height, width = photo.shape[:2]
        if width > height:
            return [Region((0.0, 0.0, 0.5, 1.0), "shirt", 0.9), Region((0.5, 0.0, 1.0, 1.0), "pants", 0.8)]
        return [Region((0.1, 0.1, 0.9, 0.9), "dress", 0.9)] if height > width else []


class ColourEmbedder:
    """A colour histogram: enough for red to look like red."""

    space = Space("colours", "1", 64)

    def embed(self, crops: Sequence[Photo]) -> Vectors:
        rows = [np.bincount(self._bins(crop), minlength=64) for crop in crops]
        counts = np.sqrt(np.array(rows, dtype=np.float32).reshape(len(rows), 64))
        norms: Vectors = np.linalg.norm(counts, axis=1, keepdims=True)
        return counts / np.maximum(norms, np.float32(1e-9))

    def _bins(self, crop: Photo) -> Any:
        levels = crop.reshape(-1, 3).astype(np.int64) // 64
        return levels @ np.array([16, 4, 1])


def picture(*colours: tuple[int, int, int], size: tuple[int, int] = (60, 90), kind: str = "PNG") -> bytes:
    """A photo of upright stripes."""
    width, height = size
    pixels = np.zeros((height, width, 3), np.uint8)
    edges = np.linspace(0, width, len(colours) + 1).astype(int)
    for colour, left, right in zip(colours, edges, edges[1:], strict=False):
        pixels[:, left:right] = colour
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


@dataclass
class Shop:
    """A store with a key per scope, and the calls that tests make."""

    service: Service
    client: FlaskClient
    store: str
    keys: dict[str, str] = field(default_factory=dict)

    def headers(self, scope: str = "admin") -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys[scope]}"}

    def get(self, path: str, scope: str = "admin", **options: Any) -> TestResponse:
        return self.client.get(path, headers=self.headers(scope), **options)

    def post(self, path: str, scope: str = "admin", **options: Any) -> TestResponse:
        return self.client.post(path, headers=self.headers(scope), **options)

    def put(self, sku: str, **fields: Any) -> TestResponse:
        return self.client.put(f"/v1/products/{sku}", json={"title": sku} | fields, headers=self.headers("write"))

    def patch(self, sku: str, body: Any, **options: Any) -> TestResponse:
        return self.client.patch(f"/v1/products/{sku}", json=body, headers=self.headers("write"), **options)

    def delete(self, sku: str) -> TestResponse:
        return self.client.delete(f"/v1/products/{sku}", headers=self.headers("write"))

    def upload(self, data: bytes) -> TestResponse:
        return self.post("/v1/images", "write", data={"photo": (io.BytesIO(data), "photo.png")})

    def search(self, data: bytes, **fields: Any) -> TestResponse:
        return self.post("/v1/search", "search", data={"photo": (io.BytesIO(data), "photo.png")} | fields)

    def batch(self, lines: bytes, **options: Any) -> TestResponse:
        return self.post("/v1/products/batch", "write", data=lines, content_type="application/x-ndjson", **options)

    def list_with_photo(self, sku: str, *colours: tuple[int, int, int], **fields: Any) -> None:
        """List a product with one photo, and make it searchable."""
        link = self.upload(picture(*colours)).get_json()["image_link"]
        assert self.put(sku, image_link=link, **fields).status_code == 201
        self.settle()

    def settle(self) -> None:
        """Describe what waits, and let the index follow."""
        while self.service.ingest.run_once():
            pass
        assert self.service.follower.wait_for(self.service.catalog.changes.head(), 10.0)


def settings_in(folder: Path, **changes: Any) -> Settings:
    return Settings(_env_file=None, data_dir=folder, poll_seconds=0.01, **changes)


def build_light(settings: Settings) -> Service:
    return build(settings, detector=HalvesDetector(), embedder=ColourEmbedder())


def open_shop(service: Service, app: Flask) -> Shop:
    store = f"shop{next(_numbers)}"
    service.catalog.stores.create(store, store.title())
    keys = {str(scope): service.catalog.keys.create(store, str(scope), {scope})[1] for scope in Scope}
    return Shop(service, app.test_client(), store, keys)


def hits(answer: TestResponse, region: int = 0) -> list[str]:
    """The SKUs of one region's hits, in order."""
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return [hit["product"]["sku"] for hit in answer.get_json()["regions"][region]["hits"]]


def problem(answer: TestResponse, status: int, name: str) -> dict[str, Any]:
    """Check that an answer is a whole problem of this kind, and return it."""
    assert answer.content_type == "application/problem+json", answer.get_data(as_text=True)
    found: dict[str, Any] = json.loads(answer.get_data())
    assert (found["status"], found["type"]) == (status, f"urn:vitrine:problem:{name}"), found
    assert answer.status_code == status
    assert found["title"] and found["detail"] and found["instance"].startswith("/")
    assert found["request_id"] == answer.headers["X-Request-Id"]
    return found
