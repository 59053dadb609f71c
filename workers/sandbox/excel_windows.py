"""Functions of Windows that macros call out of its libraries: which of them fetch, write, start or stay."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from mailcore.behaviour import ActKind

Notes = Iterator[tuple[ActKind, str]]

SHOWN_CHARACTERS = 120  # of an argument, where a call is shown
_LIBRARIES = frozenset(
    (
        *("advapi32", "gdi32", "imm32", "kernel32", "msvcrt", "ntdll", "ole32", "oleaut32", "shell32", "shlwapi"),
        *("urlmon", "user32", "version", "wininet", "winhttp", "winmm", "ws2_32", "xlcall32", "zipfldr", "crypt32"),
        *("psapi", "rpcrt4", "secur32", "setupapi", "userenv", "wtsapi32", "comdlg32", "comctl32", "advpack"),
        *("netapi32", "mpr", "odbc32", "winspool.drv", "kernelbase", "ieadvpack", "mshtml", "pcwutl", "shdocvw"),
    )
)


def notes_of(library: str, function: str, arguments: Sequence[str]) -> Notes:
    """What a call does, the call itself first. `arguments` are texts, as far as they have one."""
    shown = ", ".join(argument[:SHOWN_CHARACTERS] for argument in arguments)
    yield ActKind.CALLS, f"{library}!{function}({shown})"
    name = function.lower()
    if name not in _DOES and name.endswith(("a", "w")):
        name = name[:-1]
    if name in _DOES:
        yield from _DOES[name](arguments)
    elif _is_own(library):
        # What it does not have from Windows it brought along.
        yield ActKind.STARTS, f"{library},{function}"


def _is_own(library: str) -> bool:
    name = library.lower().replace("/", "\\").rpartition("\\")[2].removesuffix(".dll")
    return "\\" in library and name not in _LIBRARIES


def _at(arguments: Sequence[str], number: int) -> str:
    return arguments[number] if number < len(arguments) else ""


def _downloads(arguments: Sequence[str]) -> Notes:
    yield ActKind.FETCHES, f"GET {_at(arguments, 1)}"
    if path := _at(arguments, 2):
        yield ActKind.WRITES, path


def _opens_address(arguments: Sequence[str]) -> Notes:
    yield ActKind.FETCHES, f"GET {_at(arguments, 1)}"


def _shell_executes(arguments: Sequence[str]) -> Notes:
    yield ActKind.STARTS, f"{_at(arguments, 2)} {_at(arguments, 3)}".strip()


def _starts_first(arguments: Sequence[str]) -> Notes:
    yield ActKind.STARTS, _at(arguments, 0)


def _creates_process(arguments: Sequence[str]) -> Notes:
    yield ActKind.STARTS, " ".join(filter(None, arguments[:2])).strip()


def _sets_value(arguments: Sequence[str]) -> Notes:
    yield ActKind.REGISTERS, " ".join(filter(None, arguments))[:300]


def _copies(arguments: Sequence[str]) -> Notes:
    yield ActKind.WRITES, f"{_at(arguments, 1)} from {_at(arguments, 0)}"


def _deletes(arguments: Sequence[str]) -> Notes:
    yield ActKind.DELETES, _at(arguments, 0)


def _creates_file(arguments: Sequence[str]) -> Notes:
    yield ActKind.WRITES, _at(arguments, 0)


def _sleeps(arguments: Sequence[str]) -> Notes:
    yield ActKind.SLEEPS, _at(arguments, 0)


# Without the "A" or "W" at the end.
_DOES: dict[str, Callable[[Sequence[str]], Notes]] = {
    **dict.fromkeys(("urldownloadtofile", "urldownloadtocachefile"), _downloads),
    **dict.fromkeys(("internetopenurl", "internetconnect", "winhttpconnect"), _opens_address),
    "shellexecute": _shell_executes,
    **dict.fromkeys(
        ("winexec", "loadlibrary", "system", "openurl", "filesprotocolhandler", "registerocx"), _starts_first
    ),
    "createprocess": _creates_process,
    **dict.fromkeys(("regsetvalue", "regsetvalueex", "regsetkeyvalue"), _sets_value),
    **dict.fromkeys(("copyfile", "copyfileex", "movefile", "movefileex"), _copies),
    "deletefile": _deletes,
    "createfile": _creates_file,
    "sleep": _sleeps,
}
# Code that a macro lays into memory by itself, and has run there.
_MEMORY = frozenset(
    (
        *("virtualalloc", "virtualallocex", "virtualprotect", "writeprocessmemory", "rtlmovememory", "rtlcopymemory"),
        *("createthread", "createremotethread", "queueuserapc", "ntqueueapcthread", "settimer", "heapcreate"),
        *("enumsystemlocales", "callwindowproc", "ntallocatevirtualmemory", "ntwritevirtualmemory"),
        *("ntcreatethreadex", "createtimerqueuetimer", "enumdateformats", "setthreadcontext", "resumethread"),
    )
)


_FETCH = frozenset(name for name, does in _DOES.items() if does in (_downloads, _opens_address))


def lays_code(what: str) -> bool:
    """Whether a call ("kernel32!VirtualAlloc(...)") is one of those that run code out of the memory."""
    return _is_one_of(what, _MEMORY)


def fetches(what: str) -> bool:
    """Whether a call fetches something from the network."""
    return _is_one_of(what, _FETCH)


def _is_one_of(what: str, names: Collection[str]) -> bool:
    name = what.partition("!")[2].partition("(")[0].lower()
    return name in names or (name.endswith(("a", "w")) and name[:-1] in names)
