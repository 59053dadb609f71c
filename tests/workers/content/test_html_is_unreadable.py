"""HTML that is nested too deep to be read weighs by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from mailcore.detector import Hit
from mailcore.message import Envelope
from mailcore.parse import parse
from mailcore.settings import ParseLimits
from mailcore.view import MailView
from tests.mail import mail
from workers.content.detectors.html_is_unreadable import html_is_unreadable

DEEP = "<div>" * 3_000 + "<p>text</p>"


def found(look: Callable[[MailView], Iterable[Hit]], html: str) -> bool:
    message = parse(mail(text=None, html=html), message_id="m1", limits=ParseLimits(html_bytes=50_000)).message
    return bool(list(look(MailView(envelope=Envelope(), message=message))))


def test_unreadable() -> None:
    assert found(html_is_unreadable.run, DEEP)


@pytest.mark.parametrize("html", ["<p>short</p>", "<div>" * 60 + "x", "<b><p>" * 20 + "x", "<br>" * 5_000])
def test_readable(html: str) -> None:
    assert not found(html_is_unreadable.run, html)
