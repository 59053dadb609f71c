"""Chromium as readers use it, for tests of what they see: no network but the loopback, and no window."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(PROGRAM is None, reason="Chromium is not installed")

SECONDS = 90.0


def page_of(url: str, directory: Path, *, language: str = "en") -> str:
    """The document that a reader ends up with, as HTML. `directory` is where the browser may write."""
    return _run(directory, "--dump-dom", f"--accept-lang={language}", url)


def picture_of(html: str, directory: Path, *, width: int = 800, height: int = 1_000) -> Image.Image:
    """How a page is drawn."""
    page, drawn = directory / "page.html", directory / "page.png"
    page.write_text(html, encoding="utf-8")
    drawn.unlink(missing_ok=True)
    _run(directory, f"--screenshot={drawn}", f"--window-size={width},{height}", "--hide-scrollbars", page.as_uri())
    with Image.open(drawn) as picture:
        return picture.convert("RGB")


def _run(directory: Path, *arguments: str) -> str:
    command = [
        str(PROGRAM),
        "--headless",
        "--no-sandbox",  # tests run as root, where it has none
        "--disable-gpu",
        f"--user-data-dir={directory / 'profile'}",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        *arguments,
    ]
    done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-2_000:]
    return done.stdout.decode("utf-8", "replace")
