"""What traced_script_writes_and_runs_files must find in running code, and (more) what it must leave alone."""

from __future__ import annotations

import pytest

from tests import files_sandbox as sandbox
from tests.workers.attachments.scan import File
from tests.workers.sandbox.run import HARMLESS, found

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
    **HARMLESS,
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
