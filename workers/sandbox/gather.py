"""Runs the code that stands in the files of a message in the traced world, within the time that there is."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping

from msgspec import structs

from mailcore.errors import ScanInterrupted
from mailcore.html import read_html
from mailcore.settings import ParseLimits
from mailcore.view import MailView
from workers.code import Code, FindCode, Language
from workers.pool import DerivedText, Gather, Gathered
from workers.sandbox import emulation
from workers.sandbox.tracing import Traced, Tracer

# Of the time: finding the code, then running it; detectors and the judging of addresses come after.
FIND_SHARE, RUN_SHARE = 0.4, 0.85
URLS = 40
TEXT_CHARACTERS = 20_000


def build_gather(find_code: FindCode) -> Gather:
    """The gather function of the pool."""

    def gather(view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:
        """What the code did; raises ScanInterrupted when no file was looked at in time."""
        began = time.monotonic()
        codes = find_code(view, parts, seconds=seconds * FIND_SHARE)
        problems = dict.fromkeys(codes.problems)
        tracer = Tracer(ends=began + seconds * RUN_SHARE)
        ran: list[Traced] = []
        is_cut_short = False
        for code in _in_order(codes.found):
            if code.language is Language.PROGRAM and not emulation.is_installed():
                problems.setdefault(f"{code.path}: needs {emulation.NEEDED} to be run, which is not installed")
                continue
            if tracer.is_over:
                problems.setdefault(f"its time ended before {code.path} was run")
                is_cut_short = True
                break
            try:
                traced = tracer.trace(code)
            except (ScanInterrupted, MemoryError):
                raise
            except Exception as error:  # what broke one interpreter must not hide the other files
                if tracer.is_over:
                    raise
                problems.setdefault(f"{code.path} could not be run to its end: {type(error).__name__}")
                continue
            ran.append(traced)
            if traced.is_cut_short:
                problems.setdefault(f"its time ended before {code.path} was run to its end")
                is_cut_short = True
        return Gathered(
            view=structs.replace(view, behaviour=tuple(traced.behaviour() for traced in ran)),
            problems=tuple(problems),
            derived=tuple(derived for traced in ran for derived in _derived(traced)),
            bytes_read=codes.bytes_read,
            is_cut_short=is_cut_short,
        )

    return gather


def build_look(find_code: FindCode) -> Gather:
    """Stands in for the gather function where nobody may wait: nothing is run."""

    def look(view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:
        """Raises ScanInterrupted where there is code, or may be: whoever has the time for it looks again."""
        codes = find_code(view, parts, seconds=seconds * FIND_SHARE)
        if codes.found or codes.problems:
            raise ScanInterrupted("it holds code, which is not run in place")
        return Gathered(view=view, bytes_read=codes.bytes_read)

    return look


def _in_order(found: Iterable[Code]) -> list[Code]:
    """Scripts first: a program takes a hundred times as long."""
    return sorted(found, key=lambda code: code.language is Language.PROGRAM)


def _derived(traced: Traced) -> Iterator[DerivedText]:
    """Where it leads, and what it shows, to be judged like the mail's own text and links."""
    urls, texts = dict(traced.urls), []
    for shown in traced.shown:
        reading = read_html(shown, limits=ParseLimits())
        texts.append(reading.text)
        urls.update(dict.fromkeys(href for href, _ in reading.links if href.startswith(("http:", "https:"))))
    text = "\n".join(texts)[:TEXT_CHARACTERS]
    if urls or text.strip():
        code = traced.code
        yield DerivedText(part=code.part, source=code.path, text=text, urls=tuple(urls)[:URLS])
