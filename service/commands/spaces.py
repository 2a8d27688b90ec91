"""``vitrine spaces``: another model is filled beside the present one, compared, switched to, rolled back from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from catalog import Catalog, KeptSpace, SpaceState
from service.build import make_doorbell, make_served, open_catalog, photo_limits
from service.doorbell import Work
from service.models import active_space, describer_of, fill_space
from service.settings import Settings

if TYPE_CHECKING:
    from pipeline.changeover import Progress
    from pipeline.search import Search


@click.group()
def spaces() -> None:
    """Spaces: which models made the vectors that searches use, and those that are made beside them."""


@spaces.command("list")
def list_() -> None:
    """List the spaces that are kept, and how far each is filled."""
    from pipeline import changeover

    for one in changeover.progress(open_catalog(Settings())):
        click.echo("\t".join((one.space.id, one.space.state, progress_told(one), model_told(one.space))))


@spaces.command()
@click.option("--embedder-model", help="A timm model name (hf-hub: too); left out: that of the settings")
@click.option(
    "--detector-weights", help="Other Ultralytics weights",
    type=click.Path(exists=True, dir_okay=False, resolve_path=True, path_type=Path),
)  # fmt: skip
def fill(embedder_model: str | None, detector_weights: Path | None) -> None:
    """Begin to describe every photo with other models, in the background; workers do it. Searches go on as they are."""
    settings, catalog = _open()
    wanted = settings
    if embedder_model:  # weights that the settings name are another model's
        wanted = wanted.model_copy(update={"embedder_model": embedder_model, "embedder_weights": None})
    if detector_weights:
        wanted = wanted.model_copy(update={"detector_weights": detector_weights})
    active_space(settings, catalog)
    space = fill_space(wanted, catalog)
    make_doorbell(settings).ring(Work.SPACES)
    click.echo(f"{space.id} is being filled; 'vitrine spaces list' tells how far it is")


@spaces.command()
@click.argument("space")
def pause(space: str) -> None:
    """Let nobody go on filling SPACE."""
    click.echo(told(open_catalog(Settings()).spaces.pause(space)))


@spaces.command()
@click.argument("space")
def resume(space: str) -> None:
    """Let SPACE be filled from where it was."""
    settings, catalog = _open()
    click.echo(told(catalog.spaces.resume(space)))
    make_doorbell(settings).ring(Work.SPACES)


@spaces.command()
@click.argument("space")
@click.option("--store", default="main", show_default=True)
@click.option("--photos", default=100, show_default=True, help="Of the store's own, where no pairs are given")
@click.option(
    "--pairs", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="CSV: query (image id or file), sku"
)
def compare(space: str, store: str, photos: int, pairs: Path | None) -> None:
    """Search with the same photos in the active space and in SPACE, without showing it to anybody."""
    from pipeline import comparing

    settings, catalog = _open()
    try:
        both = comparing.comparable(catalog, active_space(settings, catalog), space)
        questions = comparing.questions(catalog, store, space, photos, pairs, photo_limits(settings))
        found = comparing.compare(store, questions, [(one.id, search_in(settings, catalog, one)) for one in both])
    except comparing.BadPairs as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{found.photos} photos of store {store}: {found.overlap:.2f} of the first hits are the same")
    for one in found.spaces:
        recall = f"  R@1 {one.recall(1):.3f}  R@5 {one.recall(5):.3f}" if found.pairs else ""
        click.echo(f"{one.space}  {one.milliseconds:.1f} ms a photo{recall}")


@spaces.command()
@click.argument("space")
def switch(space: str) -> None:
    """Let searches use SPACE, which is filled, in one step. What they used is kept, to roll back to."""
    from pipeline import changeover

    click.echo(told(changeover.switch(open_catalog(Settings()), space)))


@spaces.command()
def rollback() -> None:
    """Let searches use the space again that they used before, in one step."""
    click.echo(told(open_catalog(Settings()).spaces.rollback()))


@spaces.command()
@click.argument("space")
def drop(space: str) -> None:
    """Forget SPACE with all that it has described. Not the active one; there is no way back from it."""
    from pipeline import changeover

    changeover.drop(open_catalog(Settings()), space)
    click.echo(f"{space} is dropped")


def told(space: KeptSpace) -> str:
    """Return what became of a space, as a line."""
    return f"{space.id} is {space.state} now"


def progress_told(one: Progress) -> str:
    """Return how far a space is; the active one lacks nothing."""
    if one.space.state is SpaceState.ACTIVE:
        return "answers searches"
    counts = f"{one.space.photos} photos described, {one.space.failed} failed, {one.behind} changes behind"
    return f"{one.share:.0%} of {one.products} products, {counts}"


def model_told(space: KeptSpace) -> str:
    """Return the settings that make the models of a space; the shipped ones need none."""
    return ", ".join(f"{name}={value}" for name, value in space.model.items() if value) or "shipped models"


def search_in(settings: Settings, catalog: Catalog, space: KeptSpace) -> Search:
    """Return a search in a space, over an index of this process's own."""
    served = make_served(settings, catalog, describer_of(settings, space))
    served.follower.catch_up_fully()
    return served.search


def _open() -> tuple[Settings, Catalog]:
    settings = Settings()
    return settings, open_catalog(settings)
