"""Stand-ins for ports: one class a port, in memory, without surprises."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence

from msgspec import structs

from mailcore.connections import Greylisting
from mailcore.dns import Answer, DnsStatus, Question
from mailcore.fetched_pages import FetchedPage
from mailcore.greylist import Attempt, Standing
from mailcore.rate import Bucket
from mailcore.reputation import NEUTRAL, Lesson, Reputation, Subject
from mailcore.reputation import Standing as Repute


class FakeResolver:
    """A DNS that is a mapping: `{"example.com MX": ("10 mx.example.com",), "slow.example A": DnsStatus.TIMEOUT}`.

    A name that is there with another type has no data, any other does not exist. `asked` holds what was asked, a
    tuple for each call.
    """

    def __init__(self, zone: Mapping[str, tuple[str, ...] | DnsStatus] | None = None) -> None:
        self._zone = dict(zone or {})
        self._names = {key.rpartition(" ")[0] for key in self._zone}
        self.asked: list[tuple[Question, ...]] = []
        self.seconds: list[float] = []

    def resolve(self, questions: Collection[Question], *, seconds: float) -> Mapping[Question, Answer]:
        self.asked.append(tuple(questions))
        self.seconds.append(seconds)
        return {question: self._answer(question) for question in questions}

    def _answer(self, question: Question) -> Answer:
        found = self._zone.get(f"{question.name} {question.type.value}")
        if found is None:
            return Answer(status=DnsStatus.NO_DATA if question.name in self._names else DnsStatus.NO_SUCH_NAME)
        if isinstance(found, DnsStatus):
            return Answer(status=found)
        return Answer(status=DnsStatus.OK, records=found, ttl=3_600)


class FakeGreylist:
    """A greylist that says the same of everybody. `asked` holds what was asked, a tuple for each call."""

    def __init__(self, standing: Standing = Standing.NEW) -> None:
        self.standing = standing
        self.asked: list[tuple[Attempt, ...]] = []

    def ask(self, attempts: Sequence[Attempt], settings: Greylisting) -> tuple[Standing, ...]:
        self.asked.append(tuple(attempts))
        return (self.standing,) * len(attempts)


class FakeRateLimits:
    """Buckets that a test fills and empties: those whose key begins with a word in `empty` have no token."""

    def __init__(self, *empty: str) -> None:
        self.empty = empty
        self.taken: list[tuple[Bucket, ...]] = []

    def take(self, buckets: Sequence[Bucket]) -> int | None:
        self.taken.append(tuple(buckets))
        return next((index for index, bucket in enumerate(buckets) if bucket.key.startswith(self.empty or "-")), None)


class FakeReputations:
    """Senders with the standing that a test gives them. `asked` and `lessons` hold what it was called with."""

    def __init__(self, known: Mapping[Subject, Repute] | None = None) -> None:
        self.known = dict(known or {})
        self.asked: list[tuple[Subject, ...]] = []
        self.lessons: list[Lesson] = []

    def standings(self, subjects: Sequence[Subject]) -> Reputation:
        self.asked.append(tuple(subjects))
        return Reputation(is_known=True, standings=tuple((each, self.known.get(each, NEUTRAL)) for each in subjects))

    def learn(self, lesson: Lesson) -> None:
        self.lessons.append(lesson)


class Clock:
    """Stands still unless told."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class DaysAhead:
    """The time of day, as many days on as a test says."""

    def __init__(self) -> None:
        self.days = 0.0

    def __call__(self) -> float:
        return time.time() + self.days * 86_400


class FakePages:
    """A web that is a mapping of URLs to pages; everything else is not found.

    `asked` holds method and URL, `most_bytes` how much of each was wanted.
    """

    def __init__(self, pages: Mapping[str, FetchedPage]) -> None:
        self._pages = pages
        self.asked: list[tuple[str, str]] = []
        self.most_bytes: list[int] = []

    def fetch(self, url: str, *, seconds: float, most_bytes: int, only_head: bool = False) -> FetchedPage:
        assert seconds > 0
        self.most_bytes.append(most_bytes)
        self.asked.append(("HEAD" if only_head else "GET", url))
        page = self._pages.get(url, FetchedPage(url=url, status=404, content_type="text/html"))
        body = b"" if only_head else page.body[:most_bytes]
        return structs.replace(page, url=url, body=body, is_cut=not only_head and len(page.body) > most_bytes)
