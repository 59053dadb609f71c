"""The cage of the parsers: what a parser must not do fails, that message is named as failed, and the next is judged."""

from __future__ import annotations

import ctypes
import fcntl
import gc
import mmap
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NoReturn

import pytest
from msgspec import structs

from mailcore.errors import CageBroken, ScanInterrupted
from mailcore.sandbox_settings import Layer, Sandbox
from mailio.cage import Cage
from mailio.cage_child import CagedWork
from mailio.cage_ports import Outside
from mailio.cage_process import Inmate
from mailio.cage_wire import HEAD, MAX_FRAME, Kind
from mailio.landlock import version

OPTIONS = Sandbox(memory_bytes=402_653_184)
SECONDS = 20.0
SECRET = "redis://:secret@redis.example/0"


def has_landlock() -> bool:
    try:
        return version() > 0
    except OSError:
        return False


def echo(head: bytes, parts: Mapping[str, bytes], _seconds: float) -> bytes:
    return head + b"".join(parts.values())


def tries(action: Callable[[], object]) -> CagedWork:
    """Work that does something, and answers what came of it."""

    def work(_head: bytes, _parts: Mapping[str, bytes], _seconds: float) -> bytes:
        return repr(action()).encode()

    return work


def cage_of(options: Sandbox = OPTIONS, outside: Outside | None = None, **works: CagedWork) -> Cage:
    return Cage({"echo": echo, **works}, options=options, outside=outside)


def is_well(cage: Cage) -> bool:
    return cage.run("echo", b"well", {"1": b"!"}, seconds=SECONDS) == b"well!"


def inmate_of(cage: Cage) -> Inmate:
    return cage._holder[0]


@pytest.fixture
def temporary(tmp_path: Path) -> Iterator[Path]:
    file = tmp_path / "mailchord.yaml"
    file.write_text(f"redis: {{broker: {SECRET}}}\n")
    yield file
    assert file.read_text().startswith("redis:")


def connect() -> None:
    with socket.create_connection(("127.0.0.1", 25), timeout=1):
        pass


def fork() -> NoReturn:
    if os.fork() == 0:
        os._exit(0)
    raise AssertionError("there is a child")


def raw_call(number: int) -> Callable[[], int]:
    """A system call past every library; raises what the kernel says."""

    def call() -> int:
        libc = ctypes.CDLL(None, use_errno=True)
        result = int(libc.syscall(number, 0, 0, 0, 0, 0))
        if result < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return result

    return call


FORBIDDEN: dict[str, Callable[[Path], object]] = {
    "a socket": lambda _: socket.socket(),
    "a socket of this machine": lambda _: socket.socket(socket.AF_UNIX),
    "a pair of sockets": lambda _: socket.socketpair(),
    "a connection": lambda _: connect(),
    "a program": lambda _: os.execv("/bin/true", ["true"]),
    "a program in a process of its own": lambda _: subprocess.run(["/bin/true"], check=True),
    "a fork": lambda _: fork(),
    "a shell": lambda _: os.posix_spawn("/bin/sh", ["sh", "-c", "true"], {}),
    "a signal to its parent": lambda _: os.kill(os.getppid(), signal.SIGTERM),
    "a signal by way of a file": lambda _: fcntl.fcntl(1, fcntl.F_SETOWN, os.getppid()),
    "a new file": lambda file: file.with_name("new").write_text("x"),
    "a file that is there": lambda file: file.write_text("x"),
    "appending to a file": lambda file: file.open("a"),
    "cutting a file": lambda file: os.truncate(file, 0),
    "removing a file": lambda file: file.unlink(),
    "renaming a file": lambda file: file.rename(file.with_name("other")),
    "a directory": lambda file: file.with_name("directory").mkdir(),
    "a link": lambda file: file.with_name("link").symlink_to(file),
    "other permissions": lambda file: file.chmod(0o777),
    "memory under a name": lambda _: os.memfd_create("x"),
    "a pipe": lambda _: os.pipe(),
    "more open files": lambda _: raw_call(160 if os.uname().machine == "x86_64" else 164)(),
    "being somebody else": lambda _: os.setuid(1),
    "another root": lambda _: os.chroot("/tmp"),
    "a lower niceness": lambda _: os.nice(-5),
    "looking at its parent": lambda _: Path(f"/proc/{os.getppid()}/mem").read_bytes(),
    "ptrace": lambda _: raw_call(101 if os.uname().machine == "x86_64" else 117)(),
    "io_uring": lambda _: raw_call(425)(),
    "bpf": lambda _: raw_call(321 if os.uname().machine == "x86_64" else 280)(),
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_a_parser_must_not_do_fails(name: str, temporary: Path) -> None:
    cage = cage_of(attempt=tries(lambda: FORBIDDEN[name](temporary)))
    with pytest.raises(CageBroken, match=r"Error: .*(denied|not permitted)"):
        cage.run("attempt", b"", {}, seconds=SECONDS)
    assert is_well(cage)


@pytest.mark.parametrize("name", [name for name in FORBIDDEN if "file" in name or "link" in name])
def test_without_landlock_nothing_is_written_either(
    name: str, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(_paths: object) -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr("mailio.landlock.restrict_to_reading", refuses)
    cage = cage_of(attempt=tries(lambda: FORBIDDEN[name](temporary)))
    with pytest.raises(CageBroken, match=r"PermissionError: .*not permitted"):
        cage.run("attempt", b"", {}, seconds=SECONDS)
    assert Layer.LANDLOCK in cage.layers().missing


SECRET_FILES: dict[str, Callable[[Path], Path]] = {
    "configuration": lambda file: file,
    "users": lambda _: Path("/etc/passwd"),
    "this test": lambda _: Path(__file__),
    "its own memory map": lambda _: Path("/proc/self/environ"),
    "the system": lambda _: Path("/etc/hostname"),
}


@pytest.mark.skipif(not has_landlock(), reason="this kernel has no Landlock")
@pytest.mark.parametrize("name", SECRET_FILES)
def test_a_parser_reads_nothing_but_libraries(name: str, temporary: Path) -> None:
    path = SECRET_FILES[name](temporary)
    cage = cage_of(read=tries(path.read_bytes))
    with pytest.raises(CageBroken, match="PermissionError"):
        cage.run("read", b"", {}, seconds=SECONDS)
    assert is_well(cage)


def thread_of_its_own() -> None:
    thread = threading.Thread(target=time.monotonic)
    thread.start()
    thread.join()


ALLOWED: dict[str, Callable[[], object]] = {
    "loading a module of Python": lambda: __import__("wave").__name__ == "wave",
    "a thread": thread_of_its_own,
    "the time": time.time,
    "random bytes": lambda: len(os.urandom(16)),
    "40 MB": lambda: len(bytearray(41_943_040)),
    "memory that is executed": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC).close(),
    "writing where nobody reads": lambda: os.write(1, b"words"),
    "the user": os.getuid,
}


@pytest.mark.parametrize("name", ALLOWED)
def test_what_parsers_need_is_there(name: str) -> None:
    cage = cage_of(need=tries(ALLOWED[name]))
    assert cage.run("need", b"", {}, seconds=SECONDS)


def wrong_address() -> object:
    return ctypes.string_at(8)


def spin_in_c() -> object:
    # One call of C that holds the interpreter's lock for hours: no handler of Python runs.
    return pow(3, 10**9)


def own_channel() -> int:
    """The socket to the parent, as shellcode would find it."""
    import stat

    for number in range(3, 1_024):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                return number
        except OSError:
            continue
    raise AssertionError


def says(data: bytes) -> CagedWork:
    """Work that says something to the parent itself, and then hangs up."""

    def work(_head: bytes, _parts: Mapping[str, bytes], _seconds: float) -> bytes:
        left = memoryview(data)
        while left:
            left = left[os.write(own_channel(), left) :]
        os._exit(0)

    return work


DEADLY: dict[str, tuple[CagedWork, str]] = {
    "a wrong address": (tries(wrong_address), "SIGSEGV"),
    "abort": (tries(os.abort), "SIGABRT"),
    "an exit": (tries(lambda: os._exit(3)), "status 3"),
    "SystemExit": (tries(lambda: sys.exit("over")), "status 70"),
    "garbage": (says(b"\xff" * 64), "unknown kind 255"),
    "a frame without an end": (says(HEAD.pack(Kind.ANSWER, 100) + b"x"), "status 0"),
    "a huge frame": (says(HEAD.pack(Kind.ANSWER, MAX_FRAME + 1)), "bytes"),
    "frames of a parent": (says(HEAD.pack(Kind.REQUEST, 0)), "REQUEST instead of an answer"),
    "a second greeting": (says(HEAD.pack(Kind.READY, 0)), "READY instead of an answer"),
    "two answers": (says((HEAD.pack(Kind.ANSWER, 1) + b"x") * 2), "more than it was asked"),
    "an error that is none": (says(HEAD.pack(Kind.FAILURE, 1) + b"\xc1"), "a failure that is none"),
    "a call that is none": (says(HEAD.pack(Kind.CALL, 1) + b"\xc1"), "a call that is none"),
}


@pytest.mark.parametrize("name", DEADLY)
def test_a_cage_that_dies_or_makes_no_sense_costs_one_message(name: str) -> None:
    work, reason = DEADLY[name]
    cage = cage_of(deadly=work)
    with pytest.raises(CageBroken, match=reason):
        cage.run("deadly", b"", {}, seconds=SECONDS)
    assert is_well(cage)


ENDLESS: dict[str, Callable[[], object]] = {
    "in C": spin_in_c,
    "asleep": lambda: time.sleep(3_600),
    "waiting for itself": lambda: os.read(own_channel(), 1),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_work_without_an_end_is_ended(name: str) -> None:
    cage = cage_of(endless=tries(ENDLESS[name]))
    is_well(cage)
    pid = inmate_of(cage).pid
    with pytest.raises(ScanInterrupted, match=r"was not read after 0\.5 s"):
        cage.run("endless", b"", {}, seconds=0.5)
    assert not Path(f"/proc/{pid}").exists()
    assert is_well(cage)


# So many bytes, none of which is ever written.
MUCH_MEMORY: dict[str, Callable[[int], object]] = {
    "of its own": bytearray,
    "shared": lambda size: mmap.mmap(-1, size),
    "by and by": lambda size: [bytearray(1_048_576) for _ in range(size // 1_048_576)],
}


@pytest.mark.parametrize("name", MUCH_MEMORY)
def test_memory_has_a_bound(name: str) -> None:
    much = 8 * OPTIONS.memory_bytes  # what this process has freed is there for its forks too
    cage = cage_of(grow=tries(lambda: MUCH_MEMORY[name](much)))
    with pytest.raises(CageBroken, match=r"MemoryError|Cannot allocate memory"):
        cage.run("grow", b"", {}, seconds=SECONDS)
    assert is_well(cage)


def test_what_it_prints_goes_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    def print_much() -> None:
        for _ in range(1_024):
            os.write(1, bytes(1_048_576))
            os.write(2, bytes(1_048_576))

    cage = cage_of(print=tries(print_much))
    is_well(cage)
    capfd.readouterr()
    assert cage.run("print", b"", {}, seconds=SECONDS) == b"None"
    assert capfd.readouterr() == ("", "")


def test_an_answer_has_a_bound() -> None:
    cage = cage_of(talk=lambda _head, _parts, _seconds: bytes(MAX_FRAME + 1))
    with pytest.raises(CageBroken, match="more than a cage may say"):
        cage.run("talk", b"", {}, seconds=SECONDS)
    assert is_well(cage)


@pytest.mark.parametrize("size", [0, 1, 65_536, 1_048_577, 20_000_000], ids=str)
def test_bytes_of_any_size_go_in_and_come_out(size: int) -> None:
    cage = cage_of()
    data = os.urandom(size)
    for _ in range(2):
        assert cage.run("echo", b"head", {"1": data, "2": b"tail"}, seconds=SECONDS) == b"head" + data + b"tail"


def test_more_parts_than_one_call_of_the_kernel_takes() -> None:
    parts = {str(number): b"%d," % number for number in range(1_200)}
    assert cage_of().run("echo", b"", parts, seconds=SECONDS) == b"".join(parts.values())


def test_one_process_works_on_message_after_message() -> None:
    cage = cage_of(pid=tries(os.getpid))
    assert len({cage.run("pid", b"", {}, seconds=SECONDS) for _ in range(5)}) == 1


def test_a_fresh_process_takes_over_after_so_many_messages() -> None:
    cage = cage_of(structs.replace(OPTIONS, messages=2), pid=tries(os.getpid))
    pids = [cage.run("pid", b"", {}, seconds=SECONDS) for _ in range(6)]
    assert len(set(pids)) == 3


def test_what_its_parent_has_takes_no_memory_of_it() -> None:
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS  # counts, and takes no memory before it is written
    with mmap.mmap(-1, 4 * OPTIONS.memory_bytes, flags=flags):
        cage = cage_of(grow=tries(lambda: len(mmap.mmap(-1, 300_000_000, flags=flags))))
        assert cage.run("grow", b"", {}, seconds=SECONDS) == b"300000000"


def test_a_process_that_grew_is_replaced() -> None:
    kept: list[mmap.mmap] = []

    def keep(_head: bytes, _parts: Mapping[str, bytes], _seconds: float) -> bytes:
        kept.append(mmap.mmap(-1, 20_000_000, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
        return b"kept"

    cage = cage_of(keep=keep)
    pids = set()
    for _ in range(12):
        assert cage.run("keep", b"", {"1": bytes(1_100_000)}, seconds=SECONDS) == b"kept"
        pids.add(inmate_of(cage).pid if cage._holder else 0)
    assert len(pids) > 1, "one process grew without end"


def test_a_process_that_was_killed_between_messages_is_not_missed() -> None:
    cage = cage_of()
    is_well(cage)
    pid = inmate_of(cage).pid
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # a large process takes its time to die
    assert is_well(cage)


def test_an_error_of_the_work_is_told_by_name() -> None:
    def work(_head: bytes, _parts: Mapping[str, bytes], _seconds: float) -> bytes:
        raise LookupError("no such stream \udc80")

    cage = cage_of(work=work)
    with pytest.raises(CageBroken, match=r"LookupError: no such stream \?"):
        cage.run("work", b"", {}, seconds=SECONDS)
    assert is_well(cage)


def test_the_works_own_time_limit_is_one() -> None:
    def work(_head: bytes, _parts: Mapping[str, bytes], seconds: float) -> bytes:
        raise ScanInterrupted(f"after {seconds} s")

    with pytest.raises(ScanInterrupted, match=r"after 20\.0 s"):
        cage_of(work=work).run("work", b"", {}, seconds=SECONDS)


def test_an_alarm_of_the_parent_leaves_no_process_behind() -> None:
    cage = cage_of(sleep=tries(lambda: time.sleep(60)))
    is_well(cage)
    pid = inmate_of(cage).pid

    def strike(*_: object) -> None:
        raise ScanInterrupted("the alarm")

    before = signal.signal(signal.SIGALRM, strike)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(ScanInterrupted, match="the alarm"):
            cage.run("sleep", b"", {}, seconds=SECONDS)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert not Path(f"/proc/{pid}").exists()
    assert is_well(cage)


def test_no_descriptor_of_the_parent_is_open() -> None:
    def open_files() -> list[int]:
        found = []
        for number in range(1_024):
            try:
                os.fstat(number)
            except OSError:
                continue
            found.append(number)
        return found

    with socket.socket(socket.AF_UNIX), Path(__file__).open():
        answer = cage_of(files=tries(open_files)).run("files", b"", {}, seconds=SECONDS)
    assert len(eval(answer)) == 5, "three that lead nowhere, the channel, the shared memory"


def test_the_environment_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILCHORD_REDIS_BROKER", SECRET)
    getenv = ctypes.CDLL(None).getenv
    getenv.restype = ctypes.c_char_p
    cage = cage_of(look=tries(lambda: (dict(os.environ), getenv(b"MAILCHORD_REDIS_BROKER"))))
    assert cage.run("look", b"", {}, seconds=SECONDS) == b"({}, None)"


def test_what_signals_a_whole_group_gets_does_not_end_a_cage() -> None:
    cage = cage_of()
    is_well(cage)
    pid = inmate_of(cage).pid
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.kill(pid, number)
    assert is_well(cage)
    assert inmate_of(cage).pid == pid


def test_a_cage_ends_with_the_one_who_has_it() -> None:
    cage = cage_of()
    is_well(cage)
    pid = inmate_of(cage).pid
    del cage
    gc.collect()
    assert not Path(f"/proc/{pid}").exists()


def test_a_busy_cage_ends_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import signal, time\n"
        "from mailcore.sandbox_settings import Sandbox\n"
        "from mailio.cage import Cage\n"
        "cage = Cage({'sleep': lambda *_: time.sleep(60)}, options=Sandbox())\n"
        "cage.layers()\n"
        "print(cage._holder[0].pid, flush=True)\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.5)\n"
        "cage.run('sleep', b'', {}, seconds=60.0)\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, check=False, cwd=Path.cwd())
    assert done.returncode == -signal.SIGALRM
    process = Path(f"/proc/{int(done.stdout)}/stat")
    for _ in range(200):
        if not process.exists() or ") Z " in process.read_text():
            return
        time.sleep(0.02)
    pytest.fail("it lives on")


def test_a_fork_of_the_parent_has_a_cage_of_its_own() -> None:
    cage = cage_of(pid=tries(os.getpid))
    mine = cage.run("pid", b"", {}, seconds=SECONDS)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, cage.run("pid", b"", {}, seconds=SECONDS))
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reading, 100)
    os.close(reading)
    os.close(writing)
    assert theirs != mine
    assert cage.run("pid", b"", {}, seconds=SECONDS) == mine


def test_threads_wait_for_each_other() -> None:
    cage = cage_of()
    answers: list[bytes] = []

    def ask(number: int) -> None:
        answers.append(cage.run("echo", b"%d" % number, {}, seconds=SECONDS))

    is_well(cage)
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [b"%d" % number for number in range(8)]


def test_layers_are_told() -> None:
    layers = cage_of().layers()
    assert set(layers.active) | set(layers.missing) == set(Layer)
    assert Layer.SECCOMP in layers.active


def test_no_message_is_read_where_a_required_layer_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(_paths: object) -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr("mailio.landlock.restrict_to_reading", refuses)
    cage = cage_of(structs.replace(OPTIONS, required=(Layer.LANDLOCK,)))
    with pytest.raises(CageBroken, match=r"sandbox\.required is not met: landlock: .*Function not implemented"):
        cage.run("echo", b"", {}, seconds=SECONDS)
    assert is_well(cage_of()), "where it is not required, it goes on without"


def test_a_layer_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise ImportError("libseccomp: not there")

    monkeypatch.setattr("mailio.system_calls.allow_parsing_only", missing)
    cage = cage_of()
    assert cage.layers().missing == {Layer.SECCOMP: "libseccomp: not there"}


def shout(payload: bytes, *, seconds: float) -> bytes:
    assert seconds > 0
    match payload:
        case b"late":
            raise TimeoutError("it took too long")
        case b"picture":
            raise ValueError("no picture")
        case b"broken":
            raise OSError("it does not run")
    return payload.upper() + str(os.getpid()).encode()


def test_a_port_runs_outside() -> None:
    outside = Outside()
    port = outside.add("shout", shout)
    cage = cage_of(outside=outside, ask=lambda head, _parts, _seconds: port(head, seconds=5.0))
    large = bytes(8_000_000)
    assert cage.run("ask", b"hello", {}, seconds=SECONDS) == b"HELLO%d" % os.getpid()
    assert len(cage.run("ask", large, {}, seconds=SECONDS)) > len(large)
    assert port(b"here", seconds=1.0) == b"HERE%d" % os.getpid()


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"late", "TimeoutError: it took too long"),
        (b"picture", "ValueError: no picture"),
        (b"broken", "OSError: it does not run"),
    ],
    ids=["late", "picture", "broken"],
)
def test_what_a_port_raises_is_raised_inside(payload: bytes, words: str) -> None:
    outside = Outside()
    port = outside.add("shout", shout)
    cage = cage_of(outside=outside, ask=lambda head, _parts, _seconds: port(head, seconds=5.0))
    with pytest.raises(CageBroken, match=words):
        cage.run("ask", payload, {}, seconds=SECONDS)
    assert is_well(cage)


def test_a_port_that_does_not_exist_ends_the_cage() -> None:
    elsewhere = Outside()

    def work(_head: bytes, _parts: Mapping[str, bytes], _seconds: float) -> bytes:
        from mailcore.wire import encode
        from mailio.cage_wire import Call, Channel

        Channel(own_channel()).send(Kind.CALL, encode(Call(port="shell", seconds=1.0, payload=b"id")))
        time.sleep(60)
        return b""

    cage = cage_of(outside=elsewhere, call=work)
    with pytest.raises(CageBroken, match="a call of 'shell', which does not exist"):
        cage.run("call", b"", {}, seconds=SECONDS)
    assert is_well(cage)
