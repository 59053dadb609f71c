"""What openers are given and what they yield: members of files that hold others, read under a budget."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from workers.attachments.budget import Budget
from workers.attachments.passwords import Password
from workers.members import BLOCK, NAME_CHARACTERS, Broken, Member, Members, whole

__all__ = ["BLOCK", "NAME_CHARACTERS", "Broken", "Member", "Members", "Opening", "whole"]


class Opening(Struct, frozen=True):
    """What an opener may use: the budget of the message, and passwords that may fit, the likeliest first."""

    budget: Budget
    passwords: Iterable[Password] = ()
