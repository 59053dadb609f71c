"""What an aggregate report says of one message, and of which messages it says nothing."""

from __future__ import annotations

import time

import pytest
from msgspec.structs import replace

from mailcore.authentication import (
    AuthFacts,
    AuthResult,
    AuthSource,
    ClientFacts,
    DkimResult,
    PublishedDmarc,
    SpfIdentity,
    SpfOutcome,
)
from mailcore.dmarc_rows import (
    MAX_SIGNATURES,
    NAME_CHARACTERS,
    DkimRow,
    Noted,
    Reason,
    Row,
    SpfRow,
    came_through_list,
    is_policy_domain,
    is_to_report_mailboxes,
    row_of,
)
from mailcore.verdict import Action, Finding, Verdict

PASS, FAIL = AuthResult.PASS, AuthResult.FAIL
PUBLISHED = PublishedDmarc(policy="reject", report_to=("mailto:rua@example.com",))
CLIENT = ClientFacts(address="192.0.2.1", helo="mx.example.com", sender="alice@bounce.example.com")


def dkim(domain: str, result: AuthResult = PASS, selector: str = "s1", reason: str = "") -> DkimResult:
    return DkimResult(domain=domain, result=result, selector=selector, reason=reason)


PASSED = AuthFacts(
    source=AuthSource.VERIFIED,
    from_domain="example.com",
    spf=PASS,
    spf_domain="bounce.example.com",
    spf_outcomes=(SpfOutcome(result=PASS, domain="bounce.example.com"),),
    dkim=(dkim("example.com"),),
    dmarc=PASS,
    dmarc_policy="reject",
    dmarc_domain="example.com",
    dmarc_aligned=("dkim",),
    dmarc_published=PUBLISHED,
    client=CLIENT,
)
FAILED = replace(
    PASSED, dmarc=FAIL, dmarc_disposition="reject", dmarc_aligned=(), spf=FAIL, dkim=(dkim("example.com", FAIL),)
)


def noted(auth: AuthFacts, action: Action = Action.ACCEPT, *, is_list: bool = False) -> Noted:
    found = row_of(auth, action, is_list=is_list)
    assert found is not None
    return found


def row(auth: AuthFacts, action: Action = Action.ACCEPT, *, is_list: bool = False) -> Row:
    return noted(auth, action, is_list=is_list).row


def test_everything_of_a_message_that_passed() -> None:
    assert noted(PASSED) == Noted(
        domain="example.com",
        published=PUBLISHED,
        row=Row(
            "192.0.2.1",
            "none",
            "pass",
            "pass",
            (),
            "example.com",
            "bounce.example.com",
            (DkimRow("example.com", "s1", "pass"),),
            SpfRow("bounce.example.com", "mfrom", "pass"),
        ),
    )


@pytest.mark.parametrize(
    ("auth", "action"),
    [
        pytest.param(AuthFacts(), Action.ACCEPT, id="nobody looked"),
        pytest.param(replace(PASSED, source=AuthSource.TRUSTED_HEADER), Action.ACCEPT, id="others looked"),
        pytest.param(replace(PASSED, source=AuthSource.REPLAYED), Action.ACCEPT, id="replayed"),
        pytest.param(replace(PASSED, dmarc_published=None), Action.ACCEPT, id="no record"),
        pytest.param(replace(PASSED, dmarc_published=PublishedDmarc(policy="reject")), Action.ACCEPT, id="no rua"),
        pytest.param(replace(PASSED, client=None), Action.ACCEPT, id="no client"),
        pytest.param(replace(PASSED, client=ClientFacts(reason="unknown")), Action.ACCEPT, id="no address"),
        pytest.param(replace(PASSED, client=replace(CLIENT, address="a<b")), Action.ACCEPT, id="a strange address"),
        pytest.param(replace(PASSED, dmarc=AuthResult.NONE), Action.ACCEPT, id="no result"),
        pytest.param(replace(PASSED, dmarc=AuthResult.TEMPERROR), Action.ACCEPT, id="the DNS was away"),
        pytest.param(replace(PASSED, dmarc=AuthResult.PERMERROR), Action.REJECT, id="permerror"),
        pytest.param(FAILED, Action.TEMPFAIL, id="deferred, it comes again"),
        pytest.param(PASSED, Action.TEMPFAIL, id="passed, and deferred"),
        pytest.param(replace(PASSED, dmarc_domain=""), Action.ACCEPT, id="no policy domain"),
        pytest.param(replace(PASSED, dmarc_domain="../../etc"), Action.ACCEPT, id="a path for a domain"),
        pytest.param(replace(PASSED, dmarc_domain="a.example\r\nBcc: x"), Action.ACCEPT, id="a header for a domain"),
    ],
)
def test_nothing_to_report(auth: AuthFacts, action: Action) -> None:
    assert row_of(auth, action) is None


QUARANTINED = replace(FAILED, dmarc_policy="quarantine", dmarc_disposition="quarantine")
WATCHED = replace(FAILED, dmarc_policy="none", dmarc_disposition="none")
SAMPLED = replace(FAILED, dmarc_disposition="quarantine")
TESTING = replace(SAMPLED, dmarc_published=replace(PUBLISHED, is_testing=True))
FORWARDED = replace(FAILED, dmarc=PASS, dmarc_disposition="", dmarc_override="arc: lists.example is trusted")
LOCAL, LIST = Reason("local_policy"), Reason("mailing_list")


@pytest.mark.parametrize(
    ("auth", "action", "is_list", "expected"),
    [
        pytest.param(FAILED, Action.REJECT, False, ("reject", ()), id="refused as asked"),
        pytest.param(FAILED, Action.DISCARD, False, ("reject", ()), id="thrown away"),
        pytest.param(FAILED, Action.QUARANTINE, False, ("quarantine", (LOCAL,)), id="held instead"),
        pytest.param(FAILED, Action.TAG, False, ("quarantine", (LOCAL,)), id="marked instead"),
        pytest.param(FAILED, Action.ACCEPT, False, ("none", (LOCAL,)), id="delivered, say in monitor mode"),
        pytest.param(FAILED, Action.ACCEPT, True, ("none", (LIST,)), id="a list"),
        pytest.param(FAILED, Action.REJECT, True, ("reject", ()), id="a list, and refused all the same"),
        pytest.param(QUARANTINED, Action.TAG, False, ("quarantine", ()), id="marked as asked"),
        pytest.param(QUARANTINED, Action.REJECT, False, ("quarantine", ()), id="stricter is our own business"),
        pytest.param(WATCHED, Action.ACCEPT, False, ("none", ()), id="p=none"),
        pytest.param(WATCHED, Action.REJECT, False, ("none", ()), id="p=none, refused for its content"),
        pytest.param(SAMPLED, Action.QUARANTINE, False, ("quarantine", (Reason("sampled_out"),)), id="pct="),
        pytest.param(SAMPLED, Action.ACCEPT, False, ("none", (Reason("sampled_out"), LOCAL)), id="pct=, delivered"),
        pytest.param(TESTING, Action.TAG, False, ("quarantine", (Reason("policy_test_mode", "t=y"),)), id="t=y"),
        pytest.param(FORWARDED, Action.ACCEPT, False, ("none", (Reason("trusted_forwarder", "arc=pass"),)), id="ARC"),
        pytest.param(PASSED, Action.REJECT, False, ("none", ()), id="passed, and refused for its content"),
        pytest.param(PASSED, Action.QUARANTINE, False, ("none", ()), id="passed, and held"),
    ],
)
def test_disposition_and_why(auth: AuthFacts, action: Action, is_list: bool, expected: tuple[str, object]) -> None:
    found = row(auth, action, is_list=is_list)
    assert (found.disposition, found.reasons) == expected


STRICT = replace(PUBLISHED, is_dkim_strict=True, is_spf_strict=True)


@pytest.mark.parametrize(
    ("auth", "expected"),
    [
        pytest.param(replace(PASSED, dmarc_aligned=("dkim", "spf")), ("pass", "pass"), id="both"),
        pytest.param(PASSED, ("pass", "pass"), id="the other one is found too"),
        pytest.param(replace(PASSED, dmarc_published=STRICT), ("pass", "fail"), id="strict: a subdomain is not enough"),
        pytest.param(replace(PASSED, spf_domain="other.example"), ("pass", "fail"), id="SPF of somebody else"),
        pytest.param(replace(PASSED, spf=FAIL), ("pass", "fail"), id="SPF failed"),
        pytest.param(replace(PASSED, dmarc_aligned=("spf",), dkim=()), ("fail", "pass"), id="no signature"),
        pytest.param(FAILED, ("fail", "fail"), id="failed"),
        pytest.param(replace(FAILED, dkim=(dkim("example.com"),)), ("fail", "fail"), id="From is ambiguous"),
        pytest.param(FORWARDED, ("fail", "fail"), id="a seal proves no alignment"),
    ],
)
def test_aligned_results(auth: AuthFacts, expected: tuple[str, str]) -> None:
    found = row(auth)
    assert (found.dkim, found.spf) == expected


def test_signatures_that_tell_most_come_first_and_have_a_bound() -> None:
    many = tuple(dkim(f"n{number}.example", FAIL, reason="expired") for number in range(500))
    some = (*many, dkim("other.example"), dkim("mail.example.com"), dkim("example.com"))
    found = row(replace(PASSED, dkim=some)).dkim_results
    assert len(found) == MAX_SIGNATURES
    assert [each.domain for each in found[:4]] == ["example.com", "mail.example.com", "other.example", "n0.example"]
    assert (found[0].text, found[3].text) == ("", "expired")


def test_identifiers_without_an_end_are_cut() -> None:
    endless = "a" * 65_536
    found = row(
        replace(
            PASSED,
            from_domain=endless,
            spf_domain=endless,
            dkim=(dkim(endless, FAIL, endless, endless),),
            client=replace(CLIENT, sender=f"x@{endless}"),
        )
    )
    signature = found.dkim_results[0]
    names = [found.header_from, found.envelope_from, found.spf_result.domain, signature.domain, signature.selector]
    assert [len(name) for name in names] == [NAME_CHARACTERS] * 5
    assert len(signature.text) == 100


@pytest.mark.parametrize(
    ("sender", "expected"),
    [("", ""), ("<>", ""), ("a@b@c.example", "c.example"), ("A@B.Example.", "b.example"), ("\udcff@\udcff.x", "?.x")],
)
def test_sender_is_said_by_its_domain_alone(sender: str, expected: str) -> None:
    assert row(replace(PASSED, client=replace(CLIENT, sender=sender))).envelope_from == expected


def test_null_sender_was_checked_by_helo() -> None:
    outcome = SpfOutcome(result=PASS, identity=SpfIdentity.HELO, domain="mx.example.com")
    auth = replace(PASSED, spf_domain="mx.example.com", spf_outcomes=(outcome,), client=replace(CLIENT, sender=""))
    assert row(auth).spf_result == SpfRow("mx.example.com", "helo", "pass")


@pytest.mark.parametrize(
    ("address", "expected"),
    [("::ffff:192.0.2.7", "192.0.2.7"), ("2001:DB8:0::1", "2001:db8::1"), ("198.51.100.1", "198.51.100.1")],
)
def test_addresses_are_written_in_one_way(address: str, expected: str) -> None:
    assert row(replace(PASSED, client=replace(CLIENT, address=address))).source == expected


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "a..b",
        "a/b",
        "/etc/passwd",
        "../x",
        "a.example/",
        "-a.example",
        "a-.example",
        "a b.example",
        "a.example\n",
        "a\x00.example",
        "ä.example",
        "A.EXAMPLE",
        "a!b.example",
        "a:b",
        "a" * 254,
        ".a",
        "a.",
        "a\\b",
    ],
)
def test_no_policy_domain(name: str) -> None:
    assert not is_policy_domain(name)


@pytest.mark.parametrize("name", ["example.com", "_dmarc.a-b.example", "xn--mller-kva.example", "com", "a" * 253])
def test_policy_domain(name: str) -> None:
    assert is_policy_domain(name)


def test_deciding_what_is_a_domain_takes_no_time() -> None:
    began = time.monotonic()
    for name in ("-" * 100_000, "a-" * 126 + "!", "a." * 126 + "!", "_" * 252 + "!"):
        assert not is_policy_domain(name)
    assert time.monotonic() - began < 0.5


@pytest.mark.parametrize(
    ("recipients", "expected"),
    [
        (("rua@our.example",), True),
        (("RUA@Our.Example", "<noreply@our.example>"), True),
        ((), False),
        (("rua@our.example", "anna@our.example"), False),
        (("rua@our.example.evil.example",), False),
        (("",), False),
    ],
)
def test_mail_to_report_mailboxes_alone(recipients: tuple[str, ...], expected: bool) -> None:
    assert is_to_report_mailboxes(recipients, ("rua@our.example", "noreply@our.example", "")) is expected


@pytest.mark.parametrize(
    ("auth", "finding", "expected"),
    [
        (FAILED, "dmarc_fail", True),
        (FAILED, "dmarc_reject", False),
        (WATCHED, "dmarc_fail", False),
        (PASSED, "dmarc_fail", False),
    ],
    ids=["excused", "not excused", "p=none says nothing", "passed"],
)
def test_list_is_what_a_detector_excused(auth: AuthFacts, finding: str, expected: bool) -> None:
    found = Finding(id=finding, pool="auth", category="spoofing", weight=0.5, summary="s")
    verdict = Verdict(id="m1", action=Action.ACCEPT, findings=(found,), auth=auth)
    assert came_through_list(verdict) is expected
