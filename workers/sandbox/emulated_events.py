"""What an emulated program did, out of the events of the emulator: functions that it called, files, keys, hosts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

from mailcore.behaviour import ActKind
from workers.sandbox.emulated_windows import ANYWHERE
from workers.sandbox.javascript import Entry

EVENTS = 20_000
CONTENT_BYTES = 8_388_608
FILES = 20
# A process that a program starts, asked for by its address: the browser opens it.
_ADDRESS = re.compile(r"https?://", re.I)
_SPECIAL = ("\\\\.\\pipe", "conout$", "conin$")
# What keys, modules and windows are asked for by who wants to know whether somebody looks on.
_WATCHED = re.compile(
    r"vbox|virtualbox|vmware|vmtools|qemu|sandboxie|sbiedll|dbghelp_|wireshark|procmon|process ?monitor|ollydbg|x64dbg"
    r"|x32dbg|windbg|idaq|ida64|fiddler|cuckoo|joebox|\bwine_get|vpcext|parallels",
    re.I,
)

# This machine, and networks of those who have it.
_INTERNAL = tuple(
    map(ip_network, ("0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"))
)

Arguments = Sequence[str]


class Kept:
    """What the emulator has kept of files and values, by name; bounded, for all threads of a program together."""

    def __init__(self, read: Callable[[str], bytes]) -> None:
        self._read = read
        self._files = FILES

    def value(self, name: str) -> bytes:
        """The beginning of what was written somewhere."""
        return self._read(name)[:CONTENT_BYTES]

    def file(self, name: str, beginning: str) -> bytes:
        """A file; of more than so many, the beginning."""
        self._files -= 1
        return self.value(name if self._files >= 0 else beginning)


def entries_of(events: Iterable[Any], kept: Kept, dropped: Mapping[str, str]) -> Iterator[Entry]:
    """The acts in their order. `kept` gives bytes by their name, `dropped` has names of whole files by path."""
    hosts: dict[str, str] = {}
    for number, event in enumerate(events):
        if number >= EVENTS:
            return
        match event.event:
            case "api":
                yield from _called(event)
            case "process_create":
                yield from _started(event.path, event.cmdline)
            case "file_write" if event.data_ref and not event.path.lower().startswith(_SPECIAL):
                content = kept.file(dropped.get(event.path.lower(), event.data_ref), event.data_ref)
                yield Entry(ActKind.WRITES, event.path, content.decode("latin-1"))
            case "reg_write_value":
                value = _text_of(kept.value(event.data_ref)) if event.data_ref else ""
                yield Entry(ActKind.REGISTERS, f"{event.path}\\{event.value_name or ''} = {value}")
            case "reg_open_key" if _WATCHED.search(event.path):
                yield Entry(ActKind.ASKS_SYSTEM, event.path)
            case "mem_alloc" | "mem_write" | "thread_inject" | "thread_create" if event.pid is not None:
                yield Entry(ActKind.INJECTS, _injection(event))
            case "net_dns" if event.query:
                hosts[event.response or ANYWHERE] = event.query
                yield Entry(ActKind.CONNECTS, f"dns {event.query}")
            case "net_http" if event.headers:
                yield from _requested(event)
            case "net_traffic" if event.type in ("connect", "bind"):
                host = hosts.get(event.server, event.server)
                listens = "listens on " if event.type == "bind" else ""
                yield Entry(ActKind.CONNECTS, f"{listens}{event.proto} {host}:{event.port}")


def address_of(connection: str) -> tuple[str, ...]:
    """The link that a connection amounts to, for those who judge links; none where it stays in a network of its own."""
    protocol, _, where = connection.removeprefix("listens on ").partition(" ")
    if protocol == "dns":
        return (f"http://{where}/",)
    host, _, port = where.rpartition(":")
    try:
        address = ip_address(host)
    except ValueError:
        # A name: that it was asked for has been noted.
        return ()
    if connection.startswith("listens") or any(address in network for network in _INTERNAL):
        return ()
    return (f"https://{host}/" if port == "443" else f"http://{host}/" if port == "80" else f"http://{host}:{port}/",)


def _started(path: str, line: str) -> Iterator[Entry]:
    """The command line, which names the program or only what is given to it."""
    if _ADDRESS.match(path):
        yield Entry(ActKind.NAVIGATES, path)
        return
    name = path.replace("/", "\\").rpartition("\\")[2].lower()
    yield Entry(
        ActKind.STARTS, line if name and name.removesuffix(".exe") in line.lower() else f"{path} {line}".strip()
    )


def _requested(event: Any) -> Iterator[Entry]:
    """A request of HTTP, by its first line and the host that it goes to."""
    method, _, rest = event.headers.partition("\n")[0].partition(" ")
    scheme = "https" if event.proto.endswith("https") else "http"
    port = "" if event.port in (80, 443) else f":{event.port}"
    yield Entry(ActKind.FETCHES, f"{method} {scheme}://{event.server}{port}{rest.rpartition(' ')[0] or '/'}")


def _injection(event: Any) -> str:
    into = f"{event.path} (process {event.pid})"
    match event.event:
        case "mem_write":
            return f"writes {event.size:,} bytes into {into}"
        case "mem_alloc":
            return f"reserves memory in {into}"
        case _:
            return f"starts a thread in {into}"


def _text_of(data: bytes) -> str:
    """A value of the registry, in bytes or in UTF-16."""
    is_wide = len(data) > 1 and data[1:2] == b"\0"
    return data.decode("utf-16-le" if is_wide else "latin-1", "replace").rstrip("\0")


def _called(event: Any) -> Iterator[Entry]:
    """An act, for functions that no event of its own tells of."""
    name = event.api_name.rpartition(".")[2].lower()
    name = name if name in _CALLS else name[:-1] if name.endswith(("a", "w")) else name
    act = _CALLS.get(name)
    if act is not None:
        entry = act(event.api_name.rpartition(".")[2], [argument.display for argument in event.args])
        if entry is not None:
            yield entry


def _at(arguments: Arguments, place: int) -> str:
    return arguments[place] if place < len(arguments) else ""


def _fetch(place: int, target: int | None = None) -> Callable[[str, Arguments], Entry | None]:
    def act(_name: str, arguments: Arguments) -> Entry | None:
        to = f" -> {_at(arguments, target)}" if target is not None else ""
        return Entry(ActKind.FETCHES, f"GET {_at(arguments, place)}{to}")

    return act


def _copy(_name: str, arguments: Arguments) -> Entry | None:
    return Entry(ActKind.WRITES, f"{_at(arguments, 1)} from {_at(arguments, 0)}")


def _delete(_name: str, arguments: Arguments) -> Entry | None:
    return Entry(ActKind.DELETES, _at(arguments, 0))


def _service(_name: str, arguments: Arguments) -> Entry | None:
    return Entry(ActKind.PERSISTS, f"service {_at(arguments, 1)}: {_at(arguments, 7)}")


def _ask(name: str, _arguments: Arguments) -> Entry | None:
    return Entry(ActKind.ASKS_SYSTEM, name)


def _ask_for(name: str, arguments: Arguments) -> Entry | None:
    """Only where it asks for something that tells who looks on."""
    asked = next((argument for argument in arguments if _WATCHED.search(argument)), "")
    return Entry(ActKind.ASKS_SYSTEM, f"{name} {asked}") if asked else None


def _debugged(name: str, arguments: Arguments) -> Entry | None:
    """NtQueryInformationProcess of ProcessDebugPort (7), ProcessDebugObjectHandle (30), ProcessDebugFlags (31)."""
    asked = _at(arguments, 1)
    return Entry(ActKind.ASKS_SYSTEM, f"{name} {asked}") if "Debug" in asked or _number(asked) in (7, 30, 31) else None


def _sleep(_name: str, arguments: Arguments) -> Entry | None:
    return Entry(ActKind.SLEEPS, str(_number(_at(arguments, 0))))


def _show(_name: str, arguments: Arguments) -> Entry | None:
    return Entry(ActKind.SHOWS, _at(arguments, 1))


def _start(_name: str, arguments: Arguments) -> Entry | None:
    return Entry(ActKind.STARTS, _at(arguments, 0))


def _hook(name: str, arguments: Arguments) -> Entry | None:
    """Whoever sees all keys, not only those of its own windows."""
    kind = _at(arguments, 0)
    return Entry(ActKind.ASKS_SYSTEM, f"{name} {kind}") if "KEYBOARD" in kind else None


def _inject(name: str, arguments: Arguments) -> Entry | None:
    """Of another process: the handle of its own is -1."""
    handle = _number(_at(arguments, 0))
    return Entry(ActKind.INJECTS, name) if handle not in (0, -1, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF) else None


def _number(shown: str) -> int:
    try:
        return int(shown, 0)
    except ValueError:
        return 0


# By the name of the function, without the letter of its character set.
_CALLS: Mapping[str, Callable[[str, Arguments], Entry | None]] = {
    "urldownloadtofile": _fetch(1, 2),
    "urldownloadtocachefile": _fetch(1),
    "urlopenstream": _fetch(1),
    "urlopenblockingstream": _fetch(1),
    "internetopenurl": _fetch(1),
    **dict.fromkeys(("copyfile", "copyfileex", "movefile", "movefileex", "movefilewithprogress"), _copy),
    "deletefile": _delete,
    "createservice": _service,
    **dict.fromkeys(("isdebuggerpresent", "checkremotedebuggerpresent", "getasynckeystate", "blockinput"), _ask),
    **dict.fromkeys(("getmodulehandle", "getmodulehandleex", "findwindow", "findwindowex", "createfile"), _ask_for),
    **dict.fromkeys(("ntqueryinformationprocess", "zwqueryinformationprocess"), _debugged),
    **dict.fromkeys(("sleep", "sleepex"), _sleep),
    **dict.fromkeys(("messagebox", "messageboxex"), _show),
    **dict.fromkeys(("system", "_wsystem"), _start),
    "setwindowshookex": _hook,
    **dict.fromkeys(("setthreadcontext", "wow64setthreadcontext", "queueuserapc", "ntqueueapcthread"), _inject),
    **dict.fromkeys(("ntunmapviewofsection", "zwunmapviewofsection", "rtlcreateuserthread"), _inject),
}
