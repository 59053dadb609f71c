"""What is planned for one message; scanning needs it with or without a broker."""

from __future__ import annotations

from msgspec import Struct

from mailcore.identity import Identity


class Plan(Struct, frozen=True, kw_only=True):
    """Which pools have work on a message, and why the others have none. `version` is the policy and rules version,
    `identity` what policy asks about the sender. `link_domains` and `links` (addresses) are remembered afterwards.
    """

    expected: tuple[str, ...] = ()
    skipped: dict[str, str] = {}
    version: str = ""
    identity: Identity = Identity()
    link_domains: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
