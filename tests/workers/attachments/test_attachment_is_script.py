"""Attachments that attachment_is_script must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files
from tests.workers.attachments.scan import File, found

BAD: dict[str, File] = {
    "vbs": ("update.vbs", b'MsgBox "hello"\r\n'),
    "hta": ("form.hta", files.page(script="<script>close()</script>")),
    "js": ("invoice.js", b"WScript.Echo(1);\r\n"),
    "a link file": ("document.lnk", files.shortcut()),
    "a link file under another name": ("document.bin", files.shortcut()),
    "upper case": ("UPDATE.VBS", b"MsgBox 1\r\n"),
    "compiled help": ("help.chm", b"ITSF\x03\x00\x00\x00\x60\x00\x00\x00" + bytes(500)),
    "a web link": ("offer.url", b"[InternetShortcut]\r\nURL=file://203.0.113.7/share/a.exe\r\n"),
}
GOOD: dict[str, File] = {
    "a patch": ("0001-fix.patch", b"diff --git a/x.js b/x.js\n--- a/x.js\n+++ b/x.js\n"),
    "a shell script": ("build.sh", b"#!/bin/sh\nmake\n"),
    "Python": ("tool.py", b"print(1)\n"),
    "a calendar": ("invite.ics", b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"),
    "a contact": ("alice.vcf", b"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Alice\r\nEND:VCARD\r\n"),
    "JSON": ("package.json", b'{"name": "x"}\n'),
    "a table": ("list.csv", b"a,b\n1,2\n"),
    "an emptied script": ("update.vbs", b""),
    "a picture with the wrong name": ("photo.js", files.blank_picture()),
    "a script in sources": ("src.tar.gz", files.tar_gz({"src/app.js": b"let a = 1;\n", "src/x.c": b"int x;\n"})),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("attachment_is_script", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("attachment_is_script", file) == []


def test_scripts_of_developers_weigh_less() -> None:
    (script,), (link) = found("attachment_is_script", ("a.js", b"1;\n")), found("attachment_is_script", ("a.hta", b"1"))
    assert 0 < script.weight < link[0].weight
