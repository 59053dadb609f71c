"""What DNS lists say of a message: its client, its domains and its links, asked beside everything else (RFC 5782).

The questions are sent before the other checks begin, so that their answers are there when these end; nobody waits for a
list before SPF or DKIM. A list that is new here is asked together with its test entries, in the same round.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct, structs

from mailcore.authentication import AuthFacts, AuthResult
from mailcore.dns import NOT_ASKED, Answer, Lookup, Question, RecordType
from mailcore.dns_lists import DnsList, ListKind, Subject
from mailcore.entries import is_listed
from mailcore.hops import Hop, canonical_address, is_outside
from mailcore.inside import INSIDE_NAMES
from mailcore.links import registered_domain
from mailcore.list_answers import (
    ListHit,
    ListOutcome,
    ListStanding,
    ListTrouble,
    Reading,
    hit_of,
    judge_tests,
    looks_like_address,
    question_about,
    read_answer,
    reason_of,
    test_questions,
)
from mailcore.ports import ListHealth, Resolver
from mailcore.settings import Settings
from mailcore.view import MailView
from workers.auth.author import Author
from workers.auth.lookups import run_lookups
from workers.auth.names import to_domain

MOST_QUESTIONS = 160  # about one message, without test entries; SPF leaves room for so many
MOST_HITS = 50  # facts travel through Redis; the weightiest are kept
MOST_NAMES = 3  # of the client, by reverse DNS; its network chooses how many there are
# Sending questions takes no time; a resolver that has the answers gives them at once.
SENDING_SECONDS = 0.001
# Kept for lists when everything else has taken its time: answers that came meanwhile are remembered.
RESERVE_SECONDS = 0.3
# A list that had less time than this says nothing about itself by its silence.
PATIENCE_SECONDS = 1.0

# Names that no list can know besides those of own networks (RFC 3172, 6761, 7686, 9476).
_NOT_LISTED = INSIDE_NAMES | {"alt", "arpa", "invalid", "onion"}
_HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+")

# In this order, where not everything can be asked: links are many and chosen by strangers.
_ORDER = tuple(Subject)

Subjects = Mapping[Subject, Collection[str]]


class ListResults(Struct, frozen=True, kw_only=True):
    """What lists say of a message. `missing` are the lists that did not answer, `problems` those that did it badly."""

    hits: tuple[ListHit, ...] = ()
    missing: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    outcomes: Mapping[str, ListOutcome] = {}


NOTHING = ListResults()


class Untested:
    """A `ListHealth` without memory: every message asks for the test entries too."""

    def standing(self, name: str) -> ListStanding:  # noqa: ARG002  # of the port
        return ListStanding.UNTESTED

    def note(self, outcomes: Mapping[str, ListOutcome]) -> None:
        pass


class ListsOfMessage:
    """The lists for one message: `begin` sends what is known at once, `end` asks the rest and reads the answers."""

    def __init__(self, settings: Settings, health: ListHealth, resolver: Resolver) -> None:
        self._settings = settings.dns_lists
        self._own_networks = (*settings.networks.internal, *settings.networks.trusted_relays)
        own = (*settings.organisation.domains, *settings.networks.local_domains)
        self._own_domains = frozenset(domain.lower().rstrip(".") for domain in own)
        self._health = health
        self._resolver = resolver
        self._began = time.monotonic()
        enabled = self._settings.enabled()
        standings = {name: health.standing(name) for name in enabled}
        self._lists = {name: enabled[name] for name in enabled if standings[name] is not ListStanding.OFF}
        self._tested = tuple(name for name in self._lists if standings[name] is ListStanding.UNTESTED)
        self._subjects: dict[Subject, tuple[str, ...]] = {}

    @property
    def reserve(self) -> float:
        """Seconds that lists need for themselves."""
        return RESERVE_SECONDS if self._lists else 0.0

    def begin(self, subjects: Subjects) -> None:
        """Send the questions about what is known without the DNS; waits for no answer."""
        self._add(subjects)
        questions = self._plan()
        if questions:
            tests = [each for name in self._tested for each in test_questions(self._lists[name])]
            self._resolver.resolve([*tests, *questions], seconds=SENDING_SECONDS)

    def end(self, subjects: Subjects, *, seconds: float, is_dns_well: bool = True) -> ListResults:
        """What the lists say, of what other checks have found out too. Waits for `seconds` and what is set at most.

        `is_dns_well`: other questions were answered, so a list that is silent is silent by its own fault.
        """
        if not self._lists:
            return NOTHING
        self._add(subjects)
        check = ask_lists(self._lists, self._plan(), tested=self._tested)
        seconds = min(seconds, self._settings.seconds)
        # Nothing is asked behind these questions: all of the time is theirs.
        checks = {"DNS lists": check}
        found: ListResults = run_lookups(checks, self._resolver, seconds=seconds, give_up=1.0)["DNS lists"]
        is_patient = time.monotonic() - self._began >= min(PATIENCE_SECONDS, self._settings.seconds)
        may_blame = is_dns_well and is_patient
        self._health.note(
            {
                name: outcome
                for name, outcome in found.outcomes.items()
                if may_blame or outcome.trouble is not ListTrouble.IS_SILENT
            }
        )
        return found

    def _add(self, subjects: Subjects) -> None:
        for subject, values in subjects.items():
            fit = (
                self._address(value) if looks_like_address(value) else self._name(value)
                for value in dict.fromkeys(values)
            )
            self._subjects[subject] = tuple(dict.fromkeys(filter(None, fit)))

    def _address(self, value: str) -> str:
        """The address in its one form; "" for one that is inside, and for what is none."""
        address = canonical_address(value)
        return address if is_outside(address, self._own_networks) else ""

    def _name(self, value: str) -> str:
        """The domain; "" for one of ours, for one that only we know, and for what is none."""
        if not _HOST.fullmatch(value) or is_listed(value, _NOT_LISTED) or not registered_domain(value):
            return ""
        return "" if is_listed(value, self._own_domains) else value

    def _plan(self) -> dict[Question, tuple[str, Subject, str]]:
        """What is asked: each question with its list, subject and value. The first subject of a value counts."""
        planned: dict[Question, tuple[str, Subject, str]] = {}
        for subject in _ORDER:
            for name, listed in self._lists.items():
                if subject not in listed.subjects:
                    continue
                values = _values(listed, self._subjects.get(subject, ()))
                for value in _spread(values, self._settings.most_links) if subject is Subject.LINKS else values:
                    question = question_about(listed, value)
                    if question is not None and len(planned) < MOST_QUESTIONS:
                        planned.setdefault(question, (name, subject, value))
        return planned


def ask_lists(
    lists: Mapping[str, DnsList],
    planned: Mapping[Question, tuple[str, Subject, str]],
    *,
    tested: Collection[str] = (),
) -> Lookup[ListResults]:
    """What the lists answer to these questions; `tested` are asked for their test entries too. Never raises.

    A list counts only as a whole: where one of its answers, or a test entry, shows that it is not to be believed,
    nothing that it says is a hit.
    """
    asked = {name: list_questions for name in lists if (list_questions := _of(name, planned))}
    tests = {name: test_questions(lists[name]) for name in asked if name in tested}
    questions = dict.fromkeys([*planned, *(each for pair in tests.values() for each in pair)])
    if not questions:
        return NOTHING
    answers = yield tuple(questions)
    hits: list[tuple[Question, ListHit]] = []
    outcomes: dict[str, ListOutcome] = {}
    missing: list[str] = []
    for name, about in asked.items():
        readings = {question: read_answer(lists[name], answers.get(question, NOT_ASKED)) for question in about}
        test = judge_tests(lists[name], answers) if name in tests else Reading()
        outcomes[name] = _outcome(readings.values(), test, is_tested=bool(tests.get(name)))
        if not test.is_known or not all(reading.is_known for reading in readings.values()):
            missing.append(name)
        if outcomes[name].trouble is None and test.is_known:
            hits += [
                (question, hit_of(name, lists[name], planned[question][1], planned[question][2], reading))
                for question, reading in readings.items()
                if reading.listings
            ]
    hits = sorted(hits, key=lambda each: -abs(each[1].weight))[:MOST_HITS]
    reasons = yield from _reasons(lists, hits)
    return ListResults(
        hits=tuple(structs.replace(hit, reason=reasons.get(question, "")) for question, hit in hits),
        missing=tuple(missing),
        problems=tuple(filter(None, map(_problem, outcomes.items()))),
        outcomes=outcomes,
    )


def _problem(of_list: tuple[str, ListOutcome]) -> str:
    """What is said of a list that failed; nothing of a silent one, which is named among what is missing."""
    name, outcome = of_list
    if outcome.trouble in (None, ListTrouble.IS_SILENT):
        return ""
    return f"the list {name} {outcome.trouble}{f' ({outcome.detail})' if outcome.detail else ''}"


def _of(name: str, planned: Mapping[Question, tuple[str, Subject, str]]) -> list[Question]:
    return [question for question, (list_name, _, _) in planned.items() if list_name == name]


def _outcome(readings: Iterable[Reading], test: Reading, *, is_tested: bool) -> ListOutcome:
    """How one list did: trouble first, then silence; silent is one that answered nothing at all."""
    readings = [test, *readings] if is_tested else list(readings)
    for reading in readings:
        if reading.trouble is not None:
            return ListOutcome(trouble=reading.trouble, detail=reading.detail)
    if not any(reading.is_known for reading in readings):
        return ListOutcome(trouble=ListTrouble.IS_SILENT)
    return ListOutcome(is_tested=is_tested and test.is_known)


def _reasons(lists: Mapping[str, DnsList], hits: Iterable[tuple[Question, ListHit]]) -> Lookup[dict[Question, str]]:
    """What the lists say of their hits in TXT, where that is asked for; what does not come is left out."""
    texts = {Question(question.name, RecordType.TXT): question for question, hit in hits if lists[hit.list].reasons}
    if not texts:
        return {}
    answers: Mapping[Question, Answer] = yield tuple(texts)
    return {question: reason_of(answers.get(text, NOT_ASKED)) for text, question in texts.items()}


def _values(listed: DnsList, values: Iterable[str]) -> list[str]:
    """The values that fit the list: addresses, or domains as it wants them."""
    if listed.kind is ListKind.IP:
        return [value for value in values if looks_like_address(value)]
    if listed.kind is ListKind.ALLOW:
        return [value if looks_like_address(value) else _domain(listed, value) for value in values]
    return list(dict.fromkeys(_domain(listed, value) for value in values if not looks_like_address(value)))


def _domain(listed: DnsList, name: str) -> str:
    return name if listed.whole_names else registered_domain(name)


def _spread(values: list[str], most: int) -> list[str]:
    """So many of the values, half of them the first and half the last: links before or behind do not hide others."""
    if len(values) <= most:
        return values
    last = most // 2
    return [*values[: most - last], *values[len(values) - last :]]


def first_subjects(view: MailView, hop: Hop, author: Author) -> Subjects:
    """What is known of a message without the DNS."""
    return {
        Subject.CLIENT: (hop.address,),
        Subject.FROM: author.domains,
        Subject.SENDER: (to_domain(hop.sender.rpartition("@")[2]),),
        Subject.HELO: (to_domain(hop.helo),),
        Subject.LINKS: tuple(link.host.strip("[]") for link in view.message.links),
    }


def with_lists(facts: AuthFacts, lists: ListsOfMessage, *, seconds: float) -> AuthFacts:
    """The facts with what lists say, of what these facts prove too. `seconds` is what is left for the whole pool."""
    client = facts.client
    names = client.reverse.names[:MOST_NAMES] if client is not None and client.reverse is not None else ()
    is_proven = facts.dmarc is AuthResult.PASS and not facts.dmarc_override
    found = lists.end(
        {
            Subject.REVERSE: names,
            Subject.DKIM: tuple(domain.lower() for domain in facts.dkim_domains),
            Subject.AUTHOR: (facts.from_domain,) if is_proven else (),
        },
        seconds=seconds,
        is_dns_well=not facts.missing,
    )
    return structs.replace(
        facts,
        lists=found.hits,
        list_problems=found.problems,
        missing=(*facts.missing, *(f"the list {name}" for name in found.missing)),
    )
