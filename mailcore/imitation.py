"""Who imitates whom: hosts that are made to be taken for another domain.

A criminal who cannot send from a domain, or serve pages there, registers one that is read as it: with letters that
look alike, a letter too many, a word more, another ending, or the whole domain as labels in front of his own.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Iterator

from msgspec import Struct

from mailcore.entries import is_listed
from mailcore.links import registered_domain, unicode_host
from mailcore.lookalike import edit_distance, skeleton, unleet


class ImitationKind(enum.StrEnum):
    """How a host imitates, the surest sign first.

    `hosted` and `other ending` are often honest: a company's page at a hosting service, its domain in another country.
    """

    LETTERS = "letters that look alike"
    SUBDOMAIN = "the domain in front of another one"
    SPELLING = "another spelling"
    ADDED_WORD = "a word added"
    OTHER_ENDING = "another ending"
    HOSTED = "the name at a hosting service"

    @property
    def is_sure(self) -> bool:
        """Whether nobody gets such a host by chance."""
        return self in (ImitationKind.LETTERS, ImitationKind.SUBDOMAIN, ImitationKind.SPELLING)


class Imitation(Struct, frozen=True, kw_only=True):
    """`host` is made to be taken for `original`, one of the domains that were asked for."""

    host: str
    original: str
    kind: ImitationKind


SHORTEST_SPELLING = 6  # letters of a name of which a misspelling is no other word
SHORTEST_NAME = 4  # letters of a name that says something under another ending, or glued to a word
DISTINCTIVE = 9  # letters from which a name is nobody else's: two wrong letters, or any word added, still mean it
LONGEST = 63  # RFC 1035, 2.3.4: a label

# Words with which criminals lengthen a name; together with it they promise a department, a service or a country.
_ADDED_WORDS = """
account accounting accounts admin ag app ap ar billing bank bill business care center client clients cloud co
com company connect contact corp corporate customer customers de delivery desk direct docs dept email en eu file
files finance financial fr gmbh global group help helpdesk hq holding holdings hr id inc info intl international
internal invoice invoices invoicing it legal limited llc llp login logon logistics ltd mail mailer mails
management my net notice notification notifications office official online order orders pay payable payables
payment payments payroll plc portal procurement purchase purchasing receivable receivables remit sa sales sarl
secure security service services sharepoint shop signin site sso staff store supplier suppliers supply support
team tech the treasury uk update updates us usa vendor vendors verification verify web webmail www
"""
ADDED_WORDS = frozenset(_ADDED_WORDS.split())


# Services that put the names of their customers' domains in front of their own.
_FRONTED = frozenset(
    {
        "mail.protection.outlook.com",
        "translate.goog",
        "cdn.ampproject.org",
        "cdn.cloudflare.net",
        "edgekey.net",
        "edgesuite.net",
        "akamaiedge.net",
        "b-cdn.net",
    }
)


@functools.lru_cache(maxsize=8)
def worth_imitating(domains: tuple[str, ...], partners: tuple[str, ...]) -> frozenset[str]:
    """Domains of our own and of partners (in lower case), and the registered ones above them."""
    named = frozenset((*domains, *partners))
    return named | {registered for domain in named if (registered := registered_domain(domain))}


def imitates(host: str, *, of: frozenset[str]) -> Imitation | None:
    """Which of these domains the host imitates, or None; one of them, or a host below one of them, imitates nobody.

    `of` are registered domains in lower case, which are indexed once: only the long names among them are looked at one
    by one. Never raises.
    """
    host = host.lower().rstrip(".")
    return _imitates(host, of) if host and of else None


class _Index(Struct, frozen=True):
    """Ways to the originals. `near` maps a name, whole and with one letter less, to names; `long` are long names."""

    domains: frozenset[str]
    names: dict[str, str]
    skeletons: dict[str, str]
    near: dict[str, tuple[str, ...]]
    long: tuple[str, ...]


@functools.lru_cache(maxsize=16)
def _index(domains: frozenset[str]) -> _Index:
    names: dict[str, str] = {}
    near: dict[str, set[str]] = {}
    for domain in sorted(domains):
        names.setdefault(_name(domain), domain)
    for name in names:
        if len(name) >= SHORTEST_SPELLING:
            for shorter in (name, *_one_less(name)):
                near.setdefault(shorter, set()).add(name)
    skeletons = {_looks(name): domain for name, domain in names.items()}
    long = tuple(name for name in names if len(name) >= DISTINCTIVE)
    return _Index(domains, names, skeletons, {key: tuple(sorted(value)) for key, value in near.items()}, long)


@functools.lru_cache(maxsize=8_192)  # the same hosts come again in the next mail
def _imitates(host: str, domains: frozenset[str]) -> Imitation | None:
    if is_listed(host, _FRONTED) or is_listed(host, domains):
        return None
    registered = registered_domain(host) or host
    index = _index(domains)
    name = _name(registered)[:LONGEST]
    for kind, original in _kinds(host, registered, name, index):
        return Imitation(host=host, original=original, kind=kind)
    return None


def _kinds(host: str, registered: str, name: str, index: _Index) -> Iterator[tuple[ImitationKind, str]]:
    if name in index.names and len(name) >= SHORTEST_NAME:
        kind = ImitationKind.HOSTED if is_hosted(registered) else ImitationKind.OTHER_ENDING
        yield kind, index.names[name]
        return
    alike = index.skeletons.get(_looks(unicode_host(name)))
    if alike is not None and len(name) >= SHORTEST_NAME:
        yield ImitationKind.LETTERS, alike
    in_front = _in_front(host, index)
    if in_front:
        yield ImitationKind.SUBDOMAIN, in_front
    plain = _plain(unicode_host(name))
    near = _near(plain, index)
    if near:
        yield ImitationKind.SPELLING, index.names[near]
    longer = _lengthened(plain, index)
    if longer:
        yield ImitationKind.ADDED_WORD, index.names[longer]


def _name(domain: str) -> str:
    """What people read as the name: `example` of `example.co.uk`."""
    return domain.partition(".")[0]


def _looks(name: str) -> str:
    """Equal for names that look alike."""
    return skeleton("-".join(map(unleet, name.split("-"))))


def _plain(name: str) -> str:
    return name if name.isascii() else skeleton(name)


def is_hosted(registered: str) -> bool:
    """`example.github.io`: below a suffix of a hosting service, whose own registered domain has a dot."""
    return "." in registered_domain(registered.partition(".")[2])


def _in_front(host: str, index: _Index) -> str:
    """The original whose whole name stands as labels in front: `example.com.login.test`, `example-com.test`."""
    labels = host.split(".")
    for start in range(len(labels) - 2):
        for end in range(start + 2, min(start + 4, len(labels) - 1) + 1):
            candidate = ".".join(labels[start:end])
            # "example.com-login.test": the label of the ending goes on behind a hyphen.
            for domain in (candidate, candidate.rpartition("-")[0], candidate.partition("-")[0]):
                if domain in index.domains:
                    return domain
    for label in labels[:-1]:
        dotted = label.replace("-", ".")
        if dotted != label and dotted in index.domains:
            return dotted
    return ""


def _one_less(name: str) -> set[str]:
    return {name[:at] + name[at + 1 :] for at in range(len(name))}


def _near(name: str, index: _Index) -> str:
    """The original that is one wrong letter away, or two where both are long."""
    if len(name) < SHORTEST_SPELLING - 1:
        return ""
    for shorter in (name, *sorted(_one_less(name))):
        for original in index.near.get(shorter, ()):
            if edit_distance(name, original, most=1) <= 1 and not _count(name, original):
                return original
    if len(name) < DISTINCTIVE:
        return ""
    for original in index.long:
        if abs(len(original) - len(name)) <= 2 and edit_distance(name, original, most=2) <= 2:
            return "" if _count(name, original) else original
    return ""


def _count(name: str, original: str) -> bool:
    """Whether they only count, as `mail1` and `mail2` do: the digits differ, the letters are the same."""
    if not (any(map(str.isdigit, name)) and any(map(str.isdigit, original))):
        return False
    return [c for c in name if not c.isdigit()] == [c for c in original if not c.isdigit()]


def _lengthened(name: str, index: _Index) -> str:
    """The original of which the name is a longer form: `example-payments`, `examplegroup`, `my-example`."""
    words = name.split("-")
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            inner = "-".join(words[start:end])
            rest = [*words[:start], *words[end:]]
            if inner in index.names and rest and (len(inner) >= DISTINCTIVE or _are_added(rest)):
                return inner
    for cut in range(SHORTEST_NAME, len(name)):
        head, tail = name[:cut].rstrip("-"), name[cut:].lstrip("-")
        if head in index.names and len(head) >= SHORTEST_NAME and _are_added(tail.split("-")):
            return head
        head, tail = name[: len(name) - cut].rstrip("-"), name[len(name) - cut :].lstrip("-")
        if tail in index.names and len(tail) >= SHORTEST_NAME and _are_added(head.split("-")):
            return tail
    return ""


def _are_added(words: list[str]) -> bool:
    return any(words) and all(not word or word in ADDED_WORDS for word in words)
