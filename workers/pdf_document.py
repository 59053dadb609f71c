"""A PDF document as far as its scripts see it: what runs when it is opened, and where they look for their data."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class Note(Struct, frozen=True, kw_only=True):
    """A note on a page, or another annotation with words."""

    subject: str = ""
    contents: str = ""
    author: str = ""
    name: str = ""


class PdfDocument(Struct, frozen=True, kw_only=True):
    """`scripts` in the order in which they run. Bounded by who reads the document."""

    scripts: tuple[str, ...] = ()
    info: Mapping[str, str] = {}
    fields: Mapping[str, str] = {}
    notes: tuple[Note, ...] = ()
    pages: int = 0
