"""Whether a display name is that of a person."""

from __future__ import annotations

import pytest

from workers.content.names import Match, compare

COMPANY = frozenset({"brightwater"})
SAME = {
    "as it is": "Jane Doe",
    "capitals": "JANE DOE",
    "turned round": "Doe, Jane",
    "without comma": "Doe Jane",
    "office in brackets": "Jane Doe (CEO)",
    "office behind a comma": "Jane Doe, Chief Executive Officer",
    "company behind a bar": "Jane Doe | Some Company Ltd",
    "explanation behind a dash": "Jane Doe - written on the road",
    "our company": "Jane Doe Brightwater",
    "title": "Mrs. Jane Doe",
    "middle initial": "Jane M. Doe",
    "accents": "Jan\u00e9 Do\u00eb",
    "Cyrillic": "J\u0430n\u0435 D\u043e\u0435",
    "mathematical": "\U0001d409\U0001d41a\U0001d427\U0001d41e Doe",
    "full width": "\uff2a\uff41\uff4e\uff45 Doe",
    "zero width": "Ja\u200bne Doe",
    "digits for letters": "J4ne D0e",
    "quotes": "'Jane Doe'",
    "dots": "jane.doe",
    "underscore": "jane_doe",
}
OTHER = {
    "nothing": "",
    "first name": "Jane",
    "surname": "Doe",
    "other first name": "John Doe",
    "longer first name": "Janet Doe",
    "further surname": "Jane Doe Smith",
    "double surname": "Jane Doe-Smith",
    "list": "Jane Doe via Board",
    "nickname": "Janie Doe",
    "two people": "Jane and John Doe",
    "a sentence": "Ask Jane about Doe",
    "in one word": "janedoe",
    "very long": "Jane " * 100,
    "other alphabet": "\u0414\u0436\u0435\u0439\u043d",
}


@pytest.mark.parametrize("shown", SAME.values(), ids=SAME.keys())
def test_same_person(shown: str) -> None:
    assert compare(shown, "Jane Doe", company=COMPANY) is Match.WHOLE


@pytest.mark.parametrize("shown", OTHER.values(), ids=OTHER.keys())
def test_other_person(shown: str) -> None:
    assert compare(shown, "Jane Doe", company=COMPANY) is Match.NONE


@pytest.mark.parametrize(
    ("shown", "name", "match"),
    [
        ("J. Doe", "Jane Doe", Match.INITIAL),
        ("J Doe", "Jane Doe", Match.INITIAL),
        ("Jane D.", "Jane Doe", Match.NONE),
        ("Juergen Mueller", "J\u00fcrgen M\u00fcller", Match.WHOLE),
        ("Jurgen Muller", "J\u00fcrgen M\u00fcller", Match.WHOLE),
        ("Jose Garcia", "Jos\u00e9 Garc\u00eda N\u00fa\u00f1ez", Match.NONE),
        ("Garcia Nunez Jose", "Jos\u00e9 Garc\u00eda N\u00fa\u00f1ez", Match.WHOLE),
        ("Anna Lena Mueller", "Anna-Lena M\u00fcller", Match.WHOLE),
        ("Madonna", "Madonna", Match.NONE),
        ("A B", "A B", Match.NONE),
    ],
)
def test_match(shown: str, name: str, match: Match) -> None:
    assert compare(shown, name) is match
