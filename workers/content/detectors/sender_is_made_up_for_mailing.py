"""A bulk sender who takes another name for each mailing, on a domain that has nothing to do with any of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mailcore.addresses import Address
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.fields.people import addresses_of
from mailcore.fields.words import is_answer
from mailcore.message import Link, Message
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.content.brand_words import is_spared, outside_sender
from workers.content.sender_names import fits_domain, is_personal, is_same_name

_TOKEN_PATH = re.compile(r"^[a-z]+://[^/?#]+/(?:[a-z0-9]{1,12}/)?[A-Za-z0-9_-]{28,}/?$", re.IGNORECASE)
_HOME_PAGE = re.compile(r"^[a-z]+://[^/?#]+/?$", re.IGNORECASE)
_HIDDEN_CHARACTERS = 40
_LEAST = 2.5  # of the points below: two to three signs together
_FEW = 3


@detector(category="spam", weight=4.0, lifecycle=Lifecycle.STABLE)
def sender_is_made_up_for_mailing(view: MailView, *, most: float = 5.0) -> Iterable[Hit]:
    """The sender's name fits the advertisement but not its domain, to which every link leads, with signs of machines.

    Sellers of clicks own thousands of domains for some days each and send from a new mailbox for each offer. A company
    writes from a domain that has its name, or through a service whose links lead to many places.
    """
    message = view.message
    address = None if is_spared(view) or not message.links else outside_sender(view)
    if address is None or not address.name or is_answer(view) or not _is_advertising(message):
        return
    if view.brands.owners(address.host) or address.domain in view.lists.free_mail or fits_domain(address):
        return
    links = [link for link in message.links if link.scheme in ("http", "https")]
    if not links or any(link.domain != address.domain for link in links):
        return
    signs = dict(_signs(view, address, links))
    points = sum(signs.values())
    if points >= _LEAST:
        yield Hit(
            summary=f"The sender calls itself {address.name[:60]}, which has nothing to do with its domain "
            f"{address.domain}, and every link leads there.",
            detail="; ".join(signs),
            where=Where(header="From", quote=message.header("from")),
            weight=min(most, points),
        )


def _signs(view: MailView, address: Address, links: list[Link]) -> Iterator[tuple[str, float]]:
    message = view.message
    if all(link.scheme == "http" for link in links):
        yield "every link is unencrypted", 1.5
    if is_same_name(address) and not is_personal(address.name):
        yield "the mailbox is named as the sender is shown", 1.0
    if address.domain.rpartition(".")[2] in view.lists.risky_tlds:
        yield "the ending is mostly abused", 1.0
    if sum(_TOKEN_PATH.match(link.href) is not None for link in links) * 5 >= len(links) * 4:
        yield "links are nothing but long tokens", 1.0
    if not any(_HOME_PAGE.match(link.href) for link in links) and len({link.host for link in links}) == 1:
        yield "there is no way to its home page", 0.5
    if len(message.html.hidden_text) > _HIDDEN_CHARACTERS and len({link.href for link in links}) <= _FEW:
        yield "text is hidden behind a few links", 1.0
    if any(reply.address == address.address for reply in addresses_of(message, "reply-to")):
        yield "answers go where they would go anyway", 0.5


def _is_advertising(message: Message) -> bool:
    """Pictures, a way to unsubscribe or hidden text: notes from person to person are spared."""
    return bool(
        message.html.external_images
        or message.header("list-unsubscribe")
        or len(message.html.hidden_text) > _HIDDEN_CHARACTERS
    )
