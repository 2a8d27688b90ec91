"""The copy of a store on a device: it follows writes, and remembers no more of them than there are rows."""

from __future__ import annotations

import numpy as np
import pytest

from index import Entry
from index.device_rows import DeviceRows
from index.partition import Partition
from index.storage import storage_of
from index.where import EVERYTHING
from tests.index.shop import queries, shop

D = 32
ENTRIES = shop(400, D)


@pytest.fixture
def device() -> DeviceRows:
    return DeviceRows("cpu")


def filled(device: DeviceRows, exact_below: int) -> Partition:
    partition = Partition(D, exact_below, storage_of("float16"), device)
    partition.upsert(ENTRIES)
    return partition


def newer(version: int) -> list[Entry]:
    return [Entry(one.sku, version, one.attributes, one.regions) for one in ENTRIES]


@pytest.mark.parametrize("exact_below", [100, 100_000])
def test_writes_that_nobody_searches_after_are_not_collected(device: DeviceRows, exact_below: int) -> None:
    partition = filled(device, exact_below)
    query = queries(ENTRIES, 3)
    partition.search(query, 5, EVERYTHING)
    for version in range(2, 12):
        partition.upsert(newer(100 + version))
    assert sum(map(len, device._touched)) <= len(partition.rows.owner)
    plain = Partition(D, 100_000, storage_of("float16"))
    plain.upsert(newer(111))
    found, truth = partition.search(query, 5, EVERYTHING), plain.search(query, 5, EVERYTHING)
    assert [[one.sku for one in page] for page in found] == [[one.sku for one in page] for page in truth]
    assert np.allclose([one.score for one in found[0]], [one.score for one in truth[0]])
