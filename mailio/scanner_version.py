"""A word that changes whenever our own code might see something else in a file."""

from __future__ import annotations

import functools
import hashlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

# What of our code reads files, and the libraries with which it does.
_CODE = ("workers", "mailcore")
_LIBRARIES = (
    "python-magic",
    "yara-python",
    "libarchive-c",
    "oletools",
    "pypdfium2",
    "pikepdf",
    "pefile",
    "turbohtml",
    "pillow",
    "zxing-cpp",
    "py-tlsh",
)


@functools.cache
def scanner_version() -> str:
    """Sixteen hex digits. Read from the files of this installation, once a process."""
    digest = hashlib.sha256()
    root = Path(__file__).resolve().parent.parent
    for path in sorted(path for part in _CODE for path in (root / part).rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    for library in _LIBRARIES:
        try:
            digest.update(f"{library} {version(library)}\n".encode())
        except PackageNotFoundError:
            continue
    return digest.hexdigest()[:16]
