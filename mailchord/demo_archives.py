"""Synthetic zip files, plain and encrypted, made in memory."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping


def zip_file(members: Mapping[str, bytes], *, stored: bool = False) -> bytes:
    """A plain zip file."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            # A fixed date: the same file each time, with the same hash.
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 5, 10, 0, 0)), content, archive.compression)
    return target.getvalue()


def encrypted_zip(members: Mapping[str, bytes], password: bytes = b"infected") -> bytes:
    """A zip file under a password, by the traditional cipher (APPNOTE.TXT 6.1)."""
    body, directory = bytearray(), bytearray()
    for name, content in members.items():
        crc = zlib.crc32(content)
        # Twelve bytes before the content, the last of which checks the password (6.1.5).
        secret = _zip_cipher(bytes(11) + bytes([crc >> 24]) + content, password)
        encoded = name.encode()
        common = struct.pack(
            "<HHHHHIIIHH", 20, 1, 0, 0, 0x5C25, crc, len(secret), len(content), len(encoded), 0
        )  # version, flags (bit 0: encrypted), stored, time, date, sizes
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + common
        directory += struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + encoded
        body += b"PK\x03\x04" + common + encoded + secret
    count = len(members)
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(body), 0)
    return bytes(body + directory) + end


def _zip_cipher(data: bytes, password: bytes) -> bytes:
    """The traditional PKWARE cipher (APPNOTE.TXT 6.1.5 to 6.1.7)."""
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte: int) -> None:
        keys[0] = _crc32(keys[0], byte)
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134_775_813 + 1) & 0xFFFFFFFF
        keys[2] = _crc32(keys[2], keys[1] >> 24)

    for byte in password:
        update(byte)
    out = bytearray()
    for byte in data:
        temporary = keys[2] | 2
        out.append(byte ^ ((temporary * (temporary ^ 1)) >> 8) & 0xFF)
        update(byte)
    return bytes(out)


def _crc32(crc: int, byte: int) -> int:
    """One step of CRC-32, without the complements around it that zlib.crc32 makes."""
    return zlib.crc32(bytes([byte]), crc ^ 0xFFFFFFFF) ^ 0xFFFFFFFF
