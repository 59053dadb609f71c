"""Unpacks streams of PDF documents (ISO 32000-1, 7.4) within a bound: a filter may make gigabytes of a kilobyte."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Sequence

FILTERS = 8  # on top of each other

_NOT_HEX = re.compile(rb"[^0-9A-Fa-f]{1,65536}")
_BLANKS = re.compile(rb"[\x00\t\n\x0c\r ]{1,65536}")
# Abbreviations are for pictures within pages (8.9.7), but readers take them everywhere.
_SHORT = {"Fl": "FlateDecode", "AHx": "ASCIIHexDecode", "A85": "ASCII85Decode", "RL": "RunLengthDecode"}


class UnknownFilter(Exception):
    """A filter that is not read here: of pictures, LZW, or encryption."""


class TooLarge(Exception):
    """It unpacks to more than the bound."""


def unpack(packed: bytes, filters: Sequence[str], *, most: int) -> bytes:
    """The content, which damage may cut short. Raises UnknownFilter and TooLarge."""
    if len(filters) > FILTERS:
        raise UnknownFilter(f"{len(filters)} filters")
    data = packed
    for name in filters:
        data = _unpack_once(data, _SHORT.get(name, name), most)
        if len(data) > most:
            raise TooLarge
    return data


def _unpack_once(data: bytes, name: str, most: int) -> bytes:
    if name == "FlateDecode":
        return _inflated(data, most)
    if name == "ASCIIHexDecode":
        digits = _NOT_HEX.sub(b"", data.partition(b">")[0])
        return binascii.unhexlify(digits + b"0" * (len(digits) % 2))
    if name == "ASCII85Decode":
        return _of_ascii85(data)
    if name == "RunLengthDecode":
        return _of_run_lengths(data, most)
    raise UnknownFilter(name[:40])


def _inflated(data: bytes, most: int) -> bytes:
    inflate = zlib.decompressobj()
    try:
        return inflate.decompress(data, most + 1)
    except zlib.error:
        return _inflated_up_to_damage(data, most)


def _inflated_up_to_damage(data: bytes, most: int) -> bytes:
    """In small steps: of one that fails nothing is given back."""
    inflate = zlib.decompressobj()
    found = bytearray()
    try:
        for begin in range(0, len(data), 256):
            found += inflate.decompress(data[begin : begin + 256], most + 1)
            if len(found) > most:
                break
    except zlib.error:
        pass
    return bytes(found)


def _of_ascii85(data: bytes) -> bytes:
    digits = _BLANKS.sub(b"", data.removeprefix(b"<~").partition(b"~>")[0])
    try:
        return base64.a85decode(digits)
    except ValueError:
        return b""


def _of_run_lengths(data: bytes, most: int) -> bytes:
    found = bytearray()
    at = 0
    while at < len(data) and len(found) <= most:
        length = data[at]
        if length == 128:
            break
        if length < 128:
            found += data[at + 1 : at + 2 + length]
            at += length + 2
        else:
            found += data[at + 1 : at + 2] * (257 - length)
            at += 2
    return bytes(found)
