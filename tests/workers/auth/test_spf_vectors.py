"""Test suites of SPF: RFC 7208 and RFC 4408 of openspf, pyspf's own, mail-auth's. Each case passes or is a deviation
that is named with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml
from msgspec import Struct

from mailcore.authentication import AuthResult, SpfOutcome
from mailcore.dns import DnsStatus
from mailcore.ip_addresses import read_address
from tests.corpora import vectors
from tests.fakes import FakeResolver
from workers.auth.lookups import run_lookups
from workers.auth.names import pointer_of
from workers.auth.spf import check_spf

Zone = dict[str, tuple[str, ...] | DnsStatus]
TYPES = ("A", "AAAA", "MX", "PTR", "TXT")

PYSPF = "spf/pyspf/test/test.yml"
MAIL_AUTH = "mail-auth"
# Suite and case: why it does not end as the suite says.
DEVIATIONS = {
    (PYSPF, "default-modifier"): "pyspf's lax mode knows default= of a draft; the suite of RFC 7208 ignores it",
    (PYSPF, "default-modifier-harsh"): "a result of pyspf's own, for warnings",
    (MAIL_AUTH, "all 14"): "a syntax error is a permerror wherever it is (RFC 7208, 4.6), behind all, too",
    (MAIL_AUTH, "basic 112"): "ten lookups of names that do not exist; two are allowed (4.6.4)",
    (MAIL_AUTH, "basic 132"): "more than ten mail hosts are a permerror, not the first ten (4.6.4)",
    (MAIL_AUTH, "exists 19"): "exists asks for A, whatever the client is (5.7); the name has AAAA alone",
    (MAIL_AUTH, "macro 35"): "as above",
    (MAIL_AUTH, "ip 54"): "an address mapped into IPv6 is IPv4 and matches ip4 alone (section 5)",
}


class Case(Struct, kw_only=True):
    suite: str
    name: str
    host: str
    sender: str
    helo: str
    results: tuple[str, ...]
    explanation: str | None
    zone: Zone

    def outcome(self) -> SpfOutcome:
        outcome = self._checked(self.sender)
        if self.suite == MAIL_AUTH and outcome.result is not AuthResult.FAIL:
            of_helo = self._checked("")  # a fail of HELO ends its check
            return of_helo if of_helo.result is AuthResult.FAIL else outcome
        return outcome

    def _checked(self, sender: str) -> SpfOutcome:
        check = check_spf(client_address=self.host, sender=sender, helo=self.helo)
        outcome = run_lookups({"spf": check}, FakeResolver(self.zone), seconds=5)["spf"]
        assert isinstance(outcome, SpfOutcome)
        return outcome


def openspf(path: str) -> Iterator[Case]:
    """The cases of a file in the format of openspf.org."""
    text = vectors(path).read_text(encoding="utf-8")
    for scenario in yaml.safe_load_all(text):
        if not scenario:
            continue
        zone = read_zone(scenario["zonedata"])
        for name, test in scenario["tests"].items():
            results = test["result"] if isinstance(test["result"], list) else [test["result"]]
            explanation = test.get("explanation")
            yield Case(
                suite=path, name=name, host=str(test["host"]), sender=test["mailfrom"], helo=test["helo"],
                results=tuple(results), explanation="" if explanation == "DEFAULT" else explanation, zone=zone,
            )  # fmt: skip


def read_zone(data: dict[str, list[Any]]) -> Zone:
    """SPF records count as TXT unless the name has TXT records; TIMEOUT is the answer to all that is not there."""
    found: dict[str, list[str]] = {}
    aliases: dict[str, str] = {}
    zone: Zone = {}
    for name, entries in data.items():
        owner = name.lower().rstrip(".")
        records = [next(iter(entry.items())) for entry in entries if isinstance(entry, dict)]
        has_text = any(kind == "TXT" for kind, _ in records)
        for kind, value in records:
            if kind == "CNAME":
                aliases[owner] = value.lower().rstrip(".")
            elif value != "NONE" and not (kind == "SPF" and has_text):
                stored = "TXT" if kind == "SPF" else kind
                found.setdefault(f"{owner} {stored}", []).append(_record(stored, value))
        if "TIMEOUT" in entries:
            zone |= {f"{owner} {kind}": DnsStatus.TIMEOUT for kind in TYPES}
    zone |= {key: tuple(records) for key, records in found.items()}
    for owner in aliases:
        for kind in TYPES:
            target = _followed(owner, aliases)
            answer = DnsStatus.SERVER_FAILED if target is None else zone.get(f"{target} {kind}")
            if answer is not None:
                zone[f"{owner} {kind}"] = answer
    return zone


def _record(kind: str, value: Any) -> str:
    if kind == "MX":
        return f"{value[0]} {value[1]}"
    if kind == "TXT":
        return "".join(value)
    return str(value).rstrip(".")


def _followed(name: str, aliases: dict[str, str]) -> str | None:
    for _ in range(10):
        if name not in aliases:
            return name
        name = aliases[name]
    return None


def mail_auth() -> Iterator[Case]:
    """The cases of mail-auth: lines of keys that come again and again. A document is a zone, `expect` ends a case."""
    for path in sorted(vectors("mail-auth/resources/spf").glob("*.yml")):
        zone: dict[str, tuple[str, ...]] = {}
        case: dict[str, str] = {}
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            match = re.fullmatch(r"[ -]*([a-z]+):(?: +(.*?))? *", line)
            if line == "---":
                zone = {}
            if match is None:
                continue
            key, value = match[1], (match[2] or "").strip("\"'")
            if key == "expect":
                result, _, explanation = value.partition(" ")
                yield Case(
                    suite=MAIL_AUTH, name=f"{path.stem} {number}", host=case["ip"], sender=case["sender"],
                    helo=case["domain"], results=(result,), explanation=explanation or None,
                    zone={**zone, **DOES_NOT_ANSWER},
                )  # fmt: skip
            elif key in ("ip", "sender", "domain"):
                case[key] = value
            elif key != "name" and value:
                _add(zone, key, value)


DOES_NOT_ANSWER = {f"_dns_error.{name} TXT": DnsStatus.TIMEOUT for name in ("org", "test.org")}


def _add(zone: dict[str, tuple[str, ...]], kind: str, line: str) -> None:
    name, _, value = line.lower().partition(" ")
    name = name.rstrip(".")
    values = tuple(re.split("[, ]+", value.strip()))
    match kind:
        case "spf" | "exp":
            zone[f"{name} TXT"] = (line.partition(" ")[2],)
        case "ptr":
            address = read_address(name)
            assert address is not None
            zone[f"{pointer_of(address).name} PTR"] = values
        case "mx":  # of hosts without names
            zone[f"{name} MX"] = tuple(f"10 mx{number}.{name}" for number in range(len(values)))
            for number, each in enumerate(values):
                _add(zone, "a", f"mx{number}.{name} {each}")
        case _:
            for family in ("A", "AAAA"):
                zone[f"{name} {family}"] = tuple(
                    each for each in values if (":" in each) is (family == "AAAA")
                ) + zone.get(f"{name} {family}", ())


def wrong(cases: Iterator[Case]) -> tuple[int, list[str]]:
    """How many cases there are, and what is wrong with which."""
    count = 0
    problems = []
    for case in cases:
        count += 1
        outcome = case.outcome()
        agrees = outcome.result.value in case.results and case.explanation in (None, outcome.explanation)
        if agrees is ((case.suite, case.name) in DEVIATIONS):
            problems.append(f"{case.suite} {case.name}: {case.results} {case.explanation!r}, got {outcome}")
    return count, problems


def test_rfc_7208() -> None:
    assert wrong(openspf("spf/pyspf/test/rfc7208-tests.yml")) == (203, [])


def test_rfc_7208_as_other_projects_have_it() -> None:
    assert wrong(openspf("mailauth/test/fixtures/spf/rfc7208-tests.yml")) == (200, [])
    assert wrong(openspf("mailauth/test/fixtures/spf/rfc7208-tests-2014-05.yml")) == (193, [])


def test_rfc_4408() -> None:
    assert wrong(openspf("spf/pyspf/test/rfc4408-tests.yml")) == (191, [])


def test_pyspf() -> None:
    assert wrong(openspf(PYSPF)) == (16, [])


def test_mail_auth() -> None:
    assert wrong(mail_auth()) == (163, [])
