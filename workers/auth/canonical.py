"""Canonical forms of header fields and bodies (RFC 6376, 3.4), and digests of them; linear whatever is in the mail.

Line ends: mail comes from servers with CRLF, from files often with LF alone. Every LF counts as a line end, as for
`mailcore.header_fields`, and is hashed as CRLF, as the next server would send it on. A CR without LF is an ordinary
character: it is no white space, ends no line, and is hashed as it is.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterable, Sequence

from msgspec import Struct

from mailcore.header_fields import field_spans

MAX_FIELDS = 5_000  # more than twice what is read of a header
MAX_HEADER_BYTES = 524_288  # each signature may sign all of it, so it bounds the time of hashing

CRLF = b"\r\n"
LINE_ENDS_AND_SPACE = b" \t\r\n"


class Canonicalisation(enum.StrEnum):
    """How much change on the way a signature forgives."""

    SIMPLE = "simple"
    RELAXED = "relaxed"


class BodyForm(Struct, frozen=True):
    """What of the body is hashed, and how. `length` is l=, None for all of it."""

    canonicalisation: Canonicalisation
    hash: str
    length: int | None


class RawField(Struct, frozen=True):
    """A header field as it came: name in lower case, name and value with what stands between and its folds (CRLF)."""

    name: str
    written_name: bytes
    rest: bytes

    @property
    def value(self) -> bytes:
        """What stands behind the colon."""
        return self.rest.partition(b":")[2]

    def canonical(self, canonicalisation: Canonicalisation, *, value: bytes | None = None) -> bytes:
        """The field without a line end; `value` in place of its own."""
        if canonicalisation is Canonicalisation.RELAXED:
            return relaxed_field(self.name.encode("ascii"), self.value if value is None else value)
        if value is None:
            return self.written_name + self.rest
        return self.written_name + self.rest.partition(b":")[0] + b":" + value


class SignedMessage:
    """A message as signatures see it. Checks that share one share its digests too."""

    def __init__(self, raw: bytes) -> None:
        """`raw` is the message as received: byte for byte what came behind DATA."""
        spans, body = field_spans(raw, most=MAX_FIELDS)
        self.is_too_large = body > MAX_HEADER_BYTES or len(spans) == MAX_FIELDS
        header_has_lf = raw.count(b"\n", 0, body) != raw.count(CRLF, 0, body)
        self.fields: tuple[RawField, ...] = ()
        if not self.is_too_large:
            self.fields = tuple(
                RawField(
                    raw[start:colon].decode("ascii").lower(),
                    raw[start:colon],
                    _with_crlf(raw[colon:end]) if header_has_lf else raw[colon:end],
                )
                for start, colon, end in spans
            )
        self.positions: dict[str, list[int]] = {}
        for position, field in enumerate(self.fields):
            self.positions.setdefault(field.name, []).append(position)
        self._raw = raw
        self._body = body
        self._digests: dict[BodyForm, bytes] = {}
        self._sizes: dict[Canonicalisation, int] = {}
        self._canonical: dict[tuple[int, Canonicalisation], bytes] = {}

    def named(self, name: str) -> list[int]:
        """Where fields of that name (lower case) stand, the topmost first."""
        return self.positions.get(name, [])

    def canonical_field(self, position: int, canonicalisation: Canonicalisation) -> bytes:
        """One field in canonical form, without a line end; made once."""
        key = (position, canonicalisation)
        found = self._canonical.get(key)
        if found is None:
            found = self._canonical[key] = self.fields[position].canonical(canonicalisation)
        return found

    def selected(self, names: Iterable[str], *, apart_from: int) -> list[int]:
        """The fields that h= names: of each name the lowest first, then the one above it (RFC 6376, 5.4.2).

        Names without a field (any more) stand for nothing. `apart_from` is the signature itself.
        """
        left: dict[str, list[int]] = {}
        chosen: list[int] = []
        for name in names:
            remaining = left.get(name)
            if remaining is None:
                remaining = left[name] = [position for position in self.named(name) if position != apart_from]
            if remaining:
                chosen.append(remaining.pop())
        return chosen

    def digest_bodies(self, forms: Iterable[BodyForm]) -> None:
        """Hash the body once for each canonicalisation and algorithm, whatever the lengths are."""
        wanted: dict[tuple[Canonicalisation, str], set[int | None]] = {}
        for form in forms:
            if form not in self._digests:
                wanted.setdefault((form.canonicalisation, form.hash), set()).add(form.length)
        canonical: dict[Canonicalisation, bytes] = {}
        for (canonicalisation, algorithm), lengths in wanted.items():
            body = canonical.get(canonicalisation)
            if body is None:
                body = canonical[canonicalisation] = self._canonical_body(canonicalisation)
                self._sizes[canonicalisation] = len(body)
            for length, digest in _digests(body, algorithm, lengths):
                self._digests[BodyForm(canonicalisation, algorithm, length)] = digest

    def body_digest(self, form: BodyForm) -> bytes:
        """The digest of the body in that form."""
        if form not in self._digests:
            self.digest_bodies((form,))
        return self._digests[form]

    def body_size(self, form: BodyForm) -> int:
        """Bytes of the whole canonical body."""
        self.body_digest(form)
        return self._sizes[form.canonicalisation]

    def _canonical_body(self, canonicalisation: Canonicalisation) -> bytes:
        body = self._raw[self._body :]
        return relaxed_body(body) if canonicalisation is Canonicalisation.RELAXED else simple_body(body)


def relaxed_field(name: bytes, value: bytes) -> bytes:
    """A field on one line, its runs of white space one space each (RFC 6376, 3.4.2), without a line end."""
    return name + b":" + _collapsed(value.replace(CRLF, b"")).strip(b" ")


def simple_body(body: bytes) -> bytes:
    """Without the empty lines at its end; an empty body is one line end (RFC 6376, 3.4.3)."""
    return _without_last_empty_lines(_with_crlf(body)) or CRLF


def relaxed_body(body: bytes) -> bytes:
    """White space at line ends gone, other runs one space, no empty lines at the end (RFC 6376, 3.4.4).

    White space behind which there is no line end stays, as elsewhere; mail that came by SMTP has none.
    """
    return _without_last_empty_lines(_collapsed(_with_crlf(body)).replace(b" \r\n", CRLF))


def _collapsed(text: bytes) -> bytes:
    """Each run of spaces and tabs as one space.

    Halving runs beats a regular expression: a run of n spaces takes log n rounds, and ordinary text one or two.
    """
    if b"\t" in text:
        text = text.replace(b"\t", b" ")
    while b"  " in text:
        text = text.replace(b"  ", b" ")
    return text


def _with_crlf(text: bytes) -> bytes:
    if text.count(b"\n") == text.count(CRLF):
        return text
    return text.replace(CRLF, b"\n").replace(b"\n", CRLF)


def _without_last_empty_lines(body: bytes) -> bytes:
    """The body up to its last line that is not empty, with a line end; empty where all lines are."""
    end = len(body.rstrip(CRLF))
    if not body.endswith(b"\n"):
        return body + CRLF if body else b""
    # A CR alone is no line end: of what follows the text, only whole CRLFs are empty lines.
    alone = body.rfind(b"\r\r", end)
    if alone >= 0:
        end = alone + 1
    return body[:end] + CRLF if end else b""


def _digests(body: bytes, algorithm: str, lengths: set[int | None]) -> list[tuple[int | None, bytes]]:
    """The digest of the body up to each length, in one pass; a length past the end is the whole body."""
    view = memoryview(body)
    running = new_hash(algorithm)
    done = 0
    found: list[tuple[int | None, bytes]] = []
    for length in sorted(length for length in lengths if length is not None):
        end = min(length, len(body))
        running.update(view[done:end])
        done = max(done, end)
        found.append((length, running.digest()))
    if None in lengths:
        running.update(view[done:])
        found.append((None, running.digest()))
    return found


def new_hash(algorithm: str) -> hashlib._Hash:
    """An empty digest: "sha256", or "sha1" where signatures of the past are looked at."""
    return hashlib.sha256() if algorithm == "sha256" else hashlib.sha1(usedforsecurity=False)


def signed_names(h: bytes) -> tuple[str, ...]:
    """The names in h=, in lower case and order; empty ones stand for nothing and are left out."""
    names = (name.strip(LINE_ENDS_AND_SPACE) for name in h.split(b":"))
    return tuple(name.decode("latin-1").lower() for name in names if name)


def digest_of(algorithm: str, pieces: Sequence[bytes]) -> bytes:
    """The digest of pieces with CRLF between them."""
    running = new_hash(algorithm)
    running.update(CRLF.join(pieces))
    return running.digest()
