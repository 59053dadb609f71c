"""Passwords that may open what is locked: words of the mail that look like one, and those that people always take."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from msgspec import Struct

from mailcore.view import MailView

MOST = 40  # tried on one file; each costs a key derivation

# "Password: 2026", "the password for the archive is 2026", "Passwort = 2026". Linear: every repeat is bounded.
ANNOUNCED = re.compile(
    r"\b(?:password|passwd|pass ?code|passwort|kennwort|mot de passe|contraseña|senha|parola|wachtwoord|hasło|пароль)\b"
    r"(?: (?:for|to|of) (?:the |this |your )?\w{1,20})?(?:\s{0,3}[:=]| is:?| lautet:?| est ?:)"
    r"\s{0,3}[\"'(]?(?P<word>[^\s\"'()]{2,40})",
    re.IGNORECASE,
)
# Spared: a password that comes another way, which is how careful people do it.
ELSEWHERE = frozenset(
    {"sent", "follows", "in", "on", "by", "the", "your", "to", "see", "separate", "separately", "what", "known"}
)
# Words with a digit, as a last resort: the sentence around the password may be in any language.
_BARE_WORD = re.compile(r"[^\s\"'()<>\[\]]{3,32}")
_AROUND = ".,;:!?=*_|#{}-\u2013\u2014"
_SCANNED = 20_000  # characters of a text


class Password(Struct, frozen=True):
    """A candidate, and where it stood: "text", "subject", "picture", "configuration"."""

    word: str
    origin: str


def candidates(view: MailView, *, configured: Sequence[str] = (), picture_text: str = "") -> tuple[Password, ...]:
    """At most MOST passwords to try, the likeliest first, each once."""
    texts = (
        ("text", f"{view.message.text}\n{view.message.html_text}"),
        ("subject", view.message.subject),
        ("picture", picture_text),
    )
    found: dict[str, str] = {}
    for origin, text in texts:
        for word in announced(text[:_SCANNED]):
            found.setdefault(word, origin)
    for word in configured:
        found.setdefault(word, "configuration")
    for origin, text in texts:
        for word in islice(_with_digit(text[:_SCANNED]), MOST):
            found.setdefault(word, origin)
    return tuple(Password(word, origin) for word, origin in islice(found.items(), MOST))


def announced(text: str) -> Iterator[str]:
    """The words that a text calls the password."""
    for match in ANNOUNCED.finditer(text):
        if match["word"].lower().strip(".,") not in ELSEWHERE:
            yield from _without_stops(match["word"])


def _with_digit(text: str) -> Iterator[str]:
    for match in _BARE_WORD.finditer(text):
        if any(map(str.isdigit, match[0])):
            yield from _without_stops(match[0])


def _without_stops(word: str) -> Iterator[str]:
    """The word as it stands, without each mark behind it that may be that of the sentence, and without any around it.

    "[PDF Password]:62734" and "YOUR PASSWORD {0808}" are how machines write them.
    """
    yield word
    bare = word.strip(_AROUND)
    while len(word) > 2 and word[-1] in ".,;:!?":
        word = word[:-1]
        yield word
    if len(bare) > 1 and bare != word:
        yield bare
