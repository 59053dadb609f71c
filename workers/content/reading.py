"""What one mail shows to the rules: values of fields, each read once and only if asked, and what was found in them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping

from mailcore.rule_fields import FIELDS, Field, Value
from mailcore.view import MailView
from workers.content.normalise import normaliser
from workers.content.patterns import is_long
from workers.content.scanner import Ends, FieldScanner, WordTable

# Fields that hold what a mail says of its kind, in headers that anybody can write.
CLAIMS = ("message.is_discussion", "message.is_answer")

# Name of a field, and whether it is scanned as it came.
Scan = tuple[str, bool]


class Reading:
    """The values of one mail and the comparisons that fired. Lives as long as one evaluation of the rules."""

    def __init__(
        self, view: MailView, scanners: Mapping[Scan, FieldScanner] = {}, table: WordTable | None = None
    ) -> None:
        self.view = view
        self._scanners = scanners
        self._table = table
        self._ends: dict[Scan, Ends] = {}  # of the fields that were scanned
        self._ends_in: dict[bytes, Ends] = {}
        # Number of the comparison -> offset (in bytes) where its first match in the scanned values ends.
        self.fired: dict[int, int] = {}
        # Those, and the ones that may have: words that they need are there.
        self.seen: set[int] = set()
        self._values: dict[str, Value] = {}
        self._scanned: dict[Scan, bytes] = {}
        self._normalised: dict[tuple[Callable[[str], bytes], str], bytes] = {}
        self._unchanged: dict[tuple[Callable[[str], bytes], str], bool] = {}
        self._with_parents: dict[str, frozenset[str]] = {}
        self._listed: dict[tuple[str, str], bool] = {}

    def doubting(self) -> Reading | None:
        """The same mail where it is not believed what it says of its kind; None where it says nothing of it.

        What was found in its texts is shared.
        """
        if not any(self.value(FIELDS[name]) for name in CLAIMS):
            return None
        other = copy.copy(self)
        other._values = {**self._values, **dict.fromkeys(CLAIMS, False)}  # its own kind
        return other

    def scan(self, scan: Scan) -> None:
        """Look for the patterns of a field, once."""
        if scan in self._ends:
            return
        scanner = self._scanners[scan]
        field, raw = scanner.field, scan[1]
        ends = self._ends[scan] = self._words_in(field, raw=raw) if is_long(field) else {}
        found = scanner.scan(self.scanned(field, raw=raw), ends)
        self.fired.update(found.fired)
        self.seen.update(found.fired)
        self.seen.update(found.possible)

    def _words_in(self, field: Field, *, raw: bool) -> Ends:
        """The words in all values of a field, which often are those of another field, too."""
        found: Ends = {}
        before = 0
        for line in self.scanned(field, raw=raw).split(b"\n"):
            ends = self._ends_in.get(line)
            if ends is None:
                ends = self._ends_in[line] = self._table.ends(line) if self._table is not None else {}
            for index, end in ends.items():
                if index not in found:
                    found[index] = before + end
            before += len(line) + 1
        return found

    def has_fired(self, number: int, scan: Scan) -> bool:
        """Whether the comparison holds. The field is scanned for it if need be."""
        self.scan(scan)
        if number in self.fired:
            return True
        if number not in self.seen:
            return False
        scanner = self._scanners[scan]
        end = scanner.end_of(number, self.scanned(scanner.field, raw=scan[1]), self._ends[scan])
        if end is None:
            self.seen.discard(number)
            return False
        self.fired[number] = end
        return True

    def value(self, field: Field) -> Value:
        value = self._values.get(field.name)
        if value is None:
            value = self._values[field.name] = field.read(self.view)
        return value

    def number(self, field: Field) -> float:
        value = self.value(field)
        assert not isinstance(value, tuple), field.name  # noqa: S101  # the parser admits no other kind
        return value

    def texts(self, field: Field) -> tuple[str, ...]:
        value = self.value(field)
        assert isinstance(value, tuple), field.name  # noqa: S101  # the parser admits no other kind
        return value

    def scanned(self, field: Field, *, raw: bool) -> bytes:
        """What is scanned of a field: its values, each on a line of its own, in valid UTF-8."""
        data = self._scanned.get((field.name, raw))
        if data is None:
            data = self._scanned[field.name, raw] = self._joined(field, raw=raw)
        return data

    def _joined(self, field: Field, *, raw: bool) -> bytes:
        values = self.texts(field)
        joined = "\n".join(values)
        if raw:
            return joined.encode("utf-8", "replace")
        if (
            not field.is_running_text
            and joined.isascii()
            and "  " not in joined
            and joined.count("\n") == len(values) - 1
        ):
            return joined.encode()  # many short values, such as hosts: one by one they cost more than all the text
        plainly = normaliser(field)
        return b"\n".join(self.plain(plainly, value) for value in values)

    def plain(self, plainly: Callable[[str], bytes], text: str) -> bytes:
        """Normalised; several fields show the same text."""
        plain = self._normalised.get((plainly, text))
        if plain is None:
            plain = self._normalised[plainly, text] = plainly(text)
        return plain

    def is_unchanged(self, plainly: Callable[[str], bytes], text: str) -> bool:
        """Whether normalising the text changes only its white space."""
        unchanged = self._unchanged.get((plainly, text))
        if unchanged is None:
            unchanged = self.plain(plainly, text) == b" ".join(text.encode("utf-8", "replace").split())
            self._unchanged[plainly, text] = unchanged
        return unchanged

    def words(self, field: Field) -> frozenset[str]:
        """The values in lower case, for comparisons with other fields."""
        return frozenset(text.lower() for text in self.texts(field))

    def with_parents(self, field: Field) -> frozenset[str]:
        """The values in lower case, and for each domain the domains above it, down to the top-level domain."""
        found = self._with_parents.get(field.name)
        if found is None:
            found = self._with_parents[field.name] = frozenset(_with_parents(self.words(field)))
        return found

    def is_listed(self, field: Field, name: str) -> bool:
        """Whether a value, or a domain above it, stands in the list."""
        listed = self._listed.get((field.name, name))
        if listed is None:
            entries = self.view.lists.named(name)
            listed = any(word in entries for word in self.with_parents(field))
            self._listed[field.name, name] = listed
        return listed


def _with_parents(words: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for word in words:
        rest = word
        while rest and rest not in found:
            found.add(rest)
            rest = rest.partition(".")[2]
    return found
