"""Codes that are drawn in HTML: with cells of a table, with boxes in rows, with coloured characters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import turbohtml
from msgspec import Struct

from mailcore.style_sheets import Sheet
from mailcore.styles import TRANSPARENT, Colour, Style, brightness, read_colour_attribute, read_style
from workers.ocr.blocks import MOST_COLUMNS, MOST_ROWS, Cell, cell_of, pictures_of_lines
from workers.ocr.limits import ImageLimits
from workers.ocr.work import LEAST_ROWS

if TYPE_CHECKING:
    from PIL.Image import Image

BLACK, WHITE = 0, 255
MODULE = 4  # pixels of a cell
_MARGIN = 4  # cells
_GRIDS = 8  # of a page; a mail that is laid out in more tables with long rows is a report
_NODES = 200_000
_WIDTH = re.compile(r"(?:^|[;\s])(?:min-)?width\s*:\s*(\d{1,4}(?:\.\d{1,3})?)\s*(?:px|pt|r?em|mm|%)?", re.IGNORECASE)
# What begins a line of its own; `tr` and `pre` too, cells do not.
_LINES = frozenset(
    {"div", "p", "tr", "table", "tbody", "pre", "li", "ul", "ol", "center", "blockquote", "h1", "h2", "h3"}
)
_UNSEEN = frozenset({"script", "style", "template", "head", "title"})


class Look(Struct, frozen=True):
    """Shades of text and of what is behind it."""

    ink: int = BLACK
    paper: int = WHITE
    preformatted: bool = False


class Page:
    """One HTML page, with the pictures that are drawn in it without being pictures."""

    def __init__(self, tree: Any, limits: ImageLimits) -> None:
        self._tree = tree
        self._left = limits.drawn_shapes
        self._sheet = Sheet([element.text for element in tree.find_all("style")])
        self._styles: dict[str, Style] = {}

    def pictures(self) -> Iterator[Image]:
        """Everything that may be a code, in the order in which it is likely to be one."""
        yield from self._grids()
        yield from pictures_of_lines(self._lines())

    def _grids(self) -> Iterator[Image]:
        """Tables, or boxes in boxes, with enough rows that have many cells."""
        rows: dict[Any, int] = {}
        for element in self._tree.xpath("//*[8]/.."):
            parent = element.parent
            if isinstance(parent, turbohtml.Element):
                rows[parent] = rows.get(parent, 0) + 1
        for holder in [holder for holder, count in rows.items() if count >= LEAST_ROWS][:_GRIDS]:
            grid = [row for row in map(self._row, _elements(holder)[:MOST_ROWS]) if row]
            if len(grid) >= LEAST_ROWS and {BLACK, WHITE} <= {
                shade > 127 and WHITE for row in grid for shade, _ in row
            }:
                yield _picture(grid)

    def _row(self, row: Any) -> list[tuple[int, float]]:
        """Shade and width of each cell."""
        cells: list[tuple[int, float]] = []
        behind = self._look(row, Look())
        for cell in _elements(row)[:MOST_COLUMNS]:
            if self._left <= 0 or cell.tag == "br":
                break
            self._left -= 1
            cells.append((self._look(cell, behind).paper, _width(cell)))
        return cells

    def _lines(self) -> list[list[Cell]]:
        """The page as lines of characters, with their shades; one that holds words is empty."""
        lines: list[list[Cell]] = [[]]
        words = False
        budget = _NODES
        pending: list[tuple[Any, Look] | None] = [(self._tree.find("body"), Look())]
        while pending and budget > 0:
            budget -= 1
            taken = pending.pop()
            if taken is None:  # the end of a block
                lines.append([])
                continue
            node, look = taken
            if isinstance(node, turbohtml.Text):
                words = _write(node.text, look, lines, words=words)
            elif isinstance(node, turbohtml.Element) and node.tag not in _UNSEEN:
                if node.tag == "br" or node.tag in _LINES:
                    lines.append([])
                    words = False
                if node.tag in _LINES:
                    pending.append(None)
                look = self._look(node, look)
                pending.extend((child, look) for child in reversed(list(node.children)))
        return lines

    def _look(self, element: Any, outer: Look) -> Look:
        style = self._style(element)
        ink, paper = _shade(style.colour, outer.ink), _shade(style.background, outer.paper)
        if style.background is None:
            said = self._sheet.background_of(element)
            paper = _shade(read_colour_attribute(element.attr("bgcolor")) if said is None else said, paper)
        if style.colour is None:
            said = self._sheet.colour_of(element)
            ink = _shade(read_colour_attribute(element.attr("color")) if said is None else said, ink)
        if style.colour == TRANSPARENT:
            ink = paper
        return Look(ink, paper, outer.preformatted or element.tag == "pre" or "pre" in (element.attr("style") or ""))

    def _style(self, element: Any) -> Style:
        text = element.attr("style") or ""
        if text not in self._styles:
            self._styles[text] = read_style(text)
        return self._styles[text]


def _elements(element: Any) -> list[Any]:
    return [child for child in element.children if isinstance(child, turbohtml.Element)]


def _shade(colour: Colour | str | None, otherwise: int) -> int:
    """How bright it is; colours that only a browser knows are taken for dark."""
    if colour is None or colour == TRANSPARENT:
        return otherwise
    return BLACK if isinstance(colour, str) else brightness(colour)


def _width(cell: Any) -> float:
    """Width in cells or in whatever the page counts in; 0 where nothing is said."""
    span = cell.attr("colspan") or ""
    if span.isdecimal():
        return float(min(int(span[:4]), MOST_COLUMNS)) or 1.0
    match = _WIDTH.search(cell.attr("style") or "")
    written = match[1] if match else (cell.attr("width") or "").strip().rstrip("%px")
    return float(written) if re.fullmatch(r"\d{1,4}(?:\.\d{1,3})?", written) else 0.0


def _picture(grid: list[list[tuple[int, float]]]) -> Image:
    """A square for each cell; cells of several widths are as many squares as they are times wider."""
    from PIL import Image as Images
    from PIL import ImageOps

    unit = min((width for row in grid for _, width in row if width > 0), default=1.0)
    lines = [[shade for shade, width in row for _ in range(_squares(width, unit))] for row in grid]
    columns = min(MOST_COLUMNS, max(map(len, lines)))
    data = b"".join(bytes(line[:columns]).ljust(columns, b"\xff") for line in lines)
    small = Images.frombytes("L", (columns, len(lines)), data)
    larger = small.resize((columns * MODULE, len(lines) * MODULE), Images.Resampling.NEAREST)
    return ImageOps.expand(larger, _MARGIN * MODULE, WHITE)


def _squares(width: float, unit: float) -> int:
    return max(1, min(MOST_COLUMNS, round(width / unit)))


def _write(text: str, look: Look, lines: list[list[Cell]], *, words: bool) -> bool:
    """Add the characters to the last line; whether words stand in it, so that it is no line of a code."""
    for character in text[: MOST_ROWS * MOST_COLUMNS]:
        if character == "\n":
            if look.preformatted:
                lines.append([])
                words = False
            continue
        if character in " \t\r" and not look.preformatted and not lines[-1]:
            continue
        if character.isalnum():
            words = True
        if words:
            lines[-1] = []
        elif len(lines[-1]) < MOST_COLUMNS:
            lines[-1].append(cell_of(character, look.ink, look.paper))
    return words
