"""Macros of SPF records and explanations: read once, expanded for a message (RFC 7208, section 7)."""

from __future__ import annotations

import re
import urllib.parse

from msgspec import Struct

from workers.auth.names import fit_name

NAME_LETTERS = frozenset("slodiphv")
EXPLANATION_LETTERS = NAME_LETTERS | frozenset("crt")

_TOKEN = re.compile(r"%\{([A-Za-z])([0-9]{0,9})([rR]?)([.\-+,/_=]{0,32})\}|%([%_-])|([^%]+)")
_ESCAPED = {"%": "%", "_": " ", "-": "%20"}
_TOP_LABEL = re.compile(r"(?=.*[A-Za-z-])[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?", re.ASCII)

_DOMAIN_CHARACTERS = 512  # a name has 253
_EXPANDED_CHARACTERS = 8_192  # a record can repeat a long local part thousands of times


class MacroError(ValueError):
    """The text is no macro-string, or no domain-spec."""


class Macro(Struct, frozen=True):
    """`%{letter}`: `keep` of the right-hand parts (0: all), reversed or not, split at `delimiters`."""

    letter: str
    keep: int
    is_reversed: bool
    delimiters: str
    is_escaped: bool


class MacroText(Struct, frozen=True):
    """A macro-string. `name` is what it stands for when it has no macros, ready for a question ("": for none)."""

    pieces: tuple[str | Macro, ...]
    letters: frozenset[str]
    name: str = ""


class Speaker(Struct, frozen=True, kw_only=True):
    """What macros stand for besides the domain that is asked about.

    `address` is the client's in the usual form and `dotted` as names have it; `family` is "in-addr" or "ip6".
    """

    address: str
    dotted: str
    family: str
    local_part: str
    domain: str
    helo: str
    receiver: str
    now: float


def read_macros(text: str, letters: frozenset[str]) -> MacroText:
    """A macro-string with those letters alone. Raises MacroError."""
    return _read(text, letters)[0]


def read_domain(text: str) -> MacroText:
    """A domain-spec: it ends in a macro or in a top label behind a dot. Raises MacroError."""
    if len(text) > _DOMAIN_CHARACTERS:
        raise MacroError("too long for a name")
    read, tail = _read(text, NAME_LETTERS)
    if tail is not None:
        _, dot, label = tail.removesuffix(".").rpartition(".")
        if not dot or not _TOP_LABEL.fullmatch(label):
            raise MacroError("no domain name")
    if read.letters:
        return read
    return MacroText(pieces=read.pieces, letters=read.letters, name=fit_name("".join(map(str, read.pieces))))


def _read(text: str, letters: frozenset[str]) -> tuple[MacroText, str | None]:
    """The macro-string, and the literal that it ends with (None: it ends with a macro)."""
    if "%" not in text:
        return MacroText(pieces=(text,), letters=frozenset()), text
    pieces: list[str | Macro] = []
    position = 0
    tail: str | None = None
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            raise MacroError("a % that begins no macro")
        letter, keep, reverse, delimiters, escaped, tail = token.groups()
        if letter is None:
            pieces.append(_ESCAPED[escaped] if tail is None else tail)
        elif letter.lower() not in letters or (keep and not int(keep)):
            raise MacroError(f"no such macro: {token.group()}")
        else:
            pieces.append(Macro(letter.lower(), int(keep or 0), bool(reverse), delimiters, letter.isupper()))
        position = token.end()
    used = frozenset(piece.letter for piece in pieces if isinstance(piece, Macro))
    return MacroText(pieces=tuple(pieces), letters=used), tail


def expand(text: MacroText, speaker: Speaker, *, domain: str, validated: str = "unknown") -> str | None:
    """What the text stands for; `validated` is the client's own name.

    None for what cannot be written: an address with a local part beyond ASCII (RFC 8616, section 4: a mechanism with
    it does not match), or one that grows too long.
    """
    if not speaker.local_part.isascii() and not text.letters.isdisjoint("sl"):
        return None
    written: list[str] = []
    room = _EXPANDED_CHARACTERS
    for piece in text.pieces:
        written.append(piece if isinstance(piece, str) else _expanded(piece, speaker, domain, validated))
        room -= len(written[-1])
        if room < 0:
            return None
    return "".join(written)


def _expanded(macro: Macro, speaker: Speaker, domain: str, validated: str) -> str:
    value = _value(macro.letter, speaker, domain, validated)
    if macro.keep or macro.is_reversed or macro.delimiters:
        parts = re.split(f"[{re.escape(macro.delimiters or '.')}]", value)
        if macro.is_reversed:
            parts.reverse()
        value = ".".join(parts[-macro.keep :])  # all of them for 0
    return urllib.parse.quote(value, safe="-._~", errors="replace") if macro.is_escaped else value


def _value(letter: str, speaker: Speaker, domain: str, validated: str) -> str:
    match letter:
        case "s":
            return f"{speaker.local_part}@{speaker.domain}"
        case "l":
            return speaker.local_part
        case "o":
            return speaker.domain
        case "d":
            return domain
        case "i":
            return speaker.dotted
        case "p":
            return validated
        case "h":
            return speaker.helo
        case "v":
            return speaker.family
        case "c":
            return speaker.address
        case "r":
            return speaker.receiver or "unknown"
        case _:  # t
            return str(int(speaker.now))
