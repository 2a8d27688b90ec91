"""FAISS, untyped: the stubs it ships lack much of what it offers, `DirectMap` and products by row among it."""

from __future__ import annotations

import importlib
from typing import Any

faiss: Any = importlib.import_module("faiss")
