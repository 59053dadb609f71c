"""What the model sees of a mail, and (more) what it must not see."""

from __future__ import annotations

import time

import pytest

from mailcore.message import Message
from tests.workers.ml.models import PLAIN, message, names
from workers.ml.features import BREAK, FEWEST_WORDS, MOST_WORDS, read_features, visible_words


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        pytest.param("Claim your prize", {"claim", "your", "prize", "claim your", "your prize"}, id="words and pairs"),
        pytest.param("CLAIM", {"claim"}, id="case"),
        pytest.param("don\u2019t wait", {"don't", "don't wait"}, id="typographic apostrophe"),
        pytest.param("only $1,500.00 today", {"money-amount", "only money-amount"}, id="dollars"),
        pytest.param("only 1.500\u20ac today", {"money-amount"}, id="euros behind the number"),
        pytest.param("save 50% today", {"per-cent", "save per-cent"}, id="per cent"),
        pytest.param("risk-free offer", {"risk", "free", "risk free"}, id="hyphen"),
        pytest.param("Thank you. Claim it", {"claim", "claim it"}, id="the sentence after a formula"),
        pytest.param("cl\u200baim", {"claim"}, id="invisible letters inside a word"),
    ],
)
def test_is_seen(text: str, seen: set[str]) -> None:
    assert seen <= names(f"{PLAIN}\n{text}")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("2026", id="year"),
        pytest.param("Monday, 5 January 2026 10:00 GMT", id="date"),
        pytest.param("555-123-4567", id="redacted phone number"),
        pytest.param("bob@example.com", id="address"),
        pytest.param("https://shop.example/offer?id=1", id="link"),
        pytest.param("shop.example", id="bare host"),
        pytest.param("hxxps://shop[.]example", id="defanged link"),
        pytest.param("unsubscribe", id="footer of a list"),
        pytest.param("mailing list archives", id="list machinery"),
        pytest.param("Copyright, all rights reserved: privacy policy", id="footer that anyone can copy"),
        pytest.param("> cheap watches", id="quoted text"),
        pytest.param("Alice Example wrote:", id="attribution"),
        pytest.param("+++ b/mm/slab.c", id="patch"),
        pytest.param("-- \nAlice, Example University", id="signature"),
        pytest.param("_______________________________________________\nblinux", id="footer of Mailman"),
        pytest.param("WA NY CA", id="states"),
        pytest.param("invoice payment receipt", id="bookkeeping, real and faked alike"),
        pytest.param("Thank you for choosing our roofers", id="formula of a letter"),
        pytest.param("Regards, Alice", id="closing of a letter"),
        pytest.param("x" * 5_000, id="encoded data"),
        pytest.param("slab_alloc", id="identifier"),
    ],
)
def test_is_not_seen(text: str) -> None:
    assert names(f"{PLAIN}\n{text}") - names(PLAIN) <= {"all"}


@pytest.mark.parametrize(
    "subject",
    [
        pytest.param("Re: minutes", id="reply"),
        pytest.param("RE: Re[2]: minutes", id="replies"),
        pytest.param("[Samba] minutes", id="tag of a list"),
        pytest.param("Fwd: [dev] Re: minutes", id="forwarded list mail"),
        pytest.param("[SPAM] minutes", id="verdict of another filter"),
    ],
)
def test_marks_of_threads_and_lists_in_the_subject_are_not_seen(subject: str) -> None:
    assert names(PLAIN, subject=subject) == names(PLAIN, subject="minutes")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("act now. Claim", "now claim", id="end of a sentence"),
        pytest.param("click 123 here", "click here", id="a number between"),
        pytest.param("click unsubscribe here", "click here", id="a masked word between"),
    ],
)
def test_words_that_are_no_neighbours_are_no_pair(first: str, second: str) -> None:
    assert second not in names(f"{PLAIN}\n{first}")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("Claim your prize now", id="a few words"),
        pytest.param("word " * (FEWEST_WORDS + 5), id="no English"),
        pytest.param(
            "Sehr geehrte Damen und Herren, wir freuen uns, Ihnen mitteilen zu können, dass Ihre Bestellung heute "
            "versandt wurde und in den nächsten Tagen bei Ihnen eintreffen wird. Mit freundlichen Grüßen",
            id="German",
        ),
        pytest.param(
            "Estimado cliente, le informamos que su pedido ha sido enviado y que llegará en los próximos días a la "
            "dirección que nos indicó. Muchas gracias por su confianza. Un saludo cordial de todo el equipo",
            id="Spanish",
        ),
        pytest.param(
            "Prezado cliente, informamos que o seu pedido foi enviado e que chegará nos próximos dias no endereço "
            "que nos indicou. Muito obrigado pela sua confiança. Um abraço de toda a nossa equipe de vendas",
            id="Portuguese",
        ),
        pytest.param("Уважаемый клиент, ваш заказ отправлен и будет доставлен в ближайшие дни. " * 3, id="Russian"),
        pytest.param("您的订单已发货,预计几天内送达。" * 20, id="Chinese"),
    ],
)
def test_says_nothing(text: str) -> None:
    assert read_features(message(text)) is None


def test_html_is_read_before_plain_text() -> None:
    assert "html" not in names("nothing of this is read", html_text=PLAIN * 3)
    assert "nothing" not in names("nothing of this is read", html_text=PLAIN * 3)


def test_plain_text_is_read_where_html_is_only_a_button() -> None:
    assert {"click", "minutes"} <= names(PLAIN, html_text="Click here")


def test_the_same_words_have_the_same_keys_for_ever() -> None:
    """Weights on disk belong to these keys: whoever changes them must count up FEATURES_VERSION and train again."""
    features = read_features(message(PLAIN))
    assert features is not None
    named = {features.name(index): int(key) for index, key in enumerate(features.keys)}
    assert (named["minutes"], named["the minutes"]) == (2691386019, 493750614)


def test_keys_are_distinct_and_ascending() -> None:
    features = read_features(message(f"{PLAIN}\n{PLAIN}"))
    assert features is not None
    keys = features.keys.tolist()
    assert keys == sorted(set(keys))
    assert 0 not in keys


HOSTILE = [
    pytest.param(message("\ud800" * 1_000 + PLAIN), id="lone surrogates"),
    pytest.param(message("\x00" * 1_000 + PLAIN), id="NUL"),
    pytest.param(message(PLAIN, subject="Re: " * 100_000), id="a subject of reply marks"),
    pytest.param(message(PLAIN, subject="[" * 100_000), id="a subject of brackets"),
    pytest.param(message("\n" * 1_000_000), id="empty lines"),
    pytest.param(message("a." * 500_000), id="one endless chunk"),
    pytest.param(message("\u200b" * 1_000_000), id="invisible letters"),
    pytest.param(message(PLAIN + " you" * 500_000), id="endless words"),
    pytest.param(message(html_text="İ" * 1_000_000), id="letters that grow in lower case"),
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_bounded(hostile: Message) -> None:
    began = time.process_time()
    words = visible_words(hostile)
    read_features(hostile)
    assert len(words) <= MOST_WORDS
    assert all(word == BREAK or len(word) <= 20 for word in words)
    assert time.process_time() - began < 0.5
