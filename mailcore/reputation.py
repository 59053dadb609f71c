"""What a sender's own history says about it: decayed counts of good and bad mail, a score and how sure it is.

The score is the reputation rating of Jøsang and Ismail, "The Beta Reputation System" (2002): with `r` good and `s` bad
evidence the expectation of Beta(r + 1, s + 1), scaled to [-1, 1], is `(r - s) / (r + s + 2)`. The confidence is one
minus the uncertainty of Jøsang's subjective logic, `(r + s) / (r + s + 2)`. Both forget: evidence loses half of
its weight in each half-life. Pure; times are seconds since the epoch.
"""

from __future__ import annotations

import enum
import hashlib
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from mailcore.authentication import AuthFacts, AuthResult
from mailcore.links import registered_domain

DAY = 86_400.0
CATEGORY = "reputation"  # of every finding that rests on reputation: nothing is learned from these

# Mail that looks good weighs less than mail that looks bad: a good score is often a crime that nobody noticed, and a
# bad one is seldom a mistake. A source of which one message in three is bad comes out even.
GOOD, DOUBTFUL, BAD = 0.5, 0.5, 1.0
# A day weighs as much as this evidence, in that day's proportion of good and bad: no burst makes a reputation.
MOST_A_DAY = 4.0
# A good name takes time: so many days since the first message, and days with mail. A bad one does not.
SETTLED_DAYS = 14.0
ACTIVE_DAYS = 7
# What a person says counts like so many messages, and takes back what was learned of the message itself.
SAID = 3.0
MOST_EVIDENCE = 10_000.0  # of one kind: far past where the score still moves
PRIOR = 2.0  # one good and one bad: nothing is known


class Role(enum.StrEnum):
    """As what somebody takes part in a message. `domain` is that of From, `envelope` that of MAIL FROM."""

    IP = "ip"
    NETWORK = "network"
    DOMAIN = "domain"
    ENVELOPE = "envelope"
    DKIM = "dkim"
    ADDRESS = "address"
    PAIR = "pair"


class Subject(Struct, frozen=True, array_like=True):
    """Who has a history: an address of a client (the /64 of IPv6), a network (/24, /48), a registered domain, a
    signing domain, an address of From, or a pair "sender recipient". All in lower case.
    """

    role: Role
    name: str

    @property
    def kind(self) -> Role:
        """Where the history is kept: a domain has one, be it in From or in the envelope."""
        return Role.DOMAIN if self.role is Role.ENVELOPE else self.role

    @property
    def label(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def digest(self) -> bytes:
        """10 bytes: names are written by strangers, and nobody reads a list of correspondents out of the store."""
        return hashlib.blake2b(self.label.encode("utf-8", "replace"), digest_size=10).digest()


class Evidence(Struct, frozen=True, kw_only=True):
    """What is to be learned: weights of good and bad, messages, and how often a person said what it was."""

    good: float = 0.0
    bad: float = 0.0
    messages: int = 0
    wanted: int = 0
    unwanted: int = 0

    def __add__(self, other: Evidence) -> Evidence:
        return Evidence(
            good=self.good + other.good,
            bad=self.bad + other.bad,
            messages=self.messages + other.messages,
            wanted=self.wanted + other.wanted,
            unwanted=self.unwanted + other.unwanted,
        )


class Lesson(Struct, frozen=True, kw_only=True):
    """Evidence about everybody whose part in a message is proven."""

    subjects: tuple[Subject, ...]
    evidence: Evidence


class Record(Struct, frozen=True, kw_only=True):
    """What is kept of somebody: evidence of the days before that of `at`, decayed to `at`, and evidence of that day.

    `volume` counts messages, decayed; `days` those on which there were any.
    """

    first_seen: float
    at: float
    good: float = 0.0
    bad: float = 0.0
    volume: float = 0.0
    today_good: float = 0.0
    today_bad: float = 0.0
    days: int = 1


class Standing(Struct, frozen=True, kw_only=True):
    """What follows from a record: `score` from -1 (bad) to 1 (good), `confidence` from 0 to 1, both 0 of strangers.

    `volume` is the decayed number of messages, `first_seen_days` how long ago the first was. `is_set`: an administrator
    said so.
    """

    score: float = 0.0
    confidence: float = 0.0
    volume: float = 0.0
    first_seen_days: float = 0.0
    is_set: bool = False

    @property
    def strength(self) -> float:
        """Score and confidence in one number, from -1 to 1."""
        return self.score * self.confidence


NEUTRAL = Standing()


class Reputation(Struct, frozen=True, kw_only=True):
    """The standing of everybody whom a message names. `is_known`: the store answered, and is older than some days;
    otherwise that somebody was never seen says nothing.
    """

    is_known: bool = False
    standings: tuple[tuple[Subject, Standing], ...] = ()

    def of(self, role: Role, auth: AuthFacts) -> Standing:
        """The standing of who has that role, the worst of several."""
        found = self.entry(role, auth)
        return found[1] if found else NEUTRAL

    def entry(self, role: Role, auth: AuthFacts) -> tuple[Subject, Standing] | None:
        """Who has that role, and the standing.

        Where it is not proven who it is, good is as if nothing were known; a bad name nobody borrows. A signature
        that does not hold says nothing at all: anybody can write one.
        """
        found = []
        for subject, standing in self.standings:
            if subject.role is not role:
                continue
            if is_proven(subject, auth) or (standing.score <= 0 and role is not Role.DKIM):
                found.append((subject, standing))
            elif role is not Role.DKIM:
                found.append((subject, replace(standing, score=0.0, confidence=0.0)))
        return min(found, key=lambda entry: entry[1].strength, default=None)


UNKNOWN = Reputation()


class ReputationSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is remembered of how senders behaved."""

    enabled: Annotated[bool, Meta(description="Learn from verdicts, and look at what was learned.")] = True
    half_life_days: Annotated[
        float, Meta(description="Days after which what was learned counts for half.", gt=0, le=3_650)
    ] = 30.0
    remembered_days: Annotated[
        float, Meta(description="Days without mail after which a sender is forgotten.", gt=0, le=3_650)
    ] = 180.0
    most_senders: Annotated[
        int,
        Meta(
            description="Senders that are remembered of each kind (addresses, networks, domains, signing domains, "
            "clients, pairs of correspondents); each takes about 100 bytes of Redis.",
            ge=1_024,
            le=10_000_000,
        ),
    ] = 50_000


def is_proven(subject: Subject, auth: AuthFacts) -> bool:
    """Whether it is certain that the subject took part. A client is: it was connected."""
    match subject.role:
        case Role.IP | Role.NETWORK:
            return True
        case Role.ENVELOPE:
            return auth.spf is AuthResult.PASS and registered_domain(auth.spf_domain) == subject.name
        case Role.DKIM:
            return any(registered_domain(domain) == subject.name for domain in auth.dkim_domains)
        case Role.DOMAIN | Role.ADDRESS | Role.PAIR:
            return auth.is_aligned


def learned(record: Record | None, evidence: Evidence, now: float, *, half_life: float) -> Record:
    """The record with the evidence in it. `half_life` in seconds; a clock that went back stands still."""
    if record is None:
        before = Record(first_seen=now, at=now)
    else:
        before = _brought_to(record, max(now, record.at), half_life=half_life)
    good, bad, today_bad = before.good, before.bad, before.today_bad + evidence.bad
    if evidence.wanted:
        good += SAID * evidence.wanted
        back = BAD * evidence.wanted
        bad = max(0.0, bad - max(0.0, back - today_bad))
        today_bad = max(0.0, today_bad - back)
    if evidence.unwanted:
        bad += SAID * evidence.unwanted
    today_good = max(0.0, before.today_good + evidence.good - GOOD * evidence.unwanted)
    return replace(
        before,
        good=_bounded(good),
        bad=_bounded(bad),
        volume=min(before.volume + evidence.messages, 1e9),
        today_good=_bounded(today_good),
        today_bad=_bounded(today_bad),
    )


def standing_of(record: Record | None, now: float, *, half_life: float) -> Standing:
    """What the record says now."""
    if record is None:
        return NEUTRAL
    now = max(now, record.at)
    faded = 0.5 ** ((now - record.at) / half_life)
    share = _share_of_day(record)
    good = (record.good + record.today_good * share) * faded
    bad = (record.bad + record.today_bad * share) * faded
    total = good + bad
    score, confidence = (good - bad) / (total + PRIOR), total / (total + PRIOR)
    age = max(0.0, now - record.first_seen) / DAY
    if score > 0:
        confidence *= min(1.0, age / SETTLED_DAYS, (record.days - 1) / ACTIVE_DAYS)
    return Standing(score=score, confidence=confidence, volume=record.volume * faded, first_seen_days=age)


def _brought_to(record: Record, now: float, *, half_life: float) -> Record:
    """The record decayed to `now`; a day that is over becomes part of what was before."""
    faded = 0.5 ** ((now - record.at) / half_life)
    if now // DAY == record.at // DAY:
        return replace(record, at=now, good=record.good * faded, bad=record.bad * faded, volume=record.volume * faded)
    share = _share_of_day(record)
    return replace(
        record,
        at=now,
        good=(record.good + record.today_good * share) * faded,
        bad=(record.bad + record.today_bad * share) * faded,
        volume=record.volume * faded,
        today_good=0.0,
        today_bad=0.0,
        days=min(record.days + 1, 65_535),
    )


def _share_of_day(record: Record) -> float:
    today = record.today_good + record.today_bad
    return min(1.0, MOST_A_DAY / today) if today else 1.0


def _bounded(evidence: float) -> float:
    return min(evidence, MOST_EVIDENCE)
