"""What traced_script_writes_and_runs_files must find in running code, and (more) what it must leave alone."""

from __future__ import annotations

import pytest

from tests import files
from tests import files_sandbox as sandbox
from tests import files_scripts as scripts
from tests.workers.attachments.scan import File
from tests.workers.sandbox.run import found

BAD: dict[str, File] = {
    "JavaScript": ("a.js", sandbox.DROPPER_JS),
    "VBScript": ("a.vbs", sandbox.DROPPER_VBS),
    "a script that it carries": (
        "c.vbs",
        b'Set f = CreateObject("Scripting.FileSystemObject").CreateTextFile("C:\\Users\\Public\\u.js")\n'
        b'f.Write "new ActiveXObject(1)" : f.Close\nCreateObject("WScript.Shell").Run "wscript C:\\Users\\Publi'
        b'c\\u.js"\n',
    ),
    "started later": (
        "d.js",
        b'new ActiveXObject("Scripting.FileSystemObject").CreateTextFile("C:\\\\u.vbs").Write("MsgBox 1");'
        b'new ActiveXObject("WScript.Shell").RegWrite("HKCU\\\\Software\\\\X", "wscript C:\\\\u.vbs");',
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
    "a table": (
        "e.vbs",
        b'CreateObject("Scripting.FileSystemObject").CreateTextFile("a.csv").Write "1;2"\nCreateObject("WScript.'
        b'Shell").Run "excel a.csv"',
    ),
    "a script that nobody starts": (
        "f.vbs",
        b'CreateObject("Scripting.FileSystemObject").CreateTextFile("a.vbs").Write "x"',
    ),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    (finding,) = found("traced_script_writes_and_runs_files", file)
    assert finding.detail
    assert finding.where.decoded


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("traced_script_writes_and_runs_files", file) == []
