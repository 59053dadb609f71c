"""Every field of rules: what it reads from a mail, and that nothing in a mail makes one raise."""

from __future__ import annotations

import time
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from mailcore.authentication import AuthFacts, AuthResult, AuthSource, DkimResult
from mailcore.fields.claims import phone_numbers, sums_of_money, wallets
from mailcore.fields.words import bare_subject
from mailcore.identity import identify
from mailcore.links import find_links, make_link
from mailcore.message import Envelope, Header, LinkOrigin, Message, Part
from mailcore.organisation import Acquaintance, Organisation
from mailcore.parse import parse
from mailcore.rule_fields import FIELDS, Kind, Value, find_field
from mailcore.view import FileFacts, ImageFacts, Lists, MailView
from tests.mail import mail

RECEIVED_AT = 1_767_607_200.0  # Mon, 05 Jan 2026 10:00:00 +0000


def view(text: str = "", *, html: str = "", links: Iterable[str] = (), **headers: str) -> MailView:
    """A mail to bob@example.net; `list_id=` is the header List-Id."""
    found = [*find_links(text), *(make_link(href, origin=LinkOrigin.HTML) for href in links)]
    message = Message(
        id="m1",
        headers=tuple(Header(name.replace("_", "-"), value) for name, value in headers.items()),
        text=text,
        html_text=html,
        links=tuple(link for link in found if link is not None),
    )
    return MailView(envelope=Envelope(recipients=("bob@example.net",), received_at=RECEIVED_AT), message=message)


def auth(spf: AuthResult, dkim: tuple[DkimResult, ...] = (), *, arc: AuthResult = AuthResult.NONE) -> AuthFacts:
    return AuthFacts(source=AuthSource.REPLAYED, spf=spf, dkim=dkim, arc=arc)


def value(name: str, seen: MailView) -> Value:
    field = find_field(name)
    assert field is not None, name
    return field.read(seen)


QUOTED = "Yes, please.\n\nOn Mon, 5 Jan 2026 at 10:00, Alice <alice@example.com> wrote:\n> Shall I?\n"
ENGLISH = "Please send the documents to our office in the afternoon, we have waited for them since last week."


@pytest.mark.parametrize(
    ("name", "seen", "expected"),
    [
        ("subject.bare", view(Subject="Re: Fwd: [list] AW: Your invoice"), ("Your invoice",)),
        ("subject.bare", view(Subject="Regarding: it"), ("Regarding: it",)),
        ("subject.is_reply", view(Subject="Antw: x"), True),
        ("subject.is_reply", view(Subject="Reply: x"), False),
        ("subject.is_forward", view(Subject="WG: x"), True),
        ("subject.length", view(Subject="abc d"), 5.0),
        ("subject.words", view(Subject="abc d"), 2.0),
        ("subject.emojis", view(Subject="\U0001f389 Win \U0001f389"), 2.0),
        ("text.own", view(QUOTED), ("Yes, please.\n\n",)),
        ("text.quoted", view("Hello"), ()),
        ("text.opening", view("  Dear customer,\nyour account"), ("Dear customer,\nyour account",)),
        ("text.language", view(ENGLISH), ("en",)),
        ("text.words", view("one two three"), 3.0),
        ("text.own.words", view("Yes\n> no no no"), 1.0),
        ("text.upper_share", view("ABcd 12"), 0.5),
        ("text.alternatives_shared", view("one two", html="one three"), 0.5),
        ("text.alternatives_shared", view("one two"), 1.0),
        ("text.link_share", view("https://example.com/x"), 1.0),
        ("text.phones", view("Call +1 (888) 555-0147 now"), ("+18885550147",)),
        ("text.phones.count", view("Order 10045, 2026-01-05"), 0.0),
        ("text.sums.count", view("$1,200.50 and 300 EUR"), 2.0),
        ("text.sums.largest", view("USD 12.5 million or $300"), 12_500_000.0),
        ("text.addresses", view("write to Bank@Example.org."), ("bank@example.org",)),
        ("text.addresses.domain", view("write to a@mail.example.org"), ("example.org",)),
        ("from.local", view(From="A <Info.99@example.com>"), ("info.99",)),
        ("from.local.digits", view(From="A <info99@example.com>"), 2.0),
        ("from.is_recipient", view(From="bob@example.net"), True),
        ("from.is_recipient", view(From="bob@example.com"), False),
        ("from.is_recipient_domain", view(From="alice@mail.example.net"), True),
        ("from.name_has_recipient_domain", view(From="example.net IT <a@x.test>"), True),
        ("from.name_has_recipient", view(From="Bobby <a@x.test>"), False),
        ("subject.has_recipient", view(Subject="bob, you won"), True),
        ("subject.has_recipient", view(Subject="bobsleigh"), False),
        ("subject.has_recipient_domain", view(Subject="Your example password"), True),
        ("to.misses_recipients", view(To="undisclosed-recipients:;"), True),
        ("to.misses_recipients", view(To="Bob@Example.net"), False),
        ("to.count", view(To="a@x.test, b@x.test"), 2.0),
        ("links.have_recipient", view(links=["https://x.test/?e=bob%40example.net"]), True),
        ("links.fragment_has_recipient", view(links=["https://x.test/#Ym9iQGV4YW1wbGUubmV0"]), True),
        ("links.fragment_has_recipient", view(links=["https://x.test/bob@example.net"]), False),
        ("links.hosts_have_recipient_domain", view(links=["https://example-net.x.test/"]), True),
        ("links.hosts_have_recipient_domain", view(links=["https://www.example.net/"]), False),
        ("links.inner.domain", view(links=["https://a.test/?u=https%3A%2F%2Fwww.b.test%2F"]), ("b.test",)),
        ("links.path", view(links=["https://a.test/x?y#z"]), ("/x?y#z",)),
        ("links.foreign", view(From="a@a.test", links=["https://a.test/", "https://b.test/"]), 1.0),
        ("links.foreign_share", view(From="a@a.test"), 0.0),
        ("links.to_addresses", view(links=["http://192.0.2.7/"]), 1.0),
        ("links.punycode", view(links=["https://xn--bcher-kva.test/"]), 1.0),
        ("list.id", view(List_Id="A list <News.example.com>"), ("news.example.com",)),
        ("list.unsubscribe.domain", view(List_Unsubscribe="<mailto:u@m.a.test>,<http://b.test>"), ("a.test", "b.test")),
        ("list.one_click", view(List_Unsubscribe_Post="List-Unsubscribe=One-Click"), True),
        ("time.hour", view(Date="Mon, 05 Jan 2026 03:04:05 +0200"), 3.0),
        ("time.hour", view(Date="yesterday"), -1.0),
        ("time.weekday", view(Date="Mon, 05 Jan 2026 03:04:05 +0200"), ("monday",)),
        ("time.zone", view(Date="Mon, 05 Jan 2026 03:04:05 +0200"), ("+0200",)),
        ("time.hours_late", view(Date="Mon, 05 Jan 2026 07:00:00 +0000"), 3.0),
        ("time.hours_ahead", view(Date="Mon, 05 Jan 2026 12:00:00 +0000"), 2.0),
        ("time.hours_ahead", view(), 0.0),
        ("headers.names", view(X_A="1", Subject="s"), ("x-a", "subject")),
        ("headers.received", view(Received="a"), 1.0),
        ("message_id.domain", view(Message_Id="<1@mail.example.org>"), ("example.org",)),
        ("mailer", view(User_Agent="M 1"), ("M 1",)),
        ("message.is_automatic", view(Auto_Submitted="auto-replied"), True),
        ("message.is_automatic", view(Auto_Submitted="no"), False),
        ("auth.known", view(), False),
        ("auth.spf", view(), ()),
        ("acquaintance", view(), ("unknown",)),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)  # fmt: skip
def test_what_a_field_reads(name: str, seen: MailView, expected: Value) -> None:
    assert value(name, seen) == expected


AUTH = AuthFacts(
    source=AuthSource.REPLAYED,
    from_domain="mail.example.org",
    spf=AuthResult.PASS,
    spf_domain="bounce.example.org",
    dkim=(DkimResult(domain="a.test", result=AuthResult.PASS), DkimResult(domain="b.test", result=AuthResult.FAIL)),
    dmarc=AuthResult.FAIL,
)
ENVELOPE = Envelope(
    sender="Bounce@Mail.Example.Org",
    recipients=("bob@example.net", "carol@example.net"),
    client_address="192.0.2.7",
    client_name="host-192-0-2-7.dyn.example.com",
    helo="mail.example.com",
    tls_version="TLSv1.3",
)
OPENED = structs.replace(
    view(From="a@sub.ours.example"),
    envelope=ENVELOPE,
    auth=AUTH,
    acquaintance=Acquaintance.FIRST_CONTACT,
    organisation=Organisation(domains=("ours.example",), partners=("partner.example",)),
    images=(
        ImageFacts(part="2", text="PAY NOW", codes=("https://x.test/",), formats=("QRCode",), fingerprint="0f"),
        ImageFacts(part="4", text="a page in a document", reached="page"),
    ),
    files=(FileFacts(part="3", path="a.zip/b.docm", true_type="application/zip", macros=True, text="words"),),
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("auth.known", True),
        ("auth.aligned", True),
        ("auth.spf", ("pass",)),
        ("auth.spf.aligned", True),
        ("auth.dkim", ("pass", "fail")),
        ("auth.dkim.domains", ("a.test",)),
        ("auth.dkim.aligned", False),
        ("auth.dmarc", ("fail",)),
        ("auth.arc", ("none",)),
        ("acquaintance", ("first contact",)),
        ("from.is_own_domain", True),
        ("from.is_partner_domain", False),
        ("envelope.sender.domain", ("example.org",)),
        ("envelope.recipients.count", 2.0),
        ("envelope.recipients.local", ("bob", "carol")),
        ("envelope.reverse_name.domain", ("example.com",)),
        ("envelope.has_generic_name", True),
        ("envelope.lacks_reverse_name", False),
        ("envelope.helo.domain", ("example.com",)),
        ("envelope.has_null_sender", False),
        ("envelope.is_encrypted", True),
        ("images.text", ("PAY NOW", "a page in a document")),
        ("images.formats", ("QRCode",)),
        ("images.fingerprint", ("0f",)),
        ("images.words", 2.0),
        ("images.codes", ("https://x.test/",)),
        ("files.path", ("a.zip/b.docm",)),
        ("files.macros", True),
        ("files.encrypted", False),
    ],
)
def test_facts_beside_the_message(name: str, expected: Value) -> None:
    assert value(name, OPENED) == expected


@pytest.mark.parametrize(
    ("client_name", "lacks"), [("unknown", True), ("[192.0.2.7]", True), ("mx.example.com", False), ("", False)]
)
def test_a_client_without_a_name(client_name: str, lacks: bool) -> None:
    seen = structs.replace(view(), envelope=Envelope(client_name=client_name, client_address="192.0.2.7"))
    assert value("envelope.lacks_reverse_name", seen) is lacks


def test_parts_and_attachments() -> None:
    raw = mail(text="Hello", attachments=[("bob_voicemail.pdf.html", b"<p>x</p>"), ("photo.jpg", b"\xff\xd8")])
    message = parse(raw, message_id="m1").message
    seen = MailView(envelope=Envelope(recipients=("bob@example.net",)), message=message)
    assert value("attachments.inner_extension", seen) == ("pdf",)
    assert value("attachments.have_recipient", seen) is True
    assert value("attachments.size", seen) == 10.0
    assert value("attachments.largest", seen) == 8.0
    assert value("images.count", seen) == 1.0
    assert value("parts.depth", seen) == 1.0
    assert value("message.is_only_html", seen) is False


def test_free_mail_is_no_organisation() -> None:
    seen = structs.replace(view(Subject="Your Example account"), lists=Lists(free_mail=frozenset({"example.net"})))
    assert value("subject.has_recipient_domain", seen) is False


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        pytest.param("+44 20 7946 0958", ("+442079460958",), id="international"),
        pytest.param("call 1-888-555-0147.", ("18885550147",), id="North America"),
        pytest.param("on 2026-01-05 10:00", (), id="date"),
        pytest.param("05.01.2026 - 06.01.2026", (), id="dates"),
        pytest.param("192.0.2.7", (), id="IP address"),
        pytest.param("card 4111 1111 1111 1111", (), id="card"),
        pytest.param("tracking 00340434161094042557", (), id="tracking number"),
        pytest.param("https://x.test/18885550147", (), id="link"),
        pytest.param("invoice 100200300400", (), id="digits without separators"),
    ],
)
def test_telephone_numbers(text: str, numbers: tuple[str, ...]) -> None:
    assert phone_numbers(text) == numbers


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("$349.99", (349.99,)),
        ("EUR 1.234.567,89", (1_234_567.89,)),
        ("10,500,000.00 US dollars", (10_500_000.0,)),
        ("€5k", (5_000.0,)),
        ("2.5 million euros", (2_500_000.0,)),
        ("version 3.11, page 200", ()),
        ("100 % of 30 people", ()),
    ],
)
def test_sums_of_money(text: str, amounts: tuple[float, ...]) -> None:
    assert sums_of_money(text) == pytest.approx(amounts)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("send to 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2 today", 1),
        ("send to 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3 today", 0),
        ("0x52908400098527886E0F7030069857D2E4169EE7", 1),
        ("https://x.test/1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", 0),
        ("order 1234567890123456789012345678", 0),
    ],
    ids=["Bitcoin", "wrong checksum", "Ethereum", "in a link", "digits"],
)
def test_wallets(text: str, count: int) -> None:
    assert len(wallets(text)) == count


@pytest.mark.parametrize(
    "subject", ["", "Re:" * 1_000, "[" * 1_000, "Re: " + "[a] " * 100], ids=["empty", "Re", "brackets", "tags"]
)
def test_prefixes_without_end(subject: str) -> None:
    assert isinstance(bare_subject(subject), str)


TEXTS = st.text(max_size=80)


@settings(max_examples=150, deadline=None)
@given(st.lists(TEXTS, min_size=14, max_size=14), st.floats(allow_nan=False, min_value=0, max_value=4e9))
def test_nothing_in_a_mail_makes_a_field_raise(texts: list[str], received_at: float) -> None:
    names = ("From", "To", "Subject", "Date", "Received", "List-Id", "List-Unsubscribe", "Message-ID", "X-Mailer")
    message = Message(
        id="m",
        headers=tuple(Header(name, text) for name, text in zip(names, texts, strict=False)),
        parts=(Part(id="1", parent="1", filename=texts[9], content_type=texts[10]),),
        attachments=("1", "2"),
        text=texts[11] * 30,
        html_text=texts[12] * 30,
        links=find_links(f"https://{texts[13]} http://x.test/{texts[12]}#{texts[11]}"),
    )
    envelope = Envelope(
        sender=texts[0], recipients=(texts[1], ""), client_name=texts[2], helo=texts[3], received_at=received_at
    )
    seen = MailView(envelope=envelope, message=message)
    kinds = {Kind.TEXT: tuple, Kind.NUMBER: float, Kind.FLAG: bool}
    for field in FIELDS.values():
        assert isinstance(field.read(seen), kinds[field.kind]), field.name


@pytest.mark.parametrize("sign", ["1 ", "$1,", "a@", "+1 (", "Re:", "[", "bc1", "0x", "https://", "1.1."])
def test_fields_are_linear(sign: str) -> None:
    seen = view(sign * (500_000 // len(sign)), Subject=sign * 5_000, From=sign * 5_000, Date=sign * 5_000)
    for field in FIELDS.values():
        field.read(seen)


DISCUSSIONS = {
    "Mailman": ({"list_id": "<a.example.org>", "list_post": "<mailto:a@example.org>"}, True),
    "Yahoo Groups": ({"mailing_list": "list a@example.org", "precedence": "bulk"}, True),
    "LISTSERV": ({"list_id": "<a.example.org>", "list_owner": "<mailto:o@example.org>", "precedence": "list"}, True),
    "newsletter": ({"list_id": "<news.example.org>", "list_unsubscribe": "<https://example.org/u>"}, False),
    "forged List-Id": ({"list_id": "<8182.example.org>"}, False),
    "list that only announces": ({"list_id": "<a.example.org>", "list_post": "NO"}, False),
    "one sign alone": ({"list_post": "<mailto:a@example.org>"}, False),
    "bulk mail": ({"list_id": "<a.example.org>", "precedence": "bulk"}, False),
}


@pytest.mark.parametrize(("headers", "expected"), DISCUSSIONS.values(), ids=DISCUSSIONS.keys())
def test_discussions(headers: dict[str, str], expected: bool) -> None:
    assert value("message.is_discussion", view(**headers)) is expected


ANSWERS = {
    "answer": ({"subject": "Re: lunch", "in_reply_to": "<1@example.org>"}, True),
    "answer on a list": ({"subject": "[a] [b] AW: lunch", "references": "<1@example.org>"}, True),
    "typed by hand": ({"subject": "Re: lunch"}, False),
    "reference to nothing": ({"subject": "Lunch", "references": "<1@example.org>"}, False),
}


@pytest.mark.parametrize(("headers", "expected"), ANSWERS.values(), ids=ANSWERS.keys())
def test_answers(headers: dict[str, str], expected: bool) -> None:
    assert value("message.is_answer", view(**headers)) is expected


SIGNED = (DkimResult(domain="list.example", result=AuthResult.PASS),)
BROKEN = (DkimResult(domain="a.example", result=AuthResult.FAIL),)
UNTESTED = (DkimResult(domain="a.example", result=AuthResult.TEMPERROR),)
CLAIMS = {
    # what SPF says, DKIM, ARC; whether a discussion or an answer is believed, and whether bulk mail is
    "nobody looked": (AuthFacts(), True, True),
    "the list's server": (auth(AuthResult.PASS, BROKEN), True, True),
    "the list signs": (auth(AuthResult.FAIL, SIGNED), True, True),
    "sealed on its way": (auth(AuthResult.FAIL, BROKEN, arc=AuthResult.PASS), True, True),
    "a server without SPF": (auth(AuthResult.NONE), True, False),
    "a neutral server": (auth(AuthResult.NEUTRAL, BROKEN), True, False),
    "the DNS did not answer": (auth(AuthResult.TEMPERROR), True, True),
    "a key could not be had": (auth(AuthResult.FAIL, UNTESTED), True, True),
    "a client that may not": (auth(AuthResult.FAIL), False, False),
    "and a signature of nobody": (auth(AuthResult.SOFTFAIL, BROKEN), False, False),
}


@pytest.mark.parametrize(("facts", "is_believed", "is_bulk"), CLAIMS.values(), ids=CLAIMS.keys())
def test_what_a_mail_says_of_itself_is_not_believed_of_a_forger(
    facts: AuthFacts, is_believed: bool, is_bulk: bool
) -> None:
    seen = view(
        list_id="<a.example.org>",
        list_post="<mailto:a@example.org>",
        list_unsubscribe="<https://example.org/u>",
        subject="Re: lunch",
        in_reply_to="<1@example.org>",
    )
    seen = structs.replace(seen, auth=facts)

    assert value("message.is_discussion", seen) is is_believed
    assert value("message.is_answer", seen) is is_believed
    assert value("message.is_bulk", seen) is is_bulk
    assert identify(seen.envelope, seen.message, facts).is_list is is_believed


@pytest.mark.parametrize(
    ("known", "expected"),
    [(Acquaintance.UNKNOWN, True), (Acquaintance.KNOWN, True), (Acquaintance.FIRST_CONTACT, False)],
)
def test_who_never_wrote_nor_was_written_to_answers_nothing(known: Acquaintance, expected: bool) -> None:
    seen = view(subject="Re: lunch", in_reply_to="<1@example.org>")

    assert value("message.is_answer", structs.replace(seen, acquaintance=known)) is expected


REPORT = b"""From: MAILER-DAEMON <mailer-daemon@mx.example.org>
Subject: Undelivered mail
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

Your mailbox is full.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
--b--
"""


@pytest.mark.parametrize(
    ("raw", "sender", "expected"),
    [
        pytest.param(REPORT, "", (), id="report"),
        pytest.param(REPORT, "a@example.org", ("Your mailbox is full.",), id="somebody sent it"),
        pytest.param(
            REPORT.replace(b"message/delivery-status", b"text/csv"),
            "",
            ("Your mailbox is full.",),
            id="no report in it",
        ),
    ],
)
def test_text_of_delivery_reports(raw: bytes, sender: str, expected: tuple[str, ...]) -> None:
    message = parse(raw.replace(b"\n", b"\r\n"), message_id="m1").message
    seen = MailView(envelope=Envelope(sender=sender), message=message)
    found = value("text.own", seen)
    assert isinstance(found, tuple)
    assert tuple(text.strip().partition("\n")[0].strip() for text in found) == expected


def test_report_without_address_is_a_bounce() -> None:
    raw = b"From: MAILER-DAEMON <>\r\nSubject: Mail delivery failed\r\n\r\nIt failed.\r\n"
    assert (
        value("message.is_bounce", MailView(envelope=Envelope(), message=parse(raw, message_id="m1").message)) is True
    )


@pytest.mark.parametrize(
    ("text", "length", "words"),
    [
        pytest.param("pay now", 7, 2, id="plain"),
        pytest.param("pay \n\n\t now  ", 7, 2, id="white space"),
        pytest.param("pay" + "\u200c\xa0" * 7_000 + "now", 7, 2, id="preview padding"),
        pytest.param("p\u200ba\u00ady\u034f" + "\u200b " * 500 + "now", 7, 2, id="without width"),
        pytest.param("payé ñ 日本", 9, 3, id="letters count"),
        pytest.param("\u200b", 0, 0, id="nothing"),
    ],
)
def test_what_is_not_seen_has_no_length(text: str, length: int, words: int) -> None:
    seen = view(text)

    assert (value("text.length", seen), value("text.words", seen)) == (length, words)


def test_thousands_of_recipients_are_soon_looked_for() -> None:
    to = "".join(
        f"To: {', '.join(f'user{many}-{number}@example{many}.test' for number in range(200))}\n" for many in range(100)
    )
    raw = (to + "\n" + "example user " * 80_000).encode()
    seen = MailView(envelope=Envelope(), message=parse(raw, message_id="m1").message)
    began = time.process_time()

    found = [value(name, seen) for name in FIELDS if name.endswith(("has_recipient", "has_recipient_domain"))]

    assert not any(found)
    assert time.process_time() - began < 1.0  # a tenth of it on a quiet machine
