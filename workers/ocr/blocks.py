"""Codes that are drawn with characters: blocks and half blocks of Unicode, squares, number signs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

# Quarters of the character that are painted: upper left, upper right, lower left, lower right (Unicode, "Block
# Elements" 2580-259F). A character is twice as high as it is wide: a quarter is as high as two are wide.
_QUARTERS: dict[str, tuple[int, int, int, int]] = {
    "█": (1, 1, 1, 1), "▀": (1, 1, 0, 0), "▄": (0, 0, 1, 1), "▌": (1, 0, 1, 0), "▐": (0, 1, 0, 1), "▘": (1, 0, 0, 0),
    "▝": (0, 1, 0, 0), "▖": (0, 0, 1, 0), "▗": (0, 0, 0, 1), "▚": (1, 0, 0, 1), "▞": (0, 1, 1, 0), "▙": (1, 0, 1, 1),
    "▛": (1, 1, 1, 0), "▜": (1, 1, 0, 1), "▟": (0, 1, 1, 1), "▓": (1, 1, 1, 1), "▒": (0, 0, 0, 0), "░": (0, 0, 0, 0),
    "#": (1, 1, 1, 1), "▇": (1, 1, 1, 1), "▆": (1, 1, 1, 1), "▅": (0, 0, 1, 1), "▊": (1, 1, 1, 1), "▉": (1, 1, 1, 1),
}  # fmt: skip
# As wide as they are high.
_WIDE = {"⬛": 1, "■": 1, "◼": 1, "⚫": 1, "●": 1, "🟦": 1, "🟥": 1, "🟩": 1, "⬜": 0, "□": 0, "◻": 0, "⚪": 0, "○": 0,
         "\u3000": 0}  # fmt: skip
_BLOCKS = tuple(character for character in (*_QUARTERS, *_WIDE) if not character.isascii() and character != "\u3000")

LEAST_BLOCKS = 60  # half blocks of the smallest code; what draws a line or a bar has fewer
LEAST_ROWS = 9  # rows of half blocks of the smallest code
_LEAST_COLUMNS = 17
MOST_ROWS, MOST_COLUMNS = 200, 400
MODULE = 4  # pixels of a quarter

# One character of a line: what is painted in it, quarter by quarter, from 0 (black) to 255 (white), and its width in
# halves of its height.
Cell = tuple[tuple[int, int, int, int], int]


def may_hold_code(text: str) -> bool:
    """Whether there are enough blocks in the text; costs next to nothing."""
    if text.isascii():
        # "##" for each module, as terminals without Unicode get it. Such a line is rare in mail.
        return text.count("####") >= LEAST_BLOCKS
    return sum(text.count(block) for block in _BLOCKS) >= LEAST_BLOCKS or text.count("####") >= LEAST_BLOCKS


def cell_of(character: str, ink: int = 0, paper: int = 255) -> Cell:
    """How one character looks, in shades of the text and of what is behind it."""
    if character in _WIDE:
        shade = ink if _WIDE[character] else paper
        return (shade, shade, shade, shade), 2
    one, two, three, four = _QUARTERS.get(character, (0, 0, 0, 0))
    return (ink if one else paper, ink if two else paper, ink if three else paper, ink if four else paper), 1


def pictures_of_text(text: str) -> list[Image]:
    """Each block of lines that may be a code, as a picture."""
    if not may_hold_code(text):
        return []
    drawn = _QUARTERS.keys() | _WIDE.keys() | {" ", "\xa0", "\t"}
    lines = [line.rstrip("\r") for line in text.split("\n")]
    return pictures_of_lines(
        [
            [cell_of(character) for character in line[:MOST_COLUMNS]] if line.strip() and drawn.issuperset(line) else []
            for line in lines
        ]
    )


def pictures_of_lines(lines: Sequence[Sequence[Cell]]) -> list[Image]:
    """Pictures of those neighbouring lines that are long enough; an empty line ends one."""
    found: list[Image] = []
    block: list[Sequence[Cell]] = []
    for line in (*lines, ()):
        if line and len(block) < MOST_ROWS:
            block.append(line)
            continue
        if len(block) >= LEAST_ROWS and max(map(len, block)) >= _LEAST_COLUMNS:
            found.append(_picture(block))
        block = []
    return found


def _picture(lines: Sequence[Sequence[Cell]]) -> Image:
    """Two pixels for each narrow character and four rows for each line, then larger, with a margin."""
    from PIL import Image as Images
    from PIL import ImageOps

    width = max(sum(wide for _, wide in line) for line in lines)
    # Terminals are dark where nothing stands: behind the end of a line is what is behind blanks.
    picture = Images.new("L", (2 * width, 4 * len(lines)), 255)
    pixels = picture.load()
    for number, line in enumerate(lines):
        column = 0
        for (upper_left, upper_right, lower_left, lower_right), wide in line:
            top = 4 * number
            for left, upper, lower in ((0, upper_left, lower_left), (wide, upper_right, lower_right)):
                for x in range(column + left, column + left + wide):
                    for row in range(2):
                        pixels[x, top + row] = upper  # type: ignore[index]
                        pixels[x, top + 2 + row] = lower  # type: ignore[index]
            column += 2 * wide
    larger = picture.resize((picture.width * MODULE // 2, picture.height * MODULE // 2), Images.Resampling.NEAREST)
    return ImageOps.expand(larger, 8 * MODULE, 255)
