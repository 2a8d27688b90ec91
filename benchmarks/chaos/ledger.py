"""What was acknowledged: every receipt, and for every product the states it may be in.

A write that got no answer may have been carried out or not, so both states are possible until the next one is
acknowledged. A product is written to by one writer at a time, so the order of its writes is known.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Fields = dict[str, Any]
State = Fields | None  # None: there is no such product


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A write's receipt."""

    sku: str
    seq: int
    version: int


@dataclass(slots=True)
class Ledger:
    """Safe to use from many threads."""

    states: dict[str, list[State]] = field(default_factory=dict)
    receipts: list[Acknowledged] = field(default_factory=list)
    uploads: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    frozen: set[str] = field(default_factory=set)
    unanswered: int = 0
    _last: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def possible(self, sku: str) -> list[State]:
        """Return the states that the product may be in now."""
        with self._lock:
            return self.states.get(sku, [None])

    def acknowledge(self, sku: str, states: list[State], receipt: Mapping[str, Any]) -> None:
        """Note a write that was answered with a receipt: one of `states` stands from here on."""
        with self._lock:
            if receipt["seq"] <= self._last.get(sku, 0):
                self.faults.append(f"{sku}: receipt {receipt['seq']} after {self._last[sku]}")
            self._last[sku] = receipt["seq"]
            self.states[sku] = states
            self.receipts.append(Acknowledged(sku, receipt["seq"], receipt["version"]))

    def settle(self, sku: str, state: State) -> None:
        """Note what an answer without a receipt told: that the product is not there."""
        with self._lock:
            if state not in self.states.get(sku, [None]):
                self.faults.append(f"{sku}: is not there, although its put was acknowledged")
            self.states[sku] = [state]

    def doubt(self, sku: str, states: list[State], *, late: bool) -> None:
        """Note a write that got no answer: these states are possible too. One that may yet come freezes the product."""
        with self._lock:
            known = self.states.get(sku, [None])
            self.states[sku] = known + [state for state in states if state not in known]
            self.unanswered += 1
            if late:
                self.frozen.add(sku)


def merged(state: Fields, changes: Mapping[str, Any]) -> Fields:
    """Return the fields after a merge patch of the kind that the writers send: nothing is removed."""
    return {**state, **changes, "custom": {**state.get("custom", {}), **changes.get("custom", {})}}
