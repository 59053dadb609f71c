"""What a field is: a name, a kind, a sentence of documentation and a function of the view."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable

from msgspec import Struct

from mailcore.message import Part
from mailcore.view import MailView


class Kind(enum.StrEnum):
    """What a field holds; it decides which operators fit."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "yes or no"


Value = tuple[str, ...] | float | bool


class Field(Struct, frozen=True, kw_only=True):
    """One field. A text field holds any number of values and compares true when one of them does.

    `header` is the header that evidence is shown for; `is_running_text` means that phrases may be broken over lines;
    a field that `is_costly` is read only where a rule that is still possible asks for it.
    """

    name: str
    kind: Kind
    description: str
    read: Callable[[MailView], Value]
    header: str = ""
    is_running_text: bool = False
    is_costly: bool = False


def text(
    name: str, description: str, read: Callable[[MailView], Value], *, header: str = "", costly: bool = False
) -> Field:
    return Field(name=name, kind=Kind.TEXT, description=description, read=read, header=header, is_costly=costly)


def prose(
    name: str, description: str, read: Callable[[MailView], Value], *, header: str = "", costly: bool = False
) -> Field:
    """Running text: a phrase in it may be broken over lines."""
    return Field(
        name=name,
        kind=Kind.TEXT,
        description=description,
        read=read,
        header=header,
        is_running_text=True,
        is_costly=costly,
    )


def number(name: str, description: str, read: Callable[[MailView], float], *, costly: bool = False) -> Field:
    return Field(
        name=name, kind=Kind.NUMBER, description=description, read=lambda view: float(read(view)), is_costly=costly
    )


def flag(name: str, description: str, read: Callable[[MailView], bool], *, costly: bool = False) -> Field:
    return Field(
        name=name, kind=Kind.FLAG, description=description, read=lambda view: bool(read(view)), is_costly=costly
    )


def distinct(values: Iterable[str]) -> tuple[str, ...]:
    """Each value once and none empty: newsletters link to the same few hosts a hundred times."""
    return tuple(filter(None, dict.fromkeys(values)))


def some(value: str) -> tuple[str, ...]:
    return (value,) if value else ()


def attached(view: MailView) -> list[Part]:
    """The parts that are attachments."""
    parts = {part.id: part for part in view.message.parts}
    return [parts[part_id] for part_id in view.message.attachments if part_id in parts]


def texts_of(view: MailView) -> tuple[str, ...]:
    """What a person reads: plain text and visible text of HTML, once where they are the same."""
    message = view.message
    if message.html_text == message.text:
        return some(message.text)
    return tuple(filter(None, (message.text, message.html_text)))
