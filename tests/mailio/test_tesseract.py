"""Tesseract by pytesseract: text, time, damage, bounds of output and memory, nothing left behind."""

from __future__ import annotations

import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mailio.tesseract import Tesseract, recognise
from tests import files

needs_tesseract = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract-ocr is not installed")


PICTURE = b"P5 4 4 255\n" + bytes(16)


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


def test_where_it_is_not_installed() -> None:
    with pytest.raises(OSError, match="nonexistent"):
        Tesseract(program="/nonexistent/tesseract")(PICTURE, seconds=1)


@pytest.mark.parametrize("languages", ["", "eng;id", "eng deu", "--psm", "../eng", "eng+", "eng\n"])
def test_languages_are_names(languages: str) -> None:
    with pytest.raises(ValueError, match="languages"):
        Tesseract(languages=languages)


def test_it_is_killed_at_its_time_limit(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        program(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 30")(PICTURE, seconds=0.3)
    assert time.monotonic() - began < 5
    assert not Path("/proc", (tmp_path / "pid").read_text().strip()).exists()


def test_a_time_limit_waits_until_it_has_ended(tmp_path: Path) -> None:
    """Otherwise the exception would pass through pytesseract, and the process would be left behind."""
    there: list[bool] = []

    def strike(_number: int, _frame: object) -> None:
        there.append(Path("/proc", (tmp_path / "pid").read_text().strip()).exists())

    before = signal.signal(signal.SIGALRM, strike)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        with pytest.raises(TimeoutError):
            program(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 30")(PICTURE, seconds=0.5)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert there == [False]


def test_output_is_bounded(tmp_path: Path) -> None:
    text = program(tmp_path, 'yes | head -c 200000 > "$2.txt"')(PICTURE, seconds=10)
    assert 60_000 < len(text) <= 65_536


def test_what_it_said_is_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="third line"):
        program(tmp_path, "printf 'first\\nsecond\\nthird line\\n' >&2; exit 1")(PICTURE, seconds=10)


def test_nothing_of_the_surroundings_reaches_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_WORKER", "42")
    text = program(tmp_path, '(env; echo "$@"; head -c 2 "$1") > "$2.txt"')(PICTURE, seconds=10)
    assert "SECRET" not in text
    assert "OMP_THREAD_LIMIT=1" in text
    assert "-l eng --dpi 150" in text
    assert text.endswith("P5")


def test_temporary_files_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    assert program(tmp_path, f'ls {temporary} > "$2.txt"')(PICTURE, seconds=10).startswith("tess_")
    with pytest.raises(ValueError, match="status"):
        program(tmp_path, "exit 1")(PICTURE, seconds=10)
    with pytest.raises(TimeoutError):
        program(tmp_path, "exec sleep 30")(PICTURE, seconds=0.3)
    assert list(temporary.iterdir()) == []


def test_it_inherits_the_bound_of_memory(tmp_path: Path) -> None:
    """What a worker sets for itself (RLIMIT_DATA) holds for the program too."""
    recognizer = program(tmp_path, 'ulimit -d > "$2.txt"')
    code = (
        "import resource, sys; from mailio.tesseract import Tesseract;"
        "resource.setrlimit(resource.RLIMIT_DATA, (536870912, 536870912));"
        f"print(Tesseract(program={recognizer.program!r})({PICTURE!r}, seconds=10))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "524288"


def test_it_loads_neither_numpy_nor_pandas() -> None:
    code = (
        "import sys; from mailio.tesseract import Tesseract; before = 'pytesseract' in sys.modules\n"
        f"try: Tesseract(program='/nonexistent/x')({PICTURE!r}, seconds=1)\n"
        "except OSError: pass\n"
        "print(before, 'pytesseract' in sys.modules, 'numpy' in sys.modules, 'pandas' in sys.modules)\n"
        "import importlib.util; print(importlib.util.find_spec('numpy') is not None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "False", "False", "True"]
