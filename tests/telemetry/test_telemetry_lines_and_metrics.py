"""What operators read: log lines, metrics and timings."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.parser import text_string_to_metric_families

from telemetry import logs, metrics
from telemetry.timings import Timings


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def test_a_line_is_json_and_carries_the_request_id(stream: io.StringIO) -> None:
    logs.configure("json", "info", stream)
    logs.begin_context(request_id="r-1")
    logs.logger("vitrine.test").info("photo_ready", sku="A 1")
    line = json.loads(stream.getvalue())
    assert (line["event"], line["sku"], line["request_id"], line["level"]) == ("photo_ready", "A 1", "r-1", "info")
    assert line["timestamp"].endswith("Z")


def test_lines_of_other_libraries_come_in_the_same_form(stream: io.StringIO) -> None:
    logs.configure("json", "info", stream)
    logs.begin_context(request_id="r-2")
    logging.getLogger("some.library").warning("disk %s", "full")
    assert json.loads(stream.getvalue()) | {"event": "disk full", "request_id": "r-2"} == json.loads(stream.getvalue())


def test_an_exception_stays_on_one_line(stream: io.StringIO) -> None:
    logs.configure("json", "info", stream)
    try:
        raise ValueError("broken")
    except ValueError:
        logs.logger("vitrine.test").exception("failed")
    assert len(stream.getvalue().splitlines()) == 1
    assert json.loads(stream.getvalue())["exception"][0]["exc_value"] == "broken"


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_traceback_does_not_show_what_variables_held(stream: io.StringIO, log_format: logs.LogFormat) -> None:
    def fail(secret: str) -> None:
        raise ValueError("broken")

    logs.configure(log_format, "info", stream)
    try:
        fail("vit_" + "hunter2")
    except ValueError:
        logs.logger("vitrine.test").exception("failed")
    assert "fail" in stream.getvalue()
    assert "vit_hunter2" not in stream.getvalue()


def test_a_new_context_forgets_the_last_one(stream: io.StringIO) -> None:
    logs.configure("json", "info", stream)
    logs.begin_context(request_id="r-3", store="a")
    logs.begin_context(request_id="r-4")
    logs.logger("vitrine.test").info("hello")
    assert "store" not in json.loads(stream.getvalue())


def test_lines_below_the_level_are_left_out(stream: io.StringIO) -> None:
    logs.configure("console", "warning", stream)
    logs.logger("vitrine.test").info("quiet")
    logs.logger("vitrine.test").warning("loud")
    assert "quiet" not in stream.getvalue()
    assert "loud" in stream.getvalue()


def test_a_stage_that_runs_twice_adds_up_and_is_observed_twice() -> None:
    registry = CollectorRegistry()
    histogram = Histogram("stages", "stages", ["stage"], registry=registry)
    ticks = iter([0.0, 0.25, 1.0, 1.5, 2.0, 2.001])
    timings = Timings(histogram, clock=lambda: next(ticks))
    for name in ("detect", "detect", "embed"):
        with timings.stage(name):
            pass
    assert timings.milliseconds == {"detect": 750.0, "embed": 1.0}
    assert registry.get_sample_value("stages_count", {"stage": "detect"}) == 2


def test_a_stage_that_fails_is_timed_too() -> None:
    timings = Timings()
    with pytest.raises(ValueError, match="no"), timings.stage("decode"):
        raise ValueError("no")
    assert "decode" in timings.milliseconds


def test_every_metric_is_on_the_page_in_prometheus_text() -> None:
    names = {family.name for family in text_string_to_metric_families(metrics.exposition().decode())}
    assert {
        "vitrine_search_stage_seconds",
        "vitrine_ingest_stage_seconds",
        "vitrine_freshness_lag_seconds",
        "vitrine_ingest_queue_depth",
        "vitrine_gate_drops",
        "vitrine_http_requests",
    } <= names
