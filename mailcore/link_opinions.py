"""What others say of links: lists that were imported, and whatever else knows addresses."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence

from msgspec import Struct

from mailcore.link_addresses import Covers


class LinkStanding(enum.StrEnum):
    """How a source stands to what is listed."""

    BAD = "bad"
    GOOD = "good"


class LinkOpinion(Struct, frozen=True, kw_only=True):
    """What one source says of an address.

    `entry` is what it has, and `covers` how far that reaches; `since` is when it was listed, in seconds since the epoch
    (0: unknown). `weight` is that of a bad one, None for the detector's own. `is_local` is a list of our own. `words`
    say what is bad of it, where the source tells that ("phishing", "malware").
    """

    source: str
    kind: LinkStanding
    entry: str
    covers: Covers = Covers.PAGE
    since: float = 0.0
    weight: float | None = None
    is_local: bool = False
    words: str = ""


# Opinions by address, as it stands in a link or in one of its hops.
LinkOpinions = Mapping[str, tuple[LinkOpinion, ...]]


def is_vouched_for(opinions: Sequence[LinkOpinion]) -> bool:
    """Whether somebody says that the address is good, and nobody the contrary."""
    kinds = {opinion.kind for opinion in opinions}
    return LinkStanding.GOOD in kinds and LinkStanding.BAD not in kinds
