"""What a sender's name has to do with the address behind it."""

from __future__ import annotations

import re

from mailcore.addresses import Address
from mailcore.brands import word_key, words_of
from mailcore.links import unicode_host

_PIECE = 4  # letters that a name and a domain must have in common to be related
_NOT_LETTERS = re.compile(r"[^a-z0-9]")
_PERSON = re.compile(r"[^\W\d_]+(?:[ .'-]+[^\W\d_]+){1,3}")


def fits_domain(address: Address) -> bool:
    """Whether the name and the domain have a piece in common: "Fiesta Dinnerware" and fiestatableware.com.

    Names in other scripts, initials and names that are addresses fit by courtesy: nobody can tell.
    """
    words = [word_key(word) for word in words_of(address.name)]
    joined = "".join(words)
    label = unicode_host(address.domain).partition(".")[0].replace("-", "")
    if not joined or not joined.isascii() or "@" in address.name or not label:
        return True
    if joined in label or label in joined or "".join(word[0] for word in words) == label:
        return True
    pieces = {label[at : at + _PIECE] for at in range(len(label) - _PIECE + 1)}
    return any(joined[at : at + _PIECE] in pieces for at in range(len(joined) - _PIECE + 1))


def is_same_name(address: Address) -> bool:
    """Whether the mailbox is the shown name: "Lotto Secret" and lotto_secret@."""
    shown = _NOT_LETTERS.sub("", "".join(map(word_key, words_of(address.name))))
    mailbox = _NOT_LETTERS.sub("", address.address.partition("@")[0])
    return len(mailbox) > _PIECE and (mailbox in shown or (shown in mailbox and len(shown) > _PIECE))


def is_personal(name: str) -> bool:
    """Whether it may be the name of a person: two to four words, each with a capital."""
    shown = name.strip()
    return _PERSON.fullmatch(shown) is not None and all(
        word[:1].isupper() and word[1:2].islower() for word in shown.split()
    )


def is_of_person(address: Address) -> bool:
    """Whether name and mailbox are a person's: a name's shape, and a word of it before the @."""
    mailbox = address.address.partition("@")[0]
    return is_personal(address.name) and any(word_key(word) in mailbox for word in words_of(address.name))
