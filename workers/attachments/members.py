"""What openers are given and what they yield: members of files that hold others, read under a budget."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from mailcore.ports import Unpacker
from workers.attachments.budget import Budget
from workers.attachments.passwords import Password
from workers.members import BLOCK, NAME_CHARACTERS, Broken, Member, Members, whole

__all__ = ["BLOCK", "NAME_CHARACTERS", "Broken", "Member", "Members", "Opening", "whole"]


class Opening(Struct, frozen=True):
    """What an opener may use: the budget of the message, and passwords that may fit, the likeliest first.

    `unpack` is the program that opens what the libraries cannot, None where it is switched off.
    """

    budget: Budget
    passwords: Iterable[Password] = ()
    unpack: Unpacker | None = None
