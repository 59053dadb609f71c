"""What this pool needs of compiled YARA rules; `mailio.yara_files` loads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from mailcore.view import YaraMatch

SEVERITIES = ("info", "low", "medium", "high", "critical")
MATCHES = 50


class Match(Protocol):
    """One match of yara-python."""

    @property
    def rule(self) -> str: ...
    @property
    def namespace(self) -> str: ...
    @property
    def meta(self) -> Mapping[str, object]: ...


class YaraRules(Protocol):
    """Compiled rules: `yara.Rules`."""

    def match(
        self, *, data: bytes, timeout: int, fast: bool, warnings_callback: Callable[[int, object], None]
    ) -> Sequence[Match]: ...


def matches(rules: YaraRules, data: bytes, *, seconds: int) -> tuple[tuple[YaraMatch, ...], str]:
    """Rules that match, and a problem in words ("" where there is none): they did not end in time, or gave up."""
    import yara  # libyara costs 16 MB: only processes that open attachments load it

    warned: list[int] = []
    try:
        found = rules.match(
            data=data, timeout=seconds, fast=True, warnings_callback=lambda kind, _message: warned.append(kind)
        )
    except yara.TimeoutError:
        return (), f"the YARA rules did not end within {seconds} s"
    except yara.Error as error:
        return (), f"the YARA rules gave up: {error}"
    return tuple(_match(match) for match in found[:MATCHES]), ""


def _match(match: Match) -> YaraMatch:
    return YaraMatch(
        rule=f"{match.namespace}.{match.rule}",
        severity=_severity(match.meta),
        description=str(match.meta.get("description", "")),
        reference=str(match.meta.get("reference", "")),
    )


def _severity(meta: Mapping[str, object]) -> str:
    """What a rule says of itself; rules of others say nothing, or say it in another way."""
    severity = str(meta.get("severity", "")).lower()
    return severity if severity in SEVERITIES else "medium"
