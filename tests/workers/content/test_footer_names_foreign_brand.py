"""Mail that footer_names_foreign_brand must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests.mail import mail
from tests.workers.content.branded import hits

LIST = [("List-Id", "<users.example.org>"), ("List-Post", "<mailto:users@example.org>")]
BAD = {
    "copyright": mail(text="See https://sign.example.org/x\n\n\u00a9 2026 Microsoft Corporation. All rights reserved."),
    "word": mail(text="See https://sign.example.org/x\n\nCopyright (c) 2026 Netflix, Inc."),
    "some real links": mail(text="https://sign.example.org/x https://help.netflix.com/\n\u00a9 2026 Netflix"),
}
GOOD = {
    "the brand": mail(sender="Netflix <info@mailer.netflix.com>", text="https://a.example.org/ \u00a9 2026 Netflix"),
    "another's footer": mail(text="https://shop.example.com/ \u00a9 2026 Example Ltd."),
    "two owners": mail(text="https://shop.example.com/ \u00a9 2026 Example Ltd. \u00a9 2026 Microsoft"),
    "mark named in passing": mail(text="https://shop.example.com/ App Store is a service mark of Apple Inc."),
    "leads to the brand": mail(
        text="https://zoom.us/j/1 https://support.netflix.com/ \u00a9 2026 Netflix https://www.netflix.com/x"
    ),
    "a word": mail(text="https://shop.example.com/ \u00a9 2026 Orange grove"),
    "list": mail(text="https://sign.example.org/x \u00a9 2026 Netflix", headers=LIST),
    "no links": mail(text="\u00a9 2026 Netflix"),
}


@pytest.mark.parametrize("raw", BAD.values(), ids=BAD.keys())
def test_is_found(raw: bytes) -> None:
    assert len(hits("footer_names_foreign_brand", raw)) == 1


@pytest.mark.parametrize("raw", GOOD.values(), ids=GOOD.keys())
def test_is_left_alone(raw: bytes) -> None:
    assert hits("footer_names_foreign_brand", raw) == []
