"""TLSH of files: of which files one is made, and which files resemble those of a list."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from msgspec import structs

from mailcore.errors import ConfigurationError
from mailcore.file_settings import Hashes
from mailcore.known_files import HashOpinion, SimilarList, Standing
from mailcore.message import Envelope, Message
from mailcore.settings import Settings
from mailcore.view import FileFacts, MailView
from mailio import hash_files
from mailio.hash_files import load_hash_lists, load_similar_lists
from tasks.known_files import similar_lists
from workers.attachments import similar_hashes
from workers.attachments.budget import Budget
from workers.attachments.limits import FileLimits
from workers.attachments.similar_hashes import tlsh_of, with_resemblance
from workers.pool import Gathered

needs_tlsh = pytest.mark.skipif(not similar_hashes.is_installed(), reason="py-tlsh is not installed")
EMPTY = MailView(envelope=Envelope(), message=Message(id="m"))
HASH = "T1" + "0123456789ABCDEF" * 4 + "012345"


def content(seed: int, *, length: int = 20_000, other: int = 0) -> bytes:
    """Bytes of a program, of which the last `other` are those of another version."""
    found = bytearray(random.Random(seed).randbytes(length))
    if other:
        found[-other:] = random.Random(seed + 1).randbytes(other)
    return bytes(found)


def made(data: bytes, *, tlsh_bytes: int = 1_000_000) -> str:
    return tlsh_of(data, Budget(FileLimits(tlsh_bytes=tlsh_bytes), seconds=10))


@needs_tlsh
def test_a_hash_is_made() -> None:
    assert len(made(content(1))) == 72
    assert made(content(1)).startswith("T1")


NONE: dict[str, bytes] = {
    "nothing": b"",
    "too little": content(1, length=49),
    "all the same": bytes(5_000),
    "too much": content(1, length=2_000),
}


@pytest.mark.parametrize("data", NONE.values(), ids=NONE)
def test_no_hash_is_made(data: bytes) -> None:
    assert made(data, tlsh_bytes=1_999 if data == NONE["too much"] else 10_000) == ""


@needs_tlsh
def test_files_of_a_message_have_one_budget() -> None:
    budget = Budget(FileLimits(tlsh_bytes=30_000), seconds=10)
    assert tlsh_of(content(1), budget)
    assert tlsh_of(content(2), budget) == ""


def opinions(*files: FileFacts, most: int = 30) -> list[list[HashOpinion]]:
    listed = SimilarList(name="similar", hashes=((made(content(1)), "Loader"), (made(content(5)), "")))
    gathered = Gathered(view=structs.replace(EMPTY, files=files))
    gather = with_resemblance(lambda _view, _parts, *, seconds: gathered, [listed], most=most)
    return [list(file.opinions) for file in gather(EMPTY, {}, seconds=5).view.files]


def file(data: bytes, *known: HashOpinion) -> FileFacts:
    return FileFacts(part="1", path="a", sha256=str(hash(data)), tlsh=made(data), opinions=known)


@needs_tlsh
def test_another_version_is_found_with_its_distance() -> None:
    same, version, other = opinions(file(content(1)), file(content(1, other=600)), file(content(9)))
    assert [(said.source, said.standing, said.words, said.distance) for said in same] == [
        ("similar", Standing.RESEMBLES, "Loader", 0)
    ]
    assert 0 < version[0].distance <= 30
    assert other == []


@needs_tlsh
def test_what_is_known_already_is_not_compared() -> None:
    malware = HashOpinion(source="block", standing=Standing.MALWARE, is_local=True)
    good = HashOpinion(source="allow", standing=Standing.GOOD, is_local=True)
    assert opinions(file(content(1), malware), file(content(1), good)) == [[malware], [good]]
    assert opinions(FileFacts(part="1", path="a")) == [[]]
    assert opinions(file(content(1, other=600)), most=0) == [[]]


LINES: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "a hash": (HASH, ((HASH, ""),)),
    "in small letters": (HASH.lower(), ((HASH, ""),)),
    "without its version": (HASH[2:], ((HASH[2:], ""),)),
    "with words": (f"{HASH}  Loader of May # seen", ((HASH, "Loader of May"),)),
    "after others": (f"# list\n\n{HASH}, a\n{HASH} b\n", ((HASH, "a"), (HASH, "b"))),
    "nothing": ("", ()),
}


@pytest.mark.parametrize(("text", "hashes"), LINES.values(), ids=LINES)
def test_lines_are_read(tmp_path: Path, text: str, hashes: tuple[tuple[str, str], ...]) -> None:
    (tmp_path / "similar-feed.txt").write_text(text)
    (listed,) = load_similar_lists([tmp_path])
    assert (listed.name, listed.hashes) == ("similar-feed", hashes)
    assert load_hash_lists([tmp_path]) == ()


WRONG: dict[str, tuple[str, str, str]] = {
    "a SHA-256": ("similar.txt", "a" * 64, "similar.txt:1: expected a TLSH"),
    "too long": ("similar.txt", f"{HASH}\n{HASH}0\n", "similar.txt:2:"),
    "words first": ("similar.txt", f"Loader {HASH}", "similar.txt:1:"),
    "another version": ("similar.txt", "T2" + HASH[2:], "similar.txt:1:"),
    "another name": ("similarly.txt", HASH, "expected a name such as"),
    "too many": ("similar.txt", f"{HASH}\n" * 4, "more than 3 hashes"),
}


@pytest.mark.parametrize(("name", "text", "words"), WRONG.values(), ids=WRONG)
def test_wrong_lists_stop_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, words: str
) -> None:
    monkeypatch.setattr(hash_files, "MOST_SIMILAR", 3)
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load_similar_lists([tmp_path])
    assert words in str(caught.value)


def test_a_list_without_the_library_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similar_hashes, "is_installed", lambda: False)
    assert similar_lists(Settings(hashes=Hashes(directories=(str(tmp_path),)))) == ()
    (tmp_path / "similar.txt").write_text(HASH)
    with pytest.raises(ConfigurationError, match=r"similar\.txt needs TLSH: install 'mailchord\[fuzzy\]'"):
        similar_lists(Settings(hashes=Hashes(directories=(str(tmp_path),))))
    assert made(content(1)) == ""
