"""The shared corpora of real mail, unpacked once into the user's cache. Nothing of them is ever in the repository."""

from __future__ import annotations

import os
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).parent.parent


def real_mail() -> list[Path]:
    """Every message of the mail corpus, sorted by path; the test is skipped where there is no corpus."""
    return sorted(path for path in _unpacked("mail.tar.xz").rglob("*") if path.is_file())


def vectors(folder: str) -> Path:
    """A file or folder of the test vectors of other projects; the test is skipped where they are not here."""
    return _unpacked("vectors.tar.xz") / "vectors" / folder


def attachments(folder: str) -> Path:
    """A folder of the test files of other projects: documents, archives, pictures; skipped likewise."""
    return _unpacked("vectors.tar.xz") / "attachments" / folder


def _unpacked(archive: str) -> Path:
    source = Path(os.environ.get("MAILCHORD_SHARED", _ROOT.parent / "shared")) / "corpora" / archive
    if not source.is_file():
        pytest.skip(f"the corpora are not here: no {source} (set MAILCHORD_SHARED)")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mailchord" / "corpora"
    target = cache / f"{archive.removesuffix('.tar.xz')}-{source.stat().st_size}"
    if target.is_dir():
        return target
    # Unpacked aside and renamed: a test run that is stopped, or a second one beside it, leaves no half corpus.
    aside = cache / f"{target.name}.{os.getpid()}"
    with tarfile.open(source) as opened:
        # Debian 12 has Python 3.11.2, which knows no filters yet.
        safely: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        opened.extractall(aside, **safely)
    try:
        aside.rename(target)
    except OSError:  # another test run was faster
        shutil.rmtree(aside)
    return target
