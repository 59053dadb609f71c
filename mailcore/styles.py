"""What declarations of CSS say about whether text is seen: ways of hiding, and colours."""

from __future__ import annotations

import enum
import functools
import re

from msgspec import Struct

LONGEST_NAME = 20  # of the rest of a property's name
VALUE = 300  # characters of a value that are looked at
NEAR = 16  # of 255: colours that differ by less in each channel are not told apart


class Hiding(enum.StrEnum):
    """A way in which text is hidden."""

    DISPLAY = "display"
    VISIBILITY = "visibility"
    OPACITY = "opacity"
    SIZE = "size"
    CLIPPED = "clipped"  # a box without height or width that cuts off what is in it
    OFF_SCREEN = "off-screen"
    COLOUR = "colour"  # of the background, or transparent
    ATTRIBUTE = "attribute"  # hidden
    TEMPLATE = "template"
    STYLE_SHEET = "style-sheet"  # said by a class or an id, not by the element


Colour = tuple[int, int, int]
WHITE: Colour = (255, 255, 255)
UNKNOWN = "unknown"  # a picture, a gradient, a variable: nobody can tell what text on it looks like
TRANSPARENT = "transparent"


class Style(Struct, frozen=True):
    """What one block of declarations says. `shows` is a `display` that is not none, or the like.

    `colour` and `background` are None where nothing is said.
    """

    hiding: Hiding | None = None
    shows: bool = False
    colour: Colour | str | None = None
    background: Colour | str | None = None


_PROPERTY = r"(?:^|[;\s{])"
_DISPLAY = re.compile(_PROPERTY + r"display\s*:\s*([a-z-]+)")
_INVISIBLE = re.compile(_PROPERTY + r"visibility\s*:\s*(?:hidden|collapse)")
_NO_SIZE = re.compile(
    _PROPERTY + r"font-size\s*:\s*(?:(?:0++(?:\.0*+)?|\.0++)(?:px|pt|r?em|%)?|0*+\.\d++(?:px|pt|%)|0*+\.[01]\d*+r?em|"
    r"[12](?:\.\d+)?px|1pt)\s*(?:[;!]|$)"
)
_TRANSPARENT = re.compile(_PROPERTY + r"opacity\s*:\s*(?:0?\.0\d*|0(?:\.0\d*)?%?)\s*(?:[;!]|$)")
_NO_BOX = re.compile(_PROPERTY + r"(?:max-)?(?:height|width)\s*:\s*0(?:\.0+)?(?:px|pt|r?em|%)?\s*(?:[;!]|$)")
_CUT_OFF = re.compile(_PROPERTY + r"overflow(?:-[xy])?\s*:\s*(?:hidden|clip)")
_CLIPPED = re.compile(
    r"clip\s*:\s*rect\(\s*[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?\s*\)|"
    r"clip-path\s*:\s*(?:inset\(\s*(?:50|100)%|circle\(\s*0)|transform\s*:\s*scale[xy]?\(\s*0(?:\.0+)?\s*[),]"
)
_FAR = r"-\d{4,}(?:\.\d+)?(?:px|pt)?|-[5-9]\d\d(?:px|pt)|-\d{2,}(?:r?em|vw|vh)"
_PLACED = re.compile(_PROPERTY + r"position\s*:\s*(?:absolute|fixed)")
_AWAY = re.compile(_PROPERTY + rf"(?:left|top|right|bottom)\s*:\s*(?:{_FAR})")
_INDENTED = re.compile(_PROPERTY + rf"(?:text-indent|margin-left|margin-top)\s*:\s*(?:{_FAR})")
_HEX = re.compile(r"#(?:([0-9a-f]{6})(?:[0-9a-f]{2})?|([0-9a-f]{3})[0-9a-f]?)(?![0-9a-f])")
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})\s*[,\s]\s*(\d{1,3})\s*[,\s]\s*(\d{1,3})\s*(?:[,/]\s*([\d.]{1,8})%?\s*)?\)")
_NAMED: dict[str, Colour | str] = {
    "white": WHITE,
    "snow": (255, 250, 250),
    "ivory": (255, 255, 240),
    "azure": (240, 255, 255),
    "whitesmoke": (245, 245, 245),
    "ghostwhite": (248, 248, 255),
    "floralwhite": (255, 250, 240),
    "black": (0, 0, 0),
    "red": (255, 0, 0),
    "blue": (0, 0, 255),
    "navy": (0, 0, 128),
    "green": (0, 128, 0),
    "yellow": (255, 255, 0),
    "gray": (128, 128, 128),
    "grey": (128, 128, 128),
    "silver": (192, 192, 192),
    "transparent": TRANSPARENT,
}


def read_style(style: str) -> Style:
    """The declarations of a style attribute, or of a rule."""
    style = style.lower()
    colour = None
    if "color" in style:
        for rest, value in _declarations(style, "color"):
            colour = colour if rest else read_colour(value)  # not color-scheme
    background = _background(style) if "background" in style else None
    displays = _DISPLAY.findall(style) if "display" in style else []
    shows = bool(displays) and displays[-1] != "none"
    return Style(_hiding(style, displays), shows, colour, background)


def _declarations(style: str, begin: str) -> list[tuple[str, str]]:
    """Rest of the name, and value, of each property whose name begins so; what is important comes last and counts."""
    found: list[tuple[str, str]] = []
    important: list[tuple[str, str]] = []
    at = style.find(begin)
    while at >= 0:
        behind = at + len(begin)
        end = style.find(";", behind, behind + VALUE)
        if at == 0 or style[at - 1] in "; \t\r\n{":
            name, colon, value = style[behind : end if end >= 0 else behind + VALUE].partition(":")
            if colon and len(name) < LONGEST_NAME:
                value, mark, _ = value.partition("!")
                (important if mark else found).append((name.strip(), value))
        at = style.find(begin, max(end, behind))
    return found + important


@functools.lru_cache(maxsize=4_096)
def read_colour(value: str) -> Colour | str | None:
    """A colour as written in CSS or in an attribute; UNKNOWN for what only a browser can tell, None for nothing."""
    value = value[:VALUE].strip().lower()
    named = _NAMED.get(value)
    if named is not None or not value or value in ("inherit", "initial", "unset"):
        return named
    match = _HEX.search(value)
    if match is not None:
        digits = match.group(1) or "".join(digit * 2 for digit in match.group(2))
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    match = _RGB.search(value)
    if match is not None:
        red, green, blue, opacity = match.groups()
        if opacity is not None and not opacity.strip("0."):
            return TRANSPARENT
        return min(255, int(red)), min(255, int(green)), min(255, int(blue))
    return UNKNOWN


def read_colour_attribute(value: str | None) -> Colour | str | None:
    """A colour in an attribute of HTML; the sign before the digits may be missing there."""
    if not value:
        return None
    colour = read_colour(value)
    return read_colour(f"#{value.strip()}") if colour is UNKNOWN else colour


def brightness(colour: Colour) -> int:
    """From 0 to 255, as eyes weigh the channels (ITU-R BT.601)."""
    red, green, blue = colour
    return (299 * red + 587 * green + 114 * blue) // 1000


def is_near(one: Colour, other: Colour) -> bool:
    """Whether two colours are hardly told apart."""
    return abs(one[0] - other[0]) <= NEAR and abs(one[1] - other[1]) <= NEAR and abs(one[2] - other[2]) <= NEAR


def _hiding(style: str, displays: list[str]) -> Hiding | None:
    if displays and displays[-1] == "none":  # the last one counts
        return Hiding.DISPLAY
    if "opacity" in style and _TRANSPARENT.search(style):
        return Hiding.OPACITY
    if "overflow" in style and _CUT_OFF.search(style) and _NO_BOX.search(style):
        return Hiding.CLIPPED
    if ("clip" in style or "scale" in style) and _CLIPPED.search(style):
        return Hiding.CLIPPED
    if "position" in style and _PLACED.search(style) and _AWAY.search(style):
        return Hiding.OFF_SCREEN
    if ("text-indent" in style or "margin-" in style) and _INDENTED.search(style):
        return Hiding.OFF_SCREEN
    if "visibility" in style and _INVISIBLE.search(style):
        return Hiding.VISIBILITY
    if "font-size" in style and _NO_SIZE.search(style):
        return Hiding.SIZE
    return None


def _background(style: str) -> Colour | str | None:
    colour: Colour | str | None = None
    for rest, value in _declarations(style, "background"):
        if rest in ("", "-image") and "(" in value and "rgb" not in value:
            return UNKNOWN
        if rest not in ("", "-color"):
            continue
        read = read_colour(value)
        if read is UNKNOWN and not rest:  # `none repeat`, `center #fff`: what of it is a colour
            match = _HEX.search(value)
            read = read_colour(match.group()) if match else (None if "none" in value else UNKNOWN)
        if read is not None:
            colour = read
    return None if colour == TRANSPARENT else colour
