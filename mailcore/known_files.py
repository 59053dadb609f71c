"""What others say of a file: a virus scanner, lists of hashes, services that know files by their hash."""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct, field

from mailcore.entries import Entries


class MalwareAnswer(Struct, frozen=True, kw_only=True):
    """What a virus scanner says of a file: the name of what it found, or why it did not look at it."""

    name: str = ""
    problem: str = ""


class Standing(enum.StrEnum):
    """How a source of hashes stands to a file."""

    MALWARE = "malware"
    GOOD = "good"
    RESEMBLES = "resembles"  # malware, which it is not itself


class HashOpinion(Struct, frozen=True, kw_only=True):
    """What one source says of a file. `is_local` is a list of our own, which is believed without reserve.

    `distance` is how far a file is from the one that it resembles: 0 is the same.
    """

    source: str
    standing: Standing
    words: str = ""
    is_local: bool = False
    distance: int = 0


class HashList(Struct, frozen=True, kw_only=True):
    """SHA-256 hashes in lower case hexadecimal; `words` say of some what they are. `name` is that of the file."""

    name: str
    standing: Standing
    hashes: Entries
    words: Mapping[str, str] = field(default_factory=dict)

    def opinion(self, sha256: str) -> HashOpinion | None:
        """What the list says of that hash, None where it is not in it."""
        if sha256 not in self.hashes:
            return None
        return HashOpinion(source=self.name, standing=self.standing, words=self.words.get(sha256, ""), is_local=True)


class SimilarList(Struct, frozen=True, kw_only=True):
    """TLSH hashes of malware, each with words that say what it is. `name` is that of the file."""

    name: str
    hashes: tuple[tuple[str, str], ...]


def opinions_of(sha256: str, lists: Collection[HashList]) -> tuple[HashOpinion, ...]:
    """What the lists say of a hash. What stands on both kinds is malware: the lists of good files lose."""
    found = [opinion for listed in lists if (opinion := listed.opinion(sha256)) is not None]
    malware = [opinion for opinion in found if opinion.standing is Standing.MALWARE]
    return tuple(malware or found)


def is_vouched_for(opinions: Sequence[HashOpinion]) -> bool:
    """Whether a list of our own says that the file is good, and nobody the contrary."""
    return any(opinion.standing is Standing.GOOD and opinion.is_local for opinion in opinions) and not any(
        opinion.standing is Standing.MALWARE for opinion in opinions
    )
