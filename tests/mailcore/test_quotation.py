"""Own words apart from quoted and forwarded messages."""

# ruff: noqa: RUF001  # letters that look like others are what this is about

from __future__ import annotations

import pytest

from mailcore.quotation import split_quotation

ATTRIBUTIONS = {
    "English": "On Mon, Jan 1, 2024 at 10:00 AM Bob <bob@example.com> wrote:",
    "wrapped at the address": "On Mon, Jan 1, 2024 at 10:00 AM Bob\n<bob@example.com> wrote:",
    "German": "Am 01.01.24 um 10:00 schrieb Max Mustermann:",
    "French": "Le lun. 1 janv. 2024 à 10:00, Marie <marie@example.com> a écrit :",
    "Spanish": "El lun, 1 ene 2024 a las 10:00, Ana (<ana@example.com>) escribió:",
    "Portuguese": "Em seg., 1 de jan. de 2024 às 10:00, Ana <ana@example.com> escreveu:",
    "Italian": "Il giorno lun 1 gen 2024 alle ore 10:00 Anna <anna@example.com> ha scritto:",
    "Dutch": "Op ma 1 jan 2024 om 10:00 schreef Jan <jan@example.com>:",
    "Polish": "pon., 1 sty 2024 o 10:00 Jan <jan@example.com> napisał(a):",
    "Russian": "пн, 1 янв. 2024 г. в 10:00, Иван <ivan@example.com>:",
    "Turkish": "Ali <ali@example.com>, 1 Oca 2024 Pzt, 10:00 tarihinde şunu yazdı:",
    "Chinese": "张三 <zhang@example.com> 于2024年1月1日周一 10:00写道：",
    "Japanese": "2024年1月1日(月) 10:00 山田 <yamada@example.com>:",
    "Swedish": "Den mån 1 jan. 2024 kl 10:00 skrev Sven <sven@example.com>:",
}


@pytest.mark.parametrize("attribution", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS)
def test_what_follows_an_attribution_is_quoted(attribution: str) -> None:
    assert split_quotation(f"new\n\n{attribution}\n\nold\nolder") == ("new\n", f"{attribution}\n\nold\nolder")


@pytest.mark.parametrize("attribution", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS)
def test_answers_below_marked_lines_are_own_words(attribution: str) -> None:
    own, quoted = split_quotation(f"{attribution}\n> old\nnew\n> older\nnewer")

    assert own == "new\nnewer"
    assert quoted == f"{attribution}\n> old\n> older"


@pytest.mark.parametrize(
    "divider",
    [
        "-----Original Message-----",
        "---------- Forwarded message ---------",
        "Begin forwarded message:",
        "-----Ursprüngliche Nachricht-----",
        "-------- Message d'origine --------",
        "---------- Mensaje reenviado ---------",
        "-------- Исходное сообщение --------",
        "------------------ 原始邮件 ------------------",
        "---------------------- Forwarded by Bob Example on 01/01/2001 ----------------------",
        "From: Bob\nSent: Monday\nTo: me\nSubject: x",
        "*From:* Bob\n*Date:* Monday\n*To:* me",
        "Von: Bob\nGesendet: Montag\nAn: mich\nBetreff: x",
        "De : Bob\nEnvoyé : lundi\nÀ : moi\nObjet : x",
        "发件人：Bob\n发送时间：2024\n收件人：me\n主题：x",
        "________________________________\nFrom: Bob\n\nSent: Monday\n\nTo: me",
    ],
)
def test_what_follows_a_divider_is_quoted(divider: str) -> None:
    own, quoted = split_quotation(f"new words\n{divider}\nold")

    assert own.replace("_", "").strip() == "new words"
    assert quoted.endswith("\nold")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "two\n\nlines: of words\n",
        "As Shakespeare wrote:\nto be or not to be",  # a quotation of words, not of a message
        "She wrote to me on 2024-01-01 and I answered.",
        "Please fill in:\nFrom: London\nTo: Paris\nPrice: 30",  # a journey
        "Date: Monday\nTo: everybody",  # minutes of a meeting
        "-- \nBob\nExample Ltd",  # a signature
        ">From the beginning",  # how mailboxes write a line that begins with From
        "----------\nPrices\n----------",
        "x -> y > z",
        "Our agenda:\n1. original message of the founder\n2. lunch",
        "time: 10:00\nplace: room 2\n",
    ],
)
def test_own_words_alone(text: str) -> None:
    assert split_quotation(text) == (text, "")


def test_a_mail_that_is_all_quotation_has_no_own_words() -> None:
    assert split_quotation("> a\n> b") == ("", "> a\n> b")


def test_the_rest_of_a_long_text_goes_where_its_last_line_went() -> None:
    own, quoted = split_quotation("new\n-----Original Message-----\n" + "old\n" * 600_000)

    assert own == "new"
    assert len(quoted) > 2_000_000
