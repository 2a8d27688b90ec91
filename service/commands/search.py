"""``vitrine search PHOTO``: what a shopper would get, as a table and as a picture."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from pipeline.answers import Answer, Query, SearchError
from service.build import Service, build
from service.settings import Settings


@click.command()
@click.argument("photo", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--store", default="main", show_default=True)
@click.option("--limit", default=6, show_default=True, help="Hits per garment")
@click.option("--category", help="Only products of this category")
@click.option("--picture", type=click.Path(dir_okay=False, path_type=Path), help="Write photo and hits as an image")
def search(photo: Path, store: str, limit: int, category: str | None, picture: Path | None) -> None:
    """Find the products of a store that look like the garments in PHOTO."""
    from pipeline.describe import MAX_SIDE
    from pipeline.photo import PhotoError, decode

    service = build(Settings())
    try:
        pixels = decode(photo.read_bytes(), service.photo_limits, max_side=MAX_SIDE).pixels
        if not service.catalog.stores.exists(store):
            raise click.ClickException(f"no store {store!r}; 'vitrine stores list' names those there are")
        service.follower.catch_up_fully()
        answer = service.search.by_photo(store, pixels, Query(limit=limit, category=category))
        show(answer, Console())
        if picture:
            draw(service, pixels, answer, picture)
    except (PhotoError, SearchError) as error:
        raise click.ClickException(f"{photo}: {error}") from None
    finally:
        service.close()


def show(answer: Answer, console: Console) -> None:
    """Print one table per garment."""
    for region in answer.regions:
        box = ", ".join(f"{edge:.2f}" for edge in region.region.box)
        what = (
            "whole photo" if region.region.whole_photo else f"{region.region.category} {region.region.confidence:.2f}"
        )
        table = Table("score", "sku", "title", "price", "availability", title=f"{what}  [{box}]", title_justify="left")
        for hit in region.hits:
            fields = hit.product.fields
            price = fields.sale_price or fields.price
            told = f"{price.amount} {price.currency}" if price else ""
            table.add_row(f"{hit.score:.3f}", hit.product.sku, fields.title, told, fields.availability)
        console.print(table)
    timings = ", ".join(f"{stage} {milliseconds:.1f}" for stage, milliseconds in answer.timings_ms.items())
    console.print(f"space {answer.space}, index at change {answer.index_seq}; ms: {timings}")


def draw(service: Service, pixels: object, answer: Answer, path: Path) -> None:
    """Write the picture of an answer."""
    import numpy as np
    from PIL import Image

    from pipeline.photo import decode
    from pipeline.picture import CELL, picture_of

    picture = picture_of(
        np.asarray(pixels),
        answer,
        lambda image_id: decode(service.catalog.images.read(image_id), service.photo_limits, max_side=CELL).pixels,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path)
