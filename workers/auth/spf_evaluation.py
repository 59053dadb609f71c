"""The evaluation of SPF records for one client (RFC 7208, `check_host()`), with its limits and what it asks ahead."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import islice

from msgspec import Struct

from mailcore.authentication import AuthResult, SpfReason
from mailcore.dns import NOT_ASKED, Answer, Lookup, Question, RecordType
from mailcore.ip_addresses import Address, read_address
from workers.auth.names import addresses_of, fit_name, pointer_of
from workers.auth.spf_macro import EXPLANATION_LETTERS, MacroError, MacroText, Speaker, expand, read_macros
from workers.auth.spf_record import (
    RECORD_CHARACTERS,
    Kind,
    MalformedTerm,
    Mechanism,
    SpfRecord,
    read_record,
    select_records,
)

# RFC 7208, 4.6.4.
LOOKUPS = 10
VOID_LOOKUPS = 2
HOSTS = 10

_ASKED_AHEAD = 24  # questions at once
_ADDRESSES = 512  # of one name; the RFC has no bound
_EXPLANATION_RECORD_CHARACTERS = 2_048
_EXPLANATION_CHARACTERS = 512


class Stop(Exception):
    """The evaluation ends here, whatever else the record says."""

    def __init__(self, result: AuthResult, reason: SpfReason, detail: str) -> None:
        super().__init__(reason)
        self.result = result
        self.reason = reason
        self.detail = detail


class _Match(Struct, frozen=True, kw_only=True):
    """What decided: a mechanism ("" where none matched) of the record of that domain."""

    result: AuthResult
    mechanism: str
    record: SpfRecord
    domain: str


class _Place(Struct):
    """Where in a record the evaluation is: `position` is the next mechanism."""

    record: SpfRecord
    domain: str
    position: int = 0


class Evaluation:
    """One `check_host()` with all that it includes and redirects to.

    `is_secure`: every answer that it used came with DNSSEC.
    """

    def __init__(self, client: Address, speaker: Speaker, *, void_lookups: int = VOID_LOOKUPS) -> None:
        self._client = client
        self._void_lookups = void_lookups
        self._is_ip4 = client.version == 4  # the IP version
        self._bits = client.max_prefixlen
        self._number = int(client)
        self._speaker = speaker
        self._answers: dict[Question, Answer] = {}
        self._places: list[_Place] = []
        self._names: dict[tuple[int, str], tuple[MacroText, str | None]] = {}
        self._lookups = 0
        self._voids = 0
        self.is_secure = True

    def check_host(self, domain: str) -> Lookup[_Match | None]:
        """What decides for that domain; None where it has no record. Raises Stop."""
        record = yield from self._record(domain)
        while record is not None:
            place = _Place(record=record, domain=domain)
            self._places.append(place)
            for mechanism in record.mechanisms:
                place.position += 1
                if (yield from self._matches(mechanism, domain)):
                    self._places.pop()
                    return _Match(result=mechanism.result, mechanism=mechanism.text, record=record, domain=domain)
            self._places.pop()
            if record.redirect is None:
                return _Match(result=AuthResult.NEUTRAL, mechanism="", record=record, domain=domain)
            self._count_lookup("redirect")
            domain = (yield from self._name(record.redirect, domain)) or ""
            record = yield from self._record(domain)
            if record is None:
                raise Stop(AuthResult.PERMERROR, SpfReason.REDIRECTED_NOWHERE, domain)
        return None

    def explain(self, target: MacroText, domain: str) -> Lookup[str]:
        """The owner's words for a fail: printable ASCII, "" where there are none that can be read (RFC 7208, 6.2)."""
        name = yield from self._name(target, domain)
        if not name:
            return ""
        (answer,) = yield from self._ask(Question(name, RecordType.TXT))
        if len(answer.records) != 1 or len(answer.records[0]) > _EXPLANATION_RECORD_CHARACTERS:
            return ""
        try:
            text = read_macros(answer.records[0], EXPLANATION_LETTERS)
        except MacroError:
            return ""
        words = yield from self._expand(text, domain)
        if not words or not words.isascii():
            return ""
        return "".join(filter(str.isprintable, words[:_EXPLANATION_CHARACTERS]))

    def _record(self, domain: str) -> Lookup[SpfRecord | None]:
        if "." not in domain:  # no name, or none that mail has
            return None
        (answer,) = yield from self._ask(Question(domain, RecordType.TXT))
        self._need(answer, domain)
        records = select_records(answer.records)
        if not records:
            return None
        if len(records) > 1:
            raise Stop(AuthResult.PERMERROR, SpfReason.SEVERAL_RECORDS, domain)
        if len(records[0]) > RECORD_CHARACTERS:
            raise Stop(AuthResult.PERMERROR, SpfReason.TOO_LONG, domain)
        record = read_record(records[0])
        if isinstance(record, MalformedTerm):
            raise Stop(AuthResult.PERMERROR, SpfReason.MALFORMED, f"{domain}: {ascii(record.text)[1:-1]}")
        return record

    def _matches(self, mechanism: Mechanism, domain: str) -> Lookup[bool]:
        if not mechanism.asks:
            return self._holds(mechanism)
        self._count_lookup(mechanism.text)
        name = domain if mechanism.target is None else (yield from self._name(mechanism.target, domain))
        if name is None:
            return False
        return (yield from _MATCHERS[mechanism.kind](self, name, self._prefix(mechanism)))

    def _holds(self, mechanism: Mechanism) -> bool:
        """Whether a mechanism that takes no lookup matches."""
        if mechanism.kind is Kind.ALL:
            return True
        if self._is_ip4 is not (mechanism.kind is Kind.IP4):
            return False
        return self._number >> (self._bits - self._prefix(mechanism)) == mechanism.network

    def _includes(self, name: str, _prefix: int) -> Lookup[bool]:
        match = yield from self.check_host(name)
        if match is None:
            raise Stop(AuthResult.PERMERROR, SpfReason.NOTHING_INCLUDED, name)
        return match.result is AuthResult.PASS

    def _matches_a(self, name: str, prefix: int) -> Lookup[bool]:
        if not name:
            return False
        (answer,) = yield from self._ask(addresses_of(name, self._client))
        self._need(answer, name)
        self._count_void(answer, name)
        return self._has_client(answer, prefix)

    def _exists(self, name: str, _prefix: int) -> Lookup[bool]:
        if not name:
            return False
        (answer,) = yield from self._ask(Question(name, RecordType.A))
        self._need(answer, name)
        self._count_void(answer, name)
        return bool(answer.records)

    def _matches_mx(self, name: str, prefix: int) -> Lookup[bool]:
        if not name:
            return False
        (answer,) = yield from self._ask(Question(name, RecordType.MX))
        self._need(answer, name)
        self._count_void(answer, name)
        if len(answer.records) > HOSTS:
            raise Stop(AuthResult.PERMERROR, SpfReason.TOO_MANY_HOSTS, name)
        questions = self._hosts(answer)
        answers = yield from self._ask(*questions)
        # Void lookups are counted by term: a client of IPv6 finds no address of several hosts that have IPv4 alone.
        if any(self._has_client(each, prefix) for each in answers):
            return True
        for question, each in zip(questions, answers, strict=True):
            self._need(each, question.name)
        return False

    def _matches_ptr(self, name: str, _prefix: int) -> Lookup[bool]:
        names = yield from self._validated()
        return bool(name) and any(each == name or each.endswith(f".{name}") for each in names)

    def _validated(self) -> Lookup[list[str]]:
        """The client's names that resolve back to it; what the DNS does not answer is left out (RFC 7208, 5.5)."""
        (answer,) = yield from self._ask(pointer_of(self._client))
        questions = self._pointers(answer)
        answers = yield from self._ask(*questions)
        pairs = zip(questions, answers, strict=True)
        return [question.name for question, each in pairs if self._has_client(each, self._bits)]

    def _name(self, text: MacroText, domain: str) -> Lookup[str | None]:
        """The name to ask for: "" for one that cannot be, None where the mechanism does not match whatever it is."""
        if "p" not in text.letters:
            return self._name_without_pointer(text, domain)
        expanded = yield from self._expand(text, domain)
        return None if expanded is None else fit_name(expanded)

    def _name_without_pointer(self, text: MacroText, domain: str) -> str | None:
        if not text.letters:
            return text.name
        key = (id(text), domain)  # the text is kept beside its name, so nothing else gets this id
        if key not in self._names:
            expanded = expand(text, self._speaker, domain=domain)
            self._names[key] = text, None if expanded is None else fit_name(expanded)
        return self._names[key][1]

    def _expand(self, text: MacroText, domain: str) -> Lookup[str | None]:
        validated = "unknown"
        if "p" in text.letters:
            names = yield from self._validated()
            nearest = sorted(names, key=lambda name: (name != domain, not name.endswith(f".{domain}")))
            validated = nearest[0] if nearest else validated
        return expand(text, self._speaker, domain=domain, validated=validated)

    def _prefix(self, mechanism: Mechanism) -> int:
        return mechanism.prefix4 if self._is_ip4 else mechanism.prefix6

    def _has_client(self, answer: Answer, prefix: int) -> bool:
        shift = self._bits - prefix
        own = self._number >> shift
        addresses = map(read_address, islice(answer.records, _ADDRESSES))
        return any(
            address is not None and int(address) >> shift == own and address.version == self._client.version
            for address in addresses
        )

    def _count_lookup(self, term: str) -> None:
        self._lookups += 1
        if self._lookups > LOOKUPS:
            raise Stop(AuthResult.PERMERROR, SpfReason.TOO_MANY_LOOKUPS, term)

    def _count_void(self, answer: Answer, name: str) -> None:
        self._voids += not answer.records
        if self._voids > self._void_lookups:
            raise Stop(AuthResult.PERMERROR, SpfReason.TOO_MANY_VOID_LOOKUPS, name)

    def _need(self, answer: Answer, name: str) -> None:
        if not answer.is_known:
            raise Stop(AuthResult.TEMPERROR, SpfReason.NO_ANSWER, name)

    def _hosts(self, answer: Answer) -> list[Question]:
        """The questions for the hosts of an MX answer; a null MX has none."""
        names = (fit_name(record.partition(" ")[2]) for record in answer.records[:HOSTS])
        return list(dict.fromkeys(addresses_of(name, self._client) for name in names if name))

    def _pointers(self, answer: Answer) -> list[Question]:
        names = map(fit_name, answer.records[:HOSTS])
        return list(dict.fromkeys(addresses_of(name, self._client) for name in names if name))

    def _ask(self, *questions: Question) -> Lookup[list[Answer]]:
        """The answers in order. What is not known yet is asked together with what the next terms will need: a record
        that includes five others waits for one round and not for five."""
        if any(question not in self._answers for question in questions):
            wanted = dict.fromkeys(question for question in questions if question not in self._answers)
            for question in self._ahead():
                if len(wanted) >= _ASKED_AHEAD:
                    break
                wanted.setdefault(question)
            answers = yield tuple(wanted)
            self._answers.update((question, answers.get(question, NOT_ASKED)) for question in wanted)
        found = [self._answers[question] for question in questions]
        self.is_secure = self.is_secure and all(answer.secure for answer in found)
        return found

    def _ahead(self) -> Iterator[Question]:
        """Questions of the terms that are still to come, as far as they can be known, the next first."""
        left = LOOKUPS - self._lookups
        for place in reversed(self._places):
            left = yield from self._ahead_in(place.record, place.position, place.domain, left)

    def _ahead_in(self, record: SpfRecord, position: int, domain: str, left: int) -> Generator[Question, None, int]:
        """The same for one record. Returns how many lookups are left then: 0 where the evaluation ends for certain."""
        for mechanism in record.mechanisms[position:]:
            if not mechanism.asks:
                if self._holds(mechanism):
                    return 0 if mechanism.result is AuthResult.PASS else left
                continue
            if left <= 0:
                return 0
            left = yield from self._ahead_of(mechanism.kind, mechanism.target, domain, left - 1)
        if record.redirect is not None and left > 0:
            left = yield from self._ahead_of(Kind.INCLUDE, record.redirect, domain, left - 1)
        return left

    def _ahead_of(self, kind: Kind, target: MacroText | None, domain: str, left: int) -> Generator[Question, None, int]:
        """The questions of one term, and those that follow from its answers as far as these are known."""
        if target is None:
            name: str | None = domain
        elif "p" in target.letters:
            name = None
        else:
            name = self._name_without_pointer(target, domain)
        if not name:
            return left
        question = self._first_question(kind, name)
        answer = self._answers.get(question)
        if answer is None:
            yield question
        elif kind is Kind.MX:
            yield from self._unknown(self._hosts(answer))
        elif kind is Kind.PTR:
            yield from self._unknown(self._pointers(answer))
        elif kind is Kind.INCLUDE:
            records = select_records(answer.records)
            record = read_record(records[0]) if len(records) == 1 and len(records[0]) <= RECORD_CHARACTERS else None
            if isinstance(record, SpfRecord):
                left = yield from self._ahead_in(record, 0, name, left)
        return left

    def _unknown(self, questions: Iterable[Question]) -> Iterator[Question]:
        return (question for question in questions if question not in self._answers)

    def _first_question(self, kind: Kind, name: str) -> Question:
        match kind:
            case Kind.INCLUDE:
                return Question(name, RecordType.TXT)
            case Kind.MX:
                return Question(name, RecordType.MX)
            case Kind.PTR:
                return pointer_of(self._client)
            case Kind.EXISTS:
                return Question(name, RecordType.A)
            case _:
                return addresses_of(name, self._client)


_MATCHERS: dict[Kind, Callable[[Evaluation, str, int], Lookup[bool]]] = {
    Kind.INCLUDE: Evaluation._includes,
    Kind.A: Evaluation._matches_a,
    Kind.MX: Evaluation._matches_mx,
    Kind.PTR: Evaluation._matches_ptr,
    Kind.EXISTS: Evaluation._exists,
}
