"""A message split into its parts, on the bytes: offsets are kept, nothing large is copied, nothing recurses.

One pass looks for lines that begin with "--"; a stack holds the multiparts that are open. A delimiter of an outer
multipart ends everything inside it (RFC 2046, 5.1.2). See docs/adr/0003-mime-splitting.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from mailcore.defects import Defect
from mailcore.header_fields import TOTAL_BYTES, main_value, parameter_text, parameters, read_fields
from mailcore.message import Header
from mailcore.settings import ParseLimits
from mailcore.transfer_encoding import ENCODED

_MESSAGES = frozenset({"message/rfc822", "message/global", "message/news"})
_LONGEST_BOUNDARY = 65_536  # RFC 2046 allows 70; mail programs take what the header holds
_MISSES = 1_000_000  # lines with "--" that are no delimiter: half a second; a 50 MB SQL dump has fewer
_FILENAME_CHARACTERS = 1_024


class Piece:
    """A part while the message is being split. `id` and `parent` are as in `mailcore.message.Part`."""

    __slots__ = (
        "boundary",
        "charset",
        "children",
        "content_id",
        "content_type",
        "defects",
        "disposition",
        "end",
        "filename",
        "headers",
        "id",
        "is_closed",
        "is_container",
        "parent",
        "prefix",
        "start",
        "transfer_encoding",
    )

    def __init__(self, headers: tuple[Header, ...], start: int) -> None:
        self.headers = headers
        self.start = start
        self.end = start
        self.id = ""
        self.parent: Piece | None = None
        self.prefix = ""
        self.content_type = "text/plain"
        self.charset = ""
        self.transfer_encoding = ""
        self.disposition = ""
        self.filename = ""
        self.content_id = ""
        self.boundary: bytes | None = None
        self.is_container = False
        self.is_closed = False
        self.children = 0
        self.defects: list[str] = []


class _Delimiter(NamedTuple):
    boundary: bytes
    closes: bool
    at: int  # of the line feed before it
    behind: int  # where the next line begins


def split(raw: bytes, limits: ParseLimits) -> list[Piece]:
    """Every part of the message in order, the root first. Never raises; linear in the message."""
    splitter = _Splitter(raw, limits)
    splitter.run()
    return splitter.pieces


class _Splitter:
    """The state of splitting one message: the open parts from the root inwards, and their boundaries."""

    def __init__(self, raw: bytes, limits: ParseLimits) -> None:
        self.raw = raw
        self.limits = limits
        self.pieces: list[Piece] = []
        self.open: list[Piece] = []
        self.levels: dict[bytes, int] = {}  # boundary to its level in `open`; the outer one counts
        self.fields_left = limits.header_count
        self.bytes_left = TOTAL_BYTES
        self.misses = 0

    def run(self) -> None:
        position = self.begin_part(0)
        while self.levels:
            found = self.next_delimiter(position)
            if found is None:
                break
            position = found.behind - 1
            level = self.levels[found.boundary]
            self.end_parts(level + 1, found.at)
            parent = self.open[level]
            if found.closes:
                parent.is_closed = True
                continue
            if parent.is_closed and Defect.PARTS_AFTER_END not in parent.defects:
                parent.defects.append(Defect.PARTS_AFTER_END)
            if len(self.pieces) >= self.limits.parts:
                self.pieces[0].defects.append(Defect.TOO_MANY_PARTS)
                break
            position = self.begin_part(found.behind)
        self.end_parts(0, len(self.raw))

    def begin_part(self, position: int) -> int:
        """Read the header at `position` (and of messages inside messages); returns where to look for delimiters."""
        while True:
            piece = self.read_header(position)
            depth = len(self.open)
            self.place(piece)
            self.pieces.append(piece)
            self.open.append(piece)
            position = piece.start
            if piece.boundary is not None:
                if piece.boundary not in self.levels:
                    self.levels[piece.boundary] = depth
            elif piece.is_container:
                if len(self.pieces) < self.limits.parts:
                    continue
                self.pieces[0].defects.append(Defect.TOO_MANY_PARTS)
            # The line feed that ends the header may also be the one before a delimiter.
            return max(0, position - 1)

    def read_header(self, position: int) -> Piece:
        is_root = not self.pieces
        fields = read_fields(
            self.raw,
            position,
            limits=self.limits,
            room=(self.fields_left, self.bytes_left),
            is_delimiter=self.is_delimiter if self.levels else None,
        )
        self.bytes_left -= fields.size
        if not is_root:
            self.fields_left = max(0, self.fields_left - len(fields.headers))
        piece = Piece(tuple(fields.headers), fields.body)
        piece.defects = [word for word in dict.fromkeys(fields.defects) if word != Defect.NO_HEADERS]
        if is_root and not fields.headers and self.raw:  # a part without a header is well formed
            piece.defects.append(Defect.NO_HEADERS)
        parent = self.open[-1] if self.open else None
        is_digest = parent is not None and parent.content_type == "multipart/digest"
        describe(piece, fields.content, default="message/rfc822" if is_digest else "text/plain")
        self.decide_container(piece)
        return piece

    def decide_container(self, piece: Piece) -> None:
        """Whether the part is opened. What should be and cannot be is read as one part, with a defect."""
        is_multipart = piece.content_type.startswith("multipart/")
        if not is_multipart and piece.content_type not in _MESSAGES:
            return
        if len(self.open) >= self.limits.depth:
            piece.defects.append(Defect.TOO_DEEP)
            piece.boundary = None
            return
        if piece.transfer_encoding in ENCODED:
            piece.defects.append(Defect.ENCODED_CONTAINER)
            if not is_multipart:  # its header is encoded too; a multipart's delimiters may yet stand in the open
                return
        if is_multipart and piece.boundary is None:
            piece.defects.append(Defect.NO_BOUNDARY)
            return
        if piece.boundary == b"":
            piece.defects.append(Defect.EMPTY_BOUNDARY)
        piece.is_container = True

    def place(self, piece: Piece) -> None:
        """Give the part its IMAP section number (RFC 3501, 6.4.5), made unique: a multipart that is the body of the
        message "2" is "2.TEXT", its parts are "2.1", "2.2"."""
        if not self.open:
            piece.id = "" if piece.boundary is not None else "1"
        else:
            parent = piece.parent = self.open[-1]
            parent.children += 1
            if parent.boundary is None and piece.boundary is not None:
                piece.id = parent.prefix + "TEXT"
                piece.prefix = parent.prefix
                return
            piece.id = f"{parent.prefix}{parent.children}"
        piece.prefix = piece.id + "." if piece.id else ""

    def end_parts(self, level: int, at: int) -> None:
        """Close the open parts from `level` inwards; their bodies end before the line break at `at`."""
        if at > 0 and at < len(self.raw) and self.raw[at - 1] == 0x0D:
            at -= 1
        while len(self.open) > level:
            piece = self.open.pop()
            piece.end = max(piece.start, at)
            if piece.boundary is None or not piece.is_container:
                continue
            if self.levels.get(piece.boundary) == len(self.open):
                del self.levels[piece.boundary]
            if not piece.children:
                piece.defects.append(Defect.BOUNDARY_NOT_FOUND)
                piece.is_container = False
                piece.id = piece.id or "1"
            elif not piece.is_closed:
                piece.defects.append(Defect.NO_CLOSING_BOUNDARY)

    def next_delimiter(self, position: int) -> _Delimiter | None:
        """The next delimiter line of an open multipart, from the line feed before it."""
        raw = self.raw
        while self.misses < _MISSES:
            at = raw.find(b"\n--", position)
            if at < 0:
                return None
            end = raw.find(b"\n", at + 3)
            end = len(raw) if end < 0 else end
            boundary, closes = self.match_line(at + 3, end)
            if boundary is not None:
                return _Delimiter(boundary, closes, at, min(end + 1, len(raw)))
            self.misses += 1
            position = end
        self.pieces[0].defects.append(Defect.BOUNDARY_FLOOD)
        return None

    def match_line(self, start: int, end: int) -> tuple[bytes | None, bool]:
        """The boundary that the rest of a line names, and whether it closes the multipart."""
        if end - start > _LONGEST_BOUNDARY + 100:
            return None, False
        line = self.raw[start:end].rstrip(b" \t\r")
        if line in self.levels:
            return line, False
        if line.endswith(b"--") and line[:-2] in self.levels:
            return line[:-2], True
        return None, False

    def is_delimiter(self, position: int) -> bool:
        """Whether the line at `position`, which begins with "--", is a delimiter."""
        end = self.raw.find(b"\n", position)
        return self.match_line(position + 2, len(self.raw) if end < 0 else end)[0] is not None


def describe(piece: Piece, content: Mapping[str, str], *, default: str) -> None:
    """Fill in what the Content-* fields say."""
    piece.content_type = default
    name = ""
    declared = content.get("content-type")
    if declared is not None:
        kind = main_value(declared)
        if kind.count("/") == 1 and not kind.startswith("/") and not kind.endswith("/"):
            piece.content_type = kind
        else:
            piece.content_type = "text/plain"
            piece.defects.append(Defect.BAD_CONTENT_TYPE)
        if ";" in declared:
            found, twice = parameters(declared)
            if twice:
                piece.defects.append(Defect.DUPLICATE_PARAMETER)
            piece.charset = found.get("charset", "").strip().lower()[:100]
            name = found.get("name", "")
            if piece.content_type.startswith("multipart/"):
                piece.boundary = _boundary(found)
    disposition = content.get("content-disposition", "")
    if disposition:
        piece.disposition = main_value(disposition)[:100]
        if ";" in disposition:
            found, twice = parameters(disposition)
            if twice and Defect.DUPLICATE_PARAMETER not in piece.defects:
                piece.defects.append(Defect.DUPLICATE_PARAMETER)
            name = found.get("filename") or found.get("name") or name
    piece.filename = parameter_text(name).strip()[:_FILENAME_CHARACTERS]
    piece.transfer_encoding = main_value(content.get("content-transfer-encoding", ""))[:100]
    piece.content_id = parameter_text(content.get("content-id", "").strip())[:_FILENAME_CHARACTERS]


def _boundary(found: Mapping[str, str]) -> bytes | None:
    value = found.get("boundary")
    if value is None or len(value) > _LONGEST_BOUNDARY:
        return None
    return value.rstrip().encode("latin-1", "replace")
