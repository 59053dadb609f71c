"""Mail inside of files is a message of its own: its text and links are judged, its attachments are files."""

from __future__ import annotations

import struct
import zlib

import pytest

from tests import files
from tests.corpora import attachments
from tests.mail import mail
from tests.workers.attachments.scan import File, files_of, scan, scan_and_listen

PROGRAM = files.windows_program()
LURE = "https://login.example.net/verify"


def outlook(*, subject: str = "", text: str = "", page: str = "", attached: bytes = b"", name: str = "") -> bytes:
    """A message as Outlook saves it: a compound file with a stream a property."""
    streams = {"__properties_version1.0": bytes(32), "__substg1.0_0037001F": subject.encode("utf-16-le")}
    if text:
        streams["__substg1.0_1000001F"] = text.encode("utf-16-le")
    if page:
        streams["__substg1.0_10130102"] = page.encode()
    if attached:
        streams["__attach_version1.0_#00000000/__substg1.0_37010102"] = attached
        streams["__attach_version1.0_#00000000/__substg1.0_3707001F"] = name.encode("utf-16-le")
    return files.compound_file(streams)


def winmail(body: str, attached: bytes, name: str) -> bytes:
    """A TNEF stream with a body and one attachment ([MS-OXTNEF] 2.1.3)."""

    def attribute(level: int, tag: int, data: bytes) -> bytes:
        return struct.pack("<BII", level, tag, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)

    return (
        struct.pack("<IH", 0x223E9F78, 1)
        + attribute(1, 0x0002800C, body.encode() + b"\0")
        + attribute(2, 0x00069002, bytes(14))
        + attribute(2, 0x00018010, name.encode() + b"\0")
        + attribute(2, 0x0006800F, attached)
    )


WITH_PROGRAM: dict[str, File] = {
    "eml": ("forwarded.eml", mail(subject="Bill", text=f"see {LURE}", attachments=[("bill.exe", PROGRAM)])),
    "msg": ("forwarded.msg", outlook(subject="Bill", text=f"see {LURE}", attached=PROGRAM, name="bill.exe")),
    "winmail.dat": ("winmail.dat", winmail(f"Bill\nsee {LURE}", PROGRAM, "bill.exe")),
}


@pytest.mark.parametrize("file", WITH_PROGRAM.values(), ids=WITH_PROGRAM)
def test_attachments_are_files_of_their_own(file: File) -> None:
    found, problems = files_of(file)
    inner = [(facts.path, facts.true_type, facts.depth, facts.reached) for facts in found[1:]]
    assert inner == [(f"{file[0]}/bill.exe", "application/vnd.microsoft.portable-executable", 1, "attached")]
    assert problems == ()
    assert any("program" in finding.id for finding in scan(file).findings)


@pytest.mark.parametrize("file", WITH_PROGRAM.values(), ids=WITH_PROGRAM)
def test_text_is_judged(file: File) -> None:
    _, heard = scan_and_listen(file)
    assert [LURE in derived.text and "Bill" in derived.text for derived in heard] == [True]


def test_links_of_pages_are_judged() -> None:
    page = f'<a href="{LURE}">Your mailbox</a>'
    for file in (("a.eml", mail(text=None, html=page)), ("a.msg", outlook(page=page))):
        _, heard = scan_and_listen(file)
        assert heard[0].urls == (LURE,)
        assert "Your mailbox" in heard[0].text


def test_mail_in_a_zip_in_mail_is_opened() -> None:
    inner = mail(attachments=[("a.zip", files.zip_file({"bill.exe": PROGRAM}))])
    found, _ = files_of(("outer.zip", files.zip_file({"inner.eml": inner})))
    assert found[-1].path == "outer.zip/inner.eml/a.zip/bill.exe"


NO_MAIL: dict[str, File] = {
    "a text": ("notes.txt", b"From here: to there\n"),
    "an old document": ("a.doc", files.doc()),
    "an empty message": ("a.eml", b""),
    "binary that is called mail": ("a.eml", bytes(range(256)) * 20),
    "a signature without a stream": ("winmail.dat", b"\x78\x9f\x3e\x22"),
    "a compound file that is called a message": ("a.msg", files.compound_file({"Other": b"x"})),
    "compressed": ("a.eml", zlib.compress(mail())),
}


@pytest.mark.parametrize("file", NO_MAIL.values(), ids=NO_MAIL)
def test_other_files_are_left_alone(file: File) -> None:
    report = scan(file)
    assert not report.errors
    assert report.findings == ()
    assert len(files_of(file)[0]) == 1


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 0.95])
@pytest.mark.parametrize("file", WITH_PROGRAM.values(), ids=WITH_PROGRAM)
def test_damaged_mail_is_no_error(file: File, share: float) -> None:
    report = scan((file[0], file[1][: int(len(file[1]) * share)]))
    assert not report.errors


def test_message_with_itself_attached_ends() -> None:
    message = mail()
    for _ in range(12):
        message = mail(attachments=[("inner.eml", message)])
    found, problems = files_of(("a.eml", message))
    assert len(found) < 20
    assert any("deep" in problem for problem in problems)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("two-files", ["AUTHORS", "README"]),
        ("umlaut", ["TBZ PARIV GmbH.jpg", "image003.jpg", "UmlautAnhang-äüö.txt"]),
        ("garbage-at-end", []),
    ],
)
def test_winmail_of_other_projects(name: str, expected: list[str]) -> None:
    path = min(attachments("tnef_msg").rglob(f"{name}.tnef"))
    found, _ = files_of(("winmail.dat", path.read_bytes()))
    assert [facts.filename for facts in found[1:]] == expected
