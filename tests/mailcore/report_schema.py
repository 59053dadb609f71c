"""The structure of an aggregate report, written from RFC 7489, appendix C, and RFC 9990, 3.1.1, and held against XML.

Stricter than both schemas in one thing: elements come in the order in which the RFC lists them everywhere.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from xml.etree.ElementTree import Element

from msgspec import Struct

PASS_OR_FAIL = "pass|fail"
POLICY = "none|quarantine|reject"
ALIGNMENT = "r|s"
NUMBER = "[0-9]+"
ANY = r"(?s).*"
SOME = r"(?s).+"
DKIM_RESULT = "none|pass|fail|policy|neutral|temperror|permerror"
SPF_RESULT = "none|neutral|pass|fail|softfail|temperror|permerror"


class Child(Struct, frozen=True):
    """An element: its name, how often it stands there, and its text (a pattern) or its children."""

    name: str
    least: int
    most: int
    content: str | tuple[Child, ...]


def one(name: str, content: str | tuple[Child, ...] = SOME) -> Child:
    return Child(name, 1, 1, content)


def maybe(name: str, content: str | tuple[Child, ...] = SOME) -> Child:
    return Child(name, 0, 1, content)


def many(name: str, content: str | tuple[Child, ...], *, least: int = 0) -> Child:
    return Child(name, least, 1_000_000, content)


RANGE = (one("begin", NUMBER), one("end", NUMBER))
REASONS_7489 = "forwarded|sampled_out|trusted_forwarder|mailing_list|local_policy|other"
REASONS_9990 = "local_policy|mailing_list|other|policy_test_mode|trusted_forwarder"
DKIM = (one("domain", ANY), one("selector", ANY), one("result", DKIM_RESULT), maybe("human_result"))


def row(dispositions: str, reasons: str) -> Child:
    reason = many("reason", (one("type", reasons), maybe("comment")))
    evaluated = (one("disposition", dispositions), one("dkim", PASS_OR_FAIL), one("spf", PASS_OR_FAIL), reason)
    return one("row", (one("source_ip"), one("count", NUMBER), one("policy_evaluated", evaluated)))


RFC_7489 = (
    one("version", r"1\.0"),
    one(
        "report_metadata",
        (
            one("org_name"),
            one("email"),
            maybe("extra_contact_info"),
            one("report_id"),
            one("date_range", RANGE),
            many("error", SOME),
        ),
    ),
    one(
        "policy_published",
        (
            one("domain"),
            maybe("adkim", ALIGNMENT),
            maybe("aspf", ALIGNMENT),
            one("p", POLICY),
            one("sp", POLICY),
            one("pct", NUMBER),
            one("fo"),
        ),
    ),
    many(
        "record",
        (
            row(POLICY, REASONS_7489),
            one("identifiers", (maybe("envelope_to"), one("envelope_from", ANY), one("header_from", ANY))),
            one(
                "auth_results",
                (
                    many("dkim", DKIM),
                    many("spf", (one("domain", ANY), one("scope", "helo|mfrom"), one("result", SPF_RESULT)), least=1),
                ),
            ),
        ),
        least=1,
    ),
)
RFC_9990 = (
    maybe("version", r"1\.0"),
    one(
        "report_metadata",
        (
            one("org_name"),
            one("email"),
            maybe("extra_contact_info"),
            one("report_id"),
            one("date_range", RANGE),
            maybe("error"),
            maybe("generator"),
        ),
    ),
    one(
        "policy_published",
        (
            one("domain"),
            maybe("discovery_method", "psl|treewalk"),
            one("p", POLICY),
            maybe("sp", POLICY),
            maybe("np", POLICY),
            maybe("fo"),
            maybe("adkim", ALIGNMENT),
            maybe("aspf", ALIGNMENT),
            maybe("testing", "n|y"),
        ),
    ),
    many(
        "record",
        (
            row(POLICY + "|pass", REASONS_9990),
            one("identifiers", (one("header_from", ANY), maybe("envelope_from", ANY), maybe("envelope_to"))),
            one(
                "auth_results",
                (
                    many("dkim", DKIM),
                    maybe("spf", (one("domain", ANY), maybe("scope", "mfrom"), one("result", SPF_RESULT))),
                ),
            ),
        ),
        least=1,
    ),
)


def problems(root: Element, schema: tuple[Child, ...], *, namespace: str = "") -> list[str]:
    """What of the report does not fit."""
    prefix = f"{{{namespace}}}" if namespace else ""
    found = [] if root.tag == f"{prefix}feedback" else [f"root is {root.tag}"]
    found += _children(root, schema, prefix, "feedback")
    for address in root.iter(f"{prefix}source_ip"):
        ip_address(address.text or "")
    return found


def _children(element: Element, schema: tuple[Child, ...], prefix: str, path: str) -> list[str]:
    found: list[str] = []
    left = list(element)
    for child in schema:
        mine = []
        while left and left[0].tag == prefix + child.name:
            mine.append(left.pop(0))
        if not child.least <= len(mine) <= child.most:
            found.append(f"{path}/{child.name}: {len(mine)} of them")
        for each in mine:
            if isinstance(child.content, tuple):
                found += _children(each, child.content, prefix, f"{path}/{child.name}")
            elif len(each) or not re.fullmatch(child.content, each.text or ""):
                found.append(f"{path}/{child.name}: {each.text!r}")
    return found + [f"{path}: {each.tag} is out of place" for each in left]
