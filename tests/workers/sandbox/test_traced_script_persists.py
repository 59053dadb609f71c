"""What traced_script_persists must find in running code, and (more) what it must leave alone."""

from __future__ import annotations

import pytest

from tests import files
from tests import files_sandbox as sandbox
from tests import files_scripts as scripts
from tests.workers.attachments.scan import File
from tests.workers.sandbox.run import found

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
    "a library": ("lib.js", sandbox.LIBRARY_JS),
    "another library": ("lib.min.js", scripts.LIBRARY),
    "drives of a department": ("logon.vbs", sandbox.MAPS_DRIVES),
    "services of a server": ("services.ps1", sandbox.ADMIN_PS1),
    "a backup": ("backup.bat", scripts.BACKUP),
    "a page": ("page.html", files.page(script="document.title = 'Good day'")),
    "a picture": ("a.svg", scripts.svg()),
    "a script that breaks": ("a.js", b"this is no (script"),
    "an empty one": ("a.js", b" "),
    "a text about it": ("notes.txt", sandbox.DROPPER_JS),
    "no code": ("a.pdf", b"%PDF-1.7"),
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
