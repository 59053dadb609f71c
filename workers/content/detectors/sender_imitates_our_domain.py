"""A sender's domain that is made to be taken for one of ours, or of a partner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mailcore.addresses import read_addresses
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.imitation import Imitation, ImitationKind, imitates
from mailcore.message import Direction
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.content.requests import read_letter
from workers.content.senders import Ours, is_acquainted, ours

_WEIGHTS = {
    ImitationKind.LETTERS: 5.0,
    ImitationKind.SUBDOMAIN: 5.0,
    ImitationKind.SPELLING: 5.0,
    ImitationKind.ADDED_WORD: 3.0,
    ImitationKind.OTHER_ENDING: 2.0,  # often a sister company, or another of the same name
    ImitationKind.HOSTED: 1.0,
}
_ENVELOPE_SHARE = 0.6  # nobody sees the sender of the envelope: it deceives servers at most


@detector(category="business-email-compromise", weight=5.0, lifecycle=Lifecycle.STABLE)
def sender_imitates_our_domain(view: MailView) -> Iterable[Hit]:
    """From, Reply-To or the sender of the envelope is of a domain that looks like one of ours or of a partner's."""
    who = ours(view)
    if not who.all or view.envelope.direction is not Direction.INBOUND:
        return
    found = max(_imitations(view, who), key=lambda item: item[2], default=None)
    if found is None:
        return
    header, imitation, weight = found
    letter = read_letter(view.message)
    if is_acquainted(view):
        # Who has written before is another company that is called alike; lookalikes are young.
        weight = weight - 2.0 if imitation.kind.is_sure else 0.0
    elif letter.costly or (letter.is_pressing and letter.leading):
        weight += 4.5
    elif letter.leading or (
        letter.is_short and letter.is_about_money and imitation.kind is not ImitationKind.OTHER_ENDING
    ):
        weight += 2.0
    owner = "your own" if who.is_own(imitation.original) else "your partner's"
    yield Hit(
        summary=f"{imitation.host} looks like {owner} domain {imitation.original}, and is not.",
        detail=f"{header}: {imitation.kind}; sender: {view.acquaintance}",
        where=Where(derived=f"envelope.sender.host: {imitation.host}")
        if header == "envelope"
        else Where(header=header, quote=imitation.host),
        weight=weight,
    )


def _imitations(view: MailView, who: Ours) -> Iterator[tuple[str, Imitation, float]]:
    for header in ("From", "Reply-To", "Sender"):
        for address in read_addresses(view.message.header(header))[:3]:
            imitation = imitates(address.host, of=who.all)
            if imitation is not None:
                yield header, imitation, _WEIGHTS[imitation.kind]
    host = view.envelope.sender.rpartition("@")[2]
    imitation = imitates(host, of=who.all) if host else None
    if imitation is not None:
        yield "envelope", imitation, _WEIGHTS[imitation.kind] * _ENVELOPE_SHARE
