"""DMARC: records, the tree walk, alignment, and policies that apply to what fails."""

from __future__ import annotations

import pytest

from mailcore.authentication import AuthResult, DkimResult
from mailcore.dns import NOT_ASKED, Answer, Lookup, Question
from mailcore.settings import DmarcOrganisation
from mailio.zone_file import ZoneResolver, parse_zone
from workers.auth.dmarc import DmarcOutcome, PolicyFound, find_policy, judge_alignment
from workers.auth.dmarc_record import DmarcPolicy, read_record
from workers.auth.lookups import run_lookups

P, F, T, N = AuthResult.PASS, AuthResult.FAIL, AuthResult.TEMPERROR, AuthResult.NONE
NONE, QUARANTINE, REJECT = DmarcPolicy


def asked(check: Lookup[object], zone: str) -> object:
    return run_lookups({"it": check}, ZoneResolver(parse_zone(zone, "zone")), seconds=5)["it"]


def policy_of(domain: str, zone: str, by: DmarcOrganisation = DmarcOrganisation.TREE_WALK) -> PolicyFound:
    found = asked(find_policy(domain, by=by), zone)
    assert isinstance(found, PolicyFound)
    return found


def judged(
    domain: str,
    zone: str,
    *,
    spf: tuple[AuthResult, str] = (N, ""),
    dkim: dict[str, AuthResult] | None = None,
    sample: int = 0,
    is_spf_known: bool = True,
) -> DmarcOutcome:
    signatures = [DkimResult(domain=name, result=result) for name, result in (dkim or {}).items()]
    outcome = asked(
        judge_alignment(
            policy_of(domain, zone),
            spf=spf[0],
            spf_domain=spf[1],
            dkim=signatures,
            sample=sample,
            is_spf_known=is_spf_known,
        ),
        zone,
    )
    assert isinstance(outcome, DmarcOutcome)
    return outcome


def txt(name: str, text: str) -> str:
    return f'{name} TXT "{text}"\n'


READ = {
    "plain": ("v=DMARC1; p=reject", REJECT),
    "no space": ("v=DMARC1;p=quarantine;", QUARANTINE),
    "spaces everywhere": (" v = DMARC1 ;  p = none ", NONE),
    "capitals": ("V=dmarc1; P=Reject", REJECT),
    "p= not second": ("v=DMARC1; rua=mailto:a@example.com; p=reject", REJECT),
    "unknown tags": ("v=DMARC1; p=reject; fo=1; ruf=mailto:a@b.example; ri=1; x=y", REJECT),
    "a tag twice": ("v=DMARC1; p=reject; p=none", REJECT),
    "a clause that is none": ("v=DMARC1; p=reject; rubbish; =", REJECT),
    "wrong p=, somebody to report to": ("v=DMARC1; p=rejct; rua=mailto:a@example.com", NONE),
    "no p=, somebody to report to": ("v=DMARC1; rua=mailto:a@example.com!10m", NONE),
    "wrong sp=, somebody to report to": ("v=DMARC1; p=reject; sp=x; rua=mailto:a@example.com", NONE),
    "no p=": ("v=DMARC1;", None),
    "wrong p=": ("v=DMARC1; p=rejct", None),
    "wrong sp=": ("v=DMARC1; p=reject; sp=x", None),
    "wrong np=": ("v=DMARC1; p=reject; np=", None),
    "nobody to report to": ("v=DMARC1; rua=nobody", None),
    "no version": ("p=reject", None),
    "version not first": ("p=reject; v=DMARC1", None),
    "other version": ("v=DMARC2; p=reject", None),
    "longer version": ("v=DMARC10; p=reject", None),
    "SPF": ("v=spf1 -all", None),
    "nothing": ("", None),
    "64 KB": ("v=DMARC1; " + "x" * 65_536 + "; p=reject", None),
    "NUL": ("v=DMARC1\x00; p=reject", None),
}


@pytest.mark.parametrize(("text", "policy"), READ.values(), ids=READ)
def test_records_are_read_as_receivers_read_them(text: str, policy: DmarcPolicy | None) -> None:
    record = read_record(text)
    assert (record.policy if record else None) is policy


@pytest.mark.parametrize(
    ("tags", "percentage"),
    [("pct=20", 20), ("pct=0", 0), ("pct=100", 100), ("pct=900", 100), ("pct=-1", 100), ("pct=x", 100), ("pct=²", 100)],
)
def test_percentage(tags: str, percentage: int) -> None:
    record = read_record(f"v=DMARC1; p=reject; {tags}")
    assert record is not None
    assert record.percentage == percentage


EXAMPLE = txt("_dmarc.example.com", "v=DMARC1; p=reject; sp=quarantine; np=reject")
EXISTS = "a.example.com A 192.0.2.1\nexample.com A 192.0.2.1\n"
SUFFIX = txt("_dmarc.bank.example", "v=DMARC1; p=none; sp=quarantine; np=reject; psd=y")

# domain: zone, result, where the record is, policy, organisation
FOUND = {
    "own record": ("example.com", EXAMPLE, P, "example.com", REJECT, "example.com"),
    "own record wins": (
        "a.example.com", EXAMPLE + txt("_dmarc.a.example.com", "v=DMARC1; p=none"), P, "a.example.com", NONE,
        "example.com",
    ),
    "sp": ("a.example.com", EXAMPLE + EXISTS, P, "example.com", QUARANTINE, "example.com"),
    "np": ("b.example.com", EXAMPLE + EXISTS, P, "example.com", REJECT, "example.com"),
    "np, nobody knows": (
        "b.example.com", EXAMPLE + "b.example.com STATUS timeout\n", P, "example.com", QUARANTINE, "example.com",
    ),
    "no record": ("example.com", "example.com A 192.0.2.1\n", N, "", NONE, "example.com"),
    "record for the owner of the suffix": ("a.bank.example", SUFFIX, P, "bank.example", REJECT, "a.bank.example"),
    "suffix itself": ("bank.example", SUFFIX, P, "bank.example", NONE, "bank.example"),
    "psd=n ends the walk": (
        "x.y.example.com", EXAMPLE + txt("_dmarc.y.example.com", "v=DMARC1; p=none; psd=n"), P, "y.example.com", NONE,
        "y.example.com",
    ),
    "fewest labels": (
        "x.y.example.com", EXAMPLE + txt("_dmarc.y.example.com", "v=DMARC1; p=none"), P, "example.com", REJECT,
        "example.com",
    ),
    "several records": (
        "example.com", EXAMPLE + txt("_dmarc.example.com", "v=DMARC1; p=none"), N, "", NONE, "example.com",
    ),
    "another TXT beside it": ("example.com", EXAMPLE + txt("_dmarc.example.com", "hello"), P, "example.com", REJECT,
                              "example.com"),
    "a public suffix's record without psd=": (
        "shop.co.uk", txt("_dmarc.co.uk", "v=DMARC1; p=reject"), P, "co.uk", REJECT, "shop.co.uk",
    ),
    "no answer": ("example.com", "_dmarc.example.com STATUS timeout\n", T, "", NONE, "example.com"),
    "no answer below the record": (
        "a.example.com", EXAMPLE + "_dmarc.a.example.com STATUS server failed\n", T, "", NONE, "example.com",
    ),
    "no answer above the record": (
        "example.com", EXAMPLE + "_dmarc.com STATUS timeout\n", P, "example.com", REJECT, "example.com",
    ),
    "no answer from the top alone": ("example.com", "_dmarc.com STATUS timeout\n", N, "", NONE, "example.com"),
}  # fmt: skip


@pytest.mark.parametrize(("domain", "zone", "result", "at", "policy", "organisation"), FOUND.values(), ids=FOUND)
def test_policy_of_a_domain(
    domain: str, zone: str, result: AuthResult, at: str, policy: DmarcPolicy, organisation: str
) -> None:
    found = policy_of(domain, zone)
    assert (found.result, found.at, found.policy, found.organisation) == (result, at, policy, organisation)


def test_the_walk_asks_at_most_eight_times() -> None:
    domain = ".".join("abcdefghijklmnop") + ".example.com"
    questions = next(find_policy(domain))
    names = [question.name for question in questions]
    assert len(names) == 8
    assert names[0] == f"_dmarc.{domain}"
    assert names[1] == "_dmarc.l.m.n.o.p.example.com"
    assert names[-1] == "_dmarc.com"


def test_a_name_too_long_for_the_dns_is_no_error() -> None:
    assert policy_of(("a" * 60 + ".") * 4 + "example", "").result is N


def test_by_the_public_suffix_list_only_two_names_are_asked() -> None:
    by = DmarcOrganisation.PUBLIC_SUFFIX_LIST
    names = [question.name for question in next(find_policy("a.b.example.co.uk", by=by))]
    assert names == ["_dmarc.a.b.example.co.uk", "_dmarc.example.co.uk"]
    found = policy_of("a.b.example.co.uk", txt("_dmarc.example.co.uk", "v=DMARC1; p=reject; sp=none"), by)
    assert (found.at, found.policy, found.organisation) == ("example.co.uk", NONE, "example.co.uk")


STRICT = txt("_dmarc.example.com", "v=DMARC1; p=reject; adkim=s; aspf=s")

# domain of From: zone, SPF, signatures, result
ALIGNED = {
    "SPF of the same domain": ("example.com", EXAMPLE, (P, "example.com"), {}, P),
    "SPF of a subdomain": ("example.com", EXAMPLE, (P, "bounce.example.com"), {}, P),
    "SPF in capitals": ("example.com", EXAMPLE, (P, "Example.COM."), {}, P),
    "signature of the same domain": ("example.com", EXAMPLE, (N, ""), {"example.com": P}, P),
    "signature of the organisation": ("a.example.com", EXAMPLE, (N, ""), {"example.com": P}, P),
    "signature of a sister": ("a.example.com", EXAMPLE, (N, ""), {"b.example.com": P}, P),
    "one of several signatures": ("example.com", EXAMPLE, (F, "x.test"), {"x.test": P, "example.com": P}, P),
    "strict, same": ("example.com", STRICT, (P, "example.com"), {}, P),
    "strict, subdomain": ("example.com", STRICT, (P, "a.example.com"), {"b.example.com": P}, F),
    "strict, organisation": ("a.example.com", STRICT, (N, ""), {"example.com": P}, F),
    "SPF of another": ("example.com", EXAMPLE, (P, "example.net"), {}, F),
    "signature of another": ("example.com", EXAMPLE, (N, ""), {"example.net": P}, F),
    "name that only ends alike": ("example.com", EXAMPLE, (P, "notexample.com"), {"xexample.com": P}, F),
    "nothing": ("example.com", EXAMPLE, (N, ""), {}, F),
    "softfail": ("example.com", EXAMPLE, (AuthResult.SOFTFAIL, "example.com"), {}, F),
    "broken signature": ("example.com", EXAMPLE, (N, ""), {"example.com": F}, F),
    "signature of policy": ("example.com", EXAMPLE, (N, ""), {"example.com": AuthResult.POLICY}, F),
    "public suffix": (
        "shop.co.uk", txt("_dmarc.shop.co.uk", "v=DMARC1; p=reject"), (P, "co.uk"), {"co.uk": P, "uk": P}, F,
    ),
    "public suffix with a record": (
        "shop.co.uk", txt("_dmarc.co.uk", "v=DMARC1; p=reject"), (P, "other.co.uk"), {"co.uk": P}, F,
    ),
    "public suffix for itself": ("co.uk", txt("_dmarc.co.uk", "v=DMARC1; p=reject"), (N, ""), {"co.uk": P}, P),
    "suffix by its record": ("a.bank.example", SUFFIX, (P, "b.bank.example"), {"bank.example": P}, F),
    "private suffix": (
        "me.github.io", txt("_dmarc.me.github.io", "v=DMARC1; p=reject"), (P, "you.github.io"), {"github.io": P}, F,
    ),
    "own organisation below": (
        "example.com", EXAMPLE + txt("_dmarc.y.example.com", "v=DMARC1; p=none; psd=n"), (P, "x.y.example.com"), {}, F,
    ),
    "no policy": ("example.net", EXAMPLE, (P, "example.net"), {"example.net": P}, N),
    "SPF not known": ("example.com", EXAMPLE, (T, "example.com"), {}, T),
    "signature not known": ("example.com", EXAMPLE, (F, "example.com"), {"example.com": T}, T),
    "not known, of another": ("example.com", EXAMPLE, (T, "example.net"), {"example.net": T}, F),
    "not known, but passed by the other": ("example.com", EXAMPLE, (T, "example.com"), {"example.com": P}, P),
    "policy not known": ("example.com", "_dmarc.example.com STATUS timeout\n", (F, "example.com"), {}, T),
}  # fmt: skip


@pytest.mark.parametrize(("domain", "zone", "spf", "dkim", "result"), ALIGNED.values(), ids=ALIGNED)
def test_alignment(
    domain: str, zone: str, spf: tuple[AuthResult, str], dkim: dict[str, AuthResult], result: AuthResult
) -> None:
    assert judged(domain, zone, spf=spf, dkim=dkim).result is result


@pytest.mark.parametrize(
    ("tags", "sample", "disposition"),
    [
        ("p=reject", 99, REJECT),
        ("p=reject; t=n", 0, REJECT),
        ("p=reject; t=y", 0, QUARANTINE),
        ("p=quarantine; t=y", 0, NONE),
        ("p=reject; pct=20", 19, REJECT),
        ("p=reject; pct=20", 20, QUARANTINE),
        ("p=quarantine; pct=0", 0, NONE),
        ("p=none; pct=0; t=y", 0, NONE),
    ],
)
def test_what_is_left_of_a_policy(tags: str, sample: int, disposition: DmarcPolicy) -> None:
    outcome = judged("example.com", txt("_dmarc.example.com", f"v=DMARC1; {tags}"), sample=sample)
    assert (outcome.result, outcome.disposition) == (F, disposition)


def test_without_a_client_nothing_fails() -> None:
    assert judged("example.com", EXAMPLE, is_spf_known=False).result is T
    assert judged("example.com", EXAMPLE, dkim={"example.com": P}, is_spf_known=False).result is P


def test_hundreds_of_signatures_ask_for_a_bound_number_of_names() -> None:
    found = policy_of("example.com", EXAMPLE)
    dkim = [DkimResult(domain=f"a{number}.b.c.d.example.com", result=P) for number in range(500)]
    check = judge_alignment(found, spf=N, spf_domain="", dkim=dkim)
    questions: tuple[Question, ...] = next(check)
    assert len(questions) <= 20 * 8
    answers: dict[Question, Answer] = dict.fromkeys(questions, NOT_ASKED)
    with pytest.raises(StopIteration):
        check.send(answers)
