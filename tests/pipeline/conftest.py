"""An image host on this machine for every test that names one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pipeline.image_host import Host, serving


@pytest.fixture
def host() -> Iterator[Host]:
    with serving() as one:
        yield one


@pytest.fixture
def other_host() -> Iterator[Host]:
    with serving() as one:
        yield one
