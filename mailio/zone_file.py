"""A zone file that stands in for the DNS: in tests, in demonstrations, and where mail is scanned without a network.

Lines are `name type value`, or what BIND writes: `name [TTL] [IN] type value` with `$ORIGIN`, `$TTL`, `@`, comments
after `;`, values over several lines in parentheses, quoted strings, and an empty name for that of the line before.
Names are complete, with or without a dot at the end, until `$ORIGIN` says what those without one end in. Types are A,
AAAA, MX, PTR, TXT and CNAME; SOA and NS may stand there and mean nothing. `name STATUS timeout` (`server failed`,
`malformed`) makes every question for that name end so. `*.name` answers for names below that do not exist.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from msgspec import Struct

from mailcore.dns import Answer, DnsStatus, Question, RecordType
from mailcore.errors import ConfigurationError
from mailio.dns_names import name_to_ask

MOST_ALIASES = 8
DEFAULT_TTL = 3_600
IGNORED_TYPES = ("SOA", "NS")
ALIAS, STATUS = "CNAME", "STATUS"
STATUSES = {status.value: status for status in DnsStatus if not Answer(status=status).is_known}


class Token(Struct, frozen=True):
    """A word of the file, and where it stands."""

    text: str
    line: int
    is_quoted: bool = False


class Entry(Struct, frozen=True):
    """One record as it stands in the file, its value as `mailcore.dns.Answer` wants it."""

    name: str
    type: str
    value: str
    ttl: int


def load_zone(path: Path) -> ZoneResolver:
    """Raises ConfigurationError, with file and line, for what cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: {error}") from error
    return ZoneResolver(parse_zone(text, str(path)))


def parse_zone(text: str, filename: str) -> tuple[Entry, ...]:
    """The records of a zone. Raises ConfigurationError with file and line."""
    return tuple(_Reading(filename).entries(text))


class ZoneResolver:
    """Implements `mailcore.ports.Resolver` with the records of a zone; asks nobody."""

    def __init__(self, entries: Collection[Entry]) -> None:
        self._entries: dict[str, dict[str, list[Entry]]] = {}
        for entry in entries:
            self._entries.setdefault(entry.name, {}).setdefault(entry.type, []).append(entry)
        # A name above one that exists does exist, without records (RFC 8020).
        self._names = {
            ".".join(labels[start:])
            for labels in (name.split(".") for name in self._entries)
            for start in range(len(labels))
        }

    def resolve(self, questions: Collection[Question], *, seconds: float) -> Mapping[Question, Answer]:  # noqa: ARG002
        """See `mailcore.ports.Resolver`; takes no time."""
        return {question: self._answer(question) for question in questions}

    def _answer(self, question: Question) -> Answer:
        name = name_to_ask(question).lower().rstrip(".")
        for _ in range(MOST_ALIASES + 1):
            records = self._records(name)
            if records is None:
                return Answer(status=DnsStatus.NO_SUCH_NAME, ttl=DEFAULT_TTL)
            if STATUS in records:
                return Answer(status=STATUSES[records[STATUS][0].value])
            found = records.get(question.type, [])
            if found:
                return _positive(question.type, found)
            if ALIAS not in records:
                return Answer(status=DnsStatus.NO_DATA, ttl=DEFAULT_TTL)
            name = records[ALIAS][0].value
        return Answer(status=DnsStatus.SERVER_FAILED)

    def _records(self, name: str) -> Mapping[str, list[Entry]] | None:
        """The records of a name, or of the wildcard of the closest name above that exists (RFC 4592)."""
        if name in self._names:
            return self._entries.get(name, {})
        above = name
        while above:
            _, _, above = above.partition(".")
            if above in self._names:
                return self._entries.get(f"*.{above}")
        return None


def _positive(record_type: RecordType, found: list[Entry]) -> Answer:
    records = [entry.value for entry in found]
    if record_type is RecordType.MX:
        records.sort(key=lambda record: int(record.split()[0]))
    return Answer(status=DnsStatus.OK, records=tuple(records), ttl=min(entry.ttl for entry in found))


class _Reading:
    """Where we are in the file, and what the lines before said."""

    def __init__(self, filename: str) -> None:
        self._filename = filename
        self._origin = ""
        self._ttl = DEFAULT_TTL
        self._name = ""
        self._line = 0

    def entries(self, text: str) -> Iterator[Entry]:
        for begins_with_blank, tokens in self._statements(text):
            if tokens[0].text.startswith("$") and not begins_with_blank:
                self._directive(tokens)
                continue
            if not begins_with_blank:
                self._name = self._host(tokens.pop(0))
            elif not self._name:
                raise self._error(tokens[0].line, "the first line needs a name")
            ttl = self._ttl
            while tokens and (tokens[0].text.isdecimal() or tokens[0].text.upper() == "IN"):
                first = tokens.pop(0).text
                ttl = int(first) if first.isdecimal() else ttl
            if not tokens:
                raise self._error(self._line, "a line is `name type value`")
            kind = tokens[0].text.upper()
            if kind not in IGNORED_TYPES:
                yield Entry(self._name, kind, self._value(kind, tokens[0], tokens[1:]), ttl)

    def _directive(self, tokens: list[Token]) -> None:
        match [token.text for token in tokens]:
            case ["$ORIGIN", name]:
                self._origin = name.lower().strip(".")
            case ["$TTL", seconds] if seconds.isdecimal():
                self._ttl = int(seconds)
            case _:
                raise self._error(tokens[0].line, "only `$ORIGIN name` and `$TTL seconds` are understood")

    def _value(self, kind: str, token: Token, values: list[Token]) -> str:
        texts = [value.text for value in values]
        try:
            match kind, texts:
                case "A", [address]:
                    return str(IPv4Address(address))
                case "AAAA", [address]:
                    return str(IPv6Address(address))
                case "MX", [preference, _] if preference.isdecimal():
                    return f"{preference} {self._host(values[1]) or '.'}"
                case (("PTR" | "CNAME"), [_]):
                    return self._host(values[0])
                case "TXT", [_, *_]:
                    return "".join(texts)
                case "STATUS", [_, *_] if " ".join(texts) in STATUSES:
                    return " ".join(texts)
        except ValueError as error:
            raise self._error(token.line, str(error)) from error
        known = ("A", "AAAA", "MX", "PTR", "TXT", ALIAS, STATUS, *IGNORED_TYPES)
        if kind not in known:
            raise self._error(token.line, f"{token.text}: the type is one of {', '.join(known)}")
        raise self._error(token.line, f"{kind} cannot have the value `{' '.join(texts)}`")

    def _host(self, token: Token) -> str:
        if not token.text.isascii():
            raise self._error(token.line, "names are written in ASCII (A-labels, `xn--...`)")
        name = token.text.lower()
        if name == "@":
            return self._origin
        if name.endswith(".") or not self._origin:
            return name.rstrip(".")
        return f"{name}.{self._origin}"

    def _statements(self, text: str) -> Iterator[tuple[bool, list[Token]]]:
        """Each statement with its tokens, and whether its line begins with a blank."""
        tokens: list[Token] = []
        depth, blank = 0, False
        # As latin-1 of the bytes, as records of the DNS are.
        for number, line in enumerate(text.encode().decode("latin-1").split("\n"), start=1):
            self._line = number
            if not depth:
                blank = line[:1].isspace()
            for token in self._tokens(line, number):
                if token.text in ("(", ")") and not token.is_quoted:
                    depth += 1 if token.text == "(" else -1
                    if depth < 0:
                        raise self._error(number, "`)` without `(`")
                else:
                    tokens.append(token)
            if not depth and tokens:
                yield blank, tokens
                tokens = []
        if depth:
            raise self._error(self._line, "`(` is not closed")

    def _tokens(self, line: str, number: int) -> Iterator[Token]:
        place = 0
        while place < len(line):
            character = line[place]
            if character == ";":
                return
            if character == '"':
                text, place = self._quoted(line, place + 1, number)
                yield Token(text, number, is_quoted=True)
            elif character in "()":
                yield Token(character, number)
                place += 1
            elif character.isspace():
                place += 1
            else:
                end = place
                while end < len(line) and not line[end].isspace() and line[end] not in ';"()':
                    end += 1
                yield Token(line[place:end], number)
                place = end

    def _quoted(self, line: str, place: int, number: int) -> tuple[str, int]:
        r"""A quoted string and the place after it. `\"` and `\\` are themselves, `\DDD` a byte by its number."""
        characters: list[str] = []
        while place < len(line) and line[place] != '"':
            if line[place] == "\\":
                digits = line[place + 1 : place + 4]
                if len(digits) == 3 and digits.isdecimal() and int(digits) < 256:
                    characters.append(chr(int(digits)))
                    place += 4
                    continue
                place += 1
            characters.append(line[place : place + 1])
            place += 1
        if place >= len(line):
            raise self._error(number, "a quoted string has no end")
        return "".join(characters), place + 1

    def _error(self, line: int, says: str) -> ConfigurationError:
        return ConfigurationError(f"{self._filename}:{line}: {says}")
