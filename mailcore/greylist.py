"""What a greylist is asked, and what it says (RFC 6647)."""

from __future__ import annotations

import enum

from msgspec import Struct


class Attempt(Struct, frozen=True, kw_only=True):
    """One delivery as it is recognised when it comes again.

    `network` is the client's, `sender` the domain or the address of the envelope sender in lower case ("" for
    bounces), `pairs` what the sender would be known by (`mailcore.acquaintance`).
    """

    network: str
    sender: str
    recipient: str
    pairs: tuple[bytes, ...] = ()


class Standing(enum.StrEnum):
    """Where a delivery stands. Only `NEW` and `WAITING` are asked to come again."""

    NEW = "new"
    WAITING = "waiting"
    PASSED = "passed"  # it has just come again, late enough
    ALLOWED = "allowed"  # it has passed before, or its network has often enough
    KNOWN = "known"  # a correspondent
    FULL = "full"  # nobody more can be kept waiting
    UNAVAILABLE = "unavailable"  # the store is away

    @property
    def must_come_again(self) -> bool:
        return self in (Standing.NEW, Standing.WAITING)
