"""Draws an SVG as far as codes and plain pictures need it: rectangles, paths, polygons, circles, pictures within.

No text, no filters, no files and no network; curves become straight lines. What is drawn is bounded in shapes and in
painted pixels, whatever the document repeats.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import turbohtml
from msgspec import Struct

from mailcore.styles import brightness, read_colour
from workers.ocr.limits import ImageLimits
from workers.ocr.svg_paths import Matrix, Point, chained, circle, depths, numbers, read_path, read_transform

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 1_000  # pixels of the longer side
PAINTED = 60_000_000  # pixels in all shapes together
_DEPTH = 24  # groups in groups, and what is used again
_HIDDEN = frozenset({"defs", "clippath", "mask", "symbol", "pattern", "marker", "script", "style", "metadata", "title"})
_DECLARATION = re.compile(r"(?:^|;)\s*(fill|stroke|stroke-width|display|opacity)\s*:\s*([^;]{1,200})", re.IGNORECASE)

# A picture that stands in the document (`data:`), or None.
ReadInline = Callable[[str], "Image | None"]


class Paint(Struct, frozen=True):
    """What shapes inherit. None is no paint."""

    fill: int | None = 0
    stroke: int | None = None
    width: float = 1.0


class Drawing:
    """One document on its way to a picture."""

    def __init__(self, root: Any, limits: ImageLimits, read_inline: ReadInline) -> None:
        from PIL import Image as Images
        from PIL import ImageDraw

        self._shapes = limits.drawn_shapes
        self._painted = PAINTED
        self._read_inline = read_inline
        self._named = {name: element for element in root.find_all() if (name := element.attr("id"))}
        left, top, width, height = _box(root)
        scale = SIDE / max(width, height)
        self._matrix: Matrix = (scale, 0.0, 0.0, scale, -left * scale, -top * scale)
        self.picture = Images.new("L", (max(1, round(width * scale)), max(1, round(height * scale))), 255)
        self._draw = ImageDraw.Draw(self.picture)

    def draw(self, root: Any) -> None:
        self._children(root, self._matrix, _painted(root, Paint()), _DEPTH)

    def _children(self, element: Any, matrix: Matrix, paint: Paint, depth: int) -> None:
        for child in element.children:
            if isinstance(child, turbohtml.Element) and self._shapes > 0 and self._painted > 0 and depth > 0:
                self._element(child, matrix, paint, depth - 1)

    def _element(self, element: Any, matrix: Matrix, paint: Paint, depth: int) -> None:
        self._shapes -= 1
        tag = element.tag.lower()
        if tag in _HIDDEN or (element.attr("display") or "").strip() == "none":
            return
        paint = _painted(element, paint)
        matrix = chained(matrix, read_transform(element.attr("transform") or ""))
        x, y = _length(element, "x"), _length(element, "y")
        width, height = _length(element, "width"), _length(element, "height")
        if tag == "use":
            target = self._named.get(_reference(element).removeprefix("#"))
            if target is not None and depth > 0:
                self._element(target, chained(matrix, (1, 0, 0, 1, x, y)), paint, depth - 1)
        elif tag == "rect" and width > 0 and height > 0:
            self._fill([[(x, y), (x + width, y), (x + width, y + height), (x, y + height)]], matrix, paint)
        elif tag == "image":
            self._image(_reference(element), matrix, (x, y, width, height))
        elif tag in ("circle", "ellipse"):
            radius = _length(element, "r")
            across, down = radius or _length(element, "rx"), radius or _length(element, "ry")
            self._fill([circle(_length(element, "cx"), _length(element, "cy"), across, down)], matrix, paint)
        elif tag in ("polygon", "polyline"):
            given = numbers(element.attr("points") or "")
            self._fill([list(zip(given[::2], given[1::2], strict=False))], matrix, paint)
        elif tag == "path":
            self._fill(read_path(element.attr("d") or "", self._shapes), matrix, paint)
        else:
            self._children(element, matrix, paint, depth)

    def _fill(self, outlines: list[list[Point]], matrix: Matrix, paint: Paint) -> None:
        """Paint shapes; one within another is a hole, as in the corners of a QR code."""
        a, b, c, d, e, f = matrix
        placed = [[(a * x + c * y + e, b * x + d * y + f) for x, y in outline] for outline in outlines if outline]
        self._shapes -= len(placed)
        limit = 8.0 * SIDE
        placed = [outline for outline in placed if all(abs(value) < limit for point in outline for value in point)]
        if paint.fill is not None:
            for outline, inside in depths([outline for outline in placed if len(outline) > 2]):
                xs, ys = [x for x, _ in outline], [y for _, y in outline]
                self._painted -= int((max(xs) - min(xs) + 1) * (max(ys) - min(ys) + 1))
                if self._painted <= 0:
                    return
                shade = paint.fill if inside % 2 == 0 else 255
                # Pillow paints the last pixel too: neighbours would grow into each other.
                if len(outline) == 4 and _is_upright(outline):
                    self._rectangle(min(xs), min(ys), max(xs), max(ys), shade)
                else:
                    self._draw.polygon(outline, fill=shade)
        if paint.stroke is not None:
            self._lines(placed, max(1, round(paint.width * abs(a or b))), paint.stroke)

    def _rectangle(self, left: float, top: float, right: float, bottom: float, shade: int) -> None:
        box = (round(left), round(top), max(round(left), round(right) - 1), max(round(top), round(bottom) - 1))
        self._draw.rectangle(box, fill=shade)

    def _lines(self, outlines: list[list[Point]], width: int, shade: int) -> None:
        for outline in outlines:
            for (x1, y1), (x2, y2) in itertools.pairwise(outline):
                self._painted -= int((abs(x2 - x1) + abs(y2 - y1) + 1) * width)
                if self._painted <= 0:
                    return
                if abs(y1 - y2) < 0.5:
                    # A row of a code as a thick line: exactly as long as it says.
                    self._rectangle(min(x1, x2), y1 - width / 2, max(x1, x2), y1 + width / 2, shade)
                else:
                    self._draw.line([(x1, y1), (x2, y2)], fill=shade, width=width)

    def _image(self, target: str, matrix: Matrix, box: tuple[float, float, float, float]) -> None:
        picture = self._read_inline(target)
        if picture is None:
            return
        a, b, c, d, e, f = matrix
        x, y, width, height = box
        # Turned pictures are placed upright: a code is read at any angle.
        left, top = round(a * x + c * y + e), round(b * x + d * y + f)
        across, down = (
            round(abs(a or b) * (width or SIDE / abs(a or 1))),
            round(abs(d or c) * (height or SIDE / abs(d or 1))),
        )
        if 0 < across <= 2 * SIDE and 0 < down <= 2 * SIDE:
            self._painted -= across * down
            self.picture.paste(picture.resize((across, down)), (left, top))


def draw_svg(data: bytes, limits: ImageLimits, read_inline: ReadInline) -> Image | None:
    """The first `<svg>` of a file as a grey picture; None where there is nothing to draw."""
    try:
        tree = turbohtml.parse(data[: limits.html_bytes].decode("utf-8", "replace"), positions=False)
        root = tree.find("svg")
    except (ValueError, LookupError, RuntimeError, SystemError, MemoryError):  # a parser in C, on hostile input
        return None
    if root is None:
        return None
    drawing = Drawing(root, limits, read_inline)
    drawing.draw(root)
    return None if drawing.picture.getextrema()[0] == 255 else drawing.picture


def _box(root: Any) -> tuple[float, float, float, float]:
    """Left, top, width and height of what is shown, in the units of the drawing."""
    given = numbers(root.attr("viewBox") or root.attr("viewbox") or "")
    if len(given) == 4 and 0 < given[2] < 1e6 and 0 < given[3] < 1e6 and 0.02 < given[2] / given[3] < 50:
        return given[0], given[1], given[2], given[3]
    width, height = _length(root, "width"), _length(root, "height")
    if 0 < width < 1e6 and 0 < height < 1e6 and 0.02 < width / height < 50:
        return 0.0, 0.0, width, height
    return 0.0, 0.0, 300.0, 300.0


def _length(element: Any, name: str) -> float:
    given = numbers((element.attr(name) or "")[:40])
    return given[0] if given else 0.0


def _reference(element: Any) -> str:
    return (element.attr("href") or element.attr("xlink:href") or "").strip()


def _painted(element: Any, outer: Paint) -> Paint:
    """What the element says of its paint, in attributes or in its style. Classes are not read: black is the default."""
    said = {name: element.attr(name) for name in ("fill", "stroke", "stroke-width")}
    said.update({name.lower(): value for name, value in _DECLARATION.findall(element.attr("style") or "")})
    width = numbers(said["stroke-width"] or "")
    return Paint(
        fill=_shade(said["fill"], outer.fill),
        stroke=_shade(said["stroke"], outer.stroke),
        width=width[0] if width else outer.width,
    )


def _shade(value: str | None, inherited: int | None) -> int | None:
    value = (value or "").strip()
    if not value or value.lower() in ("inherit", "currentcolor"):
        return inherited
    if value.lower() in ("none", "transparent"):
        return None
    colour = read_colour(value)
    # A gradient, or a name that is not known: most are dark.
    return brightness(colour) if isinstance(colour, tuple) else 0


def _is_upright(outline: list[Point]) -> bool:
    return len({round(x, 2) for x, _ in outline}) == 2 and len({round(y, 2) for _, y in outline}) == 2
