"""What the style sheets of a mail hide and colour, for everybody who looks at it and not only for some screens."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from typing import Any

from turbohtml.cssom import StyleSheet

from mailcore.styles import UNKNOWN, Colour, Hiding, read_style

SHEET_CHARACTERS = 262_144  # of all style sheets of a part together; newsletters have some 10,000
SELECTORS = 64  # that hide, and that colour; newsletters hide by a handful
_BLOCKS = 500  # blocks of declarations that are looked at; and places where a name stands again

# What stands in every block that hides; each is searched for as it is.
_HIDING_SIGNS = (
    "none",
    "hidden",
    "collapse",
    "opacity",
    "-indent",
    "position",
    "margin-",
    "clip",
    "scale(0",
    "size:0",
    "size: 0",
    "size:1px",
    "size: 1px",
)
_COLOUR_SIGNS = ("color:#f", "color: #f", "color:#e", "color: #e", "color:white", "color: white", "transparent")
_ALWAYS = re.compile(r"@media\s*+(?:all|(?:only\s++)?screen)?\s*+\{")
_AT_RULE = re.compile(r"@[a-z-]++[^{};@]{0,300}+\{")
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_SIMPLE = re.compile(r"(?:[a-z][a-z0-9]*)?[.#][\w-]{1,80}")
_NAMES = re.compile(r"[.#]?[\w-]+")
_PSEUDO = re.compile(r"::?[\w-]+(?:\([^()]*+\))?")
_SHOWN = re.compile(
    r"(?:height|width)\s*:\s*(?:none|auto|[1-9])|visibility\s*:\s*visible|opacity\s*:\s*(?:1|0?\.[1-9])|"
    r"font-size\s*:\s*(?:[3-9]|[1-9]\d)|position\s*:\s*(?:static|relative)"
)


class Sheet:
    """The style sheets of one HTML part. What nobody asks for is not read."""

    def __init__(self, sheets: list[str]) -> None:
        css = "\n".join(sheets)[:SHEET_CHARACTERS].lower()
        self._css = _COMMENT.sub(" ", css) if "/*" in css or "<!--" in css else css

    @functools.cached_property
    def hiding(self) -> dict[str, Hiding]:
        """Simple selectors (".x", "#x", "td.x") of what is hidden.

        What another rule shows, such as one for telephones, counts as shown: somebody sees it.
        """
        found: dict[str, Hiding] = {}
        for selectors, block in self._blocks(_HIDING_SIGNS):
            way = read_style(block).hiding
            if way is not None and len(found) < SELECTORS:
                found.update(dict.fromkeys(filter(_SIMPLE.fullmatch, selectors()), way))
        return {selector: way for selector, way in found.items() if not self._is_shown(selector)}

    @functools.cached_property
    def colours(self) -> dict[str, Colour | str]:
        """Light colours of text, and transparent ones, by simple selector."""
        found: dict[str, Colour | str] = {}
        for selectors, block in self._blocks(_COLOUR_SIGNS):
            colour = read_style(block).colour
            if colour is not None and len(found) < SELECTORS:
                for selector in filter(_SIMPLE.fullmatch, selectors()):
                    found[selector] = colour if found.get(selector, colour) == colour else UNKNOWN
        return found

    def background_of(self, element: Any) -> Colour | str | None:
        """What is said of the background of an element by its classes, its id or its tag."""
        return _said_of(element, self.backgrounds)

    def colour_of(self, element: Any) -> Colour | str | None:
        """The same of its text."""
        return _said_of(element, self.colours)

    def _blocks(self, signs: tuple[str, ...]) -> Iterator[tuple[Callable[[], list[str]], str]]:
        """Each block of declarations that holds one of the signs, with what gives its selectors."""
        css = self._css
        seen: set[int] = set()
        for sign in signs:
            at = css.find(sign)
            while at >= 0 and len(seen) < _BLOCKS:
                begin, end = css.rfind("{", 0, at), css.find("}", at)
                end = len(css) if end < 0 else end
                if begin >= 0 and begin not in seen:
                    seen.add(begin)
                    yield functools.partial(self._selectors, begin), css[begin + 1 : end]
                at = css.find(sign, end)

    def _selectors(self, begin: int) -> list[str]:
        """The selectors before a block, where it holds for everybody."""
        css = self._css
        depth = css.count("{", 0, begin) - css.count("}", 0, begin)
        at_rule = css.rfind("@", 0, begin)
        if depth > 0 and not (depth == 1 and at_rule >= 0 and _ALWAYS.match(css, at_rule)):
            return []
        start = max(css.rfind(mark, 0, begin) for mark in "{};") + 1
        return list(map(str.strip, css[start:begin].split(",")))

    def _is_shown(self, selector: str) -> bool:
        """Whether some rule for its class or id shows it."""
        css, name = self._css, "".join(_NAMES.findall(selector)[-1:])
        at = css.find(name)
        for _ in range(_BLOCKS):
            if at < 0:
                return False
            begin = css.find("{", at)
            closing = css.find("}", at)
            if 0 <= begin < closing and not css[at + len(name) : at + len(name) + 1].isalnum():
                block = css[begin + 1 : closing]
                style = read_style(block)
                if style.hiding is None and (style.shows or _SHOWN.search(block)):
                    return True
            at = css.find(name, at + len(name))
        return True  # so often that nobody can tell

    @functools.cached_property
    def backgrounds(self) -> dict[str, Colour | str]:
        """Backgrounds by class (".x"), id ("#x") and tag ("x"). One that holds only somewhere is unknown everywhere."""
        backgrounds: dict[str, Colour | str] = {}
        if "background" not in self._css:
            return backgrounds
        for rule in StyleSheet(_AT_RULE.sub("", self._css)).rules:
            text = rule.style.text
            background = read_style(text).background if "background" in text else None
            if background is not None:
                for selector in map(str.strip, rule.selector_text.strip("} \r\n\t").split(",")):
                    _note_background(backgrounds, selector, background)
        return backgrounds


def _said_of(element: Any, colours: dict[str, Colour | str]) -> Colour | str | None:
    if not colours:
        return None
    names = ["." + name for name in (element.attr("class") or "").lower().split()]
    names += ["#" + (element.attr("id") or "").lower(), element.tag, "*"]
    return next((colours[name] for name in names if name in colours), None)


def _note_background(backgrounds: dict[str, Colour | str], selector: str, background: Colour | str) -> None:
    names = _NAMES.findall(_PSEUDO.sub("", selector))
    if len(names) == 1 and names[0] == selector:
        known = backgrounds.get(selector, background)
        backgrounds[selector] = background if known == background else UNKNOWN
    elif "[" in selector:
        backgrounds.update(dict.fromkeys((*names, *(f".{name}" for name in names)), UNKNOWN))
    else:
        backgrounds.update(dict.fromkeys([name for name in names if name[0] in ".#"] or names[-1:] or ["*"], UNKNOWN))
