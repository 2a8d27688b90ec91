"""Model weights on disk: a safetensors file beside a model card whose SHA-256 is checked before a byte is used.

A card is ``<file>.json`` with at least ``sha256``; it also tells a reader recipe, data, licences and figures.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class WeightsError(Exception):
    """Weights that are missing, or that are not those their card speaks of."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A verified weights file and its card."""

    path: Path
    sha256: str
    card: dict[str, Any]


def verified(path: Path) -> Weights:
    """Return the weights at `path` after checking their SHA-256 against the card ``<path>.json``.

    Raises WeightsError if either file is missing, the card is unreadable, or the hash differs.
    """
    card = card_of(path)
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError as error:
        raise WeightsError(f"{error.filename} is missing; restore it with 'git checkout -- {error.filename}'") from None
    if digest != card.get("sha256"):
        raise WeightsError(f"{path} has SHA-256 {digest}, its card says {card.get('sha256')}; restore both files")
    return Weights(path, digest, card)


def card_of(path: Path) -> dict[str, Any]:
    """Return the card of the weights at `path`, which are not looked at. Raises WeightsError."""
    card_path = path.with_name(path.name + ".json")
    try:
        card: dict[str, Any] = json.loads(card_path.read_text())
    except FileNotFoundError as error:
        raise WeightsError(f"{error.filename} is missing; restore it with 'git checkout -- {error.filename}'") from None
    except (OSError, ValueError) as error:
        raise WeightsError(f"{card_path} is not JSON: {error}") from None
    if not isinstance(card, dict):
        raise WeightsError(f"{card_path} is no model card: it holds no JSON object")
    return card
