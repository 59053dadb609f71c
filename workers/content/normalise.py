"""Text as patterns see it: UTF-8, single spaces, and in running text the words as a person reads them.

It runs over every mail. One search for all signs of hidden words at once takes microseconds; only texts that show some
are read again, letter by letter (`mailcore.obfuscation`).
"""

from __future__ import annotations

import functools
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable

import hyperscan

from mailcore import leet
from mailcore.fields.kinds import Field
from mailcore.obfuscation import ALIKE, OVERRIDE, plain_letters, simplified

_LEET_PLACES = 1_000  # words with digits that are looked at; honest texts with more are lists of parts

_LEET, _HIDDEN = range(2)  # what a pattern of `_signs` says about a text

_scratches = threading.local()  # working memory of hyperscan, one for each thread

# Over bytes of UTF-8; a little wider than the ranges of `mailcore.obfuscation`, which keeps the databases small.
_SEPARATOR = r"(?:[ .\-_*~+|]|\xc2\xb7|\xe2\x80\xa2)"
_LETTER = r"(?:[a-z]|[\xc3-\xdf].|[\xe3-\xed]..|\xf0\x9f\x87.)"
_LATIN = r"(?:[a-z]|[\xc3-\xc8].)"
_GREEK_TO_ARMENIAN = r"(?:\xcd[\xb0-\xbf]|[\xce-\xd6].)"
_HIDDEN_LETTERS = (
    r"\xcc.|\xcd[\x80-\xaf]|\xe1\xaa[\xb0-\xbf]|\xe1[\xab\xb7].|\xe2\x83[\x90-\xbf]",  # combining marks
    r"\xc9[\x90-\xbf]|\xca[\x80-\xaf]|\xe1[\xb4-\xb6].|\xea\x9c[\xb0\xb1]|\xea\x9e[\xae\xaf]",  # phonetic ones
    r"\xf0\x9f(?:\x85[\x90-\xbf]|\x86[\x80-\x89])",  # dark circles and squares
    r"\xe2\x81[\xa1-\xaf]|\xef\xb8[\x80-\x8d]|\xf3\xa0",  # invisible
    r"\xe1[\x8e-\x99].|\xe2[\xb2-\xb5].|\xea[\x93\xad\xae].|\xf0\x90[\x90-\x93].|\xf0\x91[\xa2\xa3].",  # rare scripts
)


def normalise(text: str) -> bytes:
    """Addresses, hosts, file names and codes as they are matched, in valid UTF-8; linear.

    Hidden letters are not read here: "paypa1.example" is no host of PayPal, and a rule that spares PayPal's own must
    not take it for one.
    """
    return b" ".join(simplified(text).encode("utf-8", "replace").split())


def normalise_prose(text: str) -> bytes:
    """What people read (text, subjects, display names) as it is matched, in valid UTF-8; linear."""
    data = normalise(text)
    is_hidden, places = _searched(data)
    if is_hidden or OVERRIDE in text:
        data = normalise(plain_letters(text))
        _, places = _searched(data)
    return leet.read_leet(data, places)[0] if places else data


def normaliser(field: Field) -> Callable[[str], bytes]:
    """How the values of a field are normalised."""
    is_read = field.is_running_text or field.name.endswith((".name", ".shown"))
    return normalise_prose if is_read else normalise


def _searched(data: bytes) -> tuple[bool, list[int]]:
    """Whether letters may be hidden, and behind which bytes words may stand that are written with digits."""
    is_hidden = False
    places: list[int] = []

    def note(kind: int, _start: int, end: int, _flags: int, _context: object) -> None:
        nonlocal is_hidden
        if kind == _HIDDEN:
            is_hidden = True
        elif len(places) < _LEET_PLACES:
            places.append(end)

    scratches = getattr(_scratches, "scratches", None)
    if scratches is None:
        scratches = _scratches.scratches = tuple(map(hyperscan.Scratch, _signs()))
    for database, scratch in zip(_signs(), scratches, strict=True):
        database.scan(data, match_event_handler=note, scratch=scratch)
        if data.isascii():
            break
    return is_hidden, sorted(places)


@functools.cache
def _signs() -> tuple[hyperscan.Database, ...]:
    """What is searched in every text, and what in those that are not ASCII: built in 0.1 s, as one in a second."""
    spaced = r"[a-z](?:[ .\-_*~+|][a-z]){3}"
    plain = [(rf"^{spaced}", _HIDDEN), (rf"[^a-z0-9]{spaced}", _HIDDEN), *((sign, _LEET) for sign in leet.SIGNS)]
    alike = _bytes_of(character for character in ALIKE if character < "\u0588")
    mixed = [
        (rf"{_LETTER}(?:{_SEPARATOR}{_LETTER}){{3}}", _HIDDEN),
        (rf"{_LATIN}{_GREEK_TO_ARMENIAN}|{_GREEK_TO_ARMENIAN}[a-z]", _HIDDEN),
        (rf"(?:^|[\t-~]){alike}{alike}{alike}+(?:[\t-~]|$)", _HIDDEN),
    ]
    return _database(plain), _database(mixed), _database([(letters, _HIDDEN) for letters in _HIDDEN_LETTERS])


def _database(patterns: list[tuple[str, int]]) -> hyperscan.Database:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    once = hyperscan.HS_FLAG_SINGLEMATCH
    database.compile(
        expressions=[pattern.encode("latin-1") for pattern, _ in patterns],
        ids=[kind for _, kind in patterns],
        elements=len(patterns),
        flags=[hyperscan.HS_FLAG_CASELESS | (0 if kind == _LEET else once) for _, kind in patterns],
    )
    return database


def _bytes_of(characters: Iterable[str]) -> str:
    """A regular expression over UTF-8 bytes for any of these characters."""
    last: defaultdict[bytes, set[int]] = defaultdict(set)
    for character in characters:
        data = character.encode("utf-8")
        last[data[:-1]].add(data[-1])
    return (
        "(?:" + "|".join(_escaped(first) + f"[{_escaped(bytes(sorted(ends)))}]" for first, ends in last.items()) + ")"
    )


def _escaped(data: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in data)
