"""Text from pictures and files is judged like the mail's own, and nothing is found twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from msgspec import structs

from mailcore.detector import Detector, Hit
from mailcore.links import make_link
from mailcore.message import Envelope, Header, LinkOrigin, LinkUse, Message
from mailcore.rules import parse_rules
from mailcore.verdict import Finding
from mailcore.view import ImageFacts, Lists, MailView
from workers.content import build as build_content
from workers.content import compile_rules
from workers.judge_text import build_judge
from workers.pool import DerivedText
from workers.urls import build as build_urls

RULES = """\
category: fraud
rules:
  - id: gift-card
    title: T
    summary: S.
    description: D.
    weight: 3
    status: stable
    conditions: {text|contains: gift card, subject|contains: quick}
    examples:
      match: [{name: a, text: a}]
      no_match: [{name: b, text: b}]
  - id: hasty
    title: T
    summary: S.
    description: D.
    weight: 1
    status: stable
    conditions: {subject|contains: quick}
    examples:
      match: [{name: a, text: a}]
      no_match: [{name: b, text: b}]
  - id: code-of-a-shop
    title: Code
    summary: Its code leads to the shop.
    description: For tests.
    weight: 1
    status: stable
    conditions: {images.codes|contains: shop.example}
    examples:
      match: [{name: a, text: a}]
      no_match: [{name: b, text: b}]
"""
JUDGE = build_judge(build_content(compile_rules(parse_rules(RULES, "f.yaml"))), build_urls())


def judged(derived: DerivedText, *, text: str = "", images: tuple[ImageFacts, ...] = ()) -> list[Finding]:
    message = Message(id="m1", headers=(Header("Subject", "Quick task"),), text=text)
    lists = Lists(shorteners=frozenset({"short.example"}))
    return list(JUDGE(MailView(envelope=Envelope(), message=message, lists=lists, images=images), derived))


def test_rules_see_the_picture_together_with_the_mail() -> None:
    (finding,) = judged(DerivedText(part="2", source="scan.png", text="Buy a\ngift card"))
    assert (finding.id, finding.weight) == ("gift-card", 3.0)
    assert (finding.where.part, finding.where.file) == ("2", "scan.png")


@pytest.mark.parametrize(
    "derived",
    [
        pytest.param(DerivedText(part="2", source="scan.png", text="holiday photo"), id="harmless"),
        pytest.param(DerivedText(part="2", source="scan.png", text=" \n"), id="blank"),
        pytest.param(DerivedText(part="2", source="scan.png"), id="nothing"),
        pytest.param(DerivedText(part="2", source="x.pdf", text="https://www.example.com/"), id="a plain link"),
        pytest.param(DerivedText(part="2", source="x.pdf", urls=("mailto:a@example.com", "::")), id="no links"),
    ],
)
def test_nothing_is_found_in_harmless_text(derived: DerivedText) -> None:
    assert judged(derived) == []


def test_rules_ask_for_codes_in_pictures() -> None:
    images = (ImageFacts(part="2", codes=("https://shop.example/",)),)
    derived = DerivedText(part="2", source="scan.png", urls=("https://shop.example/",))
    assert [finding.id for finding in judged(derived, images=images)] == ["code-of-a-shop"]


def test_what_the_mail_itself_shows_is_not_found_again() -> None:
    assert judged(DerivedText(part="2", source="scan.png", text="gift card"), text="gift card") == []


@pytest.mark.parametrize(
    "derived",
    [
        pytest.param(DerivedText(part="2", source="x.pdf", text="see https://short.example/a"), id="in the text"),
        pytest.param(DerivedText(part="2", source="x.png", urls=("https://short.example/a",)), id="in a code"),
    ],
)
def test_links_are_judged(derived: DerivedText) -> None:
    (finding,) = judged(derived, images=(ImageFacts(part="2"),))
    assert (finding.id, finding.where.file) == ("link_uses_shortener", derived.source)


def test_other_links_of_the_mail_are_not_judged_again() -> None:
    passed = make_link("https://short.example/x", origin=LinkOrigin.HTML, use=LinkUse.PASSED)
    assert passed is not None
    message = Message(id="m1", other_links=(passed,))
    view = MailView(envelope=Envelope(), message=message, lists=Lists(shorteners=frozenset({"short.example"})))

    assert list(JUDGE(view, DerivedText(part="2", source="a.pdf", text="see https://a.example/x"))) == []


def test_what_a_link_may_lead_on_to_is_judged() -> None:
    (finding,) = judged(DerivedText(part="2", source="a.pdf", text="https://a.example/?u=https://short.example/x"))

    assert (finding.id, finding.where.file) == ("link_uses_shortener", "a.pdf")


class CountingPool:
    """The content rules, and how often they were asked about a mail without and with a text."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        pool = build_content(compile_rules(parse_rules(RULES, "f.yaml")))
        detectors = tuple(structs.replace(each, run=self._counted(each)) for each in pool.detectors)
        self.pool = structs.replace(pool, detectors=detectors)

    def _counted(self, detector: Detector) -> Callable[[MailView], Iterable[Hit]]:
        def run(view: MailView) -> Iterable[Hit]:
            if detector.id == "content_rules":
                self.texts.append(view.message.text)
            return detector.run(view)

        return run


@pytest.mark.parametrize(
    ("subject", "texts", "alone"),
    [
        pytest.param("Photos", ("the sea", "the beach", "the sun"), 0, id="texts that say nothing"),
        pytest.param("Quick task", ("buy a gift card",), 1, id="one text"),
        pytest.param("Quick task", ("buy a gift card", "a gift card", "the sea"), 1, id="several texts of one mail"),
    ],
)
def test_a_mail_is_judged_once_without_its_texts(subject: str, texts: tuple[str, ...], alone: int) -> None:
    content = CountingPool()
    judge = build_judge(content.pool, build_urls())
    view = MailView(envelope=Envelope(), message=Message(id="m1", headers=(Header("Subject", subject),)))
    for text in texts:
        list(judge(view, DerivedText(part="2", source="a.png", text=text)))
    assert content.texts.count("") == alone
    assert len(content.texts) == alone + len(texts)


def test_what_one_mail_says_is_not_taken_for_what_the_next_one_says() -> None:
    judge = build_judge(build_content(compile_rules(parse_rules(RULES, "f.yaml"))), build_urls())
    derived = DerivedText(part="2", source="a.png", text="a quick gift card")
    message = Message(id="m1", headers=(Header("Subject", "Quick task"),))
    said = MailView(envelope=Envelope(), message=structs.replace(message, text="a gift card"))
    unsaid = MailView(envelope=Envelope(), message=message)
    found = [[finding.id for finding in judge(view, derived)] for view in (said, unsaid, said)]
    assert found == [[], ["gift-card"], []]
