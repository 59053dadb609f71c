"""Mail that pictures_of_brand_lead_elsewhere must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests.mail import mail
from tests.workers.content.branded import hits

NAME = "pictures_of_brand_lead_elsewhere"
LURE = "Your account has been suspended. Please verify your account."


def page(picture: str, *targets: str, text: str = LURE, **more: object) -> bytes:
    links = "".join(f'<a href="{target}">Open</a>' for target in targets)
    return mail("Notice", None, f'<img src="{picture}"><p>{text}</p>{links}', **more)  # type: ignore[arg-type]


BAD = {
    "bank's logo": page("https://www.hsbc.co.uk/logo.png", "https://sign.example.org/x"),
    "carrier's logo among others": page(
        "https://www.dhl.com/logo.png",
        "https://sign.example.org/x",
        text=LURE + '<img src="https://i.example.org/1.png">',
    ),
    "nothing but the way to pay": page("//www.paypalobjects.com/logo.png", "https://sign.example.org/x"),
}
GOOD = {
    "the brand": page(
        "https://www.hsbc.co.uk/logo.png", "https://www.example.org/", sender="HSBC <x@email.hsbc.co.uk>"
    ),
    "a partner brand": page(
        "https://www.visa.com/logo.png", "https://www.example.org/", sender="Citi <x@info6.citi.com>"
    ),
    "links to the brand": page(
        "https://www.hsbc.co.uk/logo.png", "https://www.hsbc.co.uk/x", "https://www.example.org/"
    ),
    "no lure": page("https://www.hsbc.co.uk/logo.png", "https://www.example.org/", text="Our sponsor of the year."),
    "button to follow": page(
        "https://www.facebook.com/f.png",
        "https://shop.example.org/",
        text=LURE + '<img src="https://shop.example.org/1.png">',
    ),
    "picture of one's own": page("https://shop.example.org/1.png", "https://shop.example.org/"),
    "attached picture": page("cid:logo", "https://shop.example.org/"),
    "no links": page("https://www.hsbc.co.uk/logo.png"),
}


@pytest.mark.parametrize("raw", BAD.values(), ids=BAD.keys())
def test_is_found(raw: bytes) -> None:
    assert len(hits(NAME, raw)) == 1


@pytest.mark.parametrize("raw", GOOD.values(), ids=GOOD.keys())
def test_is_left_alone(raw: bytes) -> None:
    assert hits(NAME, raw) == []
