"""Words of a text that are too long for people: data in base64 or hexadecimal digits. Found without a look at the rest.

Expressions take 50 ns a character and more; here it is one, so that twenty megabytes of anything cost milliseconds.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
# Words of data: what a page or a script carries. Shorter ones are identifiers, hashes and keys.
LONG, KEPT = 364, 64
# Characters outside of long words of a page or a script in which files are looked for; the rest is left out.
CARRYING_CHARACTERS = 4_194_304


def spans(text: str, characters: bytes, least: int) -> Iterator[tuple[int, int]]:
    """Beginning and end of each run of at least `least` of these ASCII characters, in order."""
    inside, outside = b"\x01", b"\x00"
    marked = text.encode("ascii", "replace").translate(_table(characters))
    wanted = inside * least
    begin = marked.find(wanted)
    while begin >= 0:
        end = marked.find(outside, begin + least)
        if end < 0:
            yield begin, len(marked)
            return
        yield begin, end
        begin = marked.find(wanted, end)


def within(text: str, most: int) -> str:
    """The text up to where `most` characters stand outside of long words; these do not count."""
    if len(text) <= most:
        return text
    long = 0
    for begin, end in spans(text, BASE64 + b"=", LONG):
        if begin - long >= most:
            break
        long += end - begin
    return text[: most + long]


def shortened(text: str) -> tuple[str, int]:
    """The text with the first KEPT characters of each long word, and how many the longest has besides."""
    pieces: list[str] = []
    at = longest = 0
    for begin, end in spans(text, BASE64 + b"=", LONG):
        pieces.append(text[at : begin + KEPT])
        at = end
        longest = max(longest, end - begin - KEPT)
    return "".join((*pieces, text[at:])) if pieces else text, longest


@functools.cache
def _table(characters: bytes) -> bytes:
    return bytes(int(character in characters) for character in range(256))
