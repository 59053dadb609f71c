"""What traced_script_persists must find in running code, and (more) what it must leave alone."""

from __future__ import annotations

import pytest

from tests.workers.attachments.scan import File
from tests.workers.sandbox.run import HARMLESS, found

BAD: dict[str, File] = {
    "registry": (
        "a.js",
        b'new ActiveXObject("WScript.Shell").RegWrite("HKCU\\\\Software\\\\Microsoft\\\\Windows\\\\CurrentVersio'
        b'n\\\\Run\\\\u", "a.exe")',
    ),
    "a task": ("b.vbs", b'CreateObject("WScript.Shell").Run "schtasks /create /sc minute /tn u /tr a.exe", 0'),
    "startup folder": (
        "c.vbs",
        b'Set s = CreateObject("WScript.Shell")\nSet l = s.CreateShortcut(s.SpecialFolders("Startup") & "\\u.lnk'
        b'")\nl.TargetPath = "a.exe"\nl.Save',
    ),
}
GOOD: dict[str, File] = {
    **HARMLESS,
    "asks for tasks": ("d.bat", b"schtasks /query /tn backup"),
    "a value of its own": ("e.vbs", b'CreateObject("WScript.Shell").RegWrite "HKCU\\Software\\Example\\Theme", 1'),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    (finding,) = found("traced_script_persists", file)
    assert finding.detail
    assert finding.where.decoded


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("traced_script_persists", file) == []
