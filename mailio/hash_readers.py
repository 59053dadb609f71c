"""How services that know files by their SHA-256 are asked, and what their answers mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from mailcore.file_settings import HashService, HashServiceKind

MOST_WORDS = 120


class Question(Struct, frozen=True, kw_only=True):
    """What is sent: nothing of the mail but the hash."""

    url: str
    headers: Mapping[str, str]
    body: bytes | None = None


class NoAnswer(Exception):
    """The service did not answer the question: why, in words."""


class _Attributes(Struct, frozen=True):
    last_analysis_stats: dict[str, int] = {}
    popular_threat_classification: dict[str, Any] = {}


class _Data(Struct, frozen=True):
    attributes: _Attributes = _Attributes()


class _VirusTotal(Struct, frozen=True):
    data: _Data


class _MispAttribute(Struct, frozen=True):
    category: str = ""
    comment: str = ""
    Event: dict[str, Any] = {}


class _MispAttributes(Struct, frozen=True):
    Attribute: tuple[_MispAttribute, ...] = ()


class _Misp(Struct, frozen=True):
    response: _MispAttributes


def question(service: HashService, key: str, sha256: str) -> Question:
    """The question about one hash: VirusTotal API v3 `GET /files/{id}`, MISP `POST /attributes/restSearch`."""
    base = service.url.rstrip("/")
    accept = {"Accept": "application/json", "User-Agent": "mailchord"}
    match service.kind:
        case HashServiceKind.VIRUSTOTAL:
            return Question(url=f"{base}/api/v3/files/{sha256}", headers={**accept, "x-apikey": key})
        case HashServiceKind.MISP:
            wanted = {"returnFormat": "json", "type": "sha256", "value": sha256, "to_ids": 1, "limit": 5}
            headers = {**accept, "Authorization": key, "Content-Type": "application/json"}
            return Question(url=f"{base}/attributes/restSearch", headers=headers, body=msgspec.json.encode(wanted))


def malware_words(service: HashService, status: int, body: bytes) -> str:
    """What the service says of a file that is malware; "" for one that it does not know or calls good.

    Raises NoAnswer: it refuses, has failed, or says what cannot be read.
    """
    if service.kind is HashServiceKind.VIRUSTOTAL and status == 404:
        return ""
    if status != 200:
        raise NoAnswer(_REFUSALS.get(status, f"it answered with status {status}"))
    try:
        if service.kind is HashServiceKind.VIRUSTOTAL:
            return _virustotal_words(msgspec.json.decode(body, type=_VirusTotal), service.least_engines)
        return _misp_words(msgspec.json.decode(body, type=_Misp))
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise NoAnswer("its answer cannot be read") from None


_REFUSALS = {
    401: "it does not accept the key",
    403: "it does not accept the key",
    429: "its quota is used up",
}


def _virustotal_words(answer: _VirusTotal, least_engines: int) -> str:
    attributes = answer.data.attributes
    counts = attributes.last_analysis_stats
    malicious = counts.get("malicious", 0)
    if malicious < least_engines:
        return ""
    label = attributes.popular_threat_classification.get("suggested_threat_label")
    looked = sum(counts.get(kind, 0) for kind in ("malicious", "suspicious", "undetected", "harmless"))
    named = f", {label}" if isinstance(label, str) and label.isprintable() else ""
    return f"{malicious} of {looked} scanners{named}"[:MOST_WORDS]


def _misp_words(answer: _Misp) -> str:
    found = answer.response.Attribute
    if not found:
        return ""
    info = found[0].Event.get("info")
    words = info if isinstance(info, str) else found[0].comment or found[0].category
    return (words if words.isprintable() and words else "an event")[:MOST_WORDS]
