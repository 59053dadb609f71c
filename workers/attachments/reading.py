"""What a reader of single files gives back."""

from __future__ import annotations

from msgspec import Struct

from mailcore.view import FileFacts


class Reading(Struct, frozen=True):
    """The facts with what was read added to them, and links that stand in the file."""

    facts: FileFacts
    links: tuple[str, ...] = ()
