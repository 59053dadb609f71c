"""What the front itself must know of a message that streams by: fields that it will change, loops, the marker."""

from __future__ import annotations

import re

from mailcore.authentication_results import authserv_id
from milter_front.marker import COVERED_FIELDS, MARKER_HEADER, ContentDigest

SPAM_FLAG = "X-Spam-Flag"
OWN_PREFIX = "x-mailchord-"
RESULTS_HEADER = "Authentication-Results"
LOOP_HEADER = "X-Mailchord-Loop"
# Postfix's own hopcount_limit is 50.
MOST_HOPS = 50
# A mailing list, an alias and a forward bring a message past the same front a few times; ten times is a circle.
MOST_PASSES = 10
# Each removal is a command to the MTA. Nobody sends so many of our fields in good faith.
MOST_FORGED = 1_000

_watched = frozenset(name.decode("ascii") for name in COVERED_FIELDS) | {"subject", "content-type", "received"}
_charset = re.compile(rb"""charset\s*=\s*["']?([A-Za-z0-9._-]{1,40})""", re.I)
# Types whose signature or encryption may cover the header fields (RFC 8551, RFC 3156).
_protected_types = (
    b"multipart/signed",
    b"multipart/encrypted",
    b"application/pkcs7-mime",
    b"application/x-pkcs7-mime",
)


class Seen:
    """Gathered from the header fields in order. Of the body only the digest is taken, and only under a marker."""

    __slots__ = (
        "_content",
        "_own_name",
        "_results",
        "charset",
        "claimed_results",
        "forged",
        "hops",
        "is_protected",
        "marker",
        "passes",
        "subject",
    )

    def __init__(self, *, own_name: str) -> None:
        self._results = 0
        # Which of the fields Authentication-Results say that we have written them; counted from 1, as milters do.
        self.claimed_results: list[int] = []
        self._own_name = own_name.encode("ascii", "replace").lower()
        self._content = ContentDigest()
        self.forged: dict[str, int] = {}
        self.subject: bytes | None = None
        self.charset = ""
        self.is_protected = False
        self.hops = 0
        self.passes = 0
        self.marker: str | None = None

    def header(self, name: str, value: bytes) -> None:
        lower = name.lower()
        if lower.startswith(OWN_PREFIX) or lower == SPAM_FLAG.lower():
            self._own_field(lower, value)
            return
        if lower == RESULTS_HEADER.lower():
            self._results += 1
            if self._may_be_ours(value):
                self.claimed_results.append(self._results)
            return
        if lower not in _watched:
            return
        self._content.header(lower.encode("ascii"), value)
        if lower == "received":
            self.hops += 1
        elif lower == "subject":
            # Mail programs show the first Subject, and it is the one that is tagged.
            if self.subject is None:
                self.subject = value
        elif lower == "content-type":
            self._content_type(value)

    def body(self, chunk: bytes) -> None:
        if self.marker is not None:
            self._content.body(chunk)

    def digest(self) -> bytes:
        """What the marker must cover. Meaningful only when there is a marker."""
        return self._content.digest()

    @property
    def is_looping(self) -> bool:
        return self.hops > MOST_HOPS or self.passes > MOST_PASSES

    def _may_be_ours(self, results: bytes) -> bool:
        """Whether somebody behind us may take that field for ours.

        So it is too where no name can be read: behind 16,000 blanks or comments inside of comments others may read one.
        No server encodes its name (RFC 2047), but programs that decode fields before they read them would see it.
        """
        written_by = authserv_id(results.decode("latin-1")).encode("latin-1", "replace").rstrip(b".")
        return written_by in (b"", self._own_name) or written_by.startswith(b"=?")

    def _own_field(self, lower: str, value: bytes) -> None:
        if lower == LOOP_HEADER.lower():
            # This one stays on the message, or a loop could not be counted. Forging it only hurts the forger.
            self.passes += value.strip().lower() == self._own_name
            return
        self.forged[lower] = self.forged.get(lower, 0) + 1
        if lower == MARKER_HEADER.lower() and self.marker is None:
            self.marker = value.decode("latin-1")

    def _content_type(self, value: bytes) -> None:
        self.is_protected = self.is_protected or value.strip().lower().startswith(_protected_types)
        found = _charset.search(value)
        if found and not self.charset:
            self.charset = found[1].decode("ascii")
