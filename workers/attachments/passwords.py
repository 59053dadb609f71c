"""Passwords that may open what is locked: words of the mail that look like one, and those that people always take.

They stand in its text, its subject, the names of its files, other files beside it, and in pictures.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from msgspec import Struct

from mailcore.view import MailView
from workers.attachments import names

CONFIGURED = "configuration"  # origin of those that an installation always tries
MOST = 40  # tried on one file; each costs a key derivation
MOST_OF_PICTURES = 20  # and as many more, where none of those fits

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
# "invoice_pass_geheim77.zip", "Scan (pw 1234).7z": what stands in the name of a file.
_IN_NAME = re.compile(
    r"(?:password|passwort|kennwort|passcode|pass|pwd|pw|senha|clave|pin|code)[\s_=:.-]{1,3}(?P<word>[^\s_()\[\]]{2,40})",
    re.IGNORECASE,
)
_NAME_WORD = re.compile(r"[^\s_()\[\].-]{3,32}")
_NAME_CHARACTERS = 300
_AROUND = ".,;:!?=*_|#{}-\u2013\u2014"
_SCANNED = 20_000  # characters of a text
_SHORT = 120  # a picture with so little text may be nothing but the password


class Password(Struct, frozen=True):
    """A candidate, and where it stood: "text", "subject", "name", "attachment", "picture", "configuration"."""

    word: str
    origin: str


class Passwords:
    """Passwords to try on each locked file, the likeliest first. Pictures are read where none of the others fits."""

    def __init__(self, known: Iterable[Password] = (), *, later: Callable[[], str] | None = None) -> None:
        """`later` gives the text of pictures; it is asked once, when a file is there that nothing else opens."""
        self._known = tuple(known)
        self._later = later

    def __iter__(self) -> Iterator[Password]:
        tried = set()
        for password in self._known:
            tried.add(password.word)
            yield password
        if self._later is not None:
            words = dict.fromkeys(_words_of(self._later()[:_SCANNED]))
            self._later = None
            more = [Password(word, "picture") for word in words if word not in tried][:MOST_OF_PICTURES]
            self._known += tuple(more)
            yield from more


def candidates(view: MailView, *, configured: Sequence[str] = (), attached: Sequence[str] = ()) -> tuple[Password, ...]:
    """At most MOST passwords to try, the likeliest first, each once; `attached` are texts of other files."""
    texts = (
        ("text", f"{view.message.text}\n{view.message.html_text}"[:_SCANNED]),
        ("subject", view.message.subject),
        *(("attachment", text[:_SCANNED]) for text in attached),
    )
    files = [part.filename[:_NAME_CHARACTERS] for part in view.message.parts if part.filename]
    found: dict[str, str] = {}
    for origin, text in texts:
        for word in announced(text):
            found.setdefault(word, origin)
    for name in files:
        for word in _announced_in_name(name):
            found.setdefault(word, "name")
    for word in configured:
        found.setdefault(word, CONFIGURED)
    for name in files:
        for match in _NAME_WORD.finditer(names.without_extension(name)):
            if any(map(str.isdigit, match[0])):
                found.setdefault(match[0], "name")
    for origin, text in texts:
        for word in islice(_with_digit(text), MOST):
            found.setdefault(word, origin)
    return tuple(Password(word, origin) for word, origin in islice(found.items(), MOST))


def _announced_in_name(filename: str) -> Iterator[str]:
    for match in _IN_NAME.finditer(names.without_extension(filename)):
        yield from _without_stops(match["word"])


def _words_of(text: str) -> Iterator[str]:
    """What a picture shows: what it calls the password, then words with a digit, then words as they are."""
    yield from announced(text)
    yield from islice(_with_digit(text), MOST_OF_PICTURES)
    if len(text) <= _SHORT:
        yield from text.split()


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
