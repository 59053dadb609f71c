"""Runs the whole pool on files as they would be attached, in this process."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import structs

from mailcore.behaviour import Act, ActKind, Behaviour
from mailcore.verdict import Finding
from mailcore.view import MailView
from tests import files
from tests import files_sandbox as sandbox
from tests import files_scripts as scripts
from tests.workers.attachments.scan import File, view_of
from workers.attachments.code import build_find_code
from workers.code import Code, Language
from workers.pool import DerivedText, Gathered
from workers.runner import run_pool
from workers.sandbox import build
from workers.sandbox.tracing import Tracer

FOREVER = 1e12

# What no detector of this pool may find anything in.
HARMLESS: dict[str, File] = {
    "a library": ("lib.js", sandbox.LIBRARY_JS),
    "another library": ("lib.min.js", scripts.LIBRARY),
    "drives of a department": ("logon.vbs", sandbox.MAPS_DRIVES),
    "services of a server": ("services.ps1", sandbox.ADMIN_PS1),
    "a backup": ("backup.bat", scripts.BACKUP),
    "a page": ("page.html", files.page(script="document.title = 'Good day'")),
    "a picture": ("a.svg", scripts.svg()),
    "a script that breaks": ("a.js", b"this is no (script"),
    "an empty one": ("a.js", b" "),
    "a text about it": ("notes.txt", sandbox.DROPPER_JS),
    "no code": ("a.pdf", b"%PDF-1.7"),
}


def gathered(*files: File, seconds: float = 20.0) -> Gathered:
    view, parts = view_of(*files)
    return build(build_find_code()).gather(view, parts, seconds=seconds)


def behaviours(*files: File) -> tuple[Behaviour, ...]:
    return gathered(*files).view.behaviour


def acts(text: str, language: Language = Language.JAVASCRIPT) -> list[str]:
    """What one script did, as "kind what"."""
    traced = Tracer(ends=FOREVER).trace(Code(part="1", path="a", language=language, text=text))
    return [f"{act.kind} {act.what}" for act in traced.acts]


def program(*acts: tuple[str, str], hidden: tuple[str, ...] = ()) -> Behaviour:
    """What a program of that behaviour would be known for."""
    done = tuple(Act(ActKind(kind), what) for kind, what in acts)
    return Behaviour(part="2", path="setup.exe", language=Language.PROGRAM, acts=done, hidden=hidden)


def as_script(behaviour: Behaviour) -> Behaviour:
    """The same, done by a script: what judges programs leaves it to those that judge scripts."""
    return structs.replace(behaviour, language=Language.VISUAL_BASIC)


# What no detector of programs may find anything in.
HARMLESS_PROGRAMS: dict[str, Behaviour] = {
    "nothing": program(),
    "a message": program(("shows", "Hello")),
    "an installer": program(
        ("writes", "C:\\Program Files\\Example\\example.exe: a program, 90,000 characters"),
        ("registers", "HKEY_CURRENT_USER\\Software\\Example\\Path = C:\\Program Files\\Example"),
        ("asks system", "IsDebuggerPresent"),
        ("sleeps", "1000"),
    ),
    "a viewer": program(("starts", "notepad.exe C:\\readme.txt")),
}


def judged(detector: str, behaviour: Behaviour) -> list[Finding]:
    """Findings of one detector on a file that has been run already."""
    view, parts = view_of(("setup.exe", b"MZ"))

    def gather(_view: MailView, _parts: Mapping[str, bytes], *, seconds: float) -> Gathered:
        return Gathered(view=structs.replace(view, behaviour=(behaviour,)))

    pool = structs.replace(build(build_find_code()), gather=gather)
    report = run_pool(pool, view, parts, seconds=20.0)
    assert not report.errors
    return [finding for finding in report.findings if finding.id == detector]


def found(detector: str, *files: File) -> list[Finding]:
    """Findings of one detector, of all where none is named; the run itself must have gone well."""
    view, parts = view_of(*files)

    def judge(_view: object, _derived: DerivedText) -> list[Finding]:
        return []

    report = run_pool(build(build_find_code()), view, parts, seconds=20.0, judge_derived=judge)
    assert not report.errors
    assert not report.reason
    return [finding for finding in report.findings if finding.id == detector or not detector]
