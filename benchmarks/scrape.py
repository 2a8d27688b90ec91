"""Reads the metrics that a running process exposes, before and after, for what happened in between."""

from __future__ import annotations

import urllib.request
from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families

Sample = tuple[str, tuple[tuple[str, str], ...]]


def scrape(port: int) -> dict[Sample, float]:
    """Return every sample of ``/metrics``, by its name and its labels in order."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        text = answer.read().decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def grown(before: Mapping[Sample, float], after: Mapping[Sample, float], name: str, **labels: str) -> float:
    """Return by how much the samples of this name that carry these labels have grown together."""
    wanted = set(labels.items())
    same = [key for key in after if key[0] == name and wanted <= set(key[1])]
    return sum(after[key] - before.get(key, 0.0) for key in same)


def stages(before: Mapping[Sample, float], after: Mapping[Sample, float], name: str) -> dict[str, float]:
    """Return the seconds that each stage of a histogram with a label ``stage`` took in all."""
    labels = {value for key, value in (label for one in after if one[0] == f"{name}_sum" for label in one[1])
              if key == "stage"}  # fmt: skip
    return {stage: grown(before, after, f"{name}_sum", stage=stage) for stage in sorted(labels)}
