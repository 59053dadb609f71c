"""Mail that was changed on its way by forwarders that are trusted: what they found before counts (RFC 8617, 7.2)."""

from __future__ import annotations

from collections.abc import Collection

from mailcore.authentication import ArcHop, ArcResult, AuthResult
from mailcore.entries import is_listed


def trusted_sealer(arc: ArcResult, author_domain: str, trusted: Collection[str]) -> str:
    """The sealer on whose word the message is from the domain of From, or "" where there is none.

    The chain must hold, and every server behind that one must be trusted too: any of them could have made up
    everything before its own seal.
    """
    if arc.result is not AuthResult.PASS or not trusted:
        return ""
    names = {name.lower().rstrip(".") for name in trusted}
    for hop in reversed(arc.hops):
        if not is_listed(hop.domain, names):
            return ""
        if _vouches(hop, author_domain):
            return hop.domain
    return ""


def _vouches(hop: ArcHop, author_domain: str) -> bool:
    """Whether that server found DMARC passed, for the domain that From names now."""
    return hop.claims.dmarc is AuthResult.PASS and hop.claims.from_domain == author_domain
