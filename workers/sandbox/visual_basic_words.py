"""Visual Basic as statements and words: lines joined and cut, comments gone, strings and numbers read."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator

from msgspec import Struct

CHARACTERS = 524_288
STATEMENTS = 20_000

_CONTINUED = re.compile(r"[ \t]_[ \t]{0,40}\r?\n")
_WORD = re.compile(
    r"(?P<blank>[ \t\r]+)|\"(?P<string>(?:[^\"\n]|\"\"){0,500000}+)\"?|(?P<hexadecimal>&[hH][0-9A-Fa-f]{1,8})&?"
    r"|(?P<octal>&[oO][0-7]{1,11})&?|#(?P<date>[^#\n]{1,40})#|(?P<number>[0-9]{1,15}(?:\.[0-9]{1,15})?)[&%!#@]?"
    r"|\[(?P<bracketed>[^\]\n]{1,100})\]|(?P<name>[A-Za-z\u00c0-\uffff_][\w]{0,255}+)(?:[$%&!#@](?!\w))?|(?P<sign><>|<=|>=|:=|.)"
)


class Sort(enum.Enum):
    """What a word is."""

    NAME = "name"
    STRING = "string"
    NUMBER = "number"
    SIGN = "sign"


class Word(Struct, frozen=True):
    """One word of a statement; names in lower case, for Visual Basic does not tell them apart.

    `spaced`: a blank stands before it.
    """

    sort: Sort
    text: str
    spaced: bool = False

    def is_sign(self, *signs: str) -> bool:
        return self.sort is Sort.SIGN and self.text in signs

    def is_name(self, *names: str) -> bool:
        return self.sort is Sort.NAME and self.text in names


def statements(source: str) -> Iterator[list[Word]]:
    """The statements as lists of words; `:` and the end of a line end one. At most STATEMENTS."""
    count = 0
    for line in _CONTINUED.sub(" ", source[:CHARACTERS]).split("\n"):
        statement: list[Word] = []
        for word in _words(line):
            if word.is_sign(":"):
                if statement:
                    yield statement
                    count += 1
                statement = []
            else:
                statement.append(word)
        if statement:
            yield statement
            count += 1
        if count > STATEMENTS:
            return


def _words(line: str) -> Iterator[Word]:
    first, spaced = True, False
    for match in _WORD.finditer(line):
        kind, text = match.lastgroup, match[0]
        if kind == "blank":
            spaced = True
            continue
        if text == "'" or (first and kind == "name" and text.lower() == "rem"):
            return
        match kind:
            case "name" | "bracketed":
                yield Word(Sort.NAME, str(match[kind]).lower())
            case "hexadecimal" | "octal":
                yield Word(Sort.NUMBER, str(_signed(int(text.rstrip("&")[2:], 16 if kind == "hexadecimal" else 8))))
            case "number":
                yield Word(Sort.NUMBER, str(match["number"]))
            case "date":
                yield Word(Sort.STRING, str(match["date"]))
            case "sign":
                yield Word(Sort.SIGN, text, spaced)
            case _:
                yield Word(Sort.STRING, (match["string"] or "").replace('""', '"'))
        first, spaced = text in ":", False


def _signed(number: int) -> int:
    """`&HFFFF` is -1."""
    if 0x8000 <= number <= 0xFFFF:
        return number - 0x10000
    return number - 0x100000000 if 0x80000000 <= number <= 0xFFFFFFFF else number
