"""Authentication-Results of trusted servers: what strangers quote in them, and which From they speak of."""

from __future__ import annotations

import pytest

from mailcore.authentication import AuthFacts, AuthorProblem, AuthResult, AuthSource
from mailcore.authentication_results import authserv_id, read_authentication_results, read_sealed_results
from mailcore.parse import parse

P, F, N = AuthResult.PASS, AuthResult.FAIL, AuthResult.NONE


def read(value: str, *senders: str) -> AuthFacts:
    fields = "".join(f"From: {sender}\r\n" for sender in senders or ("a@evil.example",))
    raw = f"Authentication-Results: {value}\r\n{fields}\r\nbody\r\n".encode()
    return read_authentication_results(parse(raw, message_id="test").message, ("mx.test",))


def signers(facts: AuthFacts) -> list[tuple[str, AuthResult]]:
    return [(each.domain, each.result) for each in facts.dkim]


@pytest.mark.parametrize(
    ("results", "spf", "domain"),
    [
        pytest.param("spf=pass smtp.mailfrom=a@good.example", P, "good.example", id="plain"),
        pytest.param('spf=pass smtp.mailfrom="a b"@good.example', P, "good.example", id="quoted local part"),
        pytest.param('spf=pass smtp.mailfrom="a@good.example"', P, "good.example", id="quoted value"),
        pytest.param("spf = pass\r\n (why; (so))\r\n smtp.mailfrom = good.example", P, "good.example", id="folded"),
        pytest.param("spf=pass smtp.helo=mx.good.example", P, "mx.good.example", id="HELO"),
        pytest.param(
            'spf=pass smtp.mailfrom="x smtp.mailfrom=a@bank.example "@evil.example', P, "evil.example", id="property"
        ),
        pytest.param(
            r'spf=pass smtp.mailfrom="x\" smtp.mailfrom=a@bank.example \""@evil.example', P, "evil.example", id="escape"
        ),
        pytest.param(
            r'spf=pass smtp.mailfrom="\"x@bank.example\"@evil.example"', P, "evil.example", id="quotation in a value"
        ),
        pytest.param(
            'spf=fail smtp.mailfrom="x; spf=pass smtp.mailfrom=a@bank.example;"@evil.example',
            F,
            "evil.example",
            id="result",
        ),
        pytest.param(
            "spf=pass smtp.mailfrom=evil.example smtp.mailfrom=bank.example", P, "evil.example", id="first property"
        ),
        pytest.param('spf=pass smtp.mailfrom="bank.example" @evil.example', P, "evil.example", id="space before @"),
        pytest.param('spf=pass smtp.mailfrom="bank.example"(x)@evil.example', P, "evil.example", id="comment before @"),
        pytest.param(
            "spf=pass envelope-from=x/smtp.mailfrom=bank.example smtp.mailfrom=evil.example",
            P,
            "evil.example",
            id="inside of another word",
        ),
        pytest.param(
            'spf=fail smtp.mailfrom="=?utf-8?q?=22=3B_spf=3Dpass_smtp=2Emailfrom=3Dbank=2Eexample?="@evil.example',
            F,
            "evil.example",
            id="encoded word",
        ),
        pytest.param('spf=fail smtp.mailfrom="x; spf=pass smtp.mailfrom=bank.example', F, "", id="quotation unended"),
        pytest.param('"spf=pass smtp.mailfrom=bank.example"', N, "", id="all quoted"),
        pytest.param("(spf=pass smtp.mailfrom=bank.example)", N, "", id="all a comment"),
    ],
)
def test_what_is_quoted_is_part_of_one_value(results: str, spf: AuthResult, domain: str) -> None:
    # Behind it a method that is always there, so that somebody wrote at all.
    facts = read(f"mx.test; iprev=pass; {results}")
    assert (facts.source, facts.spf, facts.spf_domain) == (AuthSource.TRUSTED_HEADER, spf, domain)
    _, sealed = read_sealed_results(f"mx.test; {results}")
    if "=?" not in results:
        assert (sealed.spf, sealed.spf_domain) == (spf, domain)


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        pytest.param('dkim=pass header.d=evil.example header.i="x header.d=bank.example "@evil.example', P, id="i="),
        pytest.param("dkim=pass (a (b; dkim=pass header.d=bank.example) c) header.d=evil.example", P, id="nested"),
        pytest.param(r"dkim=fail (a \) ; dkim=pass header.d=bank.example) header.d=evil.example", F, id="escaped end"),
        pytest.param("dkim=pass header.d=evil.example (a (b); dkim=pass header.d=bank.example", P, id="unended"),
        pytest.param(
            "dkim=pass header.d=evil.example " + "(" * 9_000 + ")" * 100 + "; dkim=pass header.d=bank.example",
            P,
            id="deep",
        ),
        pytest.param('dkim=pass reason="; dkim=pass header.d=bank.example" header.d="evil.example"', P, id="reason"),
    ],
)
def test_one_signature(results: str, expected: AuthResult) -> None:
    assert signers(read(f"mx.test; {results}")) == [("evil.example", expected)]
    assert signers(read_sealed_results(f"mx.test; {results}")[1]) == [("evil.example", expected)]


def test_a_nested_comment_holds_no_results() -> None:
    facts = read("mx.test; spf=fail (why (a; dkim=pass header.d=bank.example (b))) smtp.mailfrom=a@evil.example")
    assert (facts.spf, facts.spf_domain, facts.dkim) == (F, "evil.example", ())


@pytest.mark.parametrize(
    ("senders", "results", "dmarc", "is_aligned"),
    [
        pytest.param(("a@bank.example",), "dmarc=pass header.from=Bank.Example", P, True, id="the same"),
        pytest.param(("a@bank.example",), "dmarc=pass", P, True, id="not said"),
        pytest.param(("a@bank.example",), "dmarc=fail header.from=bank.example", F, False, id="fail"),
        pytest.param(("a@bank.example",), "dmarc=pass header.from=evil.example", N, False, id="another"),
        pytest.param(("a@bank.example",), "dmarc=fail header.from=evil.example", N, False, id="fail of another"),
        pytest.param(("a@x.bank.example",), "dmarc=pass header.from=bank.example", N, False, id="the one above"),
        pytest.param(
            ("a@evil.example, Bank <ceo@bank.example>",), "dmarc=pass header.from=evil.example", N, False, id="two"
        ),
        pytest.param(
            ("Bank <ceo@bank.example>, a@evil.example",), "dmarc=pass header.from=bank.example", N, False, id="turned"
        ),
        pytest.param(("a@evil.example, Bank <ceo@bank.example>",), "dmarc=pass", N, False, id="two, not said"),
        pytest.param(
            ("a@evil.example, Bank <ceo@bank.example>",), "dkim=pass header.d=evil.example", N, False, id="two, DKIM"
        ),
        pytest.param(
            ("a@evil.example, Bank <ceo@bank.example>",), "spf=pass smtp.mailfrom=evil.example", N, False, id="two, SPF"
        ),
        pytest.param(
            ("a@evil.example, Bank <ceo@bank.example>",), "dmarc=fail header.from=evil.example", F, False, id="two fail"
        ),
        pytest.param(("a@evil.example", "ceo@bank.example"), "dmarc=pass", N, False, id="two fields"),
        pytest.param(("nobody",), "dmarc=pass", N, False, id="no address"),
        # One owner answers for both, as where it is verified here.
        pytest.param(("a@bank.example, b@bank.example",), "dmarc=pass", P, True, id="two of one domain"),
        pytest.param(
            ('"a@evil.example" <ceo@bank.example>',), "dmarc=pass header.from=bank.example", P, True, id="as name"
        ),
    ],
)
def test_dmarc_is_about_the_from_that_is_read(
    senders: tuple[str, ...], results: str, dmarc: AuthResult, is_aligned: bool
) -> None:
    facts = read(f"mx.test; {results}", *senders)
    assert (facts.dmarc, facts.is_aligned) == (dmarc, is_aligned)


def test_problems_of_from_are_told() -> None:
    facts = read("mx.test; dmarc=pass", "a@evil.example, Bank <ceo@bank.example>")
    assert facts.author_problems == (AuthorProblem.SEVERAL_DOMAINS,)
    assert facts.from_domain == "evil.example"
    assert read("mx.test; dmarc=pass").author_problems == ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("MX.test 1; none", "mx.test", id="version"),
        pytest.param('"mx.test"; none', "mx.test", id="quoted"),
        pytest.param("(a; (b)) mx.test(c); none", "mx.test", id="comments"),
        pytest.param("", "", id="empty"),
        pytest.param("; mx.test", "", id="no name"),
        pytest.param("(mx.test; dmarc=pass", "", id="comment unended"),
        pytest.param('"mx.test; dmarc=pass', "", id="quotation unended"),
    ],
)
def test_name_of_the_server(value: str, expected: str) -> None:
    assert authserv_id(value) == expected


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        '"' * 100_001,
        '"' + "\\" * 100_001,
        "()" * 50_000,
        " " * 100_000 + "x",
        ";" * 100_000,
        "\x000\x00",
    ],
    ids=["brackets", "quotes", "backslashes", "comments", "spaces", "semicolons", "marks"],
)
def test_hostile_values_are_bounded(text: str) -> None:
    _, facts = read_sealed_results(f"mx.test; spf=fail smtp.mailfrom=a@evil.example {text}; dkim=pass header.d={text}")
    assert (facts.spf, facts.spf_domain) == (F, "evil.example")
