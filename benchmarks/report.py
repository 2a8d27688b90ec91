"""What every benchmark of a running service hands over: its figures, and under what circumstances they came about."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

Figure = float | int | str | bool | None
Figures = Mapping[str, Figure]
ROOT = Path(__file__).parents[1]
LIBRARIES = ("celery", "faiss-cpu", "flask", "gunicorn", "numpy", "psycopg", "redis", "sqlalchemy", "torch")
GIB = 1024**3


def hand_over(name: str, figures: Figures, settings: Mapping[str, object], path: Path | None) -> None:
    """Print the figures as a table and, where a path is given, write them with their circumstances as JSON."""
    table = Table("figure", "value", title=f"benchmarks.{name}")
    for key, value in figures.items():
        table.add_row(key, written(value))
    Console().print(table)
    if path:
        about = {"benchmark": name, "settings": settings, **circumstances()}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({**figures, "about": about}, indent=1, default=str) + "\n")


def written(value: Figure) -> str:
    """Return a figure as the table shows it: three or four digits that mean something."""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.4g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def milliseconds(prefix: str, seconds: Sequence[float]) -> dict[str, Figure]:
    """Return mean, p50, p90, p99 and count of some durations, in milliseconds; None where there are none."""
    times = np.array(seconds) * 1e3
    found: dict[str, Figure] = {f"{prefix}mean_ms": float(times.mean()) if len(times) else None}
    for share in (50, 90, 99):
        found[f"{prefix}p{share}_ms"] = float(np.percentile(times, share)) if len(times) else None
    return {**found, f"{prefix}count": len(times)}


def circumstances() -> dict[str, object]:
    """Return when and where this runs: machine, versions, commit."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": {
            "cpu": cpu_model(),
            "cores": len(os.sched_getaffinity(0)),
            "memory_gib": round(memory / GIB, 1),
            "load_average": [round(one, 2) for one in os.getloadavg()],
        },
        "versions": {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
    }


def cpu_model() -> str:
    """Return the processor as the system names it."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()


def commit() -> str:
    """Return the commit that is measured, marked where files differ from it; "unknown" outside of git."""
    described = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--abbrev=12", "--dirty", "--exclude=*"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return described.stdout.strip() or "unknown"
