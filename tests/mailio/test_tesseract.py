"""Tesseract as a process: text, time, damage, bounds of output and memory."""

from __future__ import annotations

import shutil
import stat
import time
from pathlib import Path

import pytest

from mailio.tesseract import Tesseract, recognise
from tests import files

needs_tesseract = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract-ocr is not installed")


def program(folder: Path, script: str) -> Tesseract:
    """A recognizer that runs a shell script in the place of Tesseract."""
    path = folder / "tesseract"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return Tesseract(program=str(path))


@needs_tesseract
def test_text_is_recognised() -> None:
    assert "account number" in recognise(files.text_picture("Send your account number\ntoday"), seconds=20)


@needs_tesseract
@pytest.mark.parametrize(
    "picture", [b"", b"no picture", files.png_header(60_000, 60_000)], ids=["empty", "text", "huge"]
)
def test_what_is_no_picture_is_a_value_error(picture: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        recognise(picture, seconds=20)


@needs_tesseract
def test_status() -> None:
    status = Tesseract().available()
    assert status.version[0].isdigit()
    assert "eng" in status.languages
    assert (status.missing, status.problem) == ((), "")
    assert Tesseract(languages="eng+xxx").available().missing == ("xxx",)


def test_status_where_it_is_not_installed() -> None:
    status = Tesseract(program="/nonexistent/tesseract").available()
    assert status.version == ""
    assert "does not run" in status.problem
    with pytest.raises(OSError, match="nonexistent"):
        Tesseract(program="/nonexistent/tesseract")(b"x", seconds=1)


@pytest.mark.parametrize("languages", ["", "eng;id", "eng deu", "--psm", "../eng", "eng+", "eng\n"])
def test_languages_are_names(languages: str) -> None:
    with pytest.raises(ValueError, match="languages"):
        Tesseract(languages=languages)


def test_it_is_killed_at_its_time_limit(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        program(tmp_path, "exec sleep 30")(b"x", seconds=0.3)
    assert time.monotonic() - began < 5


def test_output_is_bounded(tmp_path: Path) -> None:
    text = program(tmp_path, "exec yes")(b"x", seconds=10)
    assert 60_000 < len(text) <= 65_536


def test_the_last_line_of_the_error_is_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="third line"):
        program(tmp_path, "printf 'first\\nsecond\\nthird line\\n' >&2; exit 1")(b"x", seconds=10)


def test_nothing_of_the_surroundings_reaches_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_WORKER", "42")
    text = program(tmp_path, 'env; pwd; cat; echo "$@"')(b"the picture", seconds=10)
    assert "SECRET" not in text
    assert "OMP_THREAD_LIMIT=1" in text
    assert "the picture" in text
    assert str(tmp_path) not in text
