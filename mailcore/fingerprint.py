"""Recognises a message that a server delivers again after it was deferred.

A second delivery brings the same envelope and the same bytes, but for the trace headers that servers write anew at
each attempt. DKIM signatures are kept: they are part of what the sender sent.
"""

from __future__ import annotations

import hashlib

from mailcore.message import Envelope

# Written by servers on the way, at each attempt anew: RFC 5321 4.4 (Received, Return-Path), RFC 8601
# (Authentication-Results), RFC 7208 9.1 (Received-SPF), RFC 8617 (ARC), RFC 9228 (Delivered-To), and what large
# providers and Postfix use in the same way.
TRACE_HEADERS = frozenset(
    {
        b"received",
        b"x-received",
        b"return-path",
        b"delivered-to",
        b"x-original-to",
        b"authentication-results",
        b"received-spf",
        b"arc-seal",
        b"arc-message-signature",
        b"arc-authentication-results",
    }
)


class Fingerprint:
    """Takes a message as it arrives: headers in their order, then the body in chunks of any size. Holds no mail."""

    __slots__ = ("_body", "_headers")

    def __init__(self) -> None:
        self._headers = hashlib.sha256()
        self._body = hashlib.sha256()

    def header(self, name: bytes, value: bytes) -> None:
        """One header field; white space around the value does not count, since the doors differ in it."""
        known_as = name.strip().lower()
        if known_as not in TRACE_HEADERS:
            self._headers.update(_framed(known_as) + _framed(value.strip()))

    def body(self, chunk: bytes) -> None:
        """The next bytes of the body."""
        self._body.update(chunk)

    def digest(self, envelope: Envelope) -> str:
        """The fingerprint so far, as 64 hex digits. The order of recipients, and from where it came, do not matter."""
        whole = hashlib.sha256(self._headers.digest() + self._body.digest())
        for address in (envelope.sender, *sorted(set(envelope.recipients))):
            # Addresses may be any bytes that were read as text: lone surrogates included.
            whole.update(_framed(address.encode("utf-8", "surrogatepass")))
        return whole.hexdigest()


def _framed(data: bytes) -> bytes:
    """With its length in front, so that no two sequences of fields look alike."""
    return len(data).to_bytes(8, "big") + data
