"""Vitrine with models that cost nothing, for benchmarks that start and kill its processes hundreds of times.

Nothing of the product is changed: these are entry modules that give `service.build` a detector and an embedder.
"""
