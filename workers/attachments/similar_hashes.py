"""TLSH of files, and which files resemble malware of a list: nearly the same bytes have nearly the same hash.

The library is optional (`mailchord[fuzzy]`): without it no file has such a hash, and no list of them can be used.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

from msgspec import structs

from mailcore.known_files import HashOpinion, SimilarList, Standing, is_vouched_for
from mailcore.view import FileFacts, MailView
from workers.attachments.budget import Budget
from workers.pool import Gather, Gathered

LEAST_BYTES = 50  # what the library asks for
MOST_BYTES = 4_194_304  # of one file: about 4 ms a megabyte
FILES = 50  # of a message that are compared


@functools.cache
def is_installed() -> bool:
    return find_spec("tlsh") is not None


def tlsh_of(data: bytes, budget: Budget) -> str:
    """The hash as "T1" and 70 hexadecimal digits; "" for a file that is too small, too large or too uniform."""
    if not LEAST_BYTES <= len(data) <= min(MOST_BYTES, budget.tlsh_left) or not is_installed():
        return ""
    import tlsh

    budget.tlsh_left -= len(data)
    found = str(tlsh.hash(data))
    return "" if found == "TNULL" else found


def with_resemblance(gather: Gather, lists: Iterable[SimilarList], *, most: int) -> Gather:
    """The same gathering, with opinions of `lists` on files that are up to `most` away from one of theirs.

    Raises ImportError where the library is not installed.
    """
    known = [
        (_read(written), HashOpinion(source=listed.name, standing=Standing.RESEMBLES, words=words, is_local=True))
        for listed in lists
        for written, words in listed.hashes
    ]

    def gather_with_resemblance(view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:
        gathered = gather(view, parts, seconds=seconds)
        found: dict[str, HashOpinion] = {}
        for file in _to_compare(gathered.view.files):
            opinion = _nearest(file.tlsh, known, most)
            if opinion is not None:
                found[file.sha256] = opinion
        if not found:
            return gathered
        files = tuple(_with(file, found.get(file.sha256)) for file in gathered.view.files)
        return structs.replace(gathered, view=structs.replace(gathered.view, files=files))

    return gather_with_resemblance


def _to_compare(files: Sequence[FileFacts]) -> list[FileFacts]:
    """The first of them, but those of which a list knows already what they are."""
    by_hash = {file.sha256: file for file in files if file.tlsh and not _is_known(file)}
    return list(by_hash.values())[:FILES]


def _is_known(file: FileFacts) -> bool:
    is_malware = any(opinion.standing is Standing.MALWARE for opinion in file.opinions)
    return is_malware or is_vouched_for(file.opinions)


def _with(file: FileFacts, opinion: HashOpinion | None) -> FileFacts:
    return file if opinion is None else structs.replace(file, opinions=(*file.opinions, opinion))


def _nearest(written: str, known: Sequence[tuple[Any, HashOpinion]], most: int) -> HashOpinion | None:
    own = _read(written)
    distances = [own.diff(other) for other, _ in known]
    least = min(distances, default=most + 1)
    return structs.replace(known[distances.index(least)][1], distance=least) if least <= most else None


def _read(written: str) -> Any:
    import tlsh

    found = tlsh.Tlsh()
    found.fromTlshStr(written)
    return found
