"""The same messages every time, a fair sample in every first part, and filters that leave out what they say."""

from __future__ import annotations

import statistics
from pathlib import Path

import pytest

from bench.messages import (
    SEED,
    Candidate,
    as_sent,
    choose_messages,
    pick,
    plain_only,
    spread_out,
    wanted_sizes,
    without_attachments,
)
from bench.packets import Mail
from bench.synthetic import synthetic_mails


def mail(name: str, raw: bytes) -> Mail:
    return Mail(name=name, raw=raw)


def with_part(content_type: str, extra: bytes = b"") -> bytes:
    return (
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n'
        b"--b\r\nContent-Type: " + content_type.encode() + b"\r\n" + extra + b"\r\nx\r\n--b--\r\n"
    )


PLAIN = mail("plain", b"Subject: a\r\n\r\nhi\r\n")
HTML = mail("html", with_part("text/html"))
PICTURE = mail("picture", with_part("image/png"))
DOCUMENT = mail("document", with_part("application/pdf"))
ATTACHED_TEXT = mail("attached-text", with_part("text/plain", b"Content-Disposition: attachment\r\n"))
NAMED_TEXT = mail("named-text", with_part('text/plain; name="a.txt"'))
EVERY = (PLAIN, HTML, PICTURE, DOCUMENT, ATTACHED_TEXT, NAMED_TEXT)


def names(mails: tuple[Mail, ...]) -> list[str]:
    return [mail.name for mail in mails]


def test_without_attachments() -> None:
    assert names(without_attachments(EVERY)) == ["plain", "html"]


def test_plain_only() -> None:
    assert names(plain_only(EVERY)) == ["plain"]


@pytest.mark.parametrize(
    ("raw", "sent"),
    [
        pytest.param(b"A: 1\n\nhi\n", b"A: 1\r\n\r\nhi\r\n", id="lf"),
        pytest.param(b"A: 1\r\n\r\nhi\r\n", b"A: 1\r\n\r\nhi\r\n", id="crlf-stays"),
        pytest.param(b"From x@example.net Mon\nA: 1\n\n", b"A: 1\r\n\r\n", id="mbox-line"),
        pytest.param(b"From: x@example.net\n\n", b"From: x@example.net\r\n\r\n", id="from-field-is-no-mbox-line"),
    ],
)
def test_as_sent(raw: bytes, sent: bytes) -> None:
    assert as_sent(raw) == sent


def test_wanted_sizes_have_the_median_and_the_tail() -> None:
    sizes = wanted_sizes(1001)
    assert statistics.median(sizes) == pytest.approx(20_000)
    assert statistics.fmean(sizes) > 3 * statistics.median(sizes)


def candidates() -> list[Candidate]:
    return [
        Candidate(Path(f"{source}/{number}"), source, 500 * number)
        for source, count in (("large-source", 900), ("small-source", 100))
        for number in range(1, count + 1)
    ]


def test_pick_takes_none_twice_and_mixes_sources() -> None:
    chosen = pick(candidates(), 60)
    assert len({candidate.path for candidate in chosen}) == 60
    small = sum(candidate.source == "small-source" for candidate in chosen)
    assert small >= 20, "the source with few messages is as welcome as the one with many"


def test_pick_is_the_same_every_time() -> None:
    assert pick(candidates(), 40) == pick(candidates(), 40)


def test_pick_of_more_than_there_are() -> None:
    assert len(pick(candidates()[:5], 40)) == 5


def test_every_first_part_is_a_fair_sample() -> None:
    mails = spread_out(mail(str(number), b"x" * number) for number in range(1, 401))
    whole = statistics.fmean(len(mail.raw) for mail in mails)
    for first in (16, 50, 130):
        part = statistics.fmean(len(mail.raw) for mail in mails[:first])
        assert part == pytest.approx(whole, rel=0.1)
    assert len({mail.name for mail in mails}) == 400


def test_without_corpora_the_mail_is_made_here(tmp_path: Path) -> None:
    chosen = choose_messages(40, shared=None, cache=tmp_path)
    again = choose_messages(40, shared=None, cache=tmp_path)
    assert chosen.origin == "synthetic"
    assert chosen.mails == again.mails
    assert len(chosen.mails) == 40
    assert without_attachments(chosen.mails)
    assert plain_only(chosen.mails)
    assert len(without_attachments(chosen.mails)) < 40


def test_synthetic_mail_has_about_the_size_that_was_asked_for() -> None:
    mails = synthetic_mails(10, seed=SEED, sizes=[40_000.0] * 10)
    for made in mails:
        assert 25_000 < len(made.raw) < 60_000, made.name


def test_synthetic_mail_has_crlf_only() -> None:
    for made in synthetic_mails(10, seed=SEED, sizes=[3_000.0] * 10):
        assert made.raw.count(b"\n") == made.raw.count(b"\r\n"), made.name
