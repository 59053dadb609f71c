"""Every kind of bad input that forgers send, through the whole pool: judged, bounded, and never an exception."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from mailcore.authentication import AuthFacts, AuthResult, SignatureReason, SpfReason
from mailcore.message import Envelope
from mailcore.verdict import PoolStatus
from tests.workers.auth.sealing import sealed, sealers
from tests.workers.auth.signing import NAME, bare_record, record, signed
from tests.workers.auth.verifying import CLIENT, ENVELOPE, FORGED, RECORDS, facts_of, keys, mail, verify
from workers.auth.canonical import SignedMessage

P, F, N = AuthResult.PASS, AuthResult.FAIL, AuthResult.NONE
PERM, TEMP, POLICY = AuthResult.PERMERROR, AuthResult.TEMPERROR, AuthResult.POLICY

KEY_LINE = f'{NAME} TXT "{record()}"\n'


def spf_of(text: str, more: str = "", envelope: Envelope = ENVELOPE) -> tuple[AuthResult, SpfReason | None]:
    """What the pool says of MAIL FROM with that record of example.com."""
    records = RECORDS.replace("v=spf1 ip4:192.0.2.1 -all", text) + more
    facts = facts_of(mail(), envelope, records=records)
    assert facts.dmarc is not P or facts.spf is P
    return facts.spf_outcomes[0].result, facts.spf_outcomes[0].reason


def includes(count: int) -> str:
    return "".join(
        f'i{number}.example.net TXT "v=spf1 include:i{number + 1}.example.net -all"\n' for number in range(count)
    )


SPF = {
    "100 includes": ("v=spf1 include:i0.example.net -all", includes(100), PERM, SpfReason.TOO_MANY_LOOKUPS),
    "100 includes in one record": (
        "v=spf1 " + "".join(f"include:i{number}.example.net " for number in range(100)) + "-all",
        "".join(f'i{number}.example.net TXT "v=spf1 -all"\n' for number in range(100)),
        PERM, SpfReason.TOO_MANY_LOOKUPS,
    ),
    "three names that do not exist": (
        "v=spf1 a:n1.example.net a:n2.example.net a:n3.example.net ip4:192.0.2.1 -all", "",
        PERM, SpfReason.TOO_MANY_VOID_LOOKUPS,
    ),
    "include of itself": ("v=spf1 include:example.com -all", "", PERM, SpfReason.TOO_MANY_LOOKUPS),
    "redirect to itself": ("v=spf1 redirect=example.com", "", PERM, SpfReason.TOO_MANY_LOOKUPS),
    "a name that is an alias of itself": (
        "v=spf1 a:c.example.net -all", "c.example.net CNAME d.example.net\nd.example.net CNAME c.example.net\n",
        TEMP, SpfReason.NO_ANSWER,
    ),
    "an included name that is an alias of itself": (
        "v=spf1 include:c.example.net -all", "c.example.net CNAME d.example.net\nd.example.net CNAME c.example.net\n",
        TEMP, SpfReason.NO_ANSWER,
    ),
    "64 KB": ("v=spf1 " + "ip4:198.51.100.1 " * 4_000 + "+all", "", PERM, SpfReason.TOO_LONG),
    "macro without end": ("v=spf1 exists:%{i.example.net -all", "", PERM, SpfReason.MALFORMED),
    "macro that nobody knows": ("v=spf1 exists:%{x}.example.net -all", "", PERM, SpfReason.MALFORMED),
    "macro of a huge number": ("v=spf1 exists:%{d999999999999}.example.net -all", "", PERM, SpfReason.MALFORMED),
    "macro longer than a label": ("v=spf1 exists:" + "%{l}" * 40 + ".example.net -all", "", F, None),
    "macro longer than a name": ("v=spf1 exists:" + "%{l}." * 60 + "example.net -all", "", F, None),
    "term longer than a name": ("v=spf1 exists:" + "%{l}" * 200 + ".example.net -all", "", PERM, SpfReason.MALFORMED),
    "pass for everybody": ("v=spf1 +all", "", P, None),
}  # fmt: skip


@pytest.mark.parametrize(("text", "more", "result", "reason"), SPF.values(), ids=SPF)
def test_records_of_spf(text: str, more: str, result: AuthResult, reason: SpfReason | None) -> None:
    assert spf_of(text, more) == (result, reason)


KEYS = {
    "300 bit": (bare_record(2**300 - 1), PERM, SignatureReason.KEY_TOO_SHORT),
    "16 kbit": (bare_record(2**16_384 - 1), POLICY, SignatureReason.KEY_TOO_LONG),
    "an exponent as long as the key": (bare_record(2**2_048 - 1, 2**2_000 + 1), PERM, SignatureReason.KEY_MALFORMED),
    "64 KB": (record(n="x" * 65_000), PERM, SignatureReason.KEY_MALFORMED),
    "64 KB of semicolons": ("v=DKIM1" + ";" * 65_000, PERM, SignatureReason.KEY_MALFORMED),
}


@pytest.mark.parametrize(("key", "result", "reason"), KEYS.values(), ids=KEYS)
def test_keys(key: str, result: AuthResult, reason: SignatureReason) -> None:
    facts = facts_of(signed(mail()), FORGED, records=RECORDS + f'{NAME} TXT "{key}"\n')
    assert (facts.dkim[0].result, facts.dkim[0].reason, facts.dmarc) == (result, reason, F)


@pytest.mark.parametrize("key", [bare_record(2**300 - 1), bare_record(2**16_384 - 1), "v=DKIM1" + ";" * 65_000])
def test_keys_of_sealers(key: str) -> None:
    records = RECORDS + "".join(f'{name} TXT "{key}"\n' for name in sealers("list.example"))
    facts = facts_of(sealed(mail()), FORGED, records=records)
    assert (facts.arc, facts.dmarc) == (F, F)


def test_a_key_whose_name_is_an_alias_of_itself_is_not_known() -> None:
    loop = f"{NAME} CNAME x.example.com\nx.example.com CNAME {NAME}\n"
    facts = facts_of(signed(mail()), FORGED, records=RECORDS + loop)
    assert (facts.dkim[0].result, facts.dmarc) == (TEMP, TEMP)


@pytest.mark.parametrize("text", ["v=DMARC1; p=reject; " + "x" * 65_000, "v=DMARC1;" * 7_000 + "p=reject"])
def test_policies_of_64_kilobytes_hold_nobody(text: str) -> None:
    facts = facts_of(mail(), FORGED, records=RECORDS.replace("v=DMARC1; p=reject", text))
    assert facts.dmarc in (N, F, PERM)


IDN = "xn--bcher-kva.example"
IDN_RECORDS = (
    f'{IDN} TXT "v=spf1 ip4:{CLIENT} -all"\n_dmarc.{IDN} TXT "v=DMARC1; p=reject; adkim=s; aspf=s"\n'
    f'sel._domainkey.{IDN} TXT "{record()}"\nmx.example.com A {CLIENT}\n'
)


@pytest.mark.parametrize("shown", ["bücher.example", "BÜCHER.example", IDN, "bu\u0308cher.example"])
@pytest.mark.parametrize("signer", ["bücher.example", IDN])
@pytest.mark.parametrize("sender", ["a@bücher.example", f"a@{IDN}"])
def test_a_domain_is_the_same_in_a_labels_and_u_labels(shown: str, signer: str, sender: str) -> None:
    raw = mail(f"A <a@{shown}>")
    by_spf = facts_of(raw, replace(ENVELOPE, sender=sender), records=IDN_RECORDS)
    assert (by_spf.from_domain, by_spf.spf, by_spf.dmarc) == (IDN, P, P)
    by_dkim = facts_of(signed(raw, d=signer), FORGED, records=IDN_RECORDS)
    assert (by_dkim.from_domain, by_dkim.dkim_domains, by_dkim.dmarc) == (IDN, (IDN,), P)


@pytest.mark.parametrize(
    "shown", ["bücher\u2024example", "xn--\x80.example", "\u202eexample.com", "b\u00fccher", "xn--a.example"]
)
def test_names_that_no_server_can_be_asked_for_pass_nothing(shown: str) -> None:
    facts = facts_of(mail(f"A <a@{shown}>"), records=IDN_RECORDS + RECORDS)
    assert facts.dmarc is not P
    assert not facts.is_aligned


SUFFIX_RECORDS = RECORDS + f'sel._domainkey.co.uk TXT "{record()}"\n_dmarc.bank.co.uk TXT "v=DMARC1; p=reject"\n'


def test_a_public_suffix_speaks_for_nobody_below_it() -> None:
    raw = signed(mail("Bank <info@bank.co.uk>"), d="co.uk", i="@bank.co.uk")
    report = verify(raw, FORGED, records=SUFFIX_RECORDS)
    assert report.auth is not None
    assert (report.auth.dkim[0].result, report.auth.dmarc, report.auth.is_aligned) == (P, F, False)
    assert {finding.id for finding in report.findings} >= {"signer_is_public_suffix", "dmarc_reject"}


REPLAYED = {
    "another subject": (b"Subject: You have won\r\n", "signed_header_was_doubled"),
    "another recipient": (b"To: victim@example.org\r\n", "signed_header_was_doubled"),
    "another kind of body": (b"Content-Type: text/html\r\n", "signed_header_was_doubled"),
    "another author": (b"From: Boss <boss@bank.example>\r\n", "from_is_ambiguous"),
    "an author that some do not see": (b" From: Boss <boss@bank.example>\r\n", "from_is_ambiguous"),
}


@pytest.mark.parametrize(("fields", "finding"), REPLAYED.values(), ids=REPLAYED)
def test_replayed_signatures_with_more_fields_are_found(fields: bytes, finding: str) -> None:
    raw = fields + signed(mail(more="Content-Type: text/plain\r\n"))
    report = verify(raw, FORGED, records=RECORDS + keys())
    assert report.auth is not None
    assert report.auth.dkim[0].result is P
    assert finding in {found.id for found in report.findings}


@pytest.mark.parametrize("h", ["from:from:subject:subject:to:to", "from:to:subject:date:from:to:subject"])
def test_who_signs_that_there_is_no_more_is_not_replayed(h: str) -> None:
    good = signed(mail(), h=h)
    assert facts_of(good, FORGED, records=RECORDS + keys()).dmarc is P
    altered = facts_of(b"Subject: You have won\r\n" + good, FORGED, records=RECORDS + keys())
    assert (altered.dkim[0].result, altered.dmarc) == (F, F)


SMALL, LARGE = 500_000, 10_000_000
BODIES: dict[str, Callable[[int], bytes]] = {
    "spaces": lambda size: b" " * size,
    "tabs and spaces": lambda size: b" \t" * (size // 2),
    "spaces before each line end": lambda size: (b" " * 998 + b"\r\n") * (size // 1_000),
    "runs of spaces": lambda size: (b" " * 50 + b"x") * (size // 51),
    "line ends": lambda size: b"\r\n" * (size // 2),
    "CR alone": lambda size: b"\r" * size,
    "LF alone": lambda size: b"\n" * size,
    "blank lines with spaces": lambda size: b" \r\n" * (size // 3),
}


def work_on(body: bytes) -> float:
    """CPU seconds of everything that signatures need of that body, the best of two."""

    def once() -> float:
        begun = time.process_time()
        facts = facts_of(signed(mail()) + body, FORGED, records=RECORDS + KEY_LINE)
        assert facts.dkim[0].result is not AuthResult.TEMPERROR
        return time.process_time() - begun

    return min(once(), once())


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_twenty_times_the_body_is_no_more_than_twenty_times_the_work(body: Callable[[int], bytes]) -> None:
    # Twice that is left for noise; what is quadratic takes 400 times as long.
    assert work_on(body(LARGE)) < 40 * work_on(body(SMALL)) + 0.1


def test_500_signatures_cost_as_much_as_ten() -> None:
    """Bounded by what is asked and by the bodies that are hashed, not only by time."""
    head = signed(mail()).partition(b"\r\n")[0]
    many = b"".join(head.replace(b"d=example.com", b"d=d%d.example.com" % number) + b"\r\n" for number in range(500))
    facts = facts_of(many + mail(), FORGED, records=RECORDS)
    assert [each.result for each in facts.dkim[:11]] == [PERM] * 10 + [POLICY]
    assert len(facts.dkim) == 111
    message = SignedMessage(many + mail())
    assert len(message.named("dkim-signature")) == 500


HOSTILE: dict[str, tuple[bytes, Envelope]] = {
    "nothing": (b"", ENVELOPE),
    "no header": (b"\r\n\r\nbody", ENVELOPE),
    "only NUL": (b"\0" * 10_000, ENVELOPE),
    "sender without end": (mail(), replace(ENVELOPE, sender="a@" + "b." * 50_000)),
    "HELO without end": (mail(), replace(ENVELOPE, helo="x." * 50_000)),
    "HELO of controls": (mail(), replace(ENVELOPE, helo="\x00\r\n\udcff")),
    "no address": (mail(), replace(ENVELOPE, client_address="unknown")),
    "1,000 From": (b"From: <a@b%d.example>\r\n" % 7 * 1_000 + mail(), ENVELOPE),
    "2,000 domains in From": (mail(", ".join(f"<a@d{number}.example>" for number in range(2_000))), ENVELOPE),
    "seals of every instance": (
        b"ARC-Seal: i=1; a=rsa-sha256; cv=none; d=a.example; s=s; b=YQ==\r\n" * 60 + mail(),
        ENVELOPE,
    ),
}


@pytest.mark.parametrize(("raw", "envelope"), HOSTILE.values(), ids=HOSTILE)
def test_nothing_raises(raw: bytes, envelope: Envelope) -> None:
    report = verify(raw, envelope, records=RECORDS + keys())
    assert report.errors == ()
    assert report.status in (PoolStatus.OK, PoolStatus.PARTIAL)
    assert isinstance(report.auth, AuthFacts)
