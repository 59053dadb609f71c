"""Code that stands in the files of a message, as one pool finds it and another runs it in a traced world."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from mailcore.view import MailView


class Language(enum.StrEnum):
    """What would run the code."""

    JAVASCRIPT = "JavaScript"
    VISUAL_BASIC = "Visual Basic"
    POWERSHELL = "PowerShell"
    BATCH = "batch"
    PAGE = "page"  # markup with scripts in it: HTML, SVG, HTA, WSF


class Code(Struct, frozen=True, kw_only=True):
    """One piece of code: where it stood, and its text."""

    part: str
    path: str
    language: Language
    text: str


class Codes(Struct, frozen=True, kw_only=True):
    """All code of a message; `problems` say in plain words what was not looked at."""

    found: tuple[Code, ...] = ()
    problems: tuple[str, ...] = ()
    bytes_read: int = 0


class FindCode(Protocol):
    """Finds the code in the files of a message."""

    def __call__(self, view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Codes: ...
