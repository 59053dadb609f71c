"""SPF records read: which of a domain's TXT records is one, and what its terms say (RFC 7208, sections 4.5 to 6)."""

from __future__ import annotations

import enum
import functools
import ipaddress
import re
from collections.abc import Iterable

from msgspec import Struct

from mailcore.authentication import AuthResult
from workers.auth.spf_macro import EXPLANATION_LETTERS, MacroError, MacroText, read_domain, read_macros

RECORD_CHARACTERS = 16_384  # 800 networks; each term must be read before the first one counts
_CACHED_CHARACTERS = 2_048

_VERSION = "v=spf1"
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9\-_.]*)=(.*)", re.ASCII)
_MECHANISM = re.compile(r"([-+?~]?)([A-Za-z][A-Za-z0-9]*)(.*)", re.ASCII)
_PREFIXES = re.compile(r"(.*?)(?:/(0|[1-9][0-9]{0,2}))?(?://(0|[1-9][0-9]{0,2}))?", re.ASCII)
_NETWORK = re.compile(r":([0-9A-Fa-f.:]+)(?:/(0|[1-9][0-9]{0,2}))?", re.ASCII)
_BITS4, _BITS6 = 32, 128

_QUALIFIERS = {
    "": AuthResult.PASS,
    "+": AuthResult.PASS,
    "-": AuthResult.FAIL,
    "~": AuthResult.SOFTFAIL,
    "?": AuthResult.NEUTRAL,
}


class Kind(enum.StrEnum):
    """Mechanisms."""

    ALL = "all"
    INCLUDE = "include"
    A = "a"
    MX = "mx"
    PTR = "ptr"
    IP4 = "ip4"
    IP6 = "ip6"
    EXISTS = "exists"


_NEEDS_NO_DNS = frozenset({Kind.ALL, Kind.IP4, Kind.IP6})
_KINDS = {kind.value: kind for kind in Kind}


class Mechanism(Struct, frozen=True, kw_only=True):
    """One mechanism: `result` holds when it matches.

    `target` is None for the domain that the record is of. Of an address only the bits before `prefix4` or `prefix6`
    count; `network` is the address of ip4 or ip6 moved right to those bits.
    """

    text: str
    kind: Kind
    result: AuthResult
    target: MacroText | None = None
    prefix4: int = _BITS4
    prefix6: int = _BITS6
    network: int = 0

    @property
    def asks(self) -> bool:
        """Whether it takes a lookup."""
        return self.kind not in _NEEDS_NO_DNS


class SpfRecord(Struct, frozen=True, kw_only=True):
    """What a record says."""

    mechanisms: tuple[Mechanism, ...]
    redirect: MacroText | None = None
    explanation: MacroText | None = None


class MalformedTerm(Struct, frozen=True):
    """What is no term."""

    text: str


class _Malformed(Exception):
    """The term is none."""


def select_records(records: Iterable[str]) -> tuple[str, ...]:
    """Those that are SPF records; there should be at most one."""
    return tuple(
        record for record in records if record[:6].lower() == _VERSION and (len(record) == 6 or record[6] == " ")
    )


def read_record(text: str) -> SpfRecord | MalformedTerm:
    """The record, or the first of its terms that is none. Never raises."""
    return _read_cached(text) if len(text) <= _CACHED_CHARACTERS else _read(text)


def _read(text: str) -> SpfRecord | MalformedTerm:
    mechanisms: list[Mechanism] = []
    modifiers: dict[str, MacroText] = {}
    for term in text[len(_VERSION) :].split(" "):
        if not term:
            continue
        try:
            if not term.isascii() or not term.isprintable():
                raise _Malformed
            modifier = _MODIFIER.fullmatch(term)
            if modifier:
                _read_modifier(modifier[1].lower(), modifier[2], modifiers)
            else:
                mechanisms.append(_read_mechanism(term))
        except (_Malformed, MacroError, ValueError):
            return MalformedTerm(term)
    return SpfRecord(mechanisms=tuple(mechanisms), redirect=modifiers.get("redirect"), explanation=modifiers.get("exp"))


_read_cached = functools.lru_cache(maxsize=2_048)(_read)


def _read_modifier(name: str, value: str, modifiers: dict[str, MacroText]) -> None:
    if name not in ("redirect", "exp"):
        read_macros(value, EXPLANATION_LETTERS)  # it means nothing, and must be well formed
    elif name in modifiers:
        raise _Malformed
    else:
        modifiers[name] = read_domain(value)


def _read_mechanism(term: str) -> Mechanism:
    found = _MECHANISM.fullmatch(term)
    kind = _KINDS.get(found[2].lower()) if found else None
    if found is None or kind is None:
        raise _Malformed
    result, rest = _QUALIFIERS[found[1]], found[3]
    match kind:
        case Kind.ALL:
            if rest:
                raise _Malformed
            return Mechanism(text=term, kind=kind, result=result)
        case Kind.IP4 | Kind.IP6:
            return _read_network(term, kind, result, rest)
        case Kind.A | Kind.MX:
            prefixes = _PREFIXES.fullmatch(rest)
            if prefixes is None:
                raise _Malformed
            target, prefix4, prefix6 = prefixes.groups()
            return Mechanism(
                text=term,
                kind=kind,
                result=result,
                target=_read_target(target),
                prefix4=_prefix(prefix4, _BITS4),
                prefix6=_prefix(prefix6, _BITS6),
            )
        case _:
            target = _read_target(rest)
            if target is None and kind is not Kind.PTR:
                raise _Malformed
            return Mechanism(text=term, kind=kind, result=result, target=target)


def _read_target(text: str) -> MacroText | None:
    if not text:
        return None
    if text[0] != ":":
        raise _Malformed
    return read_domain(text[1:])


def _read_network(term: str, kind: Kind, result: AuthResult, rest: str) -> Mechanism:
    found = _NETWORK.fullmatch(rest)
    if found is None:
        raise _Malformed
    if kind is Kind.IP4:
        prefix = _prefix(found[2], _BITS4)
        network = int(ipaddress.IPv4Address(found[1])) >> (_BITS4 - prefix)
        return Mechanism(text=term, kind=kind, result=result, prefix4=prefix, network=network)
    prefix = _prefix(found[2], _BITS6)
    network = int(ipaddress.IPv6Address(found[1])) >> (_BITS6 - prefix)
    return Mechanism(text=term, kind=kind, result=result, prefix6=prefix, network=network)


def _prefix(text: str | None, bits: int) -> int:
    prefix = bits if text is None else int(text)
    if prefix > bits:
        raise _Malformed
    return prefix
