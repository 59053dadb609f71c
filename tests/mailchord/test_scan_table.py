"""What `mailchord scan` prints: readable at every width, harmless whatever the mail says."""

from __future__ import annotations

import io
import json

import pytest
from msgspec.structs import replace
from rich.console import Console

from mailchord.scan import terminal
from mailchord.scan_json import as_json
from mailchord.scan_table import show
from mailcore.authentication import AuthFacts, AuthResult, AuthSource, ClientFacts, DkimResult, SpfOutcome
from mailcore.decide import decide
from mailcore.hops import Hop
from mailcore.identity import Identity
from mailcore.policy import Allow, OwnThresholds, Policy, Proof, SpecialPolicy, Thresholds
from mailcore.verdict import Action, Finding, PoolReport, PoolStatus, Verdict, Where

HOSTILE = "red \x1b[31m [bold]x[/bold] \u202egnp.exe \x07 :smile: \u2066z\u2069"
AUTH = AuthFacts(source=AuthSource.VERIFIED, from_domain="example.com", dmarc=AuthResult.FAIL, spf=AuthResult.PASS)


def finding(name: str, weight: float, **fields: object) -> Finding:
    return Finding(id=name, pool="content", category="phishing", weight=weight, summary=f"It has {name}.", **fields)  # type: ignore[arg-type]  # fields of Finding


def verdict(*findings: Finding, policy: Policy | None = None) -> Verdict:
    return decide(
        [PoolReport(pool="content", status=PoolStatus.OK, findings=findings, run_ms=2.0)],
        ["content", "urls"],
        policy or Policy(),
        message_id="m1",
        recipients=("ann@example.org", "boss@example.org"),
        identity=Identity(from_addresses=("jane@example.com",), auth=AUTH),
        skipped={"ocr": "switched off"},
        policy_version="abc123",
    )


def printed(judged: Verdict, *, width: int = 80, colour: bool = False) -> str:
    out = io.StringIO()
    show(
        Console(file=out, width=width, markup=False, highlight=False, emoji=False, force_terminal=colour),
        "a.eml",
        judged,
    )
    return out.getvalue()


def test_everything_that_a_reader_asks_is_there() -> None:
    policy = Policy(
        thresholds=Thresholds(tag=5),
        recipients={"boss@example.org": SpecialPolicy(thresholds=OwnThresholds(quarantine=6))},
        shadows={"stricter": Policy(thresholds=Thresholds(tag=1, quarantine=2, reject=3))},
        allow=(Allow(from_="example.com", requires=Proof.DMARC),),
        missing_pools={"urls": Action.ACCEPT},
    )
    lure = finding("lure", 4.5, where=Where(header="Subject", quote="p4ssw0rd", decoded="password"), module="letters")
    link = finding("link", 4.0, where=Where(part="2.1", offset=17, derived="links.count: 7"))

    text = printed(verdict(lure, link, policy=policy))

    for said in (
        "a.eml: tag (score 8.5, phishing)",
        "This message was marked as probable phishing: it has lure.",
        "score 8.5 reaches tag at 5",
        "not proven example.com: spf=pass, dkim=none, dmarc=fail, verified",
        "abc123",
        "content 2 ms  urls timed out  ocr -",
        "+4.50",
        "lure · phishing · letters",
        "Subject: “p4ssw0rd”",
        "read as “password”",
        "part 2.1 at 17, derived: links.count: 7",
        "allowed-sender-is-not-proven",
        "8.50   together",
        "without lure: 4, would be delivered",
        "The urls pool did not finish in time",
        "The ocr pool is switched off",
        "boss@example.org: quarantine",
        "stricter: reject (score 8.5), which differs",
    ):
        assert said in text


@pytest.mark.parametrize("width", [20, 40, 80, 109, 110, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    judged = verdict(finding("x" * 150, 5.0, where=Where(header="Subject", quote="word " * 30 + "y" * 200)))

    lines = printed(judged, width=width).splitlines()

    assert max(map(len, lines[1:])) <= width  # the first one is for other programs: FILE: action (score)


def test_a_hostile_mail_is_shown_and_not_obeyed() -> None:
    judged = verdict(
        replace(
            finding("lure", 5.0, where=Where(header=HOSTILE, quote=HOSTILE, decoded=HOSTILE, derived=HOSTILE)),
            summary=HOSTILE,
        )
    )

    text = printed(judged, width=200)

    assert not set(text) & set("\x1b\x07\u202e\u2066\u2069")
    assert r"\x1b[31m [bold]x[/bold] \u202egnp.exe \x07 :smile: \u2066z\u2069" in text


def test_colours_only_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    judged = verdict(finding("lure", 5.0))
    monkeypatch.setenv("TERM", "xterm-256color")

    assert "\x1b[" in printed(judged, colour=True)
    assert "\x1b[" not in printed(judged)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not any(code in printed(judged, colour=True) for code in ("\x1b[31m", "\x1b[1;33m", "\x1b[36m"))


def test_a_terminal_without_the_letters_gets_them_written_out() -> None:
    raw = io.BytesIO()
    output = io.TextIOWrapper(raw, encoding="ascii")

    show(terminal(output), "a.eml", verdict(finding("lure", 5.0, where=Where(header="Subject", quote="日本"))))
    output.flush()

    assert b"\\u65e5\\u672c" in raw.getvalue()


def test_json_has_the_whole() -> None:
    text = as_json("a.eml", verdict(finding("lure", 9.5, where=Where(header="Subject", quote="a", decoded="b"))))
    whole = json.loads(text)

    assert "\n" not in text
    assert whole["sentence"] == "This message was held as probable phishing: it has lure."
    assert whole["basis"] == "score 9.5 reaches quarantine at 9"
    assert whole["counterfactuals"][-1] == {"without": ["lure"], "score": 0.0, "action": "tempfail", "smallest": True}
    assert whole["findings"][0]["where"] == {"header": "Subject", "quote": "a", "decoded": "b"}
    assert whole["auth"]["dmarc"] == "fail"
    assert [each["recipient"] for each in whole["recipients"]] == ["ann@example.org", "boss@example.org"]
    assert len(whole["not_looked_at"]) == 2
    assert whole["shadows"] == []


def test_an_accepted_mail_is_short() -> None:
    text = printed(verdict(policy=Policy(missing_pools={"urls": Action.ACCEPT})))

    assert text.startswith("a.eml: accept (score 0)\n")
    assert "What would change it" not in text
    assert len(text.splitlines()) <= 12


VERIFIED = AuthFacts(
    source=AuthSource.VERIFIED,
    from_domain="example.com",
    spf=AuthResult.PASS,
    spf_outcomes=(SpfOutcome(result=AuthResult.PASS, domain="example.net", mechanism="mx"),),
    dkim=(DkimResult(domain="example.com", result=AuthResult.FAIL, selector="sel", reason="the body was altered"),)
    * 12,
    dmarc=AuthResult.FAIL,
    dmarc_policy="reject",
    dmarc_domain="example.com",
    dmarc_reason="SPF passed for another domain only",
    arc=AuthResult.PASS,
    arc_sealers=("list.example",),
    author_problems=("group syntax",),
    client=ClientFacts(address="192.0.2.1", helo="mx.example.net", relays=1),
    has_bimi=True,
)


def test_what_was_verified_is_a_table() -> None:
    text = " ".join(printed(replace(verdict(finding("lure", 5.0)), auth=VERIFIED), width=200).split())

    for said in (
        "client 192.0.2.1, HELO mx.example.net, behind 1 of our own servers",
        "SPF pass example.net, mx",
        "DKIM fail example.com, selector sel, the body was altered",
        "and 2 more signatures",
        "ARC pass list.example",
        "DMARC fail example.com, p=reject at example.com, SPF passed for another domain only",
        "BIMI example.com has a record",
        "From group syntax",
    ):
        assert said in text


GUESSED = ("client_address", "sender")


def test_what_was_inferred_says_so() -> None:
    client = ClientFacts(address="192.0.2.1", helo="mx.example.net", sender="a@example.com", inferred=GUESSED)
    text = " ".join(printed(replace(verdict(), auth=replace(VERIFIED, client=client)), width=200).split())

    assert "client 192.0.2.1 (inferred), HELO mx.example.net, MAIL FROM a@example.com (inferred)" in text
    told = " ".join(printed(replace(verdict(), auth=replace(VERIFIED, client=replace(client, inferred=())))).split())
    assert "inferred" not in told


def test_without_checks_the_way_of_the_mail_is_one_line() -> None:
    border = Hop(address="192.0.2.1", helo="mx.example.net", sender="a@example.com", inferred=GUESSED)
    judged = replace(verdict(), auth=AuthFacts(), border=border)

    said = "way inbound, 192.0.2.1 (inferred), HELO mx.example.net, MAIL FROM a@example.com (inferred)"
    assert said in " ".join(printed(judged, width=200).split())
    envelope = json.loads(as_json("a.eml", judged))["envelope"]
    assert (envelope["client_address"], envelope["inferred"]) == ("192.0.2.1", list(GUESSED))
    assert "way" not in printed(verdict()).split()


def test_what_servers_before_us_said_is_no_table() -> None:
    judged = replace(verdict(finding("lure", 5.0)), auth=replace(VERIFIED, source=AuthSource.TRUSTED_HEADER))
    assert "Authentication" not in printed(judged)


def test_why_nothing_was_checked_is_told() -> None:
    judged = replace(verdict(finding("lure", 5.0)), auth=AuthFacts(skipped="the mail comes from a client of our own"))
    assert "not checked: the mail comes from a client of our own" in printed(judged)


def test_hostile_names_in_the_table_are_not_obeyed() -> None:
    auth = replace(VERIFIED, from_domain=HOSTILE, dmarc_reason=HOSTILE, arc_sealers=(HOSTILE,))
    text = printed(replace(verdict(finding("lure", 5.0)), auth=auth), width=200)
    assert not set(text) & set("\x1b\x07\u202e\u2066\u2069")
