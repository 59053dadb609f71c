"""Who a mail says it is from, who would get the answer, and who of them is ours."""

from __future__ import annotations

import functools

from msgspec import Struct

from mailcore.addresses import Address, read_addresses
from mailcore.entries import is_listed
from mailcore.fields.message import is_bounce, is_bulk, is_discussion
from mailcore.imitation import worth_imitating
from mailcore.message import Direction, Message
from mailcore.organisation import Acquaintance
from mailcore.view import MailView
from workers.content.names import words_of

# Local parts behind which a program sits. What people write through a service comes so: "Jane Doe <noreply@...>".
_ROBOTS = """
noreply no-reply no_reply donotreply do-not-reply notification notify mailer bounce alert automat system wordpress
www-data webmaster webform invitation calendar messages- drive-shares dse jira confluence news updates
"""
ROBOTS = tuple(_ROBOTS.split())

NOBODY = Address()


class Ours(Struct, frozen=True, kw_only=True):
    """Whom somebody may pretend to be: domains of our own, and `all` with partners' and the registered ones above.

    `company` are the words of our domains, as they stand behind names.
    """

    own: frozenset[str]
    all: frozenset[str]
    company: frozenset[str]

    def is_own(self, host: str) -> bool:
        return is_listed(host, self.own)

    def is_known(self, host: str) -> bool:
        """Ours or a partner's."""
        return is_listed(host, self.all)


def ours(view: MailView) -> Ours:
    return _ours(view.organisation.domains, view.organisation.partners)


@functools.lru_cache(maxsize=8)
def _ours(domains: tuple[str, ...], partners: tuple[str, ...]) -> Ours:
    names = {domain.partition(".")[0] for domain in domains}
    return Ours(
        own=frozenset(domains),
        all=worth_imitating(domains, partners),
        company=frozenset(word for name in names for word in words_of(name)),
    )


def sender(message: Message) -> Address:
    """The first address of From, which mail programs show."""
    found = read_addresses(message.header("from"))
    return found[0] if found else NOBODY


def answer_to(message: Message) -> Address:
    """Where an answer would go that is not the sender; NOBODY where it goes back."""
    found = read_addresses(message.header("reply-to"))
    is_elsewhere = found and found[0].address and found[0].address != sender(message).address
    return found[0] if is_elsewhere else NOBODY


def is_robot(address: Address) -> bool:
    local = address.address.partition("@")[0]
    return any(word in local for word in ROBOTS)


def is_personal(view: MailView) -> bool:
    """Mail from outside that somebody wrote to somebody, as far as its headers say."""
    message, auth = view.message, view.auth
    is_inbound = view.envelope.direction is Direction.INBOUND
    return is_inbound and not is_discussion(message, auth) and not is_bulk(message, auth) and not is_bounce(message)


def is_stranger(view: MailView) -> bool:
    return view.acquaintance is Acquaintance.FIRST_CONTACT


def is_acquainted(view: MailView) -> bool:
    return view.acquaintance is Acquaintance.KNOWN


def is_proven(view: MailView) -> bool:
    """The domain of From is authenticated, and somebody looked."""
    return view.auth.is_known and view.auth.is_aligned
