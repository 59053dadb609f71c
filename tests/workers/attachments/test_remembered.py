"""What was seen of an attachment is seen again by looking it up, and only where that is the same."""

from __future__ import annotations

import gzip
import time
import zlib
from collections.abc import Mapping

import pytest
from msgspec import structs

from mailcore.known_files import MalwareAnswer
from mailcore.ports import MalwareScanner
from mailcore.view import MailView
from tests import files
from tests.workers.attachments.scan import File, shipped_rules, view_of
from tests.workers.dict_memory import DictMemory
from workers.attachments import FileLimits
from workers.attachments.facts import build_gather
from workers.attachments.remembered import MOST_BYTES, Remembered, remembering
from workers.packing import unpacked
from workers.pool import Gathered

LIMITS = FileLimits()
LURE = "Your invoice is ready: https://files.example/invoice"


class Setup:
    """A pool with a memory; `looked` are the attachments that were really looked at, message by message."""

    def __init__(self, limits: FileLimits = LIMITS, scanner: MalwareScanner | None = None) -> None:
        self.memory = DictMemory()
        self.looked: list[tuple[str, ...]] = []
        self.version = "1"
        gather = build_gather(shipped_rules(), limits, scanner)

        def counting(view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:
            self.looked.append(view.message.attachments)
            return gather(view, parts, seconds=seconds)

        self.gather = remembering(counting, self.memory, version=lambda: self.version, limits=limits, keep_seconds=60)

    def see(self, *attached: File, text: str = "") -> Gathered:
        view, parts = view_of(*attached, text=text)
        return self.gather(view, parts, seconds=20)


def without_places(gathered: Gathered) -> list[object]:
    return [structs.replace(file, part="") for file in gathered.view.files]


ARCHIVE = files.zip_file({"a/letter.docx": files.docx(LURE), "b.pdf": files.pdf("Report"), "run.vbs": b"MsgBox 1"})
REMEMBERED: dict[str, File] = {
    "text": ("a.txt", b"hello"),
    "nothing": ("a.bin", b""),
    "a page": ("a.html", files.page(script="go()")),
    "a PDF document": ("a.pdf", files.pdf("Report")),
    "an Office document": ("a.docx", files.docx(LURE)),
    "an archive": ("a.zip", ARCHIVE),
    "archives in archives": ("a.zip", files.nested_zip(b"x", "x.txt", depth=3)),
    "a program": ("a.exe", files.windows_program()),
    "a file without a name": ("", b"hello"),
}


@pytest.mark.parametrize("file", REMEMBERED.values(), ids=REMEMBERED)
def test_the_same_file_again_costs_a_lookup(file: File) -> None:
    setup = Setup()
    first = setup.see(file)
    again = setup.see(file)
    assert setup.looked == [("1",)]
    assert (again.view.files, again.derived, again.problems) == (first.view.files, first.derived, ())
    assert (first.from_cache, again.from_cache) == (False, True)


def test_it_is_seen_where_it_is_now() -> None:
    setup = Setup()
    setup.see(("first.zip", ARCHIVE))
    again = setup.see(("x.txt", b"new"), ("second.zip", ARCHIVE))
    assert setup.looked[1] == ("1",)
    root, *inner = [file for file in again.view.files if file.part == "2"]
    assert (root.path, root.filename) == ("second.zip", "second.zip")
    assert inner
    assert all(file.path.startswith("second.zip/") for file in inner)
    assert {text.source.partition("/")[0] for text in again.derived if text.part == "2"} == {"second.zip"}
    assert [file.part for file in again.view.files] == sorted(file.part for file in again.view.files)
    assert not again.from_cache


def test_another_message_keeps_its_own_view() -> None:
    setup = Setup()
    setup.see(("a.txt", b"hello"))
    view, parts = view_of(("a.txt", b"hello"), ("b.txt", b"there"))
    assert setup.gather(view, parts, seconds=20).view.message is view.message


NOT_ALIKE: dict[str, tuple[File, File]] = {
    "other bytes": (("a.txt", b"one"), ("a.txt", b"two")),
    "another extension": (("a.txt", files.page()), ("a.html", files.page())),
}


@pytest.mark.parametrize(("first", "second"), NOT_ALIKE.values(), ids=NOT_ALIKE)
def test_what_is_not_alike_is_looked_at(first: File, second: File) -> None:
    setup = Setup()
    setup.see(first)
    setup.see(second)
    assert len(setup.looked) == 2


LOCKED = files.encrypted_zip({"report.txt": b"secret " * 20}, b"2026")
NOT_KEPT: dict[str, tuple[File, ...]] = {
    "opened with a password": (("a.zip", LOCKED),),
    "its name comes from outside": (("a.exe.gz", gzip.compress(b"MZ", mtime=0)),),
    "one file in two attachments": (
        ("a.zip", files.zip_file({"x": b"same"})),
        ("b.zip", files.zip_file({"y": b"same"})),
    ),
}


@pytest.mark.parametrize("attached", NOT_KEPT.values(), ids=NOT_KEPT)
def test_what_rests_on_more_than_the_file_is_not_kept(attached: tuple[File, ...]) -> None:
    setup = Setup()
    setup.see(*attached, text="The password is: 2026")
    assert setup.memory.values == {}


def test_a_locked_archive_is_tried_again_with_other_passwords() -> None:
    setup = Setup()
    assert setup.see(("a.zip", LOCKED), text="no word").view.files[0].encrypted
    opened = setup.see(("a.zip", LOCKED), text="The password is: 2026").view.files[0]
    assert opened.password == "2026"


@pytest.mark.parametrize(
    ("limits", "attached"),
    [
        pytest.param(structs.replace(LIMITS, depth=1), ("a.zip", files.nested_zip(b"x", "x", depth=3)), id="a problem"),
        pytest.param(structs.replace(LIMITS, files=3), ("a.zip", ARCHIVE), id="too many files"),
        pytest.param(structs.replace(LIMITS, documents=0), ("a.html", files.page()), id="text left out"),
        pytest.param(structs.replace(LIMITS, documents=0), ("a.docx", files.docx()), id="text of a document left out"),
    ],
)
def test_what_was_seen_in_part_is_not_kept(limits: FileLimits, attached: File) -> None:
    setup = Setup(limits)
    setup.see(attached)
    assert setup.memory.values == {}


def test_what_depends_on_a_member_of_another_attachment_is_looked_at_again() -> None:
    """The second of two archives with the same member opens it only once: alone it must be opened."""
    inner = files.zip_file({"evil.exe": files.windows_program()})
    first, second = (
        ("a.zip", files.zip_file({"i.zip": inner})),
        ("b.zip", files.zip_file({"i.zip": inner, "r.txt": b"r"})),
    )
    setup = Setup()
    setup.see(first, second)
    alone = setup.see(second)
    assert "b.zip/i.zip/evil.exe" in [file.path for file in alone.view.files]


def test_another_version_knows_nothing() -> None:
    setup = Setup()
    setup.see(("a.txt", b"x"))
    setup.version = "2"
    setup.see(("a.txt", b"x"))
    assert len(setup.looked) == 2


def test_values_are_bounded_and_whole() -> None:
    setup = Setup()
    setup.see(("a.zip", ARCHIVE))
    (value,) = setup.memory.values.values()
    assert len(value) <= MOST_BYTES
    found = unpacked(value, Remembered)
    assert found is not None
    assert found.files[0].path == ""


@pytest.mark.parametrize(
    "value", [b"", b"x", zlib.compress(b""), zlib.compress(b"\xc1"), zlib.compress(bytes(9_000_000))],
    ids=["empty", "no zlib", "nothing", "no msgpack", "a bomb"],
)  # fmt: skip
def test_what_cannot_be_read_is_nothing(value: bytes) -> None:
    assert unpacked(value, Remembered) is None
    setup = Setup()
    setup.see(("a.txt", b"x"))
    setup.memory.values = dict.fromkeys(setup.memory.values, value)
    assert setup.see(("a.txt", b"x")).view.files[0].size == 1


class Scanner:
    """A virus scanner that answers what it is told; `shown` is what it saw."""

    def __init__(self, answer: MalwareAnswer, *, required: bool = False) -> None:
        self.answer = answer
        self.required = required
        self.shown: list[bytes] = []

    def scan(self, data: bytes, *, seconds: float) -> MalwareAnswer:
        assert seconds > 0
        self.shown.append(data)
        return self.answer


def test_a_scanner_is_shown_attachments_and_what_was_locked() -> None:
    scanner = Scanner(MalwareAnswer(name="Win.Test-1"))
    seen = Setup(scanner=scanner).see(("a.zip", ARCHIVE), ("b.zip", LOCKED), text="The password is: 2026")
    assert scanner.shown == [ARCHIVE, LOCKED, b"secret " * 20]
    assert [file.path for file in seen.view.files if file.malware] == ["a.zip", "b.zip", "b.zip/report.txt"]


@pytest.mark.parametrize(("required", "problems"), [(False, ()), (True, ("a.txt: away",))], ids=["not", "required"])
def test_a_scanner_that_is_away_is_seen(required: bool, problems: tuple[str, ...]) -> None:
    setup = Setup(scanner=Scanner(MalwareAnswer(problem="away"), required=required))
    seen = setup.see(("a.txt", b"x"))
    assert (seen.view.files[0].unscanned, seen.problems) == ("away", problems)
    assert setup.memory.values == {}, "the next time it may answer"


def test_a_second_sight_is_quick() -> None:
    setup = Setup()
    attached = ("a.docx", files.docx(LURE * 500))
    setup.see(attached)
    best = min(_seconds(setup, attached) for _ in range(5))
    assert best < 0.003


def _seconds(setup: Setup, attached: File) -> float:
    began = time.perf_counter()
    setup.see(attached)
    return time.perf_counter() - began
