"""A sender with the name of one of our people, and an address that is not theirs."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.addresses import Address, written_addresses
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.message import Direction
from mailcore.organisation import ProtectedPerson
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.content.names import Match, compare
from workers.content.requests import Letter, read_letter
from workers.content.senders import answer_to, is_acquainted, is_proven, is_robot, is_stranger, ours, sender


@detector(category="business-email-compromise", weight=3.5, lifecycle=Lifecycle.STABLE)
def sender_has_name_of_our_person(view: MailView) -> Iterable[Hit]:
    """The display name is that of a protected person of the organisation, and the address is somebody else's."""
    if not view.organisation.people or view.envelope.direction is not Direction.INBOUND:
        return
    address = sender(view.message)
    found = _person(address, view)
    if found is None or _is_harmless(address, found[0], view):
        return
    person, match = found
    letter = read_letter(view.message)
    name = f"{person.name} ({person.title})" if person.title else person.name
    wish = letter.costly or letter.leading
    asks = f" and asks for {wish}" if wish else " and is about money" if letter.is_about_money else ""
    yield Hit(
        summary=f"It shows the name of {name}, but {address.address} is no address of theirs{asks}.",
        detail=f"From shows {address.name[:100]!r}; {_circumstances(view)}",
        where=Where(header="From", quote=view.message.header("from")),
        weight=_weight(address, match, letter, view),
    )


def _person(address: Address, view: MailView) -> tuple[ProtectedPerson, Match] | None:
    """The person whose name, or whose address as a name, is shown."""
    written = {found.address for found in written_addresses(address.name)}
    company = ours(view).company
    best: tuple[ProtectedPerson, Match] | None = None
    for person in view.organisation.people:
        own = {known.lower() for known in person.addresses}
        match = Match.WHOLE if written & own else compare(address.name, person.name, company=company)
        if match is not Match.NONE and (best is None or match.value > best[1].value):
            best = person, match
    return best


def _is_harmless(address: Address, person: ProtectedPerson, view: MailView) -> bool:
    if not address.host or address.address in {known.lower() for known in person.addresses}:
        return True  # their own address; forged ones are another detector's business
    if ours(view).is_known(address.host):
        return True  # a second address of theirs, or a namesake among colleagues and partners
    # What people do on other sites is reported by robots in their names: shared files, calls, signatures. Robots do
    # not want to be answered at free mail, and do not ask for money.
    letter = read_letter(view.message)
    is_free = address.domain in view.lists.free_mail or answer_to(view.message).domain in view.lists.free_mail
    return is_robot(address) and not is_free and letter.costly is None


def _weight(address: Address, match: Match, letter: Letter, view: MailView) -> float:
    is_free = address.domain in view.lists.free_mail
    if is_acquainted(view) and is_proven(view) and not is_free:
        return 0.5  # a namesake in another company, who has written before
    weight = 4.5 if is_free else 3.5
    reply = answer_to(view.message)
    if reply.domain and reply.domain != address.domain and not ours(view).is_known(reply.host):
        weight += 1.5
    if letter.is_short and letter.costly:
        weight += 5.5
    elif letter.costly or (letter.is_short and letter.is_about_money):
        weight += 4.0 if letter.leading else 3.0
    elif letter.leading:
        weight += 2.5
    elif letter.is_short and letter.asks:
        weight += 1.5
    if is_stranger(view):
        weight += 1.0
    elif is_acquainted(view):
        weight -= 2.0  # not more: whoever answered an impostor once has made him known
    elif is_proven(view) and not is_free and letter.costly is None:
        weight -= 1.0  # a namesake in another company, whose name there is real
    return max(0.5, weight if match is Match.WHOLE else weight - 2.0)


def _circumstances(view: MailView) -> str:
    reply = answer_to(view.message)
    facts = [f"answers go to {reply.address}"] if reply.address else []
    facts += ["authenticated"] if is_proven(view) else []
    return ", ".join([*facts, f"sender: {view.acquaintance}"])
