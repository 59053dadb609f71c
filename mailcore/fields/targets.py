"""Fields about links and HTML: where they lead, how they are written, and whether they name the recipient."""

from __future__ import annotations

import base64
import functools
import re
from collections.abc import Iterator
from itertools import chain
from urllib.parse import unquote

from mailcore.addresses import Address
from mailcore.fields.kinds import Field, attached, distinct, flag, number, prose, some, text, texts_of
from mailcore.fields.people import addresses_of, recipients_of
from mailcore.ip_addresses import host_address
from mailcore.links import registered_domain
from mailcore.message import Hop, Link, LinkUse
from mailcore.view import MailView

SHORTEST_LOCAL = 3  # letters of a local part that mean somebody: "me" and "it" are in every text
SHORTEST_LABEL = 4  # of a domain's name
MOST_RECIPIENTS = 50  # that are looked for: the work is recipients times text
_CHARACTERS = 65_536  # of each text in which they are looked for; a lure speaks to its reader at the beginning
_INNER = re.compile(r"https?(?:://|%3a%2f%2f)([^/?#&%\s]{1,253})", re.IGNORECASE)


def _path(link: Link) -> str:
    """What stands behind the host."""
    rest = link.href.partition("://")[2] or link.href
    at = min((index for index in (rest.find(sign) for sign in "/?#") if index >= 0), default=len(rest))
    return rest[at:]


def _inner_hosts(link: Link) -> list[str]:
    """Hosts of links inside the link: `https://a.example/?url=https://b.example/`."""
    return [unquote(match[1]).rpartition("@")[2].partition(":")[0].lower() for match in _INNER.finditer(_path(link))]


def _inner_domains(view: MailView) -> tuple[str, ...]:
    plain = [registered_domain(host) for link in view.message.links for host in _inner_hosts(link)]
    return distinct(plain + [link.domain for link in view.message.other_links if link.use is LinkUse.PASSED])


def _way(link: Link) -> tuple[str, ...]:
    return (link.domain, *(hop.domain for hop in link.hops))


def _all(view: MailView) -> Iterator[Link]:
    return chain(view.message.links, view.message.other_links)


def _hops(view: MailView) -> Iterator[Hop]:
    return (hop for link in _all(view) for hop in link.hops)


def _foreign(view: MailView) -> list[Link]:
    """Links to another registered domain than those of From and of the envelope's sender."""
    senders = {address.domain for address in addresses_of(view.message, "from")}
    senders.add(registered_domain(view.envelope.sender.rpartition("@")[2]))
    return [link for link in view.message.links if link.domain not in senders]


@functools.lru_cache(maxsize=256)
def _word(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])")


def _recipients(view: MailView) -> tuple[Address, ...]:
    return recipients_of(view)[:MOST_RECIPIENTS]


def _lower(texts: tuple[str, ...]) -> str:
    return "\n".join(text[:_CHARACTERS] for text in texts).lower()


def _names_domain(view: MailView, *texts: str) -> bool:
    """Whether a text has the domain of a recipient, or its name; not for free mail, which is no organisation's."""
    lower = _lower(texts)
    for address in _recipients(view):
        label = address.domain.partition(".")[0]
        if not label or address.domain in view.lists.free_mail:
            continue
        if address.domain in lower or (len(label) >= SHORTEST_LABEL and label in lower and _word(label).search(lower)):
            return True
    return False


def _names_recipient(view: MailView, *texts: str) -> bool:
    """Whether a text has the address of a recipient, or what stands before its @ as a word."""
    lower = _lower(texts)
    for address in _recipients(view):
        local = address.address.partition("@")[0]
        if address.address in lower:
            return True
        if len(local) >= SHORTEST_LOCAL and local in lower and _word(local).search(lower):
            return True
    return False


def _carries(text: str, addresses: tuple[Address, ...]) -> bool:
    """Whether an address stands in a part of a link: plainly, percent-encoded or in base64."""
    plain = unquote(text).lower()
    for address in addresses:
        encoded = base64.b64encode(address.address.encode("utf-8", "replace")).decode().rstrip("=")
        if "@" in address.address and (address.address in plain or encoded[:-1] in text):
            return True
    return False


def _links_carry_recipient(view: MailView) -> bool:
    recipients = _recipients(view)
    return any(_carries(link.written, recipients) or _carries(_path(link), recipients) for link in view.message.links)


def _fragment_carries_recipient(view: MailView) -> bool:
    recipients = _recipients(view)
    return any(_carries(link.href.partition("#")[2], recipients) for link in view.message.links if "#" in link.href)


def _hosts_name_recipient(view: MailView) -> bool:
    own = {address.domain for address in recipients_of(view)}
    return _names_domain(view, *(link.host for link in view.message.links if link.domain not in own))


def _hidden_share(view: MailView) -> float:
    hidden = len(view.message.html.hidden_text)
    return hidden / (hidden + len(view.message.html_text)) if hidden else 0.0


LINKS = [
    text(
        "links.href",
        "Links, with the target where a service is in front of it.",
        lambda view: tuple(link.href for link in view.message.links),
    ),
    text("links.host", "Hosts of links.", lambda view: distinct(link.host for link in view.message.links)),
    text(
        "links.domain",
        "Registered domains of links.",
        lambda view: distinct(link.domain for link in view.message.links),
    ),
    text(
        "links.way.domain",
        "Registered domains of links and of the services in front of their targets.",
        lambda view: distinct(domain for link in view.message.links for domain in _way(link)),
    ),
    text(
        "links.hops",
        "Hosts of the addresses that were in front of links' targets, also where it is not certain that they lead on.",
        lambda view: distinct(hop.host for hop in _hops(view)),
    ),
    text(
        "links.service",
        "Services that those belong to: `safelinks`, `urldefense`, `google` ...",
        lambda view: distinct(hop.service for hop in _hops(view)),
    ),
    number(
        "links.depth",
        "Most addresses in front of one target.",
        lambda view: max((len(link.hops) for link in _all(view)), default=0),
    ),
    text(
        "links.other.host",
        "Hosts of other addresses: loaded, in scripts, written, inside of other links, in list fields.",
        lambda view: distinct(link.host for link in view.message.other_links),
    ),
    text(
        "links.other.domain",
        "Registered domains of those.",
        lambda view: distinct(link.domain for link in view.message.other_links),
    ),
    text(
        "links.other.use",
        "What the mail does with them: `loaded`, `scripted`, `written`, `defanged`, `passed`, `clicked` (list fields).",
        lambda view: distinct(link.use.value for link in view.message.other_links),
    ),
    text("links.path", "What stands behind the hosts of links.", lambda view: distinct(map(_path, view.message.links))),
    text(
        "links.scheme", "`https`, `http`, `ftp` ...", lambda view: distinct(link.scheme for link in view.message.links)
    ),
    text(
        "links.shown",
        "Visible texts of links.",
        lambda view: tuple(link.shown for link in view.message.links if link.shown),
    ),
    text(
        "links.origin",
        "Where links were found: `text`, `html`, `qr-code`, `image-text`, `file`, `header`.",
        lambda view: distinct(link.origin.value for link in view.message.links),
    ),
    text(
        "links.inner.domain",
        "Registered domains of links inside links, where redirections lead.",
        _inner_domains,
        costly=True,
    ),
    number("links.count", "Links.", lambda view: len(view.message.links)),
    number(
        "links.domains",
        "Different registered domains of links.",
        lambda view: len({link.domain for link in view.message.links if link.domain}),
    ),
    number("links.foreign", "Links to other domains than the sender's.", lambda view: len(_foreign(view)), costly=True),
    number(
        "links.foreign_share",
        "Share of those among all links, 0 to 1.",
        lambda view: len(_foreign(view)) / len(view.message.links) if view.message.links else 0.0,
        costly=True,
    ),
    number(
        "links.to_addresses",
        "Links to IP addresses.",
        lambda view: sum(not link.domain and host_address(link.host) is not None for link in view.message.links),
    ),
    number(
        "links.punycode",
        "Links to hosts with letters beyond ASCII (`xn--`).",
        lambda view: sum("xn--" in link.host for link in view.message.links),
    ),
    number(
        "links.longest",
        "Characters of the longest link.",
        lambda view: max((len(link.href) for link in view.message.links), default=0),
    ),
    flag(
        "links.have_recipient",
        "A path has the address of a recipient: plainly, percent-encoded or in base64.",
        _links_carry_recipient,
        costly=True,
    ),
    flag(
        "links.fragment_has_recipient",
        "The same of what stands behind `#`, as pages do that steal passwords.",
        _fragment_carries_recipient,
        costly=True,
    ),
    flag(
        "links.hosts_have_recipient_domain",
        "The host of a link that is not the recipient's own has the recipient's domain or its name in it.",
        _hosts_name_recipient,
        costly=True,
    ),
]

RECIPIENT = [
    flag(
        "subject.has_recipient",
        "The subject has the address of a recipient, or what stands before its @.",
        lambda view: _names_recipient(view, view.message.subject),
    ),
    flag(
        "subject.has_recipient_domain",
        "The subject has the domain of a recipient or its name; not for free mail.",
        lambda view: _names_domain(view, view.message.subject),
    ),
    flag(
        "text.has_recipient",
        "The text has the address of a recipient, or what stands before its @.",
        lambda view: _names_recipient(view, *texts_of(view)),
        costly=True,
    ),
    flag(
        "text.has_recipient_domain",
        "The text has the domain of a recipient or its name; not for free mail.",
        lambda view: _names_domain(view, *texts_of(view)),
        costly=True,
    ),
    flag(
        "from.name_has_recipient",
        "The display name of From has the address of a recipient, or what stands before its @.",
        lambda view: _names_recipient(view, *(address.name for address in addresses_of(view.message, "from"))),
    ),
    flag(
        "from.name_has_recipient_domain",
        "The display name of From has the domain of a recipient or its name; not for free mail.",
        lambda view: _names_domain(view, *(address.name for address in addresses_of(view.message, "from"))),
    ),
    flag(
        "attachments.have_recipient",
        "The name of an attachment has the address of a recipient, or what stands before its @.",
        lambda view: _names_recipient(view, *(part.filename for part in attached(view))),
    ),
]

HTML = [
    prose("html.hidden_text", "Text of HTML parts that nobody sees.", lambda view: some(view.message.html.hidden_text)),
    number("html.hidden_length", "Characters of that text.", lambda view: len(view.message.html.hidden_text)),
    number(
        "html.hidden_share",
        "Share of hidden characters in all text of HTML parts, 0 to 1.",
        _hidden_share,
    ),
    text("html.form_actions", "Where forms are sent to.", lambda view: view.message.html.form_actions),
    number("html.forms", "Forms in HTML.", lambda view: len(view.message.html.form_actions)),
    number("html.password_fields", "Password fields in HTML.", lambda view: view.message.html.password_fields),
    number("html.scripts", "Scripts in HTML.", lambda view: view.message.html.scripts),
    number(
        "html.external_images",
        "Pictures that are loaded from elsewhere.",
        lambda view: view.message.html.external_images,
    ),
]

FIELDS: list[Field] = [*LINKS, *RECIPIENT, *HTML]
