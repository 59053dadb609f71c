"""Fields about subject and text: what a person reads, whose words they are, and what is hidden in them."""

from __future__ import annotations

import functools
import re

from mailcore.fields.kinds import Field, flag, number, prose, some, text, texts_of
from mailcore.fields.people import is_refuted
from mailcore.language import language_of
from mailcore.message import Message
from mailcore.organisation import Acquaintance
from mailcore.quotation import split_quotation
from mailcore.view import MailView

OPENING = 300  # characters in which a salutation stands

# What mail programs of the world put before the subject of an answer or of a forwarded mail, and tags of lists.
_REPLY = r"(?:re|aw|antw|sv|vs|res|rif|odp|ynt|rv|回复|答复|回覆|返信)(?:\[\d{1,3}\]|\^\d{1,3})?\s*[:：]"  # noqa: RUF001
_FORWARD = r"(?:fwd?|wg|tr|rv|enc|i|vl|pd|doorst|iletilmiş|转发|轉寄)\s*[:：]"  # noqa: RUF001
_TAG = r"\[[^\]]{1,60}\]"
_PREFIX = re.compile(rf"\s*(?:{_REPLY}|{_FORWARD}|{_TAG})", re.IGNORECASE)
_IS_REPLY = re.compile(rf"\s*(?:{_TAG}\s*){{0,4}}{_REPLY}", re.IGNORECASE)
_IS_FORWARD = re.compile(rf"\s*(?:{_TAG}\s*)?{_FORWARD}", re.IGNORECASE)
_MAX_PREFIXES = 20

# Characters that nobody types in a subject or a name: without width, tags and variation selectors beyond emoji,
# mathematical letters, and letters of phonetic alphabets that look like Latin ones. Joiners are spared: emoji and
# Persian need them. Full-width letters are spared: Japanese writes them.
_UNTYPED = re.compile("[\u00ad\u034f\u200b\u2060-\u2064\ufeff\u0251\u0261\U0001d400-\U0001d7ff\U000e0000-\U000e01ef]")
# A word that has Latin letters side by side with Cyrillic or Greek ones that look like them.
_MIXED = re.compile("[A-Za-z](?=[\u0370-\u03ff\u0400-\u04ff])|[\u0370-\u03ff\u0400-\u04ff](?=[A-Za-z])")
# What is put between the letters of a word. Soft hyphens are spared: they divide words of long languages.
_WITHOUT_WIDTH = "\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
_SPLIT = re.compile(f"[A-Za-z][{_WITHOUT_WIDTH}]{{1,8}}(?=[A-Za-z])")
# What pads a text and is not seen: the same, and joiners, soft hyphens, fillers and blanks.
_INVISIBLE = re.compile(
    f"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u2061-\u2064\u206a-\u206f\u2800\u3164\ufe00-\ufe0f\uffa0"
    f"\u202b\U000e0000-\U000e0fff{_WITHOUT_WIDTH}]+"
)
_EMOJI = re.compile("[\u2600-\u27bf\u2b50\u2b55\u23e9-\u23fa\U0001f300-\U0001faff]")


def split_words(text: str) -> int:
    """How often Latin letters of one word are parted by characters without width."""
    # Searching for single characters costs microseconds, the pattern ten times that: most mail has none of them.
    if text.isascii() or not any(character in text for character in _WITHOUT_WIDTH):
        return 0
    return len(_SPLIT.findall(text))


def hidden_letters(text: str) -> int:
    """How many characters only serve to hide a word from programs."""
    if text.isascii():
        return 0
    return len(_UNTYPED.findall(text)) + len(_MIXED.findall(text))


def bare_subject(subject: str) -> str:
    """The subject without "Re:", "Fwd:", their like in other languages, and tags of mailing lists before it."""
    at = 0
    for _ in range(_MAX_PREFIXES):
        match = _PREFIX.match(subject, at)
        if match is None:
            break
        at = match.end()
    return subject[at:].strip()


@functools.lru_cache(maxsize=4)  # several fields ask for the same two texts of a message
def seen(text: str) -> str:
    """The text without characters that take no room, and with one space for any white space between words."""
    return " ".join((text if text.isascii() else _INVISIBLE.sub("", text)).split())


def longest_text(message: Message) -> str:
    """The one of plain text and visible HTML text that says more."""
    return max(message.html_text, message.text, key=lambda text: len(seen(text)))


def upper_share(text: str) -> float:
    """Share of capitals among the letters; 0 where there are none."""
    letters = sum(map(str.isalpha, text))
    return sum(map(str.isupper, text)) / letters if letters else 0.0


@functools.lru_cache(maxsize=4)  # four fields ask for the same one or two texts of a message
def _split(text: str) -> tuple[str, str]:
    return split_quotation(text)


def is_reply(subject: str) -> bool:
    """Whether the subject begins as programs of the world begin that of an answer."""
    return _IS_REPLY.match(subject) is not None


def is_forward(subject: str) -> bool:
    """Whether the subject begins as programs of the world begin that of a forwarded mail."""
    return _IS_FORWARD.match(subject) is not None


def is_answer(view: MailView) -> bool:
    """Refers to a message before it, and its subject begins like an answer. One of the two alone is often forged.

    Both are, where the mail is refuted, or where neither side has ever written to the other.
    """
    if is_refuted(view.auth) or view.acquaintance is Acquaintance.FIRST_CONTACT:
        return False
    message = view.message
    is_referring = bool(message.header("in-reply-to") or message.header("references"))
    return is_referring and is_reply(message.subject)


def _texts(view: MailView) -> tuple[str, ...]:
    """Nothing in delivery reports: they speak of mailboxes, limits and refusals as lures do, and quote what others
    wrote. Links and attachments are judged there, too."""
    is_report = not view.envelope.sender and any(
        part.content_type == "message/delivery-status" for part in view.message.parts[1:]
    )
    is_whole = is_report and view.message.parts[0].content_type == "multipart/report"
    return () if is_whole else texts_of(view)


def _own(view: MailView) -> tuple[str, ...]:
    return tuple(filter(str.strip, (_split(text)[0] for text in _texts(view))))


def _quoted(view: MailView) -> tuple[str, ...]:
    return tuple(filter(None, (_split(text)[1] for text in _texts(view))))


def _alternatives_shared(view: MailView) -> float:
    """1 where there is only one of the two."""
    plain, html = set(view.message.text.lower().split()), set(view.message.html_text.lower().split())
    return len(plain & html) / len(plain) if plain and html else 1.0


def _link_share(view: MailView) -> float:
    length = len(seen(longest_text(view.message)))
    linked = sum(len(link.shown or link.href) for link in view.message.links)
    return min(1.0, linked / length) if length else 0.0


def _wire(view: MailView, name: str) -> tuple[str, ...]:
    return tuple(header.raw or header.value for header in view.message.headers if header.name.lower() == name)


SUBJECT = [
    prose("subject", "The subject.", lambda view: view.message.header_values("subject"), header="Subject"),
    prose(
        "subject.bare",
        "The subject without `Re:`, `Fwd:`, their like in other languages, and `[tags]` before it.",
        lambda view: tuple(filter(None, map(bare_subject, view.message.header_values("subject")))),
        header="Subject",
    ),
    text(
        "subject.wire",
        "The subject as it came over the wire, with its encoded words.",
        lambda view: _wire(view, "subject"),
        header="Subject",
    ),
    text("from.wire", "From as it came over the wire.", lambda view: _wire(view, "from"), header="From"),
    number("subject.length", "Characters of the subject.", lambda view: len(view.message.subject)),
    number("subject.words", "Words of the subject.", lambda view: len(view.message.subject.split())),
    flag(
        "subject.is_reply",
        "Begins like an answer (`Re:` and its like in other languages).",
        lambda view: is_reply(view.message.subject),
    ),
    flag(
        "message.is_answer",
        "Refers to a message before it and its subject begins like an answer (one of the two alone is soon forged); "
        "not where SPF fails and nothing else is proven, nor at a first contact.",
        is_answer,
    ),
    flag(
        "subject.is_forward",
        "Begins like a forwarded mail (`Fwd:` and its like in other languages).",
        lambda view: is_forward(view.message.subject),
    ),
    number(
        "subject.upper_share",
        "Share of capitals among the letters of the subject, 0 to 1.",
        lambda view: upper_share(view.message.subject),
    ),
    number("subject.emojis", "Emojis in the subject.", lambda view: len(_EMOJI.findall(view.message.subject))),
    number(
        "subject.hidden_letters",
        "Characters of the subject that only serve to hide words: without width, mathematical, mixed alphabets.",
        lambda view: hidden_letters(view.message.subject),
    ),
    number("from.hidden_letters", "The same of From.", lambda view: hidden_letters(view.message.header("from"))),
]

TEXT = [
    prose("text", "What a person reads: plain text, and visible text of HTML; not of delivery reports.", _texts),
    prose("text.own", "The same without earlier messages that it quotes or forwards.", _own, costly=True),
    prose("text.quoted", "Earlier messages that it quotes or forwards.", _quoted, costly=True),
    prose(
        "text.opening",
        f"The first {OPENING} characters of the own words, where the salutation stands.",
        lambda view: tuple(own.strip()[:OPENING] for own in _own(view)),
        costly=True,
    ),
    prose("text.plain", "What the plain text parts say.", lambda view: some(view.message.text)),
    prose("text.html", "What a person sees of the HTML parts.", lambda view: some(view.message.html_text)),
    text(
        "text.language",
        "Language of the own words (ISO 639-1, such as `es`); nothing where unsure.",
        lambda view: some(language_of(max(_own(view), key=len, default=""))),
        costly=True,
    ),
    number(
        "text.length",
        "Characters of the longer one of plain and HTML text; white space counts once, what is invisible not at all.",
        lambda view: len(seen(longest_text(view.message))),
    ),
    number(
        "text.words", "Words of that text.", lambda view: len(seen(longest_text(view.message)).split()), costly=True
    ),
    number(
        "text.own.words",
        "Words without earlier messages that it quotes.",
        lambda view: max((len(seen(own).split()) for own in _own(view)), default=0),
        costly=True,
    ),
    number("text.link_share", "Share of the characters that belong to links, 0 to 1.", _link_share, costly=True),
    number(
        "text.upper_share",
        "Share of capitals among the letters, 0 to 1.",
        lambda view: upper_share(longest_text(view.message)),
        costly=True,
    ),
    number(
        "text.alternatives_shared",
        "Share of the words of the plain text that the HTML text has, too; 1 where there is only one of them.",
        _alternatives_shared,
        costly=True,
    ),
    number(
        "text.split_words",
        "How often letters of one word are parted by characters without width.",
        lambda view: max(split_words(view.message.text), split_words(view.message.html_text)),
    ),
    number(
        "text.hidden_letters",
        "Characters of the text that only serve to hide words, as in `subject.hidden_letters`.",
        lambda view: max(hidden_letters(view.message.text), hidden_letters(view.message.html_text)),
        costly=True,
    ),
]

FIELDS: list[Field] = [*SUBJECT, *TEXT]
