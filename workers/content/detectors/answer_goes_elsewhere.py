"""An answer that would go somewhere else than the mail says it comes from."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.addresses import Address
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.imitation import imitates
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.content.requests import Letter, Wish, read_letter
from workers.content.senders import answer_to, is_personal, is_proven, is_robot, ours, sender


@detector(category="business-email-compromise", weight=2.5, lifecycle=Lifecycle.STABLE)
def answer_goes_elsewhere(view: MailView) -> Iterable[Hit]:
    """Reply-To leads to free mail or to a lookalike of the sender's domain, in a mail that wants an answer."""
    reply = answer_to(view.message)
    address = sender(view.message)
    if not reply.host or not address.host or reply.domain == address.domain or not is_personal(view):
        return
    is_free = reply.domain in view.lists.free_mail
    imitation = imitates(reply.host, of=frozenset({address.domain})) if address.domain and not is_free else None
    is_lookalike = imitation is not None and imitation.kind.is_sure
    if not (is_free or is_lookalike or ours(view).is_known(address.host)):
        return  # help desks, ticket systems and shops have answers sent to other domains of theirs
    letter = read_letter(view.message)
    weight = _lookalike_weight(letter) if is_lookalike else _weight(address, reply, letter, view)
    if not weight:
        return
    wish = letter.costly or letter.leading
    asks = f", and asks for {wish}" if wish else ""
    yield Hit(
        summary=f"It says it is from {address.host}, but answers would go to {reply.address}{asks}.",
        detail=f"From {address.address}, Reply-To {reply.address}",
        where=Where(header="Reply-To", quote=view.message.header("reply-to")),
        weight=weight,
    )


def _lookalike_weight(letter: Letter) -> float:
    return 4.0 + _more(letter, costly=4.0, leading=2.0)


def _weight(address: Address, reply: Address, letter: Letter, view: MailView) -> float:
    who = ours(view)
    is_free = reply.domain in view.lists.free_mail
    if who.is_known(reply.host) or is_proven(view):
        return 0.0  # answers come to us; or the owner of the domain wants them elsewhere
    if who.is_known(address.host):
        if _is_form(address, reply, letter):
            return _more(letter, costly=2.0, leading=0.0)
        more = 2.0 if letter.asks and letter.is_short else 0.0
        return (3.0 if is_free else 1.0) + (_more(letter, costly=4.0, leading=2.0) or more)
    # Small firms have answers sent to free mail, and ask for no money in the same letter.
    if not is_free or address.domain in view.lists.free_mail or _is_form(address, reply, letter):
        return 0.0
    if not letter.is_short:
        return 0.0
    is_account = not letter.wishes.isdisjoint((Wish.BANK_CHANGE, Wish.PAYROLL))
    return 3.5 if is_account else _more(letter, costly=2.5, leading=1.5)


def _more(letter: Letter, *, costly: float, leading: float) -> float:
    return costly if letter.costly else leading if letter.leading else 0.0


def _is_form(address: Address, reply: Address, letter: Letter) -> bool:
    """A form of a web site: a program writes, with the visitor's address in the text and as Reply-To."""
    return is_robot(address) or reply.address in letter.text
