"""Code that breaks its interpreter, or asks for too much, is a problem of its file: the other files are run."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest

from mailcore.errors import ScanInterrupted
from mailcore.view import MailView
from tests.workers.attachments.scan import view_of
from workers.code import Code, Codes, Language
from workers.pool import Gathered
from workers.sandbox import build
from workers.sandbox.tracing import HIDDEN, URLS, Traced


class Broken:
    """A text that breaks whatever reads it."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:
        raise self._error


def gathered(error: Exception) -> Gathered:
    broken: Any = Broken(error)
    found = (
        Code(part="1", path="broken.js", language=Language.JAVASCRIPT, text=broken),
        Code(part="1", path="a.js", language=Language.JAVASCRIPT, text="alert(1)"),
    )

    def find_code(_view: MailView, _parts: Mapping[str, bytes], *, seconds: float) -> Codes:
        return Codes(found=found)

    view, parts = view_of(("a.zip", b""))
    return build(find_code).gather(view, parts, seconds=20.0)


@pytest.mark.parametrize("error", [ValueError("x"), RecursionError(), KeyError("a")], ids=repr)
def test_the_other_files_are_run(error: Exception) -> None:
    found = gathered(error)
    assert [(behaviour.path, len(behaviour.acts)) for behaviour in found.view.behaviour] == [("a.js", 1)]
    assert found.problems == (f"broken.js could not be run to its end: {type(error).__name__}",)


@pytest.mark.parametrize("error", [MemoryError(), ScanInterrupted("over")], ids=repr)
def test_what_concerns_the_whole_process_does(error: Exception) -> None:
    with pytest.raises(type(error)):
        gathered(error)


def test_addresses_without_end_are_bounded() -> None:
    """Whoever asks for so many must not take the time in which it is said what it did."""
    program = Code(part="1", path="a.exe", language=Language.PROGRAM, text="MZ" + "h0.example" * 800_000)
    traced = Traced(code=program)
    began = time.process_time()
    traced.link(f"http://h{number}.example/" for number in range(20_000))
    hidden = traced.behaviour().hidden
    assert time.process_time() - began < 10
    assert (len(traced.urls), len(hidden)) == (URLS, HIDDEN)
    assert hidden[0] == "http://h1.example/"
