"""What lists in the DNS are asked and what they say (RFC 5782): questions, codes, refusals, and the test entries."""

from __future__ import annotations

import enum
import functools
import ipaddress
import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from mailcore.dns import NOT_ASKED, Answer, Question, RecordType
from mailcore.dns_lists import DnsList, ListCode, ListKind, Subject

MOST_CODES = 32  # addresses in one answer; lists use a handful
NAME_CHARACTERS = 253  # RFC 1035, 2.3.4
REASON_CHARACTERS = 200

_LOOPBACK = ipaddress.IPv4Network("127.0.0.0/8")
# Spamhaus began it and others do the same: "you asked in a way that we do not answer".
_ERRORS = ipaddress.IPv4Network("127.255.255.0/24")
_ERROR_MEANINGS = {
    "127.255.255.252": "the name of the zone is misspelt",
    "127.255.255.254": "it does not answer this resolver: it is a public one, or has no name",
    "127.255.255.255": "too many questions",
}
# RFC 5782, 2.1 begins at 127.0.0.2; those who answer 127.0.0.1 to everything mean that they refuse.
_REFUSAL = "127.0.0.1"

_NUMBERS = re.compile(r"[0-9]{1,3}(?:\.\.[0-9]{1,3})?(?:;[0-9]{1,3}(?:\.\.[0-9]{1,3})?)*")
_CODE = re.compile(r"\.".join([r"(\[[^\[\]]*\]|[0-9]{1,3})"] * 4))


def _before(address: str) -> str:
    """The address as it stands before the zone of a list (RFC 5782, 2.1 and 2.4)."""
    pointer = ipaddress.ip_address(address).reverse_pointer
    return pointer.removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa")


# What a list must have and what it must not have (RFC 5782, 5), by what it lists.
_TESTS = {
    4: (_before("127.0.0.2"), _before("127.0.0.1")),
    6: (_before("::ffff:7f00:2"), _before("::ffff:7f00:1")),
}
_DOMAIN_TESTS = ("test", "invalid")


class ListTrouble(enum.StrEnum):
    """Why a list is not to be believed."""

    LISTS_EVERYTHING = "lists what it must not list"
    LISTS_NOTHING = "does not list what it must list"
    REFUSES = "refuses to answer"
    MAKES_NO_SENSE = "answers what no list says"
    IS_SILENT = "does not answer"


class ListStanding(enum.StrEnum):
    """Whether a list is to be asked: `untested` together with its test entries, `off` not at all."""

    UNTESTED = "untested"
    WELL = "well"
    OFF = "off"


class ListOutcome(Struct, frozen=True, kw_only=True):
    """How asking a list went for one message. `is_tested`: its test entries were as they should be."""

    trouble: ListTrouble | None = None
    detail: str = ""
    is_tested: bool = False


class Listing(Struct, frozen=True):
    """One address of an answer and what it means."""

    code: str
    means: str
    weight: float


class Reading(Struct, frozen=True, kw_only=True):
    """What an answer says. Without trouble and listings: it is not listed, or nobody knows (`is_known`)."""

    listings: tuple[Listing, ...] = ()
    trouble: ListTrouble | None = None
    detail: str = ""
    is_known: bool = True


class ListHit(Struct, frozen=True, kw_only=True):
    """Something of the message that stands in a list. `reason` is what the list says of it: printable ASCII."""

    list: str
    kind: ListKind
    subject: Subject
    value: str
    codes: tuple[str, ...] = ()
    means: tuple[str, ...] = ()
    weight: float = 0.0
    reason: str = ""


class CodePattern(Struct, frozen=True):
    """The addresses that a code stands for: each octet one of these, or these bits of the last one."""

    octets: tuple[frozenset[int], ...] = ()
    bits: int = 0

    def matches(self, address: ipaddress.IPv4Address) -> bool:
        if self.bits:
            return address.packed[3] & self.bits == self.bits
        return all(octet in allowed for octet, allowed in zip(address.packed, self.octets, strict=True))


@functools.lru_cache(maxsize=1_024)
def read_code(text: str) -> CodePattern:
    """`127.0.0.2`, `127.0.0.[4..7;10]` or `&8`. Raises ValueError with what is wrong."""
    if text.startswith("&"):
        bits = int(text[1:]) if text[1:].isdecimal() else 0
        if not 0 < bits < 256:
            raise ValueError("expected `&` and a number from 1 to 255")
        return CodePattern(bits=bits)
    code = _CODE.fullmatch(text)
    if code is None:
        raise ValueError("expected an address such as 127.0.0.2, 127.0.0.[4..7;10], or `&8` for a bit")
    octets = [_numbers(octet.strip("[]")) for octet in code.groups()]
    if octets[0] != {127}:
        raise ValueError("answers of lists begin with 127")
    return CodePattern(octets=tuple(octets))


def _numbers(text: str) -> frozenset[int]:
    if not _NUMBERS.fullmatch(text):
        raise ValueError(f"expected numbers such as 4..7;10, got {text!r}")
    found: set[int] = set()
    for piece in text.split(";"):
        low, _, high = piece.partition("..")
        if not int(low) <= int(high or low) <= 255:
            raise ValueError(f"expected numbers from 0 to 255, the lower one first, got {piece!r}")
        found.update(range(int(low), int(high or low) + 1))
    return frozenset(found)


def question_about(listed: DnsList, value: str) -> Question | None:
    """The question whether that address or domain is listed; None for what the list does not know or cannot be asked.

    `value` is an IP address, or a domain in A-labels and lower case.
    """
    if not looks_like_address(value):
        return _question(listed, value)
    version, before = _reversed(value)
    return _question(listed, before) if version in listed.ip_versions else None


def looks_like_address(value: str) -> bool:
    """Whether it is an address, of values that are one or a domain: no top-level domain is a number."""
    return ":" in value or value[value.rfind(".") + 1 :].isdecimal()


@functools.lru_cache(maxsize=1_024)
def _reversed(address: str) -> tuple[int, str]:
    return ipaddress.ip_address(address).version, _before(address)


def test_questions(listed: DnsList) -> tuple[Question, ...]:
    """Questions for what it must list and for what it must not list (RFC 5782, 5); none where it is not tested."""
    if not listed.tested:
        return ()
    tests = _DOMAIN_TESTS if listed.kind is ListKind.DOMAIN else _TESTS[4 if 4 in listed.ip_versions else 6]
    names = (listed.listed_test or tests[0], listed.unlisted_test or tests[1])
    return tuple(Question(f"{name}.{_zone(listed)}", RecordType.A) for name in names)


def judge_tests(listed: DnsList, answers: Mapping[Question, Answer]) -> Reading:
    """What the answers to `test_questions` say of the list: trouble, all well, or nothing (not `is_known`)."""
    questions = test_questions(listed)
    if not questions:
        return Reading()
    must, must_not = (read_answer(listed, answers.get(question, NOT_ASKED)) for question in questions)
    for reading in (must_not, must):
        if reading.trouble is not None:
            return reading
    if must_not.listings:
        return Reading(trouble=ListTrouble.LISTS_EVERYTHING, detail=_before_zone(listed, questions[1]))
    if must.is_known and not must.listings:
        return Reading(trouble=ListTrouble.LISTS_NOTHING, detail=_before_zone(listed, questions[0]))
    return Reading(is_known=must.is_known and must_not.is_known)


def read_answer(listed: DnsList, answer: Answer) -> Reading:
    """What an answer to a question of that list says. An error among several addresses makes all of them an error."""
    if not answer.is_known:
        return Reading(is_known=False)
    if len(answer.records) > MOST_CODES:
        return Reading(trouble=ListTrouble.MAKES_NO_SENSE, detail=f"{len(answer.records)} addresses")
    listings: list[Listing] = []
    for record in dict.fromkeys(answer.records):
        try:
            address = ipaddress.IPv4Address(record)
        except ValueError:
            return Reading(trouble=ListTrouble.MAKES_NO_SENSE, detail=record[:45])
        if address not in _LOOPBACK:
            return Reading(trouble=ListTrouble.MAKES_NO_SENSE, detail=record)
        codes = [code for text, code in listed.codes.items() if read_code(text).matches(address)]
        error = _error(address, codes)
        if error is not None:
            return Reading(trouble=ListTrouble.REFUSES, detail=f"{record}: {error}" if error else record)
        listings += _listings(listed, record, codes)
    return Reading(listings=tuple(listings))


def _error(address: ipaddress.IPv4Address, codes: list[ListCode]) -> str | None:
    """Why that address is no listing; None where it is one."""
    for code in codes:
        if code.error:
            return code.means
    if address in _ERRORS:
        return _ERROR_MEANINGS.get(str(address), "")
    return "" if str(address) == _REFUSAL and not codes else None


def _listings(listed: DnsList, record: str, codes: list[ListCode]) -> Iterator[Listing]:
    if not codes:
        yield Listing(record, "listed", listed.weight)
    for code in codes:
        yield Listing(record, code.means, listed.weight if code.weight is None else code.weight)


def hit_of(name: str, listed: DnsList, subject: Subject, value: str, reading: Reading, reason: str = "") -> ListHit:
    """The hit of an answer with listings. The weightiest of several meanings counts; of good words the weakest one."""
    return ListHit(
        list=name,
        kind=listed.kind,
        subject=subject,
        value=value,
        codes=tuple(dict.fromkeys(listing.code for listing in reading.listings)),
        means=tuple(dict.fromkeys(listing.means for listing in reading.listings)),
        weight=max(listing.weight for listing in reading.listings),
        reason=reason,
    )


def reason_of(answer: Answer) -> str:
    """What the list says in TXT, cut and printable: it is written by strangers."""
    text = answer.records[0] if answer.records else ""
    printable = "".join(letter if letter.isascii() and letter.isprintable() else " " for letter in text[:1_000])
    return " ".join(printable.split())[:REASON_CHARACTERS]


def _question(listed: DnsList, before: str) -> Question | None:
    name = f"{before}.{_zone(listed)}"
    return Question(name, RecordType.A) if len(name) <= NAME_CHARACTERS else None


def _zone(listed: DnsList) -> str:
    return listed.zone.lower().strip(".")


def _before_zone(listed: DnsList, question: Question) -> str:
    """What was asked about, without the zone: that may hold a key."""
    return question.name.removesuffix("." + _zone(listed))
