"""Shell link files (.lnk, [MS-SHLLINK]): what they start, with which arguments, and what hangs behind them.

An own reader: no part of the file is copied more than once, and damage in one part does not hide the others.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from msgspec import Struct

SIGNATURE = b"L\x00\x00\x00\x01\x14\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46"

_HEADER = 76
_HAS_ID_LIST, _HAS_LINK_INFO, _IS_UNICODE, _NO_LINK_INFO = 0x1, 0x2, 0x80, 0x100
# Name, relative path, working directory, arguments, icon: in this order (2.4).
_NAME, _RELATIVE_PATH, _FOLDER, _ARGUMENTS, _ICON = 0x4, 0x8, 0x10, 0x20, 0x40
_STRINGS = (_NAME, _RELATIVE_PATH, _FOLDER, _ARGUMENTS, _ICON)
_ENVIRONMENT = 0xA0000001  # EnvironmentVariableDataBlock (2.5.4): a target with variables
_BLOCKS = 100
_ITEMS = 64
_PATH_CHARACTERS = 1_000
_LONG_NAME = b"\x04\x00\xef\xbe"  # the extension block of a file's item, which holds its long name


class DamagedLink(Exception):
    """No shell link, or one that is cut off in its header."""


class WindowsLink(Struct, frozen=True, kw_only=True):
    """`targets` are all ways in which the file says what it starts; `end` is where it ends, in bytes.

    `show` is the window: 1 normal, 3 large, 7 minimised (2.1). Texts are empty where they are missing.
    """

    targets: tuple[str, ...] = ()
    name: str = ""
    folder: str = ""
    arguments: str = ""
    icon: str = ""
    show: int = 1
    end: int = 0


def read_link(data: bytes) -> WindowsLink:
    """The fields of a link file; raises DamagedLink."""
    if len(data) < _HEADER or not data.startswith(SIGNATURE):
        raise DamagedLink("no link file")
    flags, show = struct.unpack_from("<I", data, 20)[0], struct.unpack_from("<I", data, 60)[0]
    position, targets = _HEADER, list[str]()
    if flags & _HAS_ID_LIST:
        end = position + 2 + _number(data, position, 2)
        targets.append("\\".join(_items(data[position + 2 : end])))
        position = end
    if flags & _HAS_LINK_INFO and not flags & _NO_LINK_INFO:
        size = _number(data, position, 4)
        targets.extend(_link_info(data[position : position + size]))
        # A size that leads nowhere: the strings are looked for behind the smallest header there is.
        position += size if 28 <= size <= len(data) - position else 28
    texts: dict[int, str] = {}
    for flag in _STRINGS:
        if flags & flag:
            # Windows takes 260 characters of the others, whatever they claim: malware hides its command behind that.
            longest = 65_535 if flag in (_ARGUMENTS, _ICON) else 260
            texts[flag], position = _string(data, position, longest=longest, wide=bool(flags & _IS_UNICODE))
    targets.append(texts.get(_RELATIVE_PATH, ""))
    position = _extra(data, position, targets)
    return WindowsLink(
        targets=tuple(dict.fromkeys(target[:_PATH_CHARACTERS] for target in targets if target)),
        name=texts.get(_NAME, ""),
        folder=texts.get(_FOLDER, ""),
        arguments=texts.get(_ARGUMENTS, ""),
        icon=texts.get(_ICON, ""),
        show=show,
        end=min(position, len(data)),
    )


def _number(data: bytes, position: int, size: int) -> int:
    return int.from_bytes(data[position : position + size], "little")


def _string(data: bytes, position: int, *, longest: int, wide: bool) -> tuple[str, int]:
    """A counted string (2.4) and where the next one begins."""
    count = min(_number(data, position, 2), longest)
    begin, end = position + 2, position + 2 + count * (2 if wide else 1)
    raw = data[begin:end]
    return raw.decode("utf-16-le", "replace") if wide else raw.decode("cp1252", "replace"), min(end, len(data))


def _items(listed: bytes) -> Iterator[str]:
    """Names of the items of an IDList (2.2.1): drives, folders, the file. What shell extensions add is left out."""
    position = 0
    for _ in range(_ITEMS):
        size = _number(listed, position, 2)
        item = listed[position + 2 : position + size]
        if size < 4 or not item:
            return
        position += size
        kind = item[0] & 0x70
        if kind == 0x20:
            yield item[1:].split(b"\x00")[0].decode("cp1252", "replace").rstrip("\\")
        elif kind == 0x30:
            yield _long_name(item) or item[12:].split(b"\x00")[0].decode("cp1252", "replace")


def _long_name(item: bytes) -> str:
    """The name in UTF-16 that stands in the extension block, "" where there is none."""
    mark = item.find(_LONG_NAME)
    if mark < 0:
        return ""
    version, start = _number(item, mark - 2, 2), mark + 16
    start += {7: 18, 8: 22, 9: 26}.get(version, 0)
    text = item[start : start + 2 * _PATH_CHARACTERS].decode("utf-16-le", "ignore").split("\x00")[0]
    return text if text.isprintable() else ""


def _link_info(info: bytes) -> Iterator[str]:
    """The local path, or the share and the rest of the path (2.3)."""
    if len(info) < 28:
        return
    base, network, suffix = _number(info, 16, 4), _number(info, 20, 4), _number(info, 24, 4)
    rest = _text(info, suffix)
    if base:
        yield _text(info, base) + rest
    if network and network + 12 <= len(info):
        share = _text(info, network + _number(info, network + 8, 4))
        if share:
            yield "\\".join(filter(None, (share, rest)))


def _text(info: bytes, start: int) -> str:
    return info[start : start + _PATH_CHARACTERS].split(b"\x00")[0].decode("cp1252", "replace") if start else ""


def _extra(data: bytes, position: int, targets: list[str]) -> int:
    """Walk the extra blocks (2.5) up to the terminal one; returns where they end."""
    for _ in range(_BLOCKS):
        size = _number(data, position, 4)
        if size < 8 or position + size > len(data):
            # The terminal block: four bytes that are less than 4.
            return position + 4 if size < 4 else position
        if _number(data, position + 4, 4) == _ENVIRONMENT:
            targets.append(data[position + 268 : position + 788].decode("utf-16-le", "replace").split("\x00")[0])
        position += size
    return position
