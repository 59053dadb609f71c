"""An answer to a message that nobody wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mailcore.addresses import written_addresses
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.fields.words import is_forward, is_reply
from mailcore.message import Message
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.content.names import Match, compare
from workers.content.requests import Letter, Wish, read_letter
from workers.content.senders import is_acquainted, is_personal, is_proven, is_stranger, ours, sender

_QUOTED_SENDER = re.compile(
    r"^[ \t>*]{0,8}(?:from|von|de|da|van)[ \t*]{0,3}:[ \t*]{0,3}(.{1,200})$", re.IGNORECASE | re.M
)


@detector(category="business-email-compromise", weight=2.5, lifecycle=Lifecycle.STABLE)
def thread_never_was(view: MailView) -> Iterable[Hit]:
    """It pretends to continue a conversation, has nothing of one but the subject or a quotation, and wants money."""
    message = view.message
    if (
        not (is_reply(message.subject) or is_forward(message.subject))
        or _has_thread(message)
        or not is_personal(view)
        or is_acquainted(view)
    ):
        return
    letter = read_letter(message)
    wants = letter.costly or (Wish.INVOICE if Wish.INVOICE in letter.wishes else None)
    if not letter.is_short or not (wants or letter.is_about_money):
        return
    quoted = _quoted_colleague(view, letter)
    weight = _weight(view, letter, quoted)
    if not weight:
        return
    told = f"a conversation with {quoted}" if quoted else "an earlier message"
    yield Hit(
        summary=f"It pretends to continue {told}, of which there is no trace, and is about {wants or 'money'}.",
        detail="Re: or Fwd: without In-Reply-To and References" + ("" if quoted else ", and nothing is quoted"),
        where=Where(header="Subject", quote=message.subject),
        weight=weight,
    )


def _has_thread(message: Message) -> bool:
    # Outlook threads by headers of its own, also what it forwards.
    return any(message.header(name) for name in ("in-reply-to", "references", "thread-index"))


def _weight(view: MailView, letter: Letter, quoted: str) -> float:
    more = 1.5 if is_stranger(view) else 0.0
    if quoted:
        # A supplier who forwards real correspondence by hand: less where the domain is proven and nothing costs money.
        return (5.0 if letter.costly else 2.0 if is_proven(view) else 4.0) + more
    if letter.quoted or letter.costly is None:
        return 0.0  # quoted correspondence of others; or a reminder with a typed "Re:"
    return 1.5 + more


def _quoted_colleague(view: MailView, letter: Letter) -> str:
    """One of us who is said to have written what is quoted, in a mail that no one of us sent."""
    who = ours(view)
    if not letter.quoted or not who.own or who.is_known(sender(view.message).host):
        return ""
    for match in list(_QUOTED_SENDER.finditer(letter.quoted[:8_000]))[:10]:
        line = match.group(1)
        name = line.partition("<")[0].strip(" \"'*[")
        for person in view.organisation.people:
            if compare(name, person.name, company=who.company) is Match.WHOLE:
                return person.name
        if any(who.is_own(address.host) for address in written_addresses(line)):
            return name or line.strip()
    return ""
