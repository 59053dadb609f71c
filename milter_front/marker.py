"""The marker of mail that we released or wrote ourselves: an HMAC over its content, recipients and expiry.

A marker says "this very message was let through for these recipients". It is checked before a message is
judged and removed before it is delivered, so nobody outside ever sees one. It covers the header fields
that decide what a reader sees, the body and the envelope recipients, so that it is worth nothing on another
message. What transport may change does not matter: line ends, folds, blank lines at the end, added trace fields.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable

MARKER_HEADER = "X-Mailchord-Released"
# A key shorter than the hash would be its weakest part (RFC 2104, section 3).
SHORTEST_KEY = 32

# The fields that decide who seems to write what to the reader, and how the body is read.
COVERED_FIELDS = frozenset(
    (
        b"from",
        b"date",
        b"message-id",
        b"subject",
        b"mime-version",
        b"content-type",
        b"content-transfer-encoding",
    )
)

_form = re.compile(r"v1; t=([0-9]{1,12}); h=([0-9a-f]{64})")


class ContentDigest:
    """SHA-256 of what a marker covers, taken in while the message streams by; keeps no content.

    Header fields count with their white space collapsed, in the order of the message. The body counts line by
    line without CR, so that CR LF and LF are the same, and without empty lines at its end (as in RFC 6376, 3.4.3).
    """

    __slots__ = ("_body", "_fields", "_line_ends")

    def __init__(self) -> None:
        self._fields = hashlib.sha256()
        self._body = hashlib.sha256()
        self._line_ends = 0

    def header(self, name: bytes, value: bytes) -> None:
        lower = name.lower()
        if lower in COVERED_FIELDS:
            self._fields.update(lower + b":" + b" ".join(value.split()) + b"\n")

    def body(self, chunk: bytes) -> None:
        data = chunk.replace(b"\r", b"")
        content = data.rstrip(b"\n")
        if not content:
            self._line_ends += len(data)
            return
        self._body.update(b"\n" * self._line_ends)
        self._body.update(content)
        self._line_ends = len(data) - len(content)

    def digest(self) -> bytes:
        return hashlib.sha256(self._fields.digest() + self._body.digest()).digest()


def digest_of(raw: bytes) -> bytes:
    """The digest of a whole message, for whoever sends it out with a marker."""
    digest = ContentDigest()
    head, body = _split(raw.replace(b"\r\n", b"\n"))
    for name, value in _fields(head):
        digest.header(name, value)
    digest.body(body)
    return digest.digest()


def make_marker(key: bytes, digest: bytes, *, recipients: Iterable[str], expires_at: float) -> str:
    """The value of the marker field for one SMTP transaction with exactly these recipients.

    `expires_at` is in seconds since the epoch. Send to one recipient a transaction: a transaction
    in which the MTA refuses one of several recipients has other recipients than the marker.
    """
    expiry = int(expires_at)
    return f"v1; t={expiry}; h={_mac(key, digest, recipients, expiry).hex()}"


def is_valid(value: str, key: bytes, digest: bytes, *, recipients: Iterable[str], now: float) -> bool:
    """Whether we made this marker for this content and these recipients, and it has not expired."""
    found = _form.fullmatch(" ".join(value.split()))
    if found is None or len(key) < SHORTEST_KEY:
        return False
    expiry = int(found[1])
    genuine = hmac.compare_digest(bytes.fromhex(found[2]), _mac(key, digest, recipients, expiry))
    return genuine and now < expiry


def _mac(key: bytes, digest: bytes, recipients: Iterable[str], expiry: int) -> bytes:
    # NUL cannot stand in an address on the wire, so two lists of recipients never make the same bytes.
    to = b"\0".join(sorted(address.lower().encode("utf-8", "surrogateescape") for address in recipients))
    return hmac.digest(key, b"mailchord released v1\0%d\0%b%b" % (expiry, digest, to), "sha256")


def _split(raw: bytes) -> tuple[bytes, bytes]:
    if raw.startswith(b"\n"):
        return b"", raw[1:]
    head, _, body = raw.partition(b"\n\n")
    return head, body


def _fields(head: bytes) -> Iterable[tuple[bytes, bytes]]:
    unfolded = re.sub(rb"\n[ \t]", b" ", head)
    for line in unfolded.split(b"\n"):
        name, colon, value = line.partition(b":")
        if colon:
            yield name.rstrip(), value
