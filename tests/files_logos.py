"""Logos of made-up companies, and what becomes of them in mail."""

from __future__ import annotations

import functools

from PIL import Image, ImageDraw, ImageFont, ImageOps

from tests.files_codes import saved


@functools.cache
def logo(name: str = "Contoso", *, icon: int = 0, colour: str = "#1a4f9c", size: int = 48) -> Image.Image:
    """A name beside an icon: four squares, a disc, a triangle, or none."""
    font = ImageFont.load_default(size)
    width = int(font.getlength(name))
    picture = Image.new("RGB", (width + 2 * size + 20, size + 30), "white")
    draw = ImageDraw.Draw(picture)
    left, top, side = 10, 12, size
    if icon == 0:
        half = side // 2
        for number, shade in enumerate(("#f25022", "#7fba00", "#00a4ef", "#ffb900")):
            x, y = left + half * (number % 2), top + half * (number // 2)
            draw.rectangle((x, y, x + half - 4, y + half - 4), fill=shade)
    elif icon == 1:
        draw.ellipse((left, top, left + side, top + side), fill=colour)
    elif icon == 2:
        draw.polygon([(left, top + side), (left + side // 2, top), (left + side, top + side)], fill=colour)
    draw.text((left + side + 16, 6), name, font=font, fill=colour)
    return picture


def inverted(picture: Image.Image) -> Image.Image:
    """White on blue."""
    ink = picture.convert("L").point([255 * (shade < 200) for shade in range(256)])
    blue = Image.new("RGB", picture.size, "#143c8c")
    blue.paste("white", mask=ink)
    return blue


def letter(picture: Image.Image, *, words: str = "Your account has been limited. Please confirm it.") -> Image.Image:
    """A page with that logo at its top and lines of text."""
    page = Image.new("RGB", (800, 900), "white")
    page.paste(picture, (50, 40))
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(22)
    for number in range(15):
        draw.text((50, 160 + 42 * number), f"{words} ({number})", font=font, fill="#222222")
    return page


def transparent(picture: Image.Image) -> Image.Image:
    clear = picture.convert("RGBA")
    clear.putalpha(ImageOps.invert(picture.convert("L")).point([min(255, 4 * shade) for shade in range(256)]))
    return clear


def png(picture: Image.Image) -> bytes:
    return saved(picture, "PNG")
