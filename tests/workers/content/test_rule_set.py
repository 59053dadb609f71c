"""Compiled rules: what matches, what is left alone, that patterns cannot be made slow, and that nothing raises."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from mailcore.errors import ConfigurationError
from mailcore.message import Envelope, Header, HtmlFacts, Link, Message, Part
from mailcore.rules import parse_rules
from mailcore.verdict import PoolStatus, Where
from mailcore.view import Lists, MailView
from mailio.pattern_cache import PatternCache
from workers.content import RuleSet, build, compile_rules, hit_of
from workers.content.normalise import normalise
from workers.discovery import discover
from workers.runner import check_settings, run_pool

HEAD = """\
  - id: rule-{number}
    title: T
    summary: S.
    description: D.
    weight: 2
    status: {status}
    examples:
      match: [{{name: a, text: a}}]
      no_match: [{{name: b, text: b}}]
    conditions:
"""
LISTS = Lists(free_mail=frozenset({"free.example"}), risky_tlds=frozenset({"xyz"}))


def rules(*conditions: str, status: str = "stable", cache: PatternCache | None = None) -> RuleSet:
    """Rules called rule-0, rule-1 ..., given as the YAML of their conditions."""
    bodies = (
        HEAD.format(number=number, status=status) + "".join(f"      {line}\n" for line in condition.splitlines())
        for number, condition in enumerate(conditions)
    )
    return compile_rules(parse_rules("category: test\nrules:\n" + "".join(bodies), "f.yaml"), cache)


def view(
    text: str = "", *, html: str = "", links: Iterable[str] = (), headers: Iterable[tuple[str, str]] = ()
) -> MailView:
    message = Message(
        id="m1",
        headers=tuple(Header(name, value) for name, value in headers),
        parts=(Part(id="1"),),
        text_parts=("1",),
        html_parts=("2",),
        text=text,
        html_text=html,
        links=tuple(Link(href=f"https://{host}/", host=host, domain=host) for host in links),
    )
    return MailView(envelope=Envelope(sender="Bounce@Mail.Example"), message=message, lists=LISTS)


def holds(condition: str, seen: MailView) -> bool:
    return bool(rules(condition).hits(seen))


FROM = ("From", "Alice <alice@mail.example.org>")


@pytest.mark.parametrize(
    ("condition", "seen"),
    [
        pytest.param("text|contains: gift card", view("Buy GIFT\r\n  CARDS now"), id="contains, broken over lines"),
        pytest.param("text|contains: gift card", view(html="a gift\u00a0card"), id="no-break space in HTML"),
        pytest.param("text|contains: don't", view("don\u2019t"), id="typographic quote"),
        pytest.param("text|contains: winner", view("w\u200bi\u200bnner"), id="characters without width"),
        pytest.param(
            "text|contains: winner",
            view("\U0001d430\U0001d422\U0001d427\U0001d427\U0001d41e\U0001d42b"),
            id="mathematical",
        ),
        pytest.param("text|contains: GLÜCK", view("viel glück"), id="capitals of umlauts"),
        pytest.param("text|contains: [a1, b2]", view("x b2 y"), id="one of several"),
        pytest.param("subject|contains|cased: WaImart", view(headers=[("Subject", "WaImart")]), id="cased"),
        pytest.param("from.domain: example.org", view(headers=[FROM]), id="equals without operator"),
        pytest.param("from.host|startswith: mail.", view(headers=[FROM]), id="startswith"),
        pytest.param("from.host|endswith: .org", view(headers=[FROM]), id="endswith"),
        pytest.param("links.host|endswith: .net", view(links=["a.example.com", "b.example.net"]), id="second value"),
        pytest.param("text|regex: 'a.{0,9}z'", view("a\nbc\nz"), id="dot crosses lines of text"),
        pytest.param("text|regex: '(?<!no )card'", view("gift card"), id="look-behind falls back"),
        pytest.param("from.domain|in: free_mail", view(headers=[("From", "x@free.example")]), id="in a list"),
        pytest.param("links.host|in: risky_tlds", view(links=["www.shop.xyz"]), id="in a list of endings"),
        pytest.param(
            "from.domain|same_as: reply_to.domain", view(headers=[FROM, ("Reply-To", "B@Example.ORG")]), id="same"
        ),
        pytest.param("links.count|gt: 1", view(links=["a.example", "b.example"]), id="greater"),
        pytest.param("links.count|lt: 1", view(), id="less"),
        pytest.param("links.count: 2", view(links=["a.example", "b.example"]), id="number equals"),
        pytest.param("reply_to.domain|exists: false", view(headers=[FROM]), id="does not exist"),
        pytest.param("header[X-Mailer]|exists: true", view(headers=[("x-mailer", "PHP")]), id="header exists"),
        pytest.param("message.is_list: true", view(headers=[("List-Id", "<a.example>")]), id="flag"),
        pytest.param("envelope.sender.domain: mail.example", view(), id="envelope in lower case"),
        pytest.param(
            "at_least: 2\nof: [{text|contains: a}, {text|contains: b}, {text|contains: c}]",
            view("c a"),
            id="two of three",
        ),
        pytest.param("not: {text|contains: good}", view("bad"), id="not, without any pattern found"),
        pytest.param("all: [{not: {not: {text|contains: a}}}]", view("a"), id="not not"),
    ],
)
def test_what_holds(condition: str, seen: MailView) -> None:
    assert holds(condition, seen)


@pytest.mark.parametrize(
    ("condition", "seen"),
    [
        pytest.param("text|contains: gift card", view("giftcard"), id="no space"),
        pytest.param("text|contains: gift card", view("gift and card"), id="word between"),
        pytest.param("text|contains: a.c", view("abc"), id="a dot is a dot"),
        pytest.param("text|contains: x", view(""), id="no text"),
        pytest.param("text|contains: x", view(headers=[("Subject", "x")]), id="other field"),
        pytest.param("subject|contains|cased: WaImart", view(headers=[("Subject", "Walmart")]), id="cased"),
        pytest.param(
            "from.domain: example.org", view(headers=[("From", "a@example.org.evil.net")]), id="equals is whole"
        ),
        pytest.param("links.host|endswith: .net", view(links=["net.example.com"]), id="endswith"),
        pytest.param("links.host|startswith: a.", view(links=["b.a.example"]), id="startswith"),
        pytest.param("links.host|regex: 'a.*c'", view(links=["a.example", "c.example"]), id="dot stays in one value"),
        pytest.param(
            "from.domain|in: free_mail", view(headers=[("From", "x@notfree.example")]), id="list is whole labels"
        ),
        pytest.param("from.domain|in: free_mail", view(), id="nothing in a list"),
        pytest.param("from.domain|same_as: reply_to.domain", view(headers=[FROM]), id="nothing is not the same"),
        pytest.param("links.count|gt: 1", view(links=["a.example"]), id="not greater"),
        pytest.param("text|regex: '(?<!no )card'", view("no card"), id="look-behind"),
        pytest.param(
            "at_least: 2\nof: [{text|contains: a}, {text|contains: b}, {text|contains: c}]",
            view("a a"),
            id="one of three",
        ),
        pytest.param("text|contains: a\nnot: {text|contains: b}", view("a b"), id="spared"),
        pytest.param(
            "message.is_list: true", view(headers=[("List-Unsubscribe", "<https://x.example>")]), id="bulk is no list"
        ),
    ],
)
def test_what_does_not_hold(condition: str, seen: MailView) -> None:
    assert not holds(condition, seen)


def test_the_evidence_says_where_and_what() -> None:
    hit = rules("subject|contains: prize").hits(view(headers=[("Subject", "You won a prize today")]))[0]
    assert (hit.where.header, hit.where.part) == ("Subject", "")
    assert "won a prize" in hit.where.quote
    plain, html = rules("text|contains: needle"), view("nothing", html="x " * 500 + "the needle here")
    assert plain.hits(view("a needle"))[0].where.part == "1"
    assert plain.hits(html)[0].where.part == "2"
    assert "the needle" in plain.hits(html)[0].where.quote


@pytest.mark.parametrize(
    ("text", "quote", "decoded"),
    [
        pytest.param("A pa\u200bck\u200bage waits", "A pa\u200bck\u200bage waits", "A package waits", id="split"),
        pytest.param("Your \U0001d429ackage", "Your \U0001d429ackage", "Your package", id="mathematical"),
        pytest.param("Ihre Gr\u00fc\u00dfe: package", "Ihre Gr\u00fc\u00dfe: package", "", id="only umlauts"),
        pytest.param("Your   package", "Your package", "", id="only spaces"),
        pytest.param("\u4e2d" * 500 + "pa\u200bckage", "pa\u200bckage", "package", id="far behind"),
    ],
)
def test_the_evidence_shows_hidden_words_as_they_stand_and_decoded(text: str, quote: str, decoded: str) -> None:
    where = rules("text|contains: package").hits(view(text))[0].where
    assert where.quote.endswith(quote)
    assert where.decoded.endswith(decoded)
    assert bool(where.decoded) is bool(decoded)


LINKED = [("From", "Alice <alice@mail.example.xyz>"), ("Date", "Mon, 5 Jan 2026 10:00:00 +0000")]


@pytest.mark.parametrize(
    ("condition", "where"),
    [
        pytest.param("from.domain: example.xyz", Where(header="From", quote="example.xyz"), id="part of a header"),
        pytest.param("time.weekday: monday", Where(header="Date", derived="time.weekday: monday"), id="of a header"),
        pytest.param("headers.names: date", Where(derived="headers.names: date"), id="of the message"),
        pytest.param("links.host: evil.example", Where(part="2", quote="evil.example"), id="in a link"),
        pytest.param("links.scheme: https", Where(part="2", derived="links.scheme: https"), id="of a link"),
        pytest.param("html.hidden_text|contains: pale", Where(part="2", quote="pale words"), id="hidden text"),
        pytest.param("text.own|contains: said", Where(part="2", quote="html said"), id="the only own words"),
        pytest.param(
            "from.domain|in: risky_tlds",
            Where(header="From", derived="from.domain in risky_tlds: example.xyz"),
            id="in a list",
        ),
        pytest.param("links.count|gt: 0", Where(derived="links.count: 1"), id="number"),
        pytest.param("message.is_only_html: false", Where(derived="message.is_only_html: false"), id="flag"),
        pytest.param(
            "links.count|gt: 0\nfrom.address|endswith: .xyz",
            Where(header="From", quote="alice@mail.example.xyz"),
            id="words before numbers",
        ),
        pytest.param(
            "any: [{links.count|gt: 9}, {parts.count: 1}]", Where(derived="parts.count: 1"), id="what holds of several"
        ),
        pytest.param("not: {links.count|gt: 9}", Where(), id="what is not there has no place"),
    ],
)
def test_evidence_stands_in_the_mail_or_says_of_what_it_is_derived(condition: str, where: Where) -> None:
    seen = view("> all of this is quoted", html="html said", headers=LINKED)
    message = structs.replace(
        seen.message,
        links=(Link(href="evil.example/x", host="evil.example", scheme="https", part="2"),),
        html=HtmlFacts(hidden_text="pale words"),
    )

    (hit,) = rules(condition).hits(structs.replace(seen, message=message))

    assert hit.where == where


def test_evidence_of_the_second_value_is_its_own() -> None:
    headers = [("X-A", "\u200bfirst"), ("X-A", "the pa\u200bckage")]
    where = rules("header[X-A]|contains: package").hits(view(headers=headers))[0].where
    assert (where.header, where.quote, where.decoded) == ("X-A", "the pa\u200bckage", "the package")


@pytest.mark.parametrize(
    ("condition", "text", "is_found"),
    [
        ('text|contains|raw: "a\u200bb"', "xa\u200bb", True),
        ("text|contains: ab", "xa\u200bb", True),
        ("text|contains|raw: ab", "xa\u200bb", False),
        ("text|regex|raw|cased: 'A {3}b'", "A   b", True),
        ("text|regex|raw|cased: 'A {3}b'", "a   b", False),
        ("text|regex: 'A {3}b'", "A   b", False),
        ("subject|contains|raw: a", "a", False),
    ],
    ids=["raw", "normalised", "raw leaves them", "spaces and capitals", "other capitals", "one space", "other field"],
)
def test_raw_text_is_compared_as_it_came(condition: str, text: str, is_found: bool) -> None:
    assert holds(condition, view(text)) is is_found


def test_experimental_rules_are_recorded_and_weigh_nothing() -> None:
    report = run_pool(build(rules("text|contains: a", status="experimental")), view("a"), {}, seconds=5.0)
    (finding,) = report.findings
    assert (finding.id, finding.pool, finding.category, finding.weight) == ("rule-0", "content", "test", 0.0)
    assert "would weigh 2" in finding.detail


def test_stable_rules_weigh() -> None:
    report = run_pool(build(rules("text|contains: a", "text|contains: b")), view("a"), {}, seconds=5.0)
    assert (report.status, [(f.id, f.weight) for f in report.findings]) == (PoolStatus.OK, [("rule-0", 2.0)])


def test_detectors_of_the_folder_run_beside_the_rules() -> None:
    beside_none = build(compile_rules(()))
    assert [detector.id for detector in beside_none.detectors][:1] == ["content_rules"]
    assert tuple(beside_none.detectors)[1:] == discover("workers.content")
    with pytest.raises(ConfigurationError, match=r"unknown setting 'content_rules\.speed'"):
        check_settings(beside_none, {"content_rules.speed": 5})


def test_a_message_that_was_cut_is_partial() -> None:
    cut = MailView(envelope=Envelope(), message=Message(id="m", text="a", truncated=True))
    assert run_pool(build(rules("text|contains: b")), cut, {}, seconds=5.0).status is PoolStatus.PARTIAL


def test_patterns_for_the_fallback_are_named() -> None:
    assert rules("text|contains: a").fallbacks == ()
    assert rules("text|regex: '(?<!no )card'").fallbacks == ("f.yaml:13: (?<!no )card",)


@pytest.mark.parametrize("regex", ["(?<!x)(a+)+$", "(?<!x)a*b", "(?<!x)(?:a{0,50}){0,50}b", r"(a)\1+"])
def test_patterns_that_could_run_for_ever_are_refused(regex: str) -> None:
    with pytest.raises(ConfigurationError, match=r"f\.yaml:13: hyperscan refuses this pattern"):
        rules(f"text|regex: '{regex}'")


@pytest.mark.parametrize("regex", ["(a+)+$", "(a|aa)+$", "(.*a){20}", "a*a*a*a*a*b"])
def test_patterns_that_are_slow_elsewhere_are_linear_here(regex: str) -> None:
    slow = rules(f"text|regex: '{regex}'")
    began = time.monotonic()
    slow.hits(view("a" * 200_000 + "!"))
    assert time.monotonic() - began < 2.0


def test_many_rules_cost_one_pass() -> None:
    text = "The quick brown fox jumps over the lazy dog. " * 450
    few, many = (rules(*(f"text|contains: phrase number {n}x" for n in range(count))) for count in (10, 1_000))

    def cost(compiled: RuleSet) -> float:
        times = []
        for _ in range(20):
            began = time.perf_counter()
            compiled.hits(view(text))
            times.append(time.perf_counter() - began)
        return min(times)

    assert cost(many) < 10 * cost(few) + 0.001


def test_rules_hold_from_any_thread() -> None:
    compiled = rules("text|contains: needle")
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(sum(len(compiled.hits(view("needle"))) for _ in range(200))))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [200] * 8


def test_patterns_come_back_from_the_cache(tmp_path: Path) -> None:
    cache = PatternCache([tmp_path])
    assert rules("text|contains: needle", cache=cache).hits(view("needle"))
    kept = list(tmp_path.iterdir())
    assert kept
    assert rules("text|contains: needle", cache=cache).hits(view("needle"))
    assert list(tmp_path.iterdir()) == kept
    for file, damage in zip(kept, itertools.cycle([b"damaged", b"\x91\xc4\x01x", b""])):
        file.write_bytes(damage)
    assert rules("text|contains: needle", cache=cache).hits(view("needle"))


def test_the_version_changes_with_the_rules() -> None:
    versions = {rules(condition).version for condition in ("text|contains: a", "text|contains: b", "text|equals: a")}
    assert len(versions) == 3
    assert rules("text|contains: a").version == rules("text|contains: a").version


EVERYTHING = rules(
    "text|contains: a",
    "subject|regex: '^re:'",
    "from.name|regex: 'a'",
    "from.name_address.domain|exists: true",
    "links.host|in: risky_tlds",
    "subject.hidden_letters|gt: 0",
    "text.split_words|gt: 0",
    "from.domain|same_as: to.domain",
    "text|regex: '(?<!no )card'",
)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300), st.text(max_size=100), st.text(max_size=100))
def test_nothing_in_a_mail_raises(text: str, sender: str, subject: str) -> None:
    seen = view(text + "\udc80", html=text, headers=[("From", sender), ("Subject", subject + "\ud800"), ("To", sender)])
    report = run_pool(build(EVERYTHING), seen, {}, seconds=5.0)
    assert report.errors == ()


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.characters(), max_size=300))
def test_normalised_text_is_utf8_on_one_line(text: str) -> None:
    plain = normalise(text).decode("utf-8")
    assert "\n" not in plain
    assert "  " not in plain


LIST = [("List-Id", "<a.example.org>"), ("List-Post", "<mailto:a@example.org>")]
ANSWER = [("Subject", "Re: x"), ("In-Reply-To", "<1@example.org>")]


@pytest.mark.parametrize(
    ("condition", "headers", "weights"),
    [
        pytest.param("text|contains: a", LIST, [2.0], id="spares nobody"),
        pytest.param("text|contains: a\nnot: {message.is_discussion: true}", [], [2.0], id="no list"),
        pytest.param("text|contains: a\nnot: {message.is_discussion: true}", LIST, [1.0], id="a list"),
        pytest.param("text|contains: a\nnot: {message.is_answer: true}", ANSWER, [1.0], id="an answer"),
        pytest.param("text|contains: b\nnot: {message.is_discussion: true}", LIST, [], id="other words"),
        pytest.param("text|contains: a\nnot: {message.is_list: true}", LIST, [], id="what else is spared"),
    ],
)
def test_what_spares_lists_and_answers_counts_half_there(
    condition: str, headers: list[tuple[str, str]], weights: list[float]
) -> None:
    found = rules(condition).hits(view("a", headers=headers))

    assert [hit_of(hit).weight for hit in found] == weights
