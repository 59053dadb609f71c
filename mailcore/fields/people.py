"""Fields about who writes to whom: addresses of headers and envelope, authentication, acquaintance."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import chain

from mailcore.addresses import Address, read_addresses, written_addresses
from mailcore.authentication import AuthFacts, AuthResult
from mailcore.entries import is_listed
from mailcore.fields.kinds import Field, Value, distinct, flag, number, some, text
from mailcore.links import registered_domain
from mailcore.message import Message
from mailcore.view import MailView

_PARTS = {
    "name": "display names",
    "address": "addresses, in lower case",
    "local": "what stands before the @",
    "host": "whole domains behind the @",
    "domain": "registered domains (`example.co.uk` of `mail.example.co.uk`)",
}
# A host name that holds its own IP address: `host-192-0-2-7.dyn.example.net`, `c0a80001.example.net`.
_GENERIC = re.compile(
    r"\d{1,3}[-.x_]\d{1,3}[-.x_]\d{1,3}[-.x_]\d{1,3}|(?:^|[.-])(?:dyn|dynamic|dhcp|dsl|adsl|pool|ppp|cable|dialup)[.\d-]"
)
_UNKNOWN_NAME = "unknown"  # what Postfix says where it found none


def addresses_of(message: Message, header: str) -> tuple[Address, ...]:
    """Addresses in every header of that name."""
    values = message.header_values(header)
    return read_addresses(values[0]) if len(values) == 1 else tuple(chain.from_iterable(map(read_addresses, values)))


def recipients_of(view: MailView) -> tuple[Address, ...]:
    """Whom the mail reaches: recipients of the envelope, or where nobody knows them, To."""
    if view.envelope.recipients:
        return tuple(chain.from_iterable(map(read_addresses, view.envelope.recipients)))
    return addresses_of(view.message, "to")


def _local(address: Address) -> str:
    return address.address.partition("@")[0]


def _of_header(prefix: str, header: str) -> list[Field]:
    """Name, address, local part, host and registered domain of the addresses of one header."""

    def reader(attribute: str) -> Callable[[MailView], Value]:
        if attribute == "local":
            return lambda view: distinct(map(_local, addresses_of(view.message, header)))
        return lambda view: tuple(
            filter(None, [getattr(address, attribute) for address in addresses_of(view.message, header)])
        )

    return [
        text(f"{prefix}.{attribute}", f"{header}: {meaning}.", reader(attribute), header=header)
        for attribute, meaning in _PARTS.items()
    ]


def _from(view: MailView) -> tuple[Address, ...]:
    return addresses_of(view.message, "from")


def _hosts(addresses: Iterable[Address]) -> set[str]:
    return {address.host for address in addresses if address.host}


def _are_of(hosts: Iterable[str], domains: tuple[str, ...]) -> bool:
    """Whether one of the hosts is one of the domains, or below one."""
    return any(is_listed(host, domains) for host in hosts)


def _envelope_sender(view: MailView) -> tuple[Address, ...]:
    return read_addresses(view.envelope.sender)


def _reverse_name(view: MailView) -> str:
    name = view.delivery.client_name.lower().rstrip(".")
    return "" if name == _UNKNOWN_NAME or name.startswith("[") else name


def _in_names(view: MailView) -> tuple[str, ...]:
    names = (written_addresses(address.name) for address in _from(view))
    return distinct(address.domain for address in chain.from_iterable(names))


def _is_from_recipient(view: MailView) -> bool:
    return not {address.address for address in _from(view)}.isdisjoint(
        address.address for address in recipients_of(view)
    )


def _shares_domain_with_recipient(view: MailView) -> bool:
    return not {address.domain for address in _from(view) if address.domain}.isdisjoint(
        address.domain for address in recipients_of(view)
    )


def _misses_recipient(view: MailView) -> bool:
    if not view.envelope.recipients:
        return False
    shown = {address.address for header in ("to", "cc") for address in addresses_of(view.message, header)}
    return shown.isdisjoint(recipient.lower() for recipient in view.envelope.recipients)


def is_vouched_for(auth: AuthFacts) -> bool:
    """Whether anything of the mail is proven, of whatever domain: its client, a signature, or the way that it took.

    Where nobody could look, too: that says nothing against it.
    """
    results = (auth.spf, auth.dmarc, auth.arc, *(signature.result for signature in auth.dkim))
    return not auth.is_known or AuthResult.PASS in results or AuthResult.TEMPERROR in results


def is_refuted(auth: AuthFacts) -> bool:
    """Whether the client may not send what it sends, and nothing else of the mail is proven.

    What such a mail says of itself (that it is an answer, or came through a list) is not believed. Lists and
    forwarders break signatures and DMARC; hardly one of them has neither SPF nor a signature of its own.
    """
    return auth.spf in (AuthResult.FAIL, AuthResult.SOFTFAIL) and not is_vouched_for(auth)


def _result(read: Callable[[MailView], str]) -> Callable[[MailView], Value]:
    """A result of authentication; none where nobody looked."""
    return lambda view: (read(view),) if view.auth.is_known else ()


def _dkim(view: MailView) -> tuple[str, ...]:
    if not view.auth.is_known:
        return ()
    return distinct(signature.result.value for signature in view.auth.dkim) or ("none",)


HEADERS = [
    *_of_header("from", "From"),
    *_of_header("reply_to", "Reply-To"),
    *_of_header("sender", "Sender"),
    *_of_header("to", "To"),
    *_of_header("cc", "Cc"),
    text(
        "from.name_address.domain",
        "Registered domains of addresses that stand in the display name of From.",
        _in_names,
        header="From",
    ),
    number("from.count", "Addresses in From.", lambda view: len(_from(view))),
    number(
        "from.local.digits",
        "Digits before the @ of From; the most of one address.",
        lambda view: max((sum(map(str.isdigit, _local(address))) for address in _from(view)), default=0),
    ),
    number("to.count", "Addresses in To.", lambda view: len(addresses_of(view.message, "to"))),
    flag(
        "from.is_own_domain",
        "From is of a domain of our own (`organisation.domains`) or below one.",
        lambda view: _are_of(_hosts(_from(view)), view.organisation.domains),
    ),
    flag(
        "from.is_partner_domain",
        "From is of a partner's domain (`organisation.partners`) or below one.",
        lambda view: _are_of(_hosts(_from(view)), view.organisation.partners),
    ),
    flag(
        "reply_to.is_own_domain",
        "Reply-To is of a domain of our own.",
        lambda view: _are_of(_hosts(addresses_of(view.message, "reply-to")), view.organisation.domains),
    ),
    flag("from.is_recipient", "From is the address of a recipient: mail that says it is from you.", _is_from_recipient),
    flag("from.is_recipient_domain", "From and a recipient share a registered domain.", _shares_domain_with_recipient),
    flag(
        "to.misses_recipients",
        "The recipients are known, and none of them stands in To or Cc.",
        _misses_recipient,
    ),
]

ENVELOPE = [
    text("envelope.sender", "Sender of the envelope (MAIL FROM).", lambda view: some(view.envelope.sender.lower())),
    text(
        "envelope.sender.domain",
        "Registered domain of the envelope's sender.",
        lambda view: distinct(address.domain for address in _envelope_sender(view)),
    ),
    text(
        "envelope.sender.host",
        "Whole domain of the envelope's sender.",
        lambda view: distinct(address.host for address in _envelope_sender(view)),
    ),
    text("envelope.recipients", "Recipients of the envelope.", lambda view: view.envelope.recipients),
    text(
        "envelope.recipients.local",
        "What stands before the @ of the recipients.",
        lambda view: distinct(recipient.rpartition("@")[0].lower() for recipient in view.envelope.recipients),
    ),
    text(
        "envelope.recipients.domain",
        "Registered domains of the recipients.",
        lambda view: distinct(
            registered_domain(recipient.rpartition("@")[2]) for recipient in view.envelope.recipients
        ),
    ),
    number("envelope.recipients.count", "Recipients of the envelope.", lambda view: len(view.envelope.recipients)),
    text(
        "envelope.client_address",
        "IP address of the client; behind relays of our own the one that they name.",
        lambda view: some(view.delivery.client_address),
    ),
    text("envelope.client_name", "Host name of the client.", lambda view: some(view.delivery.client_name)),
    text(
        "envelope.reverse_name",
        "Host name of the client by reverse DNS, in lower case; nothing where it has none.",
        lambda view: some(_reverse_name(view)),
    ),
    text(
        "envelope.reverse_name.domain",
        "Registered domain of that name.",
        lambda view: some(registered_domain(_reverse_name(view))),
    ),
    flag(
        "envelope.lacks_reverse_name",
        "The client is known to have no name by reverse DNS; false where nobody looked.",
        lambda view: bool(view.delivery.client_name) and not _reverse_name(view),
    ),
    flag(
        "envelope.has_generic_name",
        "The name of the client is one that providers give to dial-up lines and rented machines.",
        lambda view: bool(_GENERIC.search(_reverse_name(view))),
    ),
    text("envelope.helo", "What the client says its name is.", lambda view: some(view.delivery.helo)),
    text(
        "envelope.helo.domain",
        "Registered domain of what the client says its name is.",
        lambda view: some(registered_domain(view.delivery.helo)),
    ),
    flag(
        "envelope.has_null_sender",
        "A client was there, and its MAIL FROM is empty, as in bounces.",
        lambda view: bool(view.envelope.client_address) and not view.envelope.sender,
    ),
    flag("envelope.is_encrypted", "It came over TLS.", lambda view: bool(view.envelope.tls_version)),
    flag("envelope.is_authenticated", "The client logged in.", lambda view: bool(view.envelope.authenticated_user)),
    text("envelope.direction", "`inbound`, `outbound` or `internal`.", lambda view: (view.envelope.direction.value,)),
]

AUTHENTICATION = [
    flag(
        "auth.known", "Somebody looked at SPF, DKIM and DMARC; what is not known is no fail.", lambda v: v.auth.is_known
    ),
    flag(
        "auth.aligned",
        "The domain of From is authenticated, by DMARC or by what it needs.",
        lambda v: v.auth.is_aligned,
    ),
    text(
        "auth.spf",
        "Result of SPF: `pass`, `fail`, `softfail`, `neutral`, `none` ...",
        _result(lambda v: v.auth.spf.value),
    ),
    text("auth.spf.domain", "Domain that SPF was checked for.", lambda v: some(v.auth.spf_domain.lower())),
    flag("auth.spf.aligned", "SPF passed for the domain of From.", lambda v: v.auth.is_spf_aligned),
    text("auth.dkim", "Results of the DKIM signatures; `none` where there is none.", _dkim),
    text("auth.dkim.domains", "Signing domains whose signature passed.", lambda v: distinct(v.auth.dkim_domains)),
    flag("auth.dkim.aligned", "A signature that passed is of the domain of From.", lambda v: v.auth.is_dkim_aligned),
    text("auth.dmarc", "Result of DMARC.", _result(lambda v: v.auth.dmarc.value)),
    text(
        "auth.dmarc.policy",
        "What the owner of the domain of From asks for: `none`, `quarantine`, `reject`.",
        lambda v: some(v.auth.dmarc_policy),
    ),
    text("auth.arc", "Result of the ARC chain.", _result(lambda v: v.auth.arc.value)),
    text(
        "acquaintance",
        "Whether the recipients know the sender: `unknown` (no history), `first contact`, `known`.",
        lambda v: (v.acquaintance.value,),
    ),
]

FIELDS: list[Field] = [*HEADERS, *ENVELOPE, *AUTHENTICATION]
