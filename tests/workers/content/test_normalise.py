"""Hidden words as people read them, and honest text as it is."""

# ruff: noqa: RUF001  # letters that look like others are what this is about

from __future__ import annotations

from collections.abc import Iterable

import pytest

from mailcore.leet import WORDS
from mailcore.message import Envelope
from mailcore.obfuscation import Obfuscation, obfuscation
from mailcore.parse import parse
from mailcore.rule_fields import find_field
from mailcore.view import MailView
from tests.mail import mail
from workers.content.normalise import normalise, normalise_prose

HIDDEN = [
    pytest.param("Verify your Раураl аccount", "Verify your Paypal account", "mixed_script_words", id="Cyrillic"),
    pytest.param("Ιnvoice attached Рlease", "Invoice attached Please", "mixed_script_words", id="Greek capitals"),
    pytest.param("new passwогd to keep", "new password to keep", "mixed_script_words", id="letters by their shape"),
    pytest.param("Get your раураӏ refund now", "Get your paypal refund now", "mixed_script_words", id="a whole word"),
    pytest.param("ᎪᏢᏢᏞᎬ store", "APPLE store", "mixed_script_words", id="Cherokee"),
    pytest.param("ᑭᗩYᑭᗩᒪ", "PaYPaL", "mixed_script_words", id="syllabics"),
    pytest.param("ᴘᴀʏᴘᴀʟ ᴀᴄᴄᴏᴜɴᴛ", "paypal account", "folded_letters", id="small capitals"),
    pytest.param("🅿🅰🆈🅿🅰🅻 now", "paypal now", "folded_letters", id="dark squares"),
    pytest.param("𝐏𝐚𝐲𝐏𝐚𝐥 𝓪𝓬𝓬𝓸𝓾𝓷𝓽", "PayPal account", "folded_letters", id="mathematical letters"),
    pytest.param("ⓅⓐⓎⓅⓐⓁ", "PaYPaL", "folded_letters", id="circled letters"),
    pytest.param("p̶a̷y̵p̴a̸l", "paypal", "folded_letters", id="struck through"),
    pytest.param("P̷̢̛a̴͝ỳ̸̡pal", "Paypal", "folded_letters", id="stacked marks"),
    pytest.param("p\U000e0061aypal", "paypal", "folded_letters", id="tags"),
    pytest.param("V I A G R A now", "VIAGRA now", "spaced_words", id="spaces"),
    pytest.param("v.i.a.g.r.a", "viagra", "spaced_words", id="dots"),
    pytest.param("your p-a-s-s-w-o-r-d", "your password", "spaced_words", id="hyphens"),
    pytest.param("п о л у ч и т е приз", "получите приз", "spaced_words", id="Russian letters"),
    pytest.param("🇻 🇮 🇦 🇬 🇷 🇦", "viagra", "spaced_words", id="regional indicators"),
    pytest.param("p4yp4l acc0unt", "paypal account", "leet_words", id="digits"),
    pytest.param("pa$$word, V!AGRA!", "password, viagra!", "leet_words", id="signs"),
    pytest.param("(b1tcoin) 'emai1'", "(bitcoin) 'email'", "leet_words", id="in brackets"),
    pytest.param("\u202elapyap\u202c account", "paypal account", "reversed_runs", id="override"),
]

HONEST = [
    "Ваш счёт заблокирован. Подтвердите данные, Сара",
    "Ο λογαριασμός σας στην PayPal έχει ανασταλεί",
    "PDF-файл, 3D-печать, USB-кабель, ITотдел",
    "5 μm, 3 μmol, 20 kΩ, Δt, β-Carotin",
    "hesabınız askıya alındı",
    "łódź, Ørsted, đồng, Ħamrun",
    "Xin chào bạn, tài khoản của bạn",
    "Größe, été, año, São Paulo",
    "Flags: 🇩🇪🇫🇷 and 🇧🇷",
    "お客様のアカウント",
    "微信号码",
    "J. R. R. Tolkien, U.S.A., e.g. S.p.A.",
    "a b c",
    "https://example.com/acc0unt?id=p4yp4l",
    "acc0unt@example.com",
    "acc0unt.example",
    "part no. C4RD-9, 0FF1CE-123, RTX4090",
    "Call 1-800-555-0100 at 4pm on the 3rd",
    "Hello! Great!",
    "x86 i386 h264 mp3 B2B",
    "שלום עולם",
    "مرحبا بالعالم",
]


@pytest.mark.parametrize(("text", "plain", "count"), HIDDEN)
def test_hidden_words_are_read_and_counted(text: str, plain: str, count: str) -> None:
    assert normalise_prose(text).decode() == plain
    assert getattr(obfuscation(text), count) > 0


@pytest.mark.parametrize("text", HONEST)
def test_honest_text_stays(text: str) -> None:
    assert normalise_prose(text) == normalise(text)
    assert obfuscation(text) == Obfuscation()


@pytest.mark.parametrize("word", sorted(set(WORDS)))
def test_known_words_stay_as_they_are(word: str) -> None:
    assert normalise_prose(f"the {word} is").decode() == f"the {word} is"


@pytest.mark.parametrize(
    "text",
    ["paypa1.example", "xn--80ak6aa92e.example", "p4yp4l", "V I A G R A", "раураl.example", "invoice\u202efdp.exe"],
)
def test_hosts_and_file_names_are_not_read(text: str) -> None:
    """A rule that spares the mail of paypal.com must not take another host for it."""
    assert normalise(text).decode() == text.replace("\u202e", "")


def test_words_in_a_long_text_are_found_wherever_they_stand() -> None:
    text = "x1y " * 900 + "p4yp4l " + "some more words " * 10_000 + "раураl"

    plain = normalise_prose(text).decode()

    assert " paypal some" in plain
    assert plain.endswith(" paypal")


@pytest.mark.parametrize(
    ("field", "raw", "value"),
    [
        ("text.leet_words", mail(text="your p4yp4l acc0unt"), 2.0),
        ("text.leet_words", mail(text="your paypal account"), 0.0),
        ("text.spaced_words", mail(text="V I A G R A"), 1.0),
        ("text.mixed_script_words", mail(text="hello"), 0.0),
        ("text.folded_letters", mail(text="hello"), 0.0),
        ("text.reversed_runs", mail(text="hello"), 0.0),
        ("text.encoding_layers", mail(text="&#80;&#97;&#121;"), 1.0),
        ("subject.obfuscated", mail(subject="V1agra"), 1.0),
        ("subject.obfuscated", mail(subject="Hello"), 0.0),
        ("from.obfuscated", mail(), 0.0),
        ("html.hiding", mail(html='<p hidden>x</p><p style="opacity:0">y</p>'), ("opacity", "attribute")),
        ("html.hiding", mail(html="<p>x</p>"), ()),
        ("html.dropped_links", mail(html='<a href="javascript:x()">y</a>'), ("javascript:x()",)),
    ],
)
def test_fields(field: str, raw: bytes, value: float | Iterable[str]) -> None:
    found = find_field(field)
    assert found is not None

    assert found.read(MailView(envelope=Envelope(), message=parse(raw, message_id="m1").message)) == value
