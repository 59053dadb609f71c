"""What a letter wants of its reader, in seven languages: money, another bank account, gift cards, papers, a number.

Asked only about mail that is suspicious already by who sends it, so plain regular expressions do: each runs over the
own words of a letter, at most `CHARACTERS` of them, and has no repeats but short bounded ones.
"""

from __future__ import annotations

import enum
import functools
import re
import unicodedata

from msgspec import Struct

from mailcore.message import Message
from mailcore.quotation import split_quotation
from workers.content.request_words import ASKING, MONEY_TALK, WORDS

CHARACTERS = 4_000  # letters of this kind are short; what comes behind is a signature or a disclaimer
SHORT = 1_500  # own words of a letter that somebody typed for one reader


class Wish(enum.StrEnum):
    """One thing that a letter asks for, in the words of a finding."""

    MONEY = "a payment"
    BANK_CHANGE = "another bank account"
    PAYROLL = "another account for a salary"
    GIFT_CARDS = "gift cards"
    RECORDS = "lists of employees or of open invoices"
    INVOICE = "an invoice to be paid"
    ACQUISITION = "a secret transaction"
    AVAILABLE = "whether you are there"
    TASK = "a favour"
    PHONE = "your telephone number"
    SECRECY = "secrecy"
    HASTE = "haste"
    NO_CALLS = "no telephone calls"


# What costs money or data when it is granted; the others only lead there.
COSTLY = frozenset({Wish.MONEY, Wish.BANK_CHANGE, Wish.PAYROLL, Wish.GIFT_CARDS, Wish.RECORDS})
LEADING = frozenset({Wish.AVAILABLE, Wish.TASK, Wish.PHONE})
PRESSING = frozenset({Wish.SECRECY, Wish.HASTE, Wish.NO_CALLS})


class Letter(Struct, frozen=True, kw_only=True):
    """Own words of a mail, in small letters without accents and line breaks, and what they want.

    `quoted` are the earlier messages in it, as they are. `is_about_money` and `asks`: in whatever words, which says
    nothing of ordinary mail.
    """

    text: str
    quoted: str
    wishes: frozenset[Wish]
    is_about_money: bool = False
    asks: bool = False

    @property
    def costly(self) -> Wish | None:
        """The first costly wish; a secret transaction is one, and so is an invoice under pressure."""
        for wish in Wish:
            if wish in COSTLY and wish in self.wishes:
                return wish
        if Wish.ACQUISITION in self.wishes and Wish.SECRECY in self.wishes:
            return Wish.ACQUISITION
        return None

    @property
    def leading(self) -> Wish | None:
        """The first wish that is only the beginning of a conversation."""
        return next((wish for wish in Wish if wish in LEADING and wish in self.wishes), None)

    @property
    def is_pressing(self) -> bool:
        return not PRESSING.isdisjoint(self.wishes)

    @property
    def is_short(self) -> bool:
        return len(self.text) <= SHORT


def read_letter(message: Message) -> Letter:
    """The letter in a mail, its subject included. Never raises."""
    return _letter(message.subject[:300], message.text or message.html_text)


@functools.lru_cache(maxsize=4)  # several detectors ask about one message
def _letter(subject: str, text: str) -> Letter:
    own, quoted = split_quotation(text[: 4 * CHARACTERS])
    plain = plainly(f"{subject}. " + _PARAGRAPH.sub(". ", own))[:CHARACTERS]
    wishes = frozenset(wish for wish in Wish if _PATTERNS[wish].search(plain))
    return Letter(
        text=plain,
        quoted=quoted,
        wishes=wishes,
        is_about_money=_MONEY_TALK.search(plain) is not None,
        asks=_ASKING.search(plain) is not None,
    )


def plainly(text: str) -> str:
    """Small letters without accents, plain quotes, single spaces, numbers without points: they end no sentence."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(character for character in folded if not unicodedata.combining(character))
    return " ".join(_IN_NUMBER.sub("", bare.replace("\u2019", "'").replace("\u2018", "'")).split())


_IN_NUMBER = re.compile(r"(?<=\d)[.,](?=\d)")
_PARAGRAPH = re.compile(r"\n[ \t\r]*\n")  # the end of a sentence, also where nobody wrote a full stop
_PATTERNS = {wish: re.compile("|".join(f"(?:{words})" for words in WORDS[wish.name])) for wish in Wish}
_MONEY_TALK = re.compile("|".join(MONEY_TALK))
_ASKING = re.compile("|".join(ASKING))
