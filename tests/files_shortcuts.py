"""Builders of Windows shortcuts for tests ([MS-SHLLINK])."""

from __future__ import annotations

import struct

CLASS = b"\x01\x14\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46"
COMMAND_SHELL = "C:\\Windows\\System32\\cmd.exe"
POWERSHELL = "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"


def link_file(target: str, arguments: str = "", *, icon: str = "", show: int = 1, appended: bytes = b"") -> bytes:
    """A link file with its target in a LinkInfo, as Windows writes it."""
    flags = 0x2 | 0x80 | (0x20 if arguments else 0) | (0x40 if icon else 0)
    header = b"L\x00\x00\x00" + CLASS + struct.pack("<II", flags, 0x20) + bytes(24) + struct.pack("<III", 0, 0, show)
    path = target.encode("cp1252") + b"\x00"
    info = struct.pack("<IIIIIII", 29 + len(path), 28, 1, 0, 28, 0, 28 + len(path)) + path + b"\x00"
    texts = b"".join(struct.pack("<H", len(text)) + text.encode("utf-16-le") for text in (arguments, icon) if text)
    return (header + bytes(76 - len(header))) + info + texts + bytes(4) + appended


def internet_shortcut(url: str, *, extra: str = "") -> bytes:
    return f"[InternetShortcut]\r\nURL={url}\r\n{extra}".encode()
