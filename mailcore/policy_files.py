"""What the policy knows besides the settings: composites, and senders by name of their list."""

from __future__ import annotations

from msgspec import Struct

from mailcore.combine import NO_COMPOSITES, Composites
from mailcore.sender_lists import NO_LISTS, SenderLists


class PolicyFiles(Struct, frozen=True, kw_only=True):
    """Read once from `configs/composites/` and `configs/lists/senders/`; whoever decides has them at hand."""

    composites: Composites = NO_COMPOSITES
    sender_lists: SenderLists = NO_LISTS


NO_FILES = PolicyFiles()
