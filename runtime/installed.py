"""The folders in which exported networks lie: what is in one, and which are there."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

NETWORK, ABOUT, RECIPE = "network.xml", "about.json", "recipe.json"

_FINISHED = re.compile(r"-openvino-[0-9.]+$")  # a folder under another name is still being written


@dataclass(frozen=True, slots=True)
class Installed:
    """An exported network: what it is called, where it lies, its size, and whether it is in the format of today."""

    name: str
    place: Path
    size_bytes: int
    current: bool


def installed(folder: Path) -> list[Installed]:
    """Return the networks that lie in a folder, in the order of their names; none if there is no such folder."""
    places = [path.parent for path in folder.glob(f"*/{NETWORK}") if _FINISHED.search(path.parent.name)]
    found = [Installed(_name(one), one, size_of(one), one.name.endswith(format_now())) for one in places]
    return sorted(found, key=lambda one: (one.name, one.place))


def size_of(place: Path) -> int:
    """Return the bytes of the files in a folder."""
    return sum(path.stat().st_size for path in place.iterdir())


def format_now() -> str:
    """Return the end of the names of folders that this OpenVINO has written."""
    from openvino import __version__

    return f"openvino-{__version__.split('-')[0]}"


def _name(place: Path) -> str:
    """Return what a network's maker calls it, or else the file it was made of."""
    about = json.loads((place / ABOUT).read_text())
    if "name" in about:
        return str(about["name"])
    recipe = place / RECIPE
    return Path(json.loads(recipe.read_text())["arguments"][0]).stem if recipe.exists() else place.name
