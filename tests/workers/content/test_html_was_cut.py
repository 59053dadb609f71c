"""HTML that is too long to be read weighs by itself; long pictures and comments do not."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from mailcore.detector import Hit
from mailcore.message import Envelope
from mailcore.parse import parse
from mailcore.settings import ParseLimits
from mailcore.view import MailView
from tests.mail import mail
from workers.content.detectors.html_was_cut import html_was_cut


def found(look: Callable[[MailView], Iterable[Hit]], html: str) -> bool:
    message = parse(mail(text=None, html=html), message_id="m1", limits=ParseLimits(html_bytes=50_000)).message
    return bool(list(look(MailView(envelope=Envelope(), message=message))))


@pytest.mark.parametrize(
    "html",
    [
        "<br>" * 30_000,
        "<p>x</p>" * 10_000,
        " " * 60_000,
        pytest.param(f"<!--{'x' * 500_000}--><p>text</p>", id="more padding than is decoded"),
    ],
)
def test_cut(html: str) -> None:
    assert found(html_was_cut.run, html)


@pytest.mark.parametrize(
    "html",
    [
        "<p>short</p>",
        f"<img src='data:image/png;base64,{'A' * 90_000}'>",
        f"<!--{'x' * 90_000}--><p>text</p>",
        f"<script>{'x' * 90_000}</script><p>text</p>",
    ],
)
def test_not_cut(html: str) -> None:
    assert not found(html_was_cut.run, html)
