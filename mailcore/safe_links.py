"""Safe links: addresses of our own click service that carry their target, signed, so that it never leads anywhere else.

`BASE_URL/HOST/TOKEN`, where HOST is the target's, for people who look where a link leads, and TOKEN is
`1.FACTS.TARGET.MAC.KEY`: version, facts and target in base64url (RFC 4648, 5), HMAC-SHA-256 cut to 128 bits (RFC 2104,
5), and the id of the key. The id comes last because it ends in a letter or digit: programs that make links of text
take a `_` at the end for punctuation. The facts are flags, times and a reference to the message; nothing is about
people, so the same message to other recipients has the same links.
"""

from __future__ import annotations

import base64
import enum
import hashlib
import hmac
import re
import struct
from collections.abc import Iterable

import can_ada
from msgspec import Struct

# Outlook cuts addresses at 2,083 characters; what would become longer stays as it is.
MOST_CHARACTERS = 2_048
MOST_REFERENCE_CHARACTERS = 40
# A key shorter than the hash would be its weakest part (RFC 2104, section 3).
SHORTEST_KEY = 32
LONGEST_DAYS = 3_650

_VERSION = "1"
_MAC_BYTES = 16
_SECONDS_A_DAY = 86_400
_NO_LABEL = "link"  # in place of a host that cannot stand in a path
_facts_form = struct.Struct(">BIH")  # flags, issued (seconds since the epoch), lifetime (days); then the reference
_token = re.compile(r"1\.([\w-]{10,80})\.([\w-]{10,4000})\.([\w-]{22})\.([0-9a-f]{8})", re.ASCII)
_label = re.compile(r"[a-z0-9_](?:[a-z0-9_-]|\.(?!\.)){0,251}[a-z0-9_]|[a-z0-9]")
# Backslashes too: browsers take them for slashes. Control characters have no place in an answer of HTTP.
_web_address = re.compile(r"https?:[/\\]{2}[^\x00-\x1f\x7f]*", re.IGNORECASE)
_reference = re.compile(rf"[\w.-]{{0,{MOST_REFERENCE_CHARACTERS}}}", re.ASCII)


class Flag(enum.IntFlag):
    """What the click service may want to know of the link, besides its target."""

    NONE = 0
    FORM = 1  # the action of a form: what somebody has filled in comes along
    TAGGED = 2  # the message was delivered with a warning
    BARE = 4  # stood in HTML with bare ampersands: so that it can be put back as it was


class Refusal(enum.StrEnum):
    """Why a safe link leads nowhere."""

    MALFORMED = "malformed"  # no safe link at all, or cut off
    UNKNOWN_KEY = "unknown key"  # signed by a key that is no longer, or not yet, here
    FORGED = "forged"
    EXPIRED = "expired"


class Key(Struct, frozen=True):
    """A secret that signs. `id` is a fingerprint of it (8 hexadecimal digits)."""

    id: str
    secret: bytes

    def __repr__(self) -> str:
        """Without the secret: keys may come into log lines."""
        return f"Key({self.id})"


class Keys(Struct, frozen=True):
    """Keys by age, the newest last: that one signs, all are accepted."""

    keys: tuple[Key, ...]

    @property
    def signing(self) -> Key:
        return self.keys[-1]

    def find(self, key_id: str) -> Key | None:
        return next((key for key in self.keys if key.id == key_id), None)


class SafeLink(Struct, frozen=True, kw_only=True):
    """What a safe link says. Times are in seconds since the epoch."""

    target: str
    reference: str
    issued_at: int
    expires_at: int
    flags: Flag = Flag.NONE


class Reading(Struct, frozen=True, kw_only=True):
    """`link` is there when the signature is ours, also where it has expired; `refusal` is None when it may be used."""

    link: SafeLink | None = None
    refusal: Refusal | None = None


def make_key(secret: bytes) -> Key:
    """Raises ValueError for a secret of less than 32 bytes."""
    if len(secret) < SHORTEST_KEY:
        raise ValueError(f"needs at least {SHORTEST_KEY} bytes")
    return Key(hashlib.sha256(b"mailchord safe link key\0" + secret).hexdigest()[:8], secret)


def make_keys(secrets: Iterable[bytes]) -> Keys:
    """Keys of these secrets, the newest last. Raises ValueError without any, and for short ones."""
    keys = tuple(map(make_key, secrets))
    if not keys:
        raise ValueError("needs at least one key")
    return Keys(keys)


def make(
    target: str,
    *,
    base_url: str,
    key: Key,
    reference: str,
    issued_at: float,
    days: int,
    flags: Flag = Flag.NONE,
) -> str | None:
    """The safe link to that http or https URL, which is kept as written: send people to `can_ada.parse(target).href`.

    None for what has no place in one: other schemes, hosts that browsers refuse, too long ones. `reference` is the id
    of the message. Raises ValueError for a reference or lifetime that no token can hold.
    """
    if not 1 <= days <= LONGEST_DAYS or not _reference.fullmatch(reference):
        raise ValueError("days or reference of a safe link out of bounds")
    label = host_label(target)
    if label is None:
        return None
    facts = _facts_form.pack(flags, int(issued_at), days) + reference.encode("ascii")
    try:
        signed = f"{_VERSION}.{_encode(facts)}.{_encode(target.encode('utf-8'))}"
    except UnicodeEncodeError:  # lone surrogates are no text
        return None
    link = f"{base_url.rstrip('/')}/{label}/{signed}.{_mac(key, signed)}.{key.id}"
    return link if len(link) <= MOST_CHARACTERS else None


def read(label: str, token: str, keys: Keys, *, now: float) -> Reading:
    """What the two last parts of a safe link's path say. Never raises; takes the same time for every forgery."""
    found = _token.fullmatch(token) if len(token) <= MOST_CHARACTERS else None
    if found is None:
        return Reading(refusal=Refusal.MALFORMED)
    key = keys.find(found[4])
    if key is None:
        return Reading(refusal=Refusal.UNKNOWN_KEY)
    # As text: base64 has several forms of the same bytes, and one safe link has one form.
    if not hmac.compare_digest(found[3], _mac(key, f"{_VERSION}.{found[1]}.{found[2]}")):
        return Reading(refusal=Refusal.FORGED)
    link = _decoded(found[1], found[2])
    if link is None:
        return Reading(refusal=Refusal.MALFORMED)
    if label != host_label(link.target):
        # The host is there to be read: another one in front of an honest token would deceive.
        return Reading(refusal=Refusal.FORGED)
    return Reading(link=link, refusal=Refusal.EXPIRED if now >= link.expires_at else None)


def split(url: str, base_url: str) -> tuple[str, str] | None:
    """Host and token of a URL of that click service, unchecked; None for all other URLs.

    Found as browsers read the URL, so in whatever way the host is written; query and fragment do not count.
    """
    url = url.strip()
    if len(url) > 2 * MOST_CHARACTERS or not _web_address.fullmatch(url):
        return None
    try:
        read_url, base = can_ada.parse(url), can_ada.parse(base_url.rstrip("/") + "/")
    except ValueError:
        return None
    path = read_url.pathname
    if (read_url.host, read_url.protocol) != (base.host, base.protocol) or not path.startswith(base.pathname):
        return None
    label, slash, token = path[len(base.pathname) :].partition("/")
    return (label, token) if slash and token.startswith(f"{_VERSION}.") else None


def read_url(url: str, base_url: str, keys: Keys, *, now: float) -> Reading:
    """What `read` says of a whole URL."""
    found = split(url, base_url)
    return read(*found, keys, now=now) if found is not None else Reading(refusal=Refusal.MALFORMED)


def target_without_key(url: str) -> str:
    """The target that a safe link of anybody's click service names, unchecked; "" for other URLs.

    For showing only: without the key nobody knows whether the click service would lead there.
    """
    path = url.partition("#")[0].partition("?")[0]
    found = _token.fullmatch(path.rpartition("/")[2]) if len(path) <= 2 * MOST_CHARACTERS else None
    link = _decoded(found[1], found[2]) if found is not None else None
    return link.target if link is not None else ""


def pattern(base_url: str) -> re.Pattern[str]:
    """Finds what looks like a safe link of that click service in text and HTML; linear."""
    return re.compile(rf"{re.escape(base_url.rstrip('/'))}/[a-z0-9_.-]{{1,253}}/{_token.pattern}", re.ASCII)


def host_of(target: str) -> str | None:
    """The host of an absolute http or https URL, as browsers read it; None for all other URLs."""
    if not _web_address.fullmatch(target):
        return None
    try:
        host: str = can_ada.parse(target).hostname.rstrip(".").lower()
    except (ValueError, TypeError):  # TypeError: lone surrogates
        return None
    return host or None


def host_label(target: str) -> str | None:
    """The host of an http or https URL as it stands in the path of a safe link; None for all other URLs."""
    host = host_of(target)
    if host is None:
        return None
    return host if _label.fullmatch(host) else _NO_LABEL


def _decoded(facts: str, target: str) -> SafeLink | None:
    try:
        packed = _decode(facts)
        flags, issued_at, days = _facts_form.unpack_from(packed)
        reference = packed[_facts_form.size :].decode("ascii")
        url = _decode(target).decode("utf-8")
    except (ValueError, struct.error):
        return None
    if host_label(url) is None:
        return None
    return SafeLink(
        target=url,
        reference=reference,
        issued_at=issued_at,
        expires_at=issued_at + days * _SECONDS_A_DAY,
        flags=Flag(flags),
    )


def _mac(key: Key, signed: str) -> str:
    mac = hmac.digest(key.secret, b"mailchord safe link\0" + signed.encode("ascii"), "sha256")
    return _encode(mac[:_MAC_BYTES])


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    """Raises ValueError for what is not base64url."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
