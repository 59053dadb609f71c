"""Fields about how senders behaved so far: the history of clients, domains, signers, addresses and pairs."""

from __future__ import annotations

from collections.abc import Callable

from mailcore.fields.kinds import Field, flag, number
from mailcore.reputation import Role, Standing
from mailcore.view import MailView

PREFIX = "reputation."

_WHO = {
    Role.IP: "the client (for IPv6 its /64)",
    Role.NETWORK: "the client's network (/24; for IPv6 /48)",
    Role.DOMAIN: "the registered domain of From",
    Role.ENVELOPE: "the registered domain of the envelope's sender",
    Role.DKIM: "the signing domain, where the signature holds; the worst of several",
    Role.ADDRESS: "the address in From",
    Role.PAIR: "the address in From writing to the recipient; the worst of up to five",
}


def standing(view: MailView, role: Role) -> Standing:
    """What is known of who has that role; a good score only where it is proven who it is."""
    return view.reputation.of(role, view.auth)


def reputation_features(view: MailView) -> tuple[tuple[str, float], ...]:
    """Numbers for a learned model, each from -1 to 1 and 0 where nothing is known: score times confidence."""
    return tuple((f"reputation.{role}", standing(view, role).strength) for role in Role)


def _of(role: Role, read: Callable[[Standing], float]) -> Callable[[MailView], float]:
    return lambda view: read(standing(view, role))


def _fields(role: Role, who: str) -> list[Field]:
    return [
        number(
            f"{PREFIX}{role}.score",
            f"From -1 (bad) to 1 (good): {who}; above 0 only where it is proven who it is.",
            _of(role, lambda found: found.score),
        ),
        number(
            f"{PREFIX}{role}.confidence",
            "How sure that score is, from 0 (nothing is known) to 1.",
            _of(role, lambda found: found.confidence),
        ),
        number(
            f"{PREFIX}{role}.volume",
            "Messages that were seen, older ones counting less.",
            _of(role, lambda found: found.volume),
        ),
        number(
            f"{PREFIX}{role}.first_seen_days",
            "Days since the first message; 0 where there was none.",
            _of(role, lambda found: found.first_seen_days),
        ),
    ]


FIELDS: list[Field] = [
    flag(
        f"{PREFIX}known",
        "Senders were looked up in a history of two weeks or more; only then does it mean something to be new.",
        lambda view: view.reputation.is_known,
    ),
    *(field for role, who in _WHO.items() for field in _fields(role, who)),
]
