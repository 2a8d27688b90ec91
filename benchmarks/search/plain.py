"""Photo search as most services do it: Ultralytics' predictor, an eager timm model, a flat FAISS index, Flask.

The same weights, the same vectors; no gate, no catalog, no ranking: what it answers are SKUs. Started by
``benchmarks.search`` through gunicorn; the environment names the checkpoint and the rows to search.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

import faiss
import numpy as np
import torch
from flask import Flask, Response, jsonify, request
from PIL import Image
from safetensors.torch import load_file

from benchmarks import made_up
from detector.network import card_network, image_size_of, stay_at_home
from detector.yolo import SHIPPED as DETECTOR
from embedder import Photo, Vectors
from embedder.fused import BACKBONE, BINS, COLOUR, LOOKS_AT, MODEL, SHAPE, inputs
from embedder.fused import SHIPPED as EMBEDDER
from embedder.timm_backbone import untrained

ROWS, CHECKPOINT = "PLAIN_ROWS", "PLAIN_CHECKPOINT"
GEM_POWER = 3.0
LIMIT = 20
REGIONS = 8


def write_checkpoint(path: Path) -> None:
    """Write the shipped detector as the checkpoint that Ultralytics loads."""
    stay_at_home()
    _, module, names = card_network(DETECTOR)
    module.names = dict(enumerate(names))
    torch.save({"model": module, "train_args": {}}, path)


class Plain:
    """All of it, loaded."""

    def __init__(self, checkpoint: Path, rows: Path) -> None:
        stay_at_home()
        from ultralytics import YOLO

        self._yolo = YOLO(str(checkpoint))
        state = load_file(EMBEDDER)
        self._model = untrained(MODEL).eval()
        self._model.load_state_dict({k.removeprefix(BACKBONE): v for k, v in state.items() if k.startswith(BACKBONE)})
        self._shape, self._colour, self._bins = state[SHAPE].float(), state[COLOUR].float(), state[BINS].long()
        vectors = np.load(rows)
        self._index = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(vectors)

    def search(self, data: bytes) -> list[dict[str, object]]:
        """Return the garments of a photo, each with the SKUs nearest to it."""
        photo = Image.open(io.BytesIO(data)).convert("RGB")
        found = self._yolo.predict(photo, imgsz=image_size_of(DETECTOR), conf=0.25, iou=0.6, verbose=False)[0].boxes
        boxes = found.xyxy.tolist()[:REGIONS]
        crops = [np.asarray(photo.crop(tuple(box))) for box in boxes] + [np.asarray(photo)]
        scores, rows = self._index.search(self._embed(crops), LIMIT)
        return [
            {"box": box, "skus": [made_up.sku(int(row) // 2) for row in some], "scores": near.tolist()}
            for box, some, near in zip([*boxes, None], rows, scores, strict=True)
        ]

    def _embed(self, crops: list[Photo]) -> Vectors:
        squares, histograms = inputs(crops)
        with torch.inference_mode():
            pixels = torch.from_numpy(squares).permute(0, 3, 1, 2).float() / 255
            mean, std = (torch.tensor(one).view(1, 3, 1, 1) for one in (LOOKS_AT.mean, LOOKS_AT.std))
            maps = self._model.forward_features((pixels - mean) / std)
            features = maps.clamp(min=1e-6).pow(GEM_POWER).mean((2, 3)).pow(1 / GEM_POWER)
            features = torch.nn.functional.normalize(features, dim=1)
            colours = torch.from_numpy(histograms)[:, self._bins]
            joined = features @ self._shape + colours @ self._colour
            vectors: Vectors = torch.nn.functional.normalize(joined, dim=1).numpy()
        return vectors


def create_app() -> Flask:
    """Return the application."""
    plain = Plain(Path(os.environ[CHECKPOINT]), Path(os.environ[ROWS]))
    app = Flask("plain")

    @app.get("/readyz")
    def ready() -> str:
        return "ready"

    @app.post("/v1/search")
    def search() -> Response:
        return jsonify(regions=plain.search(request.files["photo"].read()))

    return app
