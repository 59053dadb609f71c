"""What the policy must satisfy beyond its types: thresholds in order, and no entry that a forger can use."""

from __future__ import annotations

import ipaddress
import itertools
import math
import re
from collections.abc import Iterable, Sequence

from mailcore.entries import Entries
from mailcore.links import is_public_suffix
from mailcore.policy import Allow, Block, Override, OwnThresholds, Policy, Proof, SenderPolicy, Thresholds
from mailcore.precedence import merged
from mailcore.ruling import matches
from mailcore.scoring import WEIGHT_LIMIT
from mailcore.verdict import Action
from mailio.yaml_document import Keys, Reject

DOMAIN = re.compile(r"[^\s@/:*]+")
ENTRY = re.compile(r"(?:\*\.[^\s@/:*]+|(?:[^\s@*]+|\*)@[^\s@/:*]+|[^\s@/:*]+)")
LIST_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")

# Wider networks than these are a part of the Internet that nobody owns as a whole.
WIDEST = {4: 8, 6: 16}

# Thresholds and caps may be far above the score of one entry: that is how they are switched off.
HIGHEST = 1e6

# Names of providers whose every customer gets a signature (DKIM) or a return path (SPF) at or below them. None is in
# the public suffix list, so relaxed alignment (RFC 7489, 3.1) takes one customer's proof for another's address.
# Well-known names, not a complete list, and not checked against the providers' documentation one by one.
RENTED = (
    "amazonses.com",
    "exacttarget.com",
    "gappssmtp.com",
    "hubspotemail.net",
    "klaviyomail.com",
    "mailgun.org",
    "mandrillapp.com",
    "mcdlv.net",
    "mcsv.net",
    "mktomail.com",
    "mtasv.net",
    "onmicrosoft.com",
    "rsgsv.net",
    "sendgrid.net",
    "sparkpostmail.com",
)
_BELOW_RENTED = tuple(f".{name}" for name in RENTED)


def check_policy(policy: Policy, reject: Reject) -> None:
    """Raises ConfigurationError for the first part of a policy that makes no sense or that a forger can use."""
    check_thresholds(policy.thresholds, ("policy", "thresholds"), reject)
    _check_overrides(policy.overrides, ("policy",), reject)
    _check_caps(policy, reject)
    for direction, own in policy.directions.items():
        _check_own(policy.thresholds, own.thresholds, ("policy", "directions", direction), reject)
        _check_overrides(own.overrides, ("policy", "directions", direction), reject)
    _check_recipients(policy, reject)
    for name, sender in policy.senders.items():
        _check_sender(policy, name, sender, reject)
    for index, allow in enumerate(policy.allow):
        _check_allow(allow, ("policy", "allow", index), reject)
    for index, block in enumerate(policy.block):
        _check_block(block, ("policy", "block", index), reject)
    if policy.terminal_action is Action.TEMPFAIL:
        reject(("policy", "terminal_action"), "must not be tempfail: it is what ends the deferring")


def check_thresholds(thresholds: Thresholds, keys: Keys, reject: Reject) -> None:
    for name in thresholds.__struct_fields__:
        if (step := getattr(thresholds, name)) is not None:
            _check_number(step, -HIGHEST, HIGHEST, (*keys, name), reject)
    steps = [thresholds.tag, thresholds.quarantine, thresholds.reject]
    names = "tag <= quarantine <= reject"
    if thresholds.discard is not None:
        steps.append(thresholds.discard)
        names += " <= discard"
    if not all(low <= high for low, high in itertools.pairwise(steps)):
        reject(keys, f"expected {names}, got {', '.join(f'{step:g}' for step in steps)}")


def _check_number(number: float, low: float, high: float, keys: Keys, reject: Reject) -> None:
    if not (math.isfinite(number) and low <= number <= high):
        reject(keys, f"expected a number from {low:.0f} to {high:.0f}, got {number:g}")


def _check_caps(policy: Policy, reject: Reject) -> None:
    for category, cap in policy.group_caps.items():
        _check_number(cap, 0.0, HIGHEST, ("policy", "group_caps", category), reject)


def _check_own(general: Thresholds, own: OwnThresholds | None, keys: Keys, reject: Reject) -> None:
    """Thresholds as they are where nothing else is special: what is left out comes from the general policy."""
    if own is not None:
        check_thresholds(merged(general, own), (*keys, "thresholds"), reject)


def _check_overrides(overrides: Sequence[Override], keys: Keys, reject: Reject) -> None:
    for index, override in enumerate(overrides):
        if not override.finding.strip():
            reject((*keys, "overrides", index, "finding"), "expected the id of a finding")


def _check_recipients(policy: Policy, reject: Reject) -> None:
    for name, recipient in policy.recipients.items():
        keys = ("policy", "recipients", name)
        domain = name.rpartition("@")[2]
        if not DOMAIN.fullmatch(domain):
            reject(keys, f"expected an address or a domain, got {name!r}")
        if domain != domain.lower():
            reject(keys, f"domains are written in lower case: {domain.lower()}")
        above = policy.recipients.get(domain) if "@" in name else None
        thresholds = merged(policy.thresholds, above.thresholds) if above else policy.thresholds
        _check_own(thresholds, recipient.thresholds, keys, reject)
        _check_overrides(recipient.overrides, keys, reject)


def _check_sender(policy: Policy, name: str, sender: SenderPolicy, reject: Reject) -> None:
    keys = ("policy", "senders", name)
    domain = name.removeprefix("*.")
    if not DOMAIN.fullmatch(domain) or domain != plain(domain):
        reject(keys, f"expected a domain in lower case without a dot at its end, or `*.` and a domain, got {name!r}")
    _check_own(policy.thresholds, sender.thresholds, keys, reject)
    _check_overrides(sender.overrides, keys, reject)
    if sender.requires is Proof.NONE and is_milder(policy, sender):
        reject(
            (*keys, "requires"),
            "none: anybody can write this domain in From, so this may only make the policy stricter; "
            "use dmarc, dkim, spf or any for what makes it milder",
        )
    if sender.requires is not Proof.NONE and is_public_suffix(domain):
        reject(keys, f"{domain} is a public suffix: anybody can register a domain there and prove it")
    if is_milder(policy, sender) and (problem := anybodys(name)):
        reject(keys, problem)


def is_milder(policy: Policy, sender: SenderPolicy) -> bool:
    """Whether mail of that sender may fare better than under the general policy."""
    own = merged(policy.thresholds, sender.thresholds)
    discard, general = own.discard, policy.thresholds.discard
    return (
        sender.at_most is not None
        or _is_any_milder(sender.overrides, policy.overrides)
        or own.tag > policy.thresholds.tag
        or own.quarantine > policy.thresholds.quarantine
        or own.reject > policy.thresholds.reject
        or (general is not None and (discard is None or discard > general))
    )


def _is_any_milder(own: Iterable[Override], general: Sequence[Override]) -> bool:
    """Whether an override accepts, or stands in place of a general one that is stricter."""
    return any(
        override.action is Action.ACCEPT
        or any(
            override.action.severity < other.action.severity
            and (
                matches(override.finding, other.finding.removesuffix("*"))
                or matches(other.finding, override.finding.removesuffix("*"))
            )
            for other in general
        )
        for override in own
    )


def _check_allow(entry: Allow, keys: Keys, reject: Reject) -> None:
    """An entry that a forger can use is worse than none: it tells him whom to forge."""
    if entry.from_ and entry.from_list:
        reject(keys, "`from` and `from_list` do not go together: make it two entries")
    if not (entry.from_ or entry.from_list or entry.networks):
        reject(keys, "expected `from`, `from_list` or `networks`")
    _check_number(entry.score, -WEIGHT_LIMIT, WEIGHT_LIMIT, (*keys, "score"), reject)
    _check_entry(entry.from_, (*keys, "from"), reject)
    _check_list_name(entry.from_list, (*keys, "from_list"), reject)
    _check_networks(entry.networks, keys, reject)
    if entry.requires is Proof.NONE and not entry.networks:
        reject(
            (*keys, "requires"),
            "none: a forger can use this entry, because anybody can write any address in From; "
            "use dmarc, dkim, spf or any, or name the `networks` that the mail comes from",
        )
    for index, network in enumerate(entry.networks):
        parsed = ipaddress.ip_network(network, strict=False)
        if parsed.prefixlen < WIDEST[parsed.version]:
            reject(
                (*keys, "networks", index),
                f"a forger can use this entry: {network} is much of the Internet; "
                f"/{WIDEST[parsed.version]} is the widest network that can be allowed",
            )
    if (problem := anybodys(entry.from_)) and not entry.networks:
        reject((*keys, "from"), problem)
    if entry.action.severity > Action.QUARANTINE.severity:
        reject((*keys, "action"), f"expected accept, tag, tempfail or quarantine, got {entry.action}")


def plain(entry: str) -> str:
    """A domain or an entry as it is compared: in lower case, without the dot of the root."""
    return entry.lower().rstrip(".")


def anybodys(entry: str, free_mail: Entries = frozenset()) -> str:
    """Why anybody can send authenticated mail that such an entry names; "" where that is not so."""
    name = plain(entry)
    domain = name.rpartition("@")[2].removeprefix("*.")
    if domain in RENTED or domain.endswith(_BELOW_RENTED):
        return (
            f"a forger can use this entry: {domain} is a provider's name, and each of its customers can "
            "authenticate it; name the sender's own domain, or the `networks` that the mail comes from"
        )
    if not name or ("@" in name and not name.startswith("*@")):
        return ""
    if is_public_suffix(domain):
        return f"a forger can use this entry: anybody can register a domain below {domain} and authenticate it"
    if domain in free_mail:
        return f"a forger can use this entry: anybody gets an authenticated address at {domain}; name whole addresses"
    return ""


def _check_block(entry: Block, keys: Keys, reject: Reject) -> None:
    if entry.from_ and entry.from_list:
        reject(keys, "`from` and `from_list` do not go together: make it two entries")
    if not (entry.from_ or entry.from_list or entry.envelope_from or entry.networks or entry.helo):
        reject(keys, "expected `from`, `from_list`, `envelope_from`, `networks` or `helo`")
    _check_number(entry.score, -WEIGHT_LIMIT, WEIGHT_LIMIT, (*keys, "score"), reject)
    _check_entry(entry.from_, (*keys, "from"), reject)
    _check_entry(entry.envelope_from, (*keys, "envelope_from"), reject)
    _check_list_name(entry.from_list, (*keys, "from_list"), reject)
    _check_networks(entry.networks, keys, reject)
    for index, network in enumerate(entry.networks):
        if ipaddress.ip_network(network, strict=False).prefixlen == 0:
            reject((*keys, "networks", index), f"{network} is everybody: all mail would be blocked")
    if entry.action is Action.ACCEPT and not entry.score:
        reject((*keys, "action"), "accept blocks nothing")


def _check_entry(entry: str, keys: Keys, reject: Reject) -> None:
    if entry and not ENTRY.fullmatch(entry):
        reject(keys, f"expected user@example.com, example.com or *.example.com, got {entry!r}")


def _check_list_name(name: str, keys: Keys, reject: Reject) -> None:
    if name and not LIST_NAME.fullmatch(name):
        reject(keys, f"expected the name of a list such as vip-senders, got {name!r}")


def _check_networks(networks: Sequence[str], keys: Keys, reject: Reject) -> None:
    for index, network in enumerate(networks):
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError as error:
            reject((*keys, "networks", index), f"expected a network such as 192.0.2.0/24: {error}")
