"""Archives that claim more memory than a worker may have, under the bound that a worker sets for itself."""

from __future__ import annotations

import ast
import lzma
import struct
import subprocess
import sys
import zlib

import pytest

SIZE = 600_000_000


def seven_zip(codec: bytes, properties: bytes, packed: bytes, *, claimed: int = SIZE) -> bytes:
    """A 7z archive of one member, by hand: writers do not lie about dictionaries."""
    coder = bytes([len(codec) | 0x20]) + codec + bytes([len(properties)]) + properties
    header = (
        b"\x01\x04\x06\x00\x01\x09\xff" + struct.pack("<Q", len(packed)) + b"\x00\x07\x0b\x01\x00\x01" + coder
        + b"\x0c\xff" + struct.pack("<Q", claimed) + b"\x00\x08\x00\x00\x05\x01\x11\x05\x00a\x00\x00\x00\x00\x00"
    )  # fmt: skip
    start = struct.pack("<QQI", len(packed), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<I", zlib.crc32(start)) + start + packed + header


def lzma_zeros(codec: int) -> bytes:
    packer = lzma.LZMACompressor(lzma.FORMAT_RAW, filters=[{"id": codec, "dict_size": 1 << 20, "preset": 0}])
    return b"".join(packer.compress(bytes(1_000_000)) for _ in range(60)) + packer.flush()


CLAIMS: dict[str, bytes] = {
    "LZMA, 4 GB": seven_zip(b"\x03\x01\x01", b"\x5d\xff\xff\xff\xff", lzma_zeros(lzma.FILTER_LZMA1)),
    "LZMA2, 4 GB": seven_zip(b"\x21", b"\x28", lzma_zeros(lzma.FILTER_LZMA2)),
    "PPMd, 2 GB": seven_zip(b"\x03\x04\x01", b"\x06\xff\xff\xff\x7f", bytes(200)),
}
SCAN = """
import pathlib, re, resource, sys
from tests.workers.attachments.scan import scan
resource.setrlimit(resource.RLIMIT_DATA, (536870912, 536870912))
report = scan(("a.7z", sys.stdin.buffer.read()))
# Not ru_maxrss, which begins with what the process had that forked this one.
peak = int(re.search("VmHWM: *([0-9]+)", pathlib.Path("/proc/self/status").read_text().replace("\\t", " "))[1])
print([report.status.value, [finding.id for finding in report.findings], list(report.errors), peak // 1024])
"""


@pytest.mark.parametrize("archive", CLAIMS.values(), ids=CLAIMS)
def test_claims_of_memory_end_in_a_finding(archive: bytes) -> None:
    done = subprocess.run([sys.executable, "-c", SCAN], input=archive, capture_output=True, check=True)
    status, found, errors, megabytes = ast.literal_eval(done.stdout.decode())
    assert (status, found, errors) == ("ok", ["archive_cannot_be_read"], [])
    assert megabytes < 300
