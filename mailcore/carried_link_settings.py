"""Settings of the history of links: which delivered messages carried which, for links that turn bad later."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class CarriedLinks(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is remembered of links in delivered mail (`docs/links.md`)."""

    enabled: Annotated[
        bool, Meta(description="Remember which messages carried which links, by hashes: those that turn bad are told.")
    ] = True
    days: Annotated[float, Meta(description="Days for which that is remembered.", gt=0, le=3_650)] = 30.0
    most_entries: Annotated[
        int,
        Meta(
            description="Entries that are kept, the oldest go first. A message has one for each 16 things that a list "
            "could have of its links; each takes at most 250 bytes of Redis.",
            gt=0,
        ),
    ] = 200_000
