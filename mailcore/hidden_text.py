"""Takes what nobody sees out of the tree of an HTML part: by styles, style sheets, and the colour of the background."""

from __future__ import annotations

import functools
from collections import deque
from typing import Any

import turbohtml

from mailcore.style_sheets import Sheet
from mailcore.styles import (
    TRANSPARENT,
    UNKNOWN,
    WHITE,
    Colour,
    Hiding,
    Style,
    is_near,
    read_colour_attribute,
    read_style,
)

ANCESTORS = 512  # the parser nests no deeper
_NODES = 100_000  # nodes that are looked at for text in the colour of its background

# A child may set its own size or visibility: newsletters wrap everything in `font-size:0` to close gaps between
# pictures, and that hides nothing.
_UNLESS = {
    Hiding.VISIBILITY: '[style*="visibility" i]',
    Hiding.SIZE: '[style*="font" i],font,img',
}
_PLAIN = Style()
_KEPT = 500  # characters of a style that is remembered from one mail to the next: a sender's look alike
_read_style = functools.lru_cache(maxsize=4_096)(read_style)


class HiddenText:
    """What is taken out of one tree. Use it once."""

    def __init__(self, tree: Any, most: int, *, sheets: list[Any], templates: list[Any]) -> None:
        """`most` characters of hidden text are kept; what lies behind stays in the tree."""
        self.tree = tree
        self.most = most
        self.sheet = Sheet([sheet.text for sheet in sheets]) if sheets else None
        self.templates = templates
        self.texts: list[str] = []
        self._ways: dict[Hiding, None] = {}
        self._size = 0
        self._nodes = _NODES
        self._backgrounds: dict[Any, Colour | str] = {}
        self._styles: dict[str, Style] = {}  # the same few styles come again and again in a newsletter

    @property
    def ways(self) -> tuple[str, ...]:
        return tuple(way.value for way in self._ways)

    def take(self) -> str:
        """The hidden text, which is no longer in the tree; `ways` tells how it was hidden."""
        for template in self.templates:
            self._take(template, Hiding.TEMPLATE)
        coloured: dict[Colour | str, list[Any]] = {}
        known = self._styles
        for element in self.tree.select("[style]"):
            text = element.attr("style")
            style = known.get(text)
            if style is None:
                style = self._style(element)
            if style.hiding is not None:
                self._take_unless_shown(element, style.hiding)
            elif style.colour is not None:
                coloured.setdefault(style.colour, []).append(element)
        for element in self.tree.select("[hidden],font[color]"):
            if element.attr("hidden") is not None and not self._style(element).shows:
                self._take(element, Hiding.ATTRIBUTE)
            colour = read_colour_attribute(element.attr("color"))
            if colour is not None:
                coloured.setdefault(colour, []).append(element)
        if self.sheet is not None:
            self._take_by_sheet(self.sheet)
        self._take_invisible_colours(coloured)
        return "\n".join(self.texts)[: self.most]

    def _take_by_sheet(self, sheet: Sheet) -> None:
        for selector, way in sheet.hiding.items():
            for element in self.tree.select(selector):
                if not self._style(element).shows:
                    self._take_unless_shown(element, way, Hiding.STYLE_SHEET)

    def _style(self, element: Any) -> Style:
        text = element.attr("style")
        if not text:
            return _PLAIN
        style = self._styles.get(text)
        if style is None:
            style = self._styles[text] = read_style(text) if len(text) > _KEPT else _read_style(text)
        return style

    def _take_unless_shown(self, element: Any, way: Hiding, *more: Hiding) -> None:
        exception = _UNLESS.get(way)
        if exception is None or element.select_one(exception) is None:
            self._take(element, way, *more)

    def _take(self, element: Any, *ways: Hiding) -> None:
        if self._size > self.most or element.closest("html") is None:  # inside an element that was taken out already
            return
        self._keep(element.text, ways)
        element.decompose()

    def _keep(self, text: str, ways: tuple[Hiding, ...]) -> None:
        text = " ".join(text.split())
        if text:
            self.texts.append(text)
            self._size += len(text)
            if any(map(str.isalnum, text)):  # the padding of previews is hidden, too, but hides no words
                self._ways.update(dict.fromkeys(ways))

    def _take_invisible_colours(self, coloured: dict[Colour | str, list[Any]]) -> None:
        """Take text in the colour of what is behind it. Nearly all text is in a colour that no background has."""
        sheet_colours = self.sheet.colours if self.sheet is not None else {}
        if not coloured and not sheet_colours:
            return
        behind = {style.background for style in self._styles.values()} | {WHITE}
        behind.update(read_colour_attribute(element.attr("bgcolor")) for element in self.tree.select("[bgcolor]"))
        known = [colour for colour in behind if isinstance(colour, tuple)]
        for selector, colour in sheet_colours.items():
            if _is_suspect(colour, known):
                elements = [element for element in self.tree.select(selector) if self._style(element).colour is None]
                coloured.setdefault(colour, []).extend(elements)
        for colour, elements in coloured.items():
            if _is_suspect(colour, known):
                for element in elements:
                    self._take_own_text(element, colour)

    def _take_own_text(self, element: Any, colour: Colour | str) -> None:
        """Take the text of an element, but not that of elements inside with colours of their own."""
        if self._nodes <= 0 or self._size > self.most or not element.text.strip():
            return
        if colour != TRANSPARENT:
            background = self._background(element)
            if not isinstance(background, tuple) or not isinstance(colour, tuple) or not is_near(colour, background):
                return
        if element.closest("html") is None:
            return
        pending = deque(element.children)
        while pending and self._nodes > 0:
            self._nodes -= 1
            node = pending.popleft()
            if isinstance(node, turbohtml.Text):
                self._keep(node.text, (Hiding.COLOUR,))
                node.decompose()
            elif isinstance(node, turbohtml.Element) and not self._has_own_colours(node, node.tag):
                pending.extend(node.children)

    def _has_own_colours(self, element: Any, tag: str) -> bool:
        """Whether the text of an element inside is seen in another colour; links are blue where nothing is said."""
        if tag in ("a", "button", "input", "select", "textarea", "table", "img"):
            return True
        style = self._style(element)
        if style.colour is not None or style.background is not None:
            return True
        if any(element.attr(name) is not None for name in ("bgcolor", "color", "background")):
            return True
        return element.attr("class") is not None or element.attr("id") is not None

    def _background(self, element: Any) -> Colour | str:
        """The colour behind an element; white where nothing is said."""
        passed: list[Any] = []
        node, found = element, None
        while found is None and isinstance(node, turbohtml.Element) and len(passed) < ANCESTORS:
            found = self._backgrounds.get(node) or self._own_background(node)
            passed.append(node)
            node = node.parent
        background = found if found is not None else WHITE
        self._backgrounds.update(dict.fromkeys(passed, background))
        return background

    def _own_background(self, element: Any) -> Colour | str | None:
        background = self._style(element).background
        if background is not None:
            return background
        if element.attr("background"):
            return UNKNOWN
        if self.sheet is not None and (said := self.sheet.background_of(element)) is not None:
            return said
        return read_colour_attribute(element.attr("bgcolor"))


def _is_suspect(colour: Colour | str, backgrounds: list[Colour]) -> bool:
    return colour == TRANSPARENT or (
        isinstance(colour, tuple) and any(is_near(colour, background) for background in backgrounds)
    )
