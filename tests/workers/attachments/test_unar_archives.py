"""Old archives, and RAR under a password: opened by the other program, and said where that is not possible."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

import pytest

from mailcore.ports import Unpacker
from mailcore.unpacked import Unpacked, UnpackedMember, UnpackRequest
from mailcore.view import FileFacts
from mailio.cage_ports import Outside
from mailio.unar import NOT_INSTALLED, Unar, through
from tests import corpora, files
from tests.files_old_archives import arj, lzh
from tests.workers.attachments.scan import File, shipped_rules, view_of
from workers.attachments import FileLimits, build

needs_unar = pytest.mark.skipif(shutil.which("unar") is None, reason="unar is not installed")

MEMBERS = [(b"list.txt", b"nothing"), (b"invoice.exe", b"MZ" + bytes(200))]


class FakeUnpacker:
    """Gives one answer, with the password that opens it; remembers what it was asked."""

    def __init__(self, answer: Unpacked, password: str = "") -> None:
        self.answer, self.password = answer, password
        self.asked: list[str] = []

    def __call__(self, request: UnpackRequest, *, seconds: float) -> Unpacked:
        assert seconds > 0
        self.asked.append(request.password)
        return self.answer if request.password == self.password else Unpacked(is_locked=True)


def look(
    *attached: File,
    unpack: Unpacker | None,
    text: str = "",
    limits: FileLimits = FileLimits(),  # noqa: B008
) -> tuple[Sequence[FileFacts], tuple[str, ...]]:
    view, parts = view_of(*attached, text=text)
    pool = build(shipped_rules(), limits=limits, passwords=("1234",), unpack=unpack)
    gathered = pool.gather(view, parts, seconds=20)
    return gathered.view.files, gathered.problems


def rar(name: str) -> bytes:
    return (corpora.attachments("archive") / "rarfile/test/files" / name).read_bytes()


@needs_unar
@pytest.mark.parametrize("archive", [lzh(MEMBERS), arj(MEMBERS)], ids=["LZH", "ARJ"])
@pytest.mark.parametrize("name", ["a.dat", "a.zip/a.dat"])
def test_old_archives_are_opened(archive: bytes, name: str) -> None:
    attached = ("a.dat", archive) if "/" not in name else ("a.zip", files.zip_file({"a.dat": archive}))
    found, problems = look(attached, unpack=Unar())
    assert f"{name}/invoice.exe" in [file.path for file in found]
    assert problems == ()


@needs_unar
def test_names_in_them_are_judged() -> None:
    found, _ = look(("a.lzh", lzh([(b"../../a.exe", b"MZ")])), unpack=Unar())
    assert found[0].unsafe_member_names == ("../../a.exe",)


@needs_unar
@pytest.mark.parametrize("name", ["rar5-psw.rar", "rar5-hpsw.rar", "rar5-psw-blake.rar", "rar202-comment-psw.rar"])
def test_rar_is_opened_with_the_password_of_the_mail(name: str) -> None:
    outer, *inner = look((name, rar(name)), unpack=through(Outside(), Unar()), text="Password: password")[0]
    assert len(inner) == 2
    assert {(file.password, file.password_from, file.encrypted) for file in (outer, *inner)} == {
        ("password", "text", False)
    }
    assert all(file.size for file in inner)


@needs_unar
@pytest.mark.parametrize("name", ["rar5-psw.rar", "rar5-hpsw.rar", "rar5-psw-blake.rar"])
@pytest.mark.parametrize("unpack", [Unar(), None], ids=["wrong password", "switched off"])
def test_rar_stays_closed(name: str, unpack: Unpacker | None) -> None:
    found, problems = look((name, rar(name)), unpack=unpack, text="Password: wrong77")
    assert found[0].encrypted
    assert not any(file.password for file in found)
    assert problems == ()


LZX_CABINETS = ("test_lzx.cab", "test.onepkg")


@needs_unar
@pytest.mark.corpus
@pytest.mark.parametrize("name", LZX_CABINETS)
def test_cabinets_packed_with_lzx_are_opened(name: str) -> None:
    data = (corpora.attachments("mixed") / "strelka/src/python/strelka/tests/fixtures" / name).read_bytes()
    (outer, *inner), problems = look((name, data), unpack=Unar())
    assert [file.problem for file in inner if file.depth == 1] == [""] * 4
    assert all(file.size for file in inner)
    assert (outer.problem, problems) == ("", ())


def test_a_cabinet_packed_with_lzx_stays_closed_without_the_program() -> None:
    lzx = files.cabinet({"a.txt": b"a"}, compression=3)
    found, problems = look(("a.cab", lzx), unpack=Unar(path="/nonexistent"))
    assert "LZX" in found[0].problem
    assert problems == (f"an archive {NOT_INSTALLED}",)


def test_other_cabinets_need_no_other_program() -> None:
    unpack = FakeUnpacker(Unpacked())
    assert [file.filename for file in look(("a.cab", files.cabinet({"a.txt": b"a"})), unpack=unpack)[0]] == [
        "a.cab",
        "a.txt",
    ]
    assert unpack.asked == []


@pytest.mark.parametrize("password", ["", "1234"])
def test_members_under_a_password_say_so(password: str) -> None:
    member = UnpackedMember(name="a.exe", content=b"MZ" + bytes(100), encrypted=bool(password))
    unpack = FakeUnpacker(Unpacked(members=(member,)), password)
    outer, inner = look(("a.lzh", lzh(MEMBERS)), unpack=unpack)[0]
    assert (inner.password, inner.encrypted) == (password, False)
    assert (outer.members, outer.password) == (1, password)


def test_it_is_said_where_the_program_is_missing() -> None:
    found, problems = look(("a.lzh", lzh(MEMBERS)), unpack=Unar(path="/nonexistent"))
    assert [file.problem for file in found] == [NOT_INSTALLED]
    assert problems == (f"an archive {NOT_INSTALLED}",)


def test_rar_without_the_program() -> None:
    found, problems = look(("a.rar", rar("rar5-hpsw.rar")), unpack=Unar(path="/nonexistent"), text="Password: a77")
    assert found[0].encrypted
    assert NOT_INSTALLED in found[0].problem
    assert problems == (f"an archive {NOT_INSTALLED}",)


def test_what_was_left_out_is_a_problem_of_the_file() -> None:
    unpack = FakeUnpacker(Unpacked(members=(UnpackedMember(name="a", content=b"a"),), problem="no more"))
    outer, _ = look(("a.lzh", lzh(MEMBERS)), unpack=unpack)[0]
    assert outer.problem == "no more"


def test_a_member_that_is_not_whole() -> None:
    unpack = FakeUnpacker(Unpacked(members=(UnpackedMember(name="a", content=b"a", problem="cut"),)))
    outer, inner = look(("a.lzh", lzh(MEMBERS)), unpack=unpack)[0]
    assert (outer.problem, inner.problem, inner.size) == ("cut", "cut", 1)


def test_a_bomb_is_unpacked_no_further() -> None:
    unpack = FakeUnpacker(Unpacked(members=tuple(UnpackedMember(name="a", content=bytes(9_000)) for _ in range(9))))
    _, problems = look(("a.lzh", lzh(MEMBERS)), unpack=unpack, limits=FileLimits(ratio_free_bytes=1_000, ratio=10))
    assert any("times its size" in problem for problem in problems)


@pytest.mark.parametrize(
    "archive",
    [
        ("a.zip", files.zip_file({"a.txt": b"a"})),
        ("a.zip", files.encrypted_zip({"a.txt": b"a"}, b"1234")),
        ("a.txt", b"-lh5- is a method"),
        ("a.pdf", b"%PDF-1.7"),
        ("a.gz", b"\x1f\x8b damaged"),
    ],
    ids=["a zip", "a zip under a password", "text", "PDF", "damaged gzip"],
)
def test_nobody_is_asked_for_what_others_open(archive: File) -> None:
    unpack = FakeUnpacker(Unpacked())
    look(archive, unpack=unpack)
    assert unpack.asked == []
