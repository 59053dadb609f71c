"""Scripts that script_hides_its_command must find, and (more) that it must leave alone."""

from __future__ import annotations

import base64
import gzip

import pytest

from tests import files_scripts as scripts
from tests.workers.attachments.scan import File, found

PACKED = b"eval(function(p,a,c,k,e,d){return p}('0.1(\\'2\\')',3,3,'document|write|hello'.split('|'),0,{}))"
COMPRESSED = base64.b64encode(gzip.compress(scripts.CRADLE.encode(), mtime=0)).decode()

BAD: dict[str, File] = {
    "an encoded command": ("a.bat", scripts.encoded_command()),
    "abbreviated": ("b.cmd", scripts.encoded_command(options="-e")),
    "of a program": ("c.ps1", scripts.encoded_command("Start-Process calc.exe", options="/EncodedCommand")),
    "base64 that is run": ("d.js", b'eval(atob("' + base64.b64encode(b"alert('Good day to you')") + b'"));'),
    "packed": ("e.js", PACKED),
    "compressed": (
        "f.ps1",
        f"IEX (New-Object IO.Compression.GzipStream([Convert]::FromBase64String('{COMPRESSED}')))".encode(),
    ),
    "turns protection off": ("g.ps1", b"Set-MpPreference -DisableRealtimeMonitoring $true\r\n"),
    "deletes copies": ("h.bat", b"vssadmin delete shadows /all /quiet\r\n"),
}
GOOD: dict[str, File] = {
    "a library": ("lib.min.js", scripts.LIBRARY),
    "an installer": ("setup.ps1", scripts.INSTALLER),
    "a backup": ("backup.bat", scripts.BACKUP),
    "drives of a department": ("logon.vbs", scripts.LOGON),
    "a switch of the same letter": ("a.bat", b"findstr -e README.txt list.txt\r\nmytool -enc utf8\r\n"),
    "a key": ("b.ps1", b"$key = 'dGhpcyBpcyBub3QgYSBzZWNyZXQga2V5IGF0IGFsbA=='\r\n"),
    "a hash": ("c.js", b'var h = "sha384-oqVuAfXRKap7fdgcCY5uykM6+R9GqQ8K/uxy9rx7HNQlGYl1kPzQho1wx4JwY8wC";\n'),
    "asks for copies": ("d.bat", b"vssadmin list shadows\r\n"),
    "asks for protection": ("e.ps1", b"Get-MpPreference | Select DisableRealtimeMonitoringState\r\n"),
    "settings": ("f.reg", b"Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\A]\r\n"),
    "a text about it": ("notes.txt", scripts.encoded_command()),
}


def test_the_command_is_shown() -> None:
    (finding,) = found("script_hides_its_command", BAD["an encoded command"])
    assert finding.where.decoded == scripts.CRADLE
    assert finding.weight == 7.0


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("script_hides_its_command", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("script_hides_its_command", file) == []
