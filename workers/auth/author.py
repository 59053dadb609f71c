"""Who From says the author is, read from the field as it came (RFC 5322, 3.4), and where that is open to doubt.

Programs read a tricky From in different ways: what one authenticates is not what another shows. Here such a field has
no single author; everything in it that somebody could show is a domain whose policy counts.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from msgspec import Struct

from mailcore.addresses import read_addresses
from mailcore.authentication import AMBIGUOUS_AUTHOR, AuthorProblem
from mailcore.header_fields import comment_end
from mailcore.message import Message
from workers.auth.signature import Unacceptable, look_up_name

VALUE_CHARACTERS = 4_096  # of one field; whoever writes more wants it to be read differently
MAX_FIELDS = 5
MAX_DOMAINS = 5  # whose policies are looked up; more of them make nothing clearer

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_LITERAL = re.compile(r"\[[^\[\]]*+\]")
_ATOM = re.compile(r'[^\s<>@,;:"()\[\]\x00]++')
_BLANK_FOLD = re.compile(r"\n[ \t]++\r?\n[ \t]*+[^ \t\r\n]")
_ENCODED = re.compile(r"=\?[^?]{1,40}\?[bq]\?", re.IGNORECASE)
_ADDRESS_IN_COMMENT = re.compile(r"<[^<>@]*+@[^<>]*+>")
_LIKE_AT = frozenset("\uff20\ufe6b")  # programs that normalise what they show make an @ of these
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Author(Struct, frozen=True, kw_only=True):
    """`domains` in A-labels and lower case, each once, as they stand in From; the first is the one that is reported.

    `problems` are those of `AuthorProblem`; one of `AMBIGUOUS_AUTHOR` means that DMARC cannot pass.
    """

    domains: tuple[str, ...] = ()
    problems: tuple[AuthorProblem, ...] = ()

    @property
    def is_ambiguous(self) -> bool:
        return not AMBIGUOUS_AUTHOR.isdisjoint(self.problems)

    @property
    def domain(self) -> str:
        return self.domains[0] if self.domains else ""


class _Token(Struct, frozen=True):
    kind: str  # a special character, "word", "quoted", "literal" or "comment"
    text: str
    is_glued: bool  # no white space before it


class _Reading(Struct, kw_only=True):
    """What one field gave: addresses as (number of @, domain text)."""

    domains: list[str]
    problems: list[AuthorProblem]


def read_author(message: Message, *, has_hidden: bool = False) -> Author:
    """The author of a message by all its From fields; `has_hidden`: there is one more that only some programs see
    (`workers.auth.hidden_author`). Never raises; linear in the fields."""
    hidden = [AuthorProblem.HIDDEN_FIELD] if has_hidden else []
    fields = [header for header in message.headers if header.name.lower() == "from"]
    if not fields:
        return Author(problems=(*hidden, AuthorProblem.NO_FIELD))
    problems: list[AuthorProblem] = [*hidden, AuthorProblem.SEVERAL_FIELDS] if len(fields) > 1 else hidden
    written: list[str] = []
    for header in fields[:MAX_FIELDS]:
        reading = _read_field(header.written)
        found = reading.domains
        problems += reading.problems
        if not found or AMBIGUOUS_AUTHOR.intersection(reading.problems):
            # What others may show who read more leniently.
            found = [*found, *(sender.host for sender in read_addresses(header.value) if sender.host)]
        written += found
    domains: list[str] = []
    for text in written:
        try:
            domains.append(look_up_name(text.encode("utf-8", "replace")))
        except (ValueError, Unacceptable):
            problems.append(AuthorProblem.WRONG_DOMAIN)
            domains += _above(text)
    different = tuple(dict.fromkeys(domains))
    if len(different) > 1:
        problems.append(AuthorProblem.SEVERAL_DOMAINS)
    elif len(domains) > 1 and len(fields) == 1:
        problems.append(AuthorProblem.SEVERAL_ADDRESSES)
    return Author(domains=different[:MAX_DOMAINS], problems=tuple(dict.fromkeys(problems)))


def _above(text: str) -> list[str]:
    """The next domain above one that cannot be looked up: people see its name, so its policy counts."""
    labels = text.split(".")
    for start in range(max(1, len(labels) - MAX_DOMAINS), len(labels) - 1):
        try:
            return [look_up_name(".".join(labels[start:]).encode("utf-8", "replace"))]
        except (ValueError, Unacceptable):
            continue
    return []


def _read_field(text: str) -> _Reading:
    reading = _Reading(domains=[], problems=[])
    # RFC 5322, 4.2: such folds are obsolete, and many programs take the blank line for the end of the header.
    if _BLANK_FOLD.search(text):
        reading.problems.append(AuthorProblem.BLANK_FOLD)
    if _CONTROLS.search(text):
        reading.problems.append(AuthorProblem.CONTROL_CHARACTERS)
        text = _CONTROLS.sub(" ", text)
    if len(text) > VALUE_CHARACTERS:
        reading.problems.append(AuthorProblem.UNREADABLE)
        text = text[:VALUE_CHARACTERS]
    tokens = _tokens(text, reading.problems)
    if any(token.kind == "comment" and _ADDRESS_IN_COMMENT.search(token.text) for token in tokens):
        reading.problems.append(AuthorProblem.ADDRESS_IN_COMMENT)
    entry: list[_Token] = []
    depth = 0
    for token in tokens:
        if token.kind == "<":
            depth += 1
        elif token.kind == ">":
            depth = max(0, depth - 1)
        if depth == 0 and token.kind in ",;":
            _read_entry(entry, reading)
            entry = []
        elif depth == 0 and token.kind == ":" and not any(each.kind == "@" for each in entry):
            reading.problems.append(AuthorProblem.GROUP)
            entry = []
        else:
            entry.append(token)
    _read_entry(entry, reading)
    if not reading.domains:
        reading.problems.append(AuthorProblem.NO_ADDRESS)
    return reading


def _tokens(text: str, problems: list[AuthorProblem]) -> list[_Token]:
    """The field in tokens; it ends where something has no end."""
    tokens: list[_Token] = []
    position, is_glued = 0, False
    while position < len(text):
        letter = text[position]
        if letter.isspace():
            position, is_glued = position + 1, False
            continue
        if letter == "(":
            kind, end = "comment", comment_end(text, position)
        elif letter == '"':
            kind, end = "quoted", _end(_QUOTED, text, position)
        elif letter == "[":
            kind, end = "literal", _end(_LITERAL, text, position)
        elif (atom := _ATOM.match(text, position)) is not None:
            kind, end = "word", atom.end()
        else:
            kind, end = letter, position + 1
        if end < 0:
            problems.append(AuthorProblem.UNREADABLE)
            break
        tokens.append(_Token(kind, text[position:end], is_glued))
        position, is_glued = end, True
    return tokens


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else -1


def _read_entry(entry: list[_Token], reading: _Reading) -> None:
    """One mailbox: what stands in angle brackets, or all of it where there are none."""
    if not any(token.kind == "@" for token in entry):
        return
    last = len(entry) - 1
    opens = [
        place for place, token in enumerate(entry) if token.kind == "<" and entry[min(place + 1, last)].kind != "<"
    ]
    if not opens:
        _read_address(_without_outer_comments(entry), reading)
        return
    for start in opens:
        end = next((place for place in range(start, len(entry)) if entry[place].kind == ">"), -1)
        if end < 0:
            reading.problems.append(AuthorProblem.UNREADABLE)
        inside = entry[start + 1 : end] if end >= 0 else entry[start + 1 :]
        _read_address([token for token in inside if token.kind != "<"], reading)
        if len(reading.domains) >= 2 * MAX_DOMAINS:
            return
    # `<a@example.com>: b@example.net`: some programs take the last address.
    closed = max((place for place, token in enumerate(entry) if token.kind == ">"), default=last)
    _read_address(_without_outer_comments(entry[closed + 1 :]), reading)


def _without_outer_comments(entry: list[_Token]) -> list[_Token]:
    """`a@example.com (Name)` and `(Name) a@example.com` are the old way to give a name, and no trick."""
    start, end = 0, len(entry)
    while start < end and entry[start].kind == "comment":
        start += 1
    while end > start and entry[end - 1].kind == "comment":
        end -= 1
    return entry[start:end]


def _read_address(tokens: Sequence[_Token], reading: _Reading) -> None:
    """The domain of an address. A route (`@a,@b:user@c`) is passed over as RFC 5322, 4.4 says."""
    colons = [place for place, token in enumerate(tokens) if token.kind == ":"]
    if colons and tokens[0].kind == "@":
        reading.problems.append(AuthorProblem.ROUTE)
        tokens = tokens[colons[-1] + 1 :]
    if any(token.kind == "comment" for token in tokens):
        reading.problems.append(AuthorProblem.COMMENT)
        tokens = [token for token in tokens if token.kind != "comment"]
    at_signs = [place for place, token in enumerate(tokens) if token.kind == "@"]
    if not at_signs:
        return
    if len(at_signs) > 1:
        reading.problems.append(AuthorProblem.SEVERAL_AT)
    if any(_is_disguised(tokens, place) for place in at_signs):
        reading.problems.append(AuthorProblem.ENCODED_ADDRESS)
    if any(not _LIKE_AT.isdisjoint(token.text) for token in tokens):
        reading.problems.append(AuthorProblem.SEVERAL_AT)
    for number, place in enumerate(at_signs):
        end = at_signs[number + 1] if number + 1 < len(at_signs) else len(tokens)
        words = [token.text for token in tokens[place + 1 : end]]
        domain = "".join(words).rstrip(".").lower()
        is_split = any(not token.is_glued for token in tokens[place + 2 : end])
        if is_split and not all(one.endswith(".") or two.startswith(".") for one, two in itertools.pairwise(words)):
            reading.problems.append(AuthorProblem.UNREADABLE)  # "good.example bad.example": two names, or one
            reading.domains += [word.strip(".").lower() for word in words[:2]]
        else:
            reading.domains.append(domain)


def _is_disguised(tokens: Sequence[_Token], place: int) -> bool:
    """Whether beside that @ stands an encoded word: it must not be there (RFC 2047, 5), and is shown decoded."""
    beside = (*tokens[max(0, place - 1) : place], *tokens[place + 1 : place + 2])
    return any(_ENCODED.match(token.text) for token in beside)
