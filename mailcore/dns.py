"""DNS as the thinking parts see it: questions, answers, and checks that ask step by step without doing any I/O.

A check is a generator: it yields the questions that it needs now, gets their answers, and returns its result. Whoever
runs it may run many side by side and ask all their questions at once, so a message waits for the longest chain of
questions and not for the sum of them.
"""

from __future__ import annotations

import enum
from collections.abc import Generator, Mapping
from typing import TypeVar

from msgspec import Struct

T = TypeVar("T")


class RecordType(enum.StrEnum):
    """Record types that mail needs."""

    A = "A"
    AAAA = "AAAA"
    MX = "MX"
    PTR = "PTR"
    TXT = "TXT"


class DnsStatus(enum.StrEnum):
    """How a lookup ended. Only `ok`, `no data` and `no such name` say something about the domain."""

    OK = "ok"
    NO_DATA = "no data"
    NO_SUCH_NAME = "no such name"
    TIMEOUT = "timeout"
    SERVER_FAILED = "server failed"
    MALFORMED = "malformed"


class Question(Struct, frozen=True, order=True):
    """What is asked. `name` is in A-labels and lower case, without the dot at the end."""

    name: str
    type: RecordType


class Answer(Struct, frozen=True, kw_only=True):
    """What came back. Records as text: addresses for A and AAAA, host names without the last dot for PTR, "10 host" for
    MX (by preference), and for TXT the strings of one record put together, as latin-1 so that every byte survives.

    `ttl` is in seconds; `secure` says that the resolver validated DNSSEC (AD bit).
    """

    status: DnsStatus
    records: tuple[str, ...] = ()
    ttl: int = 0
    secure: bool = False

    @property
    def is_known(self) -> bool:
        """Whether the answer says what is in the DNS; otherwise it is a temporary error."""
        return self.status in (DnsStatus.OK, DnsStatus.NO_DATA, DnsStatus.NO_SUCH_NAME)


NOT_ASKED = Answer(status=DnsStatus.TIMEOUT)

Lookup = Generator[tuple[Question, ...], Mapping[Question, Answer], T]
