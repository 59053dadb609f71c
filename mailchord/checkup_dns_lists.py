"""Checkups of the DNS lists that are switched on: does each list what it must, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mailchord.checkup import Result, fail, ok, warn
from mailcore.dns_lists import DnsList
from mailcore.errors import ConfigurationError
from mailcore.list_answers import ListTrouble, Reading, judge_tests, test_questions
from mailcore.ports import Resolver
from mailcore.settings import Settings
from mailio.dns_resolver import DnsResolver

TEST_SECONDS = 5.0

ADVICE: Mapping[str, str] = {
    ListTrouble.LISTS_EVERYTHING: "it has ended, or its domain was sold: set enabled to false",
    ListTrouble.LISTS_NOTHING: "ask it with `dig`; a resolver may refuse it, or it has ended: see docs/dns.md",
    ListTrouble.REFUSES: "use a resolver of your own, or the key that the list gave you: see docs/dns.md",
    ListTrouble.MAKES_NO_SENSE: "it has ended, or a resolver rewrites its answers: use one of your own",
}


def check_dns_lists(settings: Settings, *, resolver: Resolver | None = None) -> Iterator[Result]:
    """A line for each list that is switched on; `resolver` stands in for that of the settings."""
    lists = settings.dns_lists.enabled()
    if not lists:
        return
    try:
        resolver = resolver or DnsResolver(settings.dns)
    except ConfigurationError:
        return  # which `check_dns` says
    questions = [question for listed in lists.values() for question in test_questions(listed)]
    answers = resolver.resolve(questions, seconds=TEST_SECONDS)
    for name, listed in lists.items():
        yield _check(f"dns list {name}", listed, judge_tests(listed, answers))


def _check(name: str, listed: DnsList, reading: Reading) -> Result:
    if not listed.tested:
        return ok(name, "is not tested (dns_lists)")
    if reading.trouble is not None:
        detail = f" ({reading.detail})" if reading.detail else ""
        return fail(name, f"{reading.trouble}{detail}", ADVICE.get(reading.trouble, ""))
    if not reading.is_known:
        return warn(name, f"no answer within {TEST_SECONDS:g} s", "mail goes on without it; see dns.servers")
    return ok(name, "lists what it must, and not what it must not")
