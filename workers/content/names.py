"""Whether a display name is that of a person: in another order, other letters, with a title or initials around it."""

from __future__ import annotations

import enum
import functools
import re
import unicodedata

from mailcore.lookalike import INVISIBLE, skeleton, unleet

LONGEST = 200  # characters of a display name that are compared


class Match(enum.Enum):
    """How well two names agree."""

    NONE = 0
    INITIAL = 1  # "J. Doe" for Jane Doe
    WHOLE = 2


# Words around a name that leave it the same person's: offices, titles, and what criminals add to explain the address.
_AROUND = """
acting assistant ag and at board business ceo cfo chair chairman chairwoman chef chief cio cmo co coo corp cso cto de
del dept der di dir directeur director direktor direttore diretor dr du email executive exec finance financial founder
from general geschaftsfuhrer geschaftsfuhrerin gmbh group head herr frau hr inc ing inhaber iphone lic ltd madame
managing manager md mr mrs ms mme mobile monsieur office officer of org owner partner pdg personal phd pres president
presidente prof senior sent signor signora sir sr sra srta the treasurer verwaltung vicepresident vorstand vp
"""

_SEPARATED = re.compile(r"[|(\[/]| - | [-\u2013\u2014] ")  # what stands behind is an office, a company, an explanation
_UNSEEN = dict.fromkeys(map(ord, INVISIBLE))
_NO_LETTER = re.compile(r"[^\w]+|_+")
_UMLAUTS = (("ae", "a"), ("oe", "o"), ("ue", "u"))  # "Mueller" and "Müller" are one name


@functools.lru_cache(maxsize=512)
def words_of(name: str) -> tuple[str, ...]:
    """Words of a name reduced to what a reader sees: no case, accents and dots, letters of other alphabets by shape."""
    return tuple(filter(None, (_shape(word) for word in _NO_LETTER.split(_composed(name[:LONGEST].casefold())))))


def _composed(text: str) -> str:
    """Accents and what nobody sees go before words are told apart: they are no letters."""
    seen = unicodedata.normalize("NFKD", text).translate(_UNSEEN)
    return "".join(sign for sign in seen if not unicodedata.combining(sign))


def _shape(word: str) -> str:
    shape = skeleton(unleet(word))
    for pair, letter in _UMLAUTS:
        shape = shape.replace(pair, letter)
    return shape


def compare(shown: str, name: str, *, company: frozenset[str] = frozenset()) -> Match:
    """How well a display name agrees with a person's; `company` are words of names of the organisation.

    Names of one word agree with nothing: too many people are called so. A further surname is another person.
    """
    wanted = words_of(name)
    if len(wanted) < 2 or sum(map(len, wanted)) < 5:
        return Match.NONE
    if not any(word in words_of(shown) for word in wanted):
        return Match.NONE  # nearly every sender
    best = Match.NONE
    for text in (shown, *_SEPARATED.split(shown)[:3]):
        match = _agree(words_of(text), wanted, company)
        if match.value > best.value:
            best = match
    return best


def _agree(shown: tuple[str, ...], wanted: tuple[str, ...], company: frozenset[str]) -> Match:
    rest = list(shown)
    initials = 0
    for word in wanted:
        if word in rest:
            rest.remove(word)
        elif len(word) > 1 and word[0] in rest and word != wanted[-1]:
            rest.remove(word[0])
            initials += 1
        else:
            return Match.NONE
    # "Jane M. Doe", "Jane Doe, CEO", "Jane Doe Acme" are she; "Jane Doe Smith" is not.
    if any(len(word) > 1 and word not in _AROUND_SHAPES and word not in company for word in rest):
        return Match.NONE
    return Match.WHOLE if not initials else Match.INITIAL


_AROUND_SHAPES = frozenset(shape for word in _AROUND.split() for shape in words_of(word))
