"""What is sent on in place of a message as it was received: its header stays, some bytes of its body are others."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class Rewriting(Struct, frozen=True, kw_only=True):
    """What comes in place of which bytes of a message (start, end, data), in order and without overlaps.

    `links` is how many were replaced, `left` says why others were not, and how many.
    """

    edits: tuple[tuple[int, int, bytes], ...] = ()
    links: int = 0
    left: Mapping[str, int] = {}

    def applied(self, raw: bytes) -> bytes:
        """The message with the edits."""
        pieces: list[bytes] = []
        at = 0
        for start, end, data in self.edits:
            pieces += (raw[at:start], data)
            at = end
        return b"".join((*pieces, raw[at:]))


class ChangedMessage(Struct, frozen=True, kw_only=True):
    """A header as it was received, with the empty line behind it, and a body as it is sent on."""

    header: bytes
    body: bytes
