"""What Safe Browsing answers (API version 5, JSON), and when it may be asked again after it did not."""

from __future__ import annotations

import binascii
import random
from base64 import b64decode
from collections.abc import Callable, Sequence
from urllib.parse import urlencode

import msgspec
from msgspec import Struct, field

FULL_HASH = 32  # bytes
MOST_PREFIXES = 1_000  # that may be asked for at once
OK = 200
# Lists of four bytes a hash: deceptive pages, malware, unwanted software, harmful apps.
LISTS = ("se-4b", "mw-4b", "uws-4b", "pha-4b")
_FIRST_PAUSE, _LONGEST_PAUSE = 900.0, 86_400.0  # seconds
_MOST_FAILURES = 20  # past which the pause does not grow
# What is not known here is to be disregarded, and so is what is for frames or for trials alone. Answers that are kept
# have the places of the words here: new ones stand at the end.
_THREATS = {
    "SOCIAL_ENGINEERING": "phishing",
    "MALWARE": "malware",
    "UNWANTED_SOFTWARE": "unwanted software",
    "POTENTIALLY_HARMFUL_APPLICATION": "harmful app",
}
WORDS = tuple(_THREATS.values())


class NotUnderstood(Exception):
    """The answer is not what the protocol says."""


class RiceNumbers(Struct, frozen=True, rename="camel"):
    """Numbers in Rice-Golomb code (`mailio.rice_coding`); `encoded_data` is base64."""

    first_value: int = 0
    rice_parameter: int = 0
    entries_count: int = 0
    encoded_data: str = ""


class HashList(Struct, frozen=True, rename="camel"):
    """What is new of one list; whole, or what changed since the version that was named."""

    name: str = ""
    version: str = ""
    partial_update: bool = False
    additions_four_bytes: RiceNumbers | None = None
    compressed_removals: RiceNumbers | None = None
    minimum_wait_duration: str = ""
    sha256_checksum: str = ""


class HashLists(Struct, frozen=True, rename="camel"):
    hash_lists: tuple[HashList, ...] = ()


class _Detail(Struct, frozen=True, rename="camel"):
    threat_type: str = ""
    attributes: tuple[str, ...] = ()


class _FullHash(Struct, frozen=True, rename="camel"):
    full_hash: str = ""
    full_hash_details: tuple[_Detail, ...] = ()


class _Found(Struct, frozen=True, rename="camel"):
    full_hashes: tuple[_FullHash, ...] = ()
    cache_duration: str = ""


class FoundHashes(Struct, frozen=True, kw_only=True):
    """Whole hashes with what is bad of them, and for how many seconds the answer stands."""

    threats: dict[bytes, str] = field(default_factory=dict)
    seconds: float = 0.0


def update_question(source: str, versions: dict[str, bytes]) -> str:
    """The address that gives what is new since these versions; no version asks for the whole list."""
    query: list[tuple[str, str]] = [("names", name) for name in LISTS]
    query += [("version", _text(version)) for version in versions.values() if version]
    return f"{source.rstrip('/')}/hashLists:batchGet?{urlencode([*query, ('alt', 'json')])}"


def search_question(source: str, prefixes: Sequence[bytes]) -> str:
    """The address that gives the whole hashes of these prefixes."""
    query = [("hashPrefixes", _text(prefix)) for prefix in prefixes]
    return f"{source.rstrip('/')}/hashes:search?{urlencode([*query, ('alt', 'json')])}"


def headers(key: str, user_agent: str) -> dict[str, str]:
    """The key stands in a field, so that it is in no address, and in no log of a proxy."""
    return {"X-Goog-Api-Key": key, "User-Agent": user_agent, "Accept-Encoding": "identity"}


def read_lists(body: bytes) -> tuple[HashList, ...]:
    """Raises NotUnderstood."""
    try:
        return msgspec.json.decode(body, type=HashLists).hash_lists
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotUnderstood(f"its answer cannot be read: {error}") from None


def read_found(body: bytes) -> FoundHashes:
    """Raises NotUnderstood."""
    try:
        found = msgspec.json.decode(body, type=_Found)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotUnderstood(f"its answer cannot be read: {error}") from None
    threats: dict[bytes, str] = {}
    for each in found.full_hashes:
        words = next(
            (
                _THREATS[detail.threat_type]
                for detail in each.full_hash_details
                if detail.threat_type in _THREATS and not detail.attributes
            ),
            "",
        )
        full = decoded(each.full_hash)
        if words and len(full) == FULL_HASH:
            threats[full] = words
    return FoundHashes(threats=threats, seconds=duration(found.cache_duration))


def duration(text: str) -> float:
    """Seconds of "300s" and "3.5s" (protobuf's Duration in JSON); 0 where there is none. Raises NotUnderstood."""
    number = text.removesuffix("s")
    if not text:
        return 0.0
    if not number.replace(".", "", 1).isdecimal() or not number.isascii() or len(number) > 20:
        raise NotUnderstood("its answer has a time that is none")
    return float(number)


def decoded(text: str) -> bytes:
    """Bytes of base64. Raises NotUnderstood."""
    try:
        return b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise NotUnderstood("its answer has base64 that is none") from None


def pause(failures: int, *, chance: Callable[[], float] = random.random) -> float:
    """Seconds in which nobody is asked, after so many failures in a row ("Request Frequency", back-off mode)."""
    doubled: float = 2 ** (min(failures, _MOST_FAILURES) - 1) * _FIRST_PAUSE
    return min(doubled * (chance() + 1.0), _LONGEST_PAUSE)


def _text(value: bytes) -> str:
    return binascii.b2a_base64(value, newline=False).decode("ascii")
