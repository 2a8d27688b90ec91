"""``vitrine models``: which models there are, what one costs on this machine, and exporting them beforehand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TypeVar

import click
import numpy as np

from embedder import Embedder
from index.storage import storage_of
from runtime.network import Network, Recipe, Runtime
from runtime.threads import limit_opencv
from service.models import is_compiled, make_detector, make_embedder, make_runtime
from service.settings import Settings

Result = TypeVar("Result")

MB = 1e6
CROP = (480, 320)  # pixels of the crops that are timed: a garment in a photo of a phone
SEED = 0
BATCH = 8
WARM, TIMED = 3, 15  # calls before and while the clock runs

WEIGHTS = click.option(
    "--weights", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Safetensors for a timm model"
)


@dataclass(slots=True)
class Watched:
    """Implements `Runtime` over another one, and keeps what it has loaded."""

    runtime: Runtime
    networks: list[Network] = field(default_factory=list)

    def load(self, recipe: Recipe) -> Network:
        """Return the network of a recipe."""
        self.networks.append(self.runtime.load(recipe))
        return self.networks[-1]


@click.group()
def models() -> None:
    """The models that make vectors: which there are, what they cost, and exporting them beforehand."""


@models.command("list")
@click.argument("pattern", required=False)
def list_(pattern: str | None) -> None:
    """List the shipped space and what is exported here; with PATTERN ("vit", "*siglip*"), timm's models like it."""
    if pattern:
        _list_timm(pattern)
    else:
        _list_here(Settings())


def _list_here(settings: Settings) -> None:
    from embedder.fused import SHIPPED, shipped_space
    from runtime.installed import installed

    click.echo(f"shipped space {shipped_space()}, {SHIPPED.stat().st_size / MB:.1f} MB")
    click.echo(f"exported in {settings.model_cache}:")
    for one in installed(settings.model_cache):
        click.echo(f"{one.size_bytes / MB:8.1f} MB  {one.name}{'' if one.current else '  (by another OpenVINO)'}")


def _list_timm(pattern: str) -> None:
    from embedder.timm_backbone import names_like

    names = names_like(pattern)
    if not names:
        raise click.ClickException(f"timm knows no model like {pattern!r}")
    for name, has_weights in names:
        click.echo(f"{name}{'' if has_weights else '  (needs --weights)'}")


@models.command("try")
@click.argument("name", required=False)
@WEIGHTS
def try_(name: str | None, weights: Path | None) -> None:
    """Say what the space of NAME, or that of the settings, costs here; it is loaded as serving would load it."""
    settings = _settings(name, weights)
    limit_opencv()
    runtime = Watched(make_runtime(settings))
    first, _ = _seconds(lambda: make_embedder(settings, runtime))
    again, embedder = _seconds(lambda: make_embedder(settings, runtime))
    size, dimensions = runtime.networks[-1].size_bytes, embedder.space.dimensions
    alone, together = _crop_seconds(embedder, 1), _crop_seconds(embedder, BATCH)
    where = "on the disk" if is_compiled(settings) else "in memory"
    rows, rounded = storage_of(settings.vector_storage).bytes_of(dimensions)
    click.echo(f"space       {embedder.space.id}")
    click.echo(f"size        {size / MB:.1f} MB {where}")
    click.echo(f"dimensions  {dimensions}")
    click.echo(
        f"index       {rows:,} bytes a vector; {rows + rounded:,} in a store of {settings.exact_below:,} or more"
    )
    click.echo(
        f"crop        {alone * 1e3:.1f} ms alone, {together * 1e3 / BATCH:.1f} ms in a batch of {BATCH}; medians"
    )
    click.echo(f"load        {again:.1f} s; {first:.1f} s the first time")


@models.command()
@click.argument("name", required=False)
@WEIGHTS
def install(name: str | None, weights: Path | None) -> None:
    """Export the detector and the embedder of the settings, or that of NAME, so that serving starts without torch."""
    settings = _settings(name, weights)
    if not is_compiled(settings):
        raise click.ClickException("torch runs the models with these settings; only for OpenVINO are they exported")
    runtime = Watched(make_runtime(settings))
    detector, embedder = make_detector(settings, runtime), make_embedder(settings, runtime)
    for made, network in zip((detector.name, embedder.space.id), runtime.networks, strict=True):
        click.echo(f"{network.size_bytes / MB:8.1f} MB  {made}")
    click.echo(f"exported in {settings.model_cache}")


def _settings(name: str | None, weights: Path | None) -> Settings:
    """Return the settings, with another embedder if one is named."""
    settings = Settings()
    if name is None:
        if weights is not None:
            raise click.ClickException("--weights are those of a timm model; give its name, too")
        return settings
    return settings.model_copy(update={"embedder_model": name, "embedder_weights": weights})


def _crop_seconds(embedder: Embedder, count: int) -> float:
    """Return the median time of a call with that many crops."""
    chance = np.random.default_rng(SEED)
    crops = list(chance.integers(0, 256, (count, *CROP, 3), dtype=np.uint8))
    return median([_seconds(lambda: embedder.embed(crops))[0] for _ in range(WARM + TIMED)][WARM:])


def _seconds(work: Callable[[], Result]) -> tuple[float, Result]:
    started = perf_counter()
    done = work()
    return perf_counter() - started, done
