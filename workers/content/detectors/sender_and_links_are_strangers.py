"""An advertisement whose sender, domain and target have nothing to do with one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mailcore.addresses import Address
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.entries import is_listed
from mailcore.fields.words import is_answer
from mailcore.message import Link, Message
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.content.brand_words import is_spared, outside_sender
from workers.content.sender_names import fits_domain, is_of_person

_TEXT_CHARACTERS = 600  # picture with a headline; whoever has something to say writes more
_FEW_LINKS = 5
_TOKEN_CHARACTERS = 16


@detector(category="spam", weight=2.5, lifecycle=Lifecycle.STABLE)
def sender_and_links_are_strangers(view: MailView, *, most: float = 4.5) -> Iterable[Hit]:
    """A short advertisement: name, sending domain and the one domain that it leads to are all unrelated and unknown.

    Bulk mail of honest companies that goes through a service leads to the service or to the company, and bears the
    company's name.
    """
    message = view.message
    address = None if is_spared(view) or not message.links else outside_sender(view)
    if address is None or not address.name or is_of_person(address) or not _is_advertising(message):
        return
    links = [link for link in message.links if link.scheme in ("http", "https") and link.domain]
    targets = {link.domain for link in links}
    if len(targets) != 1 or len({link.href for link in links}) > _FEW_LINKS or is_answer(view):
        return
    target = links[0]
    if not _are_strangers(view, address, target):
        return
    signs = dict(_signs(view, links))
    yield Hit(
        summary=f"The sender calls itself {address.name.strip()[:60]}, writes from {address.domain}, "
        f"and leads to {target.domain}: none has to do with another.",
        detail="; ".join(signs),
        where=Where(header="From", quote=message.header("from")),
        weight=min(most, 2.0 + sum(signs.values())),
    )


def _are_strangers(view: MailView, address: Address, target: Link) -> bool:
    if address.domain == target.domain or fits_domain(address):
        return False
    if fits_domain(Address(name=address.name, address="x@" + target.domain, host=target.host, domain=target.domain)):
        return False
    known = (view.lists.click_trackers, view.lists.file_sharing, view.lists.form_hosts)
    if any(is_listed(target.host, entries) for entries in known) or address.domain in view.lists.free_mail:
        return False  # services count clicks and keep files for everybody
    return not any(
        view.brands.owners(host) or view.brands.sharer(host) is not None for host in (address.host, target.host)
    )


def _signs(view: MailView, links: list[Link]) -> Iterator[tuple[str, float]]:
    if all(link.scheme == "http" for link in links):
        yield "every link is unencrypted", 1.0
    if links[0].domain.rpartition(".")[2] in view.lists.risky_tlds:
        yield "the ending of the target is mostly abused", 1.0
    if all(len(link.href.rstrip("/").rpartition("/")[2]) >= _TOKEN_CHARACTERS for link in links):
        yield "links are nothing but tokens", 0.5
    if not view.message.header("list-unsubscribe"):
        yield "there is no way to unsubscribe in the header", 0.5


def _is_advertising(message: Message) -> bool:
    """A picture and next to no text; people who write to each other write text."""
    return bool(message.html.external_images) and len(message.html_text or message.text) < _TEXT_CHARACTERS
