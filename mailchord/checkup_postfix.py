"""Checkups of a Postfix on this machine, where there is one whose configuration can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailchord.checkup import Result, RunProgram, fail, ok, warn
from mailcore.settings import Settings

PARAMETERS = (
    "smtpd_milters",
    "milter_default_action",
    "header_size_limit",
    "milter_content_timeout",
    "message_size_limit",
)

# libmilter closes the session on a header field above 64 KiB; what Postfix adds to one must fit as well.
LONGEST_HEADER = 60_000

_DURATION = re.compile(r"(\d+)([smhdw]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def check_postfix(settings: Settings, run_program: RunProgram) -> Iterator[Result]:
    """Whether Postfix asks us, and what it does when we do not answer."""
    output = run_program(["postconf", "-x", *PARAMETERS])
    if output is None:
        yield ok("postfix", "not looked at: there is no `postconf` here, or it cannot read main.cf")
        return
    given = {name.strip(): value.strip() for name, _, value in (line.partition("=") for line in output.splitlines())}
    yield from _check_milters(given, settings)
    yield _check_header_size(given)
    yield _check_timeout(given, settings)
    yield _check_message_size(given, settings)


def postfix_address(listen: str) -> str:
    """Our `front.listen` as Postfix writes it: `inet:HOST:PORT`."""
    kind, _, where = listen.partition(":")
    if kind == "unix":
        return listen
    port, _, host = where.partition("@")
    return f"inet:[{host}]:{port}" if ":" in host else f"inet:{host}:{port}"


def _check_milters(given: dict[str, str], settings: Settings) -> Iterator[Result]:
    address = postfix_address(settings.front.listen)
    milters = given.get("smtpd_milters", "")
    names = {address, address.replace("inet:127.0.0.1:", "inet:localhost:")}
    ours = next((entry for entry in _entries(milters) if any(name in entry.split() for name in names)), "")
    if ours:
        yield ok("postfix smtpd_milters", f"asks {address}")
    else:
        yield warn(
            "postfix smtpd_milters",
            f"does not name {address} (now: {milters or 'empty'})",
            f"write `smtpd_milters = {address}` into main.cf",
        )
    own = re.search(r"default_action\s*=\s*(\w+)", ours)
    yield _check_default_action(own[1] if own else given.get("milter_default_action", ""))


def _entries(milters: str) -> list[str]:
    """The milters of the list; one with settings of its own stands in braces: `{ inet:HOST:PORT, name=value }`."""
    return [entry.strip("{}").replace(",", " ").strip() for entry in re.findall(r"\{[^}]*\}|[^\s,{}]+", milters)]


def _check_default_action(action: str) -> Result:
    name, advice = "postfix milter_default_action", "write `milter_default_action = tempfail` into main.cf"
    if action == "tempfail":
        return ok(name, "tempfail: the sender keeps mail that nobody could judge")
    if action == "accept":
        return fail(name, "accept: while mailchord is away, mail passes unscanned", advice)
    return warn(name, f"{action or 'unknown'}: while mailchord is away, good mail suffers", advice)


def _check_header_size(given: dict[str, str]) -> Result:
    name = "postfix header_size_limit"
    limit = _number(given, "header_size_limit")
    if 0 < limit <= LONGEST_HEADER:
        return ok(name, f"{limit}")
    return warn(
        name,
        f"{limit or 'unknown'}: a header field above 64 KiB ends the milter session, and the default action applies",
        f"write `header_size_limit = {LONGEST_HEADER}` into main.cf",
    )


def _check_timeout(given: dict[str, str], settings: Settings) -> Result:
    name = "postfix milter_content_timeout"
    found = _DURATION.fullmatch(given.get("milter_content_timeout", ""))
    seconds = int(found[1]) * _SECONDS[found[2]] if found else 0
    deadline = settings.front.deadline_seconds
    if seconds > deadline:
        return ok(name, f"{seconds} s, and we answer within {deadline:g} s")
    return fail(
        name,
        f"{seconds or 'unknown'} s, but we may take {deadline:g} s",
        "raise it in main.cf (Postfix's own value is 300s), or lower front.deadline_seconds",
    )


def _check_message_size(given: dict[str, str], settings: Settings) -> Result:
    name = "postfix message_size_limit"
    limit, read = _number(given, "message_size_limit"), settings.front.body_limit_bytes
    if 0 < limit <= read:
        return ok(name, f"{limit}, and we read {read} bytes")
    return warn(
        name,
        f"{limit or 'none'}: of messages above {read} bytes only that much is looked at, and the verdict is partial",
        "lower it, or raise front.body_limit_bytes",
    )


def _number(given: dict[str, str], name: str) -> int:
    text = given.get(name, "")
    return int(text) if text.isdecimal() else 0
