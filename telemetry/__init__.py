"""Metrics, logs and timings: what an operator sees."""
