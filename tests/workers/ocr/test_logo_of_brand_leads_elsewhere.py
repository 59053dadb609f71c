"""Mail that logo_of_brand_leads_elsewhere must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest
from msgspec import structs

from mailcore.authentication import AuthFacts
from mailcore.brands import Brand, BrandIndex
from mailcore.message import Direction, Envelope
from mailcore.organisation import Acquaintance, Organisation
from mailcore.parse import parse
from mailcore.verdict import Finding
from mailcore.view import Lists, MailView
from tests import files, files_codes
from tests.files_logos import inverted, letter, logo, png
from tests.mail import mail
from tests.workers.ocr.read import FakeRecognizer
from workers.ocr import ImageLimits, build
from workers.ocr.logos import entry_of, fingerprint
from workers.runner import run_pool

NAME = "logo_of_brand_leads_elsewhere"
BRANDS = BrandIndex(
    [
        Brand(name="Contoso Bank", domains=("contoso.example",), sector="banks"),
        Brand(name="Northwind Social", domains=("northwind.example",), shared=("northwind.site",), sector="social"),
        Brand(name="Fabrikam Post", domains=("fabrikam.example",), sector="carriers"),
    ]
)
BANK, SOCIAL, POST = logo(), logo("Northwind", icon=1), logo("Fabrikam", icon=2)
LOGOS = frozenset(
    entry_of(fingerprint(picture.convert("L")), brand)
    for picture, brand in ((BANK, "contosobank"), (SOCIAL, "northwindsocial"), (POST, "fabrikampost"))
) | {"this is no logo"}
LURE = "https://login.stranger.example/verify"
OWN = "https://www.example.com/offers"
QUICK = ImageLimits(extra_seconds=0.0)  # logos are no codes that need a second look


def found(
    raw: bytes,
    *,
    listed: frozenset[str] = LOGOS,
    auth: AuthFacts | None = None,
    acquaintance: Acquaintance = Acquaintance.FIRST_CONTACT,
    direction: Direction = Direction.INBOUND,
    own: tuple[str, ...] = (),
) -> list[Finding]:
    message = parse(raw, message_id="m")
    view = MailView(
        envelope=Envelope(direction=direction),
        message=message.message,
        brands=BRANDS,
        lists=Lists(own={"logos": listed}),
        acquaintance=acquaintance,
        organisation=Organisation(domains=own),
        auth=auth or AuthFacts(),
    )
    pool = build(FakeRecognizer(), limits=QUICK)
    parts = {part.id: message.decoded(part.id) for part in message.message.parts if not part.is_container}
    report = run_pool(pool, view, parts, seconds=30.0, judge_derived=lambda *_: ())
    assert report.errors == ()
    return [finding for finding in report.findings if finding.id == NAME]


def shows(*pictures: object, link: str = LURE, **more: object) -> bytes:
    """A mail with these pictures and a link."""
    attached = [(f"image{number:03}.png", png(picture)) for number, picture in enumerate(pictures, 1)]  # type: ignore[arg-type]
    html = f'<p>See</p><a href="{link}">Open</a>' if link else "<p>See</p>"
    return mail(html=html, attachments=attached, **more)  # type: ignore[arg-type]


BAD: dict[str, tuple[bytes, float]] = {
    "a bank's logo": (shows(BANK), 1.5),
    "half its size": (shows(BANK.resize((BANK.width // 2, BANK.height // 2))), 1.5),
    "on the brand's colour": (shows(inverted(SOCIAL)), 1.5),
    "at the top of a letter that is a picture": (shows(letter(BANK)), 1.5),
    "the sender has its name": (shows(BANK, sender="Contoso Bank <a@mail.example.com>"), 3.0),
    "so he has, and a page of his own": (shows(BANK, link=OWN, sender="Contoso Bank <a@example.com>"), 3.0),
    "the subject has its name": (shows(BANK, subject="Contoso Bank: your account"), 3.0),
    "other pictures beside a bank's": (shows(BANK, files_codes.code("12345")), 1.5),
    "a form": (mail(html=f'<form action="{LURE}"><input></form>', attachments=[("a.png", png(BANK))]), 1.5),
    "a page of somebody at a brand's host": (shows(POST, link="https://x.northwind.site/login"), 1.5),
    "a picture in the page": (mail(html=files_codes.inline(png(BANK)) + f'<a href="{LURE}">Open</a>'), 1.5),
}
GOOD: dict[str, bytes] = {
    "the brand": shows(BANK, sender="Contoso Bank <a@mail.contoso.example>"),
    "another known brand": shows(BANK, sender="Fabrikam Post <a@fabrikam.example>"),
    "a shop that takes its cards": shows(BANK, link=OWN),
    "a shop that writes about it": shows(BANK, link=OWN, subject="Now with Contoso Bank"),
    "a link to the brand besides": shows(BANK, link='https://www.contoso.example/"></a><a href="' + LURE),
    "only a link to the brand": shows(BANK, link="https://www.contoso.example/"),
    "no link": shows(BANK, link=""),
    "only links to other brands": shows(BANK, link="https://www.fabrikam.example/track"),
    "logos of several brands": shows(BANK, SOCIAL, POST),
    "a button to follow among other pictures": shows(SOCIAL, files_codes.code("12345")),
    "a page at the brand's own host for anybody": shows(SOCIAL, link="https://x.northwind.site/"),
    "an answer": shows(BANK, headers=[("In-Reply-To", "<1@example.net>")]),
    "a list where people write": shows(
        BANK, headers=[("List-Id", "<l.example.net>"), ("List-Post", "<mailto:l@example.net>"), ("Precedence", "list")]
    ),
    "another logo": shows(logo("Globex", icon=1)),
    "a picture": shows(files_codes.code("12345")),
    "a document with the logo": mail(
        html=f'<a href="{LURE}">Open</a>', attachments=[("a.docx", files_codes.office(png(BANK)))]
    ),
    "a mail address": shows(BANK, link="mailto:a@stranger.example"),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "weight"), BAD.values(), ids=BAD.keys())
def test_is_found(raw: bytes, weight: float) -> None:
    (finding,) = found(raw)
    assert finding.weight == weight


@pytest.mark.parametrize("raw", GOOD.values(), ids=GOOD.keys())
def test_is_left_alone(raw: bytes) -> None:
    assert found(raw) == []


def test_a_code_beside_the_logo_leads_as_a_link_does() -> None:
    page = letter(BANK)
    page.paste(files_codes.code(LURE).convert("RGB"), (300, 500))
    (finding,) = found(mail(attachments=[("a.png", png(page))]))
    assert "login.stranger.example" in finding.summary
    (finding,) = found(mail(attachments=[("a.zip", files.zip_file({"a.png": png(page)}))]))
    assert finding.where.quote == LURE


SPARED = {
    "nothing is listed": {"listed": frozenset[str]()},
    "nothing that is a logo": {"listed": frozenset({"x", "contosobank"})},
    "a logo of nobody": {"listed": frozenset({entry_of(fingerprint(BANK.convert("L")), "nobody")})},
    "an acquaintance": {"acquaintance": Acquaintance.KNOWN},
    "mail of our own": {"direction": Direction.OUTBOUND},
    "a sender of our own": {"own": ("example.com",)},
}


@pytest.mark.parametrize("more", SPARED.values(), ids=SPARED.keys())
def test_who_is_spared(more: dict[str, object]) -> None:
    assert found(shows(BANK), **more) == []  # type: ignore[arg-type]


def test_logos_are_not_looked_for_where_none_is_listed() -> None:
    small = BANK.resize((BANK.width * 24 // BANK.height, 24))
    message = parse(shows(BANK, small), message_id="m")
    view = MailView(envelope=Envelope(), message=message.message)
    pool = build(FakeRecognizer(), limits=QUICK)
    parts = {part.id: message.decoded(part.id) for part in message.message.parts if not part.is_container}
    gathered = pool.gather(view, parts, seconds=30.0)
    assert [image.logos for image in gathered.view.images] == [()]
    listed = structs.replace(view, lists=Lists(own={"logos": LOGOS}))
    sizes = [image.height for image in pool.gather(listed, parts, seconds=30.0).view.images if image.logos]
    assert sizes == [BANK.height, 24], "small ones are looked at for their shape, too"
