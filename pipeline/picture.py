"""A picture of an answer: the photo with its boxes beside the hits of every garment, for eyes and for reports."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from detector import Photo
from pipeline.answers import Answer, Hit, RegionAnswer

CELL = 150  # pixels, side of a hit's photo
TEXT = 46  # pixels of caption below it
PHOTO_HEIGHT = 560
GAP = 12
COLOURS = ("#e4572e", "#2e86ab", "#3a7d44", "#8f2d56", "#d9a404", "#5b5f97", "#00798c", "#6b4226")


def picture_of(photo: Photo, answer: Answer, image: Callable[[str], Photo], columns: int = 6) -> Photo:
    """Return (H, W, 3) uint8: the photo on the left, a row of up to `columns` hits per garment on the right.

    `image` returns the pixels of a catalog image by its id.
    """
    left = _with_boxes(photo, answer)
    rows = max(1, len(answer.regions))
    width = left.width + 3 * GAP + columns * (CELL + GAP)
    height = max(left.height, rows * (CELL + TEXT + GAP)) + 2 * GAP
    canvas = Image.new("RGB", (width, height), "white")
    canvas.paste(left, (GAP, GAP))
    for number, region in enumerate(answer.regions):
        top = GAP + number * (CELL + TEXT + GAP)
        for column, hit in enumerate(region.hits[:columns]):
            cell = _cell(hit, image(hit.image_id), COLOURS[number % len(COLOURS)])
            canvas.paste(cell, (left.width + 2 * GAP + column * (CELL + GAP), top))
    return np.asarray(canvas)


def _with_boxes(photo: Photo, answer: Answer) -> Image.Image:
    picture = Image.fromarray(photo)
    picture = picture.resize((max(1, round(picture.width * PHOTO_HEIGHT / picture.height)), PHOTO_HEIGHT))
    draw = ImageDraw.Draw(picture)
    for number, region in enumerate(answer.regions):
        x0, y0, x1, y1 = region.region.box
        colour = COLOURS[number % len(COLOURS)]
        corner = (x0 * picture.width, y0 * picture.height)
        draw.rectangle((*corner, x1 * picture.width - 1, y1 * picture.height - 1), outline=colour, width=4)
        label = _label(region)
        box = draw.textbbox(corner, label, font=_font())
        draw.rectangle((box[0], box[1], box[2] + 8, box[3] + 4), fill=colour)
        draw.text((corner[0] + 4, corner[1]), label, fill="white", font=_font())
    return picture


def _label(region: RegionAnswer) -> str:
    return "whole photo" if region.region.whole_photo else f"{region.region.category or 'chosen'}"


def _cell(hit: Hit, pixels: Photo, colour: str) -> Image.Image:
    cell = Image.new("RGB", (CELL, CELL + TEXT), "white")
    photo = Image.fromarray(pixels)
    photo.thumbnail((CELL, CELL))
    cell.paste(photo, ((CELL - photo.width) // 2, (CELL - photo.height) // 2))
    draw = ImageDraw.Draw(cell)
    draw.rectangle((0, 0, CELL - 1, 3), fill=colour)
    price = hit.product.fields.sale_price or hit.product.fields.price
    told = f"{hit.score:.2f}" + (f"  {price.amount} {price.currency}" if price else "")
    for line, text in enumerate((hit.product.fields.title[:24], hit.product.sku[:24], told)):
        draw.text((2, CELL + 2 + 14 * line), text, fill="#222222", font=_font(12))
    return cell


def _font(size: int = 14) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
