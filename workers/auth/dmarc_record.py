"""DMARC records as receivers read them (RFC 7489, 6.3; RFC 9091; DMARCbis): tolerant, but never milder by accident."""

from __future__ import annotations

import enum
import functools
import re
from collections.abc import Mapping

from msgspec import Struct

RECORD_CHARACTERS = 4_096  # what is read of a record; real ones have 300
MAX_TAGS = 50
MAX_REPORT_URIS = 10

_VERSION = re.compile(r"\s*v\s*=\s*DMARC1\s*(?:;|$)", re.IGNORECASE)
_FAILURE_OPTIONS = re.compile(r"[01ds](?::[01ds]){0,3}", re.IGNORECASE)
_URI = re.compile(r"(?:mailto:[^\s@,!]{1,256}@[^\s,!]{1,255}|https?://[^\s,!]{1,512})(?:![0-9]{1,15}[kmgt]?)?", re.I)


class DmarcPolicy(enum.StrEnum):
    """What a domain owner asks for, from mild to strict."""

    NONE = "none"
    QUARANTINE = "quarantine"
    REJECT = "reject"

    @property
    def severity(self) -> int:
        return list(DmarcPolicy).index(self)

    @property
    def milder(self) -> DmarcPolicy:
        """One step down: what `t=y` and the mail that `pct=` leaves out get (RFC 7489, 6.6.4)."""
        return DmarcPolicy.QUARANTINE if self is DmarcPolicy.REJECT else DmarcPolicy.NONE


class DmarcRecord(Struct, frozen=True, kw_only=True):
    """One record. `subdomains` (sp=) and `nonexistent` (np=) are None where not given; `psd` is "y", "n" or "u"."""

    policy: DmarcPolicy
    subdomains: DmarcPolicy | None = None
    nonexistent: DmarcPolicy | None = None
    is_dkim_strict: bool = False
    is_spf_strict: bool = False
    percentage: int = 100
    is_testing: bool = False
    psd: str = "u"
    failure_options: str = "0"
    report_to: tuple[str, ...] = ()

    def for_subdomain(self) -> DmarcPolicy:
        return self.policy if self.subdomains is None else self.subdomains

    def for_nonexistent(self) -> DmarcPolicy:
        return self.for_subdomain() if self.nonexistent is None else self.nonexistent


@functools.lru_cache(maxsize=4_096)
def read_record(text: str) -> DmarcRecord | None:
    """The record in a TXT record, or None where it is none or says nothing that can be followed. Never raises.

    Tags may stand in any case and order behind `v=`, unknown ones (rf, ri, ruf) are passed over, of a tag that is
    given twice the first counts. Without a valid `p=`, or with an `sp=` or `np=` that is none, the record means
    `p=none` where somebody is to get reports, and nothing otherwise (RFC 7489, 6.6.3).
    """
    if not _VERSION.match(text):
        return None
    tags = _tags(text)
    report_to = _report_to(tags)
    policy, subdomains, nonexistent = (_policy(tags.get(name)) for name in ("p", "sp", "np"))
    if policy is None or (subdomains is None and "sp" in tags) or (nonexistent is None and "np" in tags):
        if not report_to:
            return None
        policy, subdomains, nonexistent = DmarcPolicy.NONE, None, None
    return DmarcRecord(
        policy=policy,
        subdomains=subdomains,
        nonexistent=nonexistent,
        is_dkim_strict=tags.get("adkim", "").lower() == "s",
        is_spf_strict=tags.get("aspf", "").lower() == "s",
        percentage=_percentage(tags.get("pct", "")),
        is_testing=tags.get("t", "").lower() == "y",
        psd=psd if (psd := tags.get("psd", "").lower()) in ("y", "n") else "u",
        failure_options=_failure_options(tags.get("fo", "")),
        report_to=report_to,
    )


def read_report_uris(text: str) -> tuple[str, ...] | None:
    """What a record of consent to reports says in `rua=` (RFC 7489, 7.1), or None where it is none. Never raises."""
    return _report_to(_tags(text)) if _VERSION.match(text) else None


def _tags(text: str) -> dict[str, str]:
    tags: dict[str, str] = {}
    for clause in text[:RECORD_CHARACTERS].split(";")[1 : MAX_TAGS + 1]:
        name, equals, value = clause.partition("=")
        if equals:
            tags.setdefault(name.strip().lower(), value.strip())
    return tags


def _report_to(tags: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(_URI.findall(tags.get("rua", "")))[:MAX_REPORT_URIS]


def _policy(value: str | None) -> DmarcPolicy | None:
    lower = (value or "").lower()
    return DmarcPolicy(lower) if lower in list(DmarcPolicy) else None


def _failure_options(value: str) -> str:
    """What fo= says, its default where it is missing or makes no sense (RFC 7489, 6.3)."""
    options = "".join(value.split())
    return options.lower() if _FAILURE_OPTIONS.fullmatch(options) else "0"


def _percentage(value: str) -> int:
    digits = value.strip()
    return min(int(digits), 100) if digits.isascii() and digits.isdigit() and len(digits) < 4 else 100
