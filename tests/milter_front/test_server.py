"""Starting and stopping: sockets, signals, several processes, what many idle sessions cost."""

from __future__ import annotations

import ctypes
import grp
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from mailchord.postfix import free_port
from mailcore.settings import Settings
from tests.milter_client import MilterClient, Result
from tests.milter_front.conftest import Start
from tests.milter_front.running_front import ROOT, RunningFront, settings

FROM = (b"From", b" anna@example.net")


def has_ipv6() -> bool:
    try:
        free_port("::1")
    except OSError:
        return False
    return True


def answered(address: str) -> Result:
    with MilterClient(address) as client:
        client.greet()
        return client.message([FROM])


def refused_start(configured: Settings, tmp_path: Path) -> str:
    """What a front that cannot start says; it must be one line and exit status 2."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.milter_front.front_process", msgspec.json.encode(configured).decode()],
        cwd=ROOT,
        env={**os.environ, "TEST_PRESSURE_FILE": str(tmp_path / "pressure")},
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2, done.stderr.decode()
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


class TestSockets:
    def test_tcp_sends_at_once(self, start: Start, tmp_path: Path) -> None:
        """Connections inherit TCP_NODELAY from the listening socket."""
        front = start(settings(tmp_path, listen=f"inet:{free_port()}@127.0.0.1"))
        with MilterClient(front.address) as client:
            client.greet()
            assert client.message([FROM]).outcome == "accept"
        assert no_delay_of_listener(front) == 1

    @pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")
    @pytest.mark.parametrize("form", ["inet6:{}@::1", "inet6:{}@[::1]"])
    def test_ipv6(self, start: Start, tmp_path: Path, form: str) -> None:
        port = free_port("::1")
        start(settings(tmp_path, listen=form.format(port)))
        assert answered(f"inet6:{port}@::1").outcome == "accept"

    @pytest.mark.parametrize("mode", ["0660", "0600", "0666"])
    def test_mode_and_group(self, start: Start, tmp_path: Path, mode: str) -> None:
        group = grp.getgrgid(os.getegid()).gr_name
        start(settings(tmp_path, socket_mode=mode, socket_group=group))
        status = (tmp_path / "milter.sock").stat()
        assert (status.st_mode & 0o777, status.st_gid) == (int(mode, 8), os.getegid())

    def test_a_socket_that_nobody_listens_on_is_replaced(self, start: Start, tmp_path: Path) -> None:
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(str(tmp_path / "milter.sock"))
        front = start(settings(tmp_path))
        assert answered(front.address).outcome == "accept"

    def test_the_socket_is_gone_after_the_end(self, start: Start, tmp_path: Path) -> None:
        assert start(settings(tmp_path)).stop() == 0
        assert not (tmp_path / "milter.sock").exists()

    def test_a_second_front_leaves_the_first_one_alone(self, start: Start, tmp_path: Path) -> None:
        front = start(settings(tmp_path))
        assert "somebody listens" in refused_start(settings(tmp_path), tmp_path)
        assert answered(front.address).outcome == "accept"

    def test_port_in_use(self, tmp_path: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            said = refused_start(settings(tmp_path, listen=f"inet:{port}@127.0.0.1"), tmp_path)
        assert said.startswith(f"front.listen: port {port} on 127.0.0.1 is in use: ")


def no_delay_of_listener(front: RunningFront) -> int:
    """TCP_NODELAY of the front's listening socket, read through a copy of its descriptor (pidfd_getfd(2))."""
    libc = ctypes.CDLL(None, use_errno=True)
    pidfd = os.pidfd_open(front.process.pid)
    try:
        for name in os.listdir(f"/proc/{front.process.pid}/fd"):
            copy = libc.syscall(438, pidfd, int(name), 0)
            if copy < 0:
                continue
            try:
                with socket.socket(fileno=copy) as candidate:
                    if candidate.family == socket.AF_INET and candidate.getsockopt(
                        socket.SOL_SOCKET, socket.SO_ACCEPTCONN
                    ):
                        return candidate.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            except OSError:
                os.close(copy)  # not a socket
    finally:
        os.close(pidfd)
    raise AssertionError("no listening socket")


class TestStop:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    @pytest.mark.parametrize("processes", [1, 2])
    def test_running_messages_are_answered_first(
        self, start: Start, tmp_path: Path, number: int, processes: int
    ) -> None:
        front = start(settings(tmp_path, processes=processes))
        with front.client() as client:
            client.greet()
            slow = ThreadPoolExecutor(1).submit(client.message, [FROM, (b"X-Test-Seconds", b" 1.5")])
            front.tell("judged")
            begun = time.monotonic()
            front.process.send_signal(number)
            assert slow.result().outcome == "accept"
            assert front.process.wait(10) == 0
        assert 0.5 < time.monotonic() - begun < 4

    def test_a_message_between_its_steps_is_answered_and_new_ones_are_deferred(
        self, start: Start, tmp_path: Path
    ) -> None:
        front = start(settings(tmp_path))
        with front.client() as running, front.client() as late:
            running.greet()
            late.greet()
            running.mail(b"<anna@example.net>")
            running.rcpt(b"<bob@example.com>")
            running.header(*FROM)
            running.eoh()
            front.tell("begun")
            front.process.send_signal(signal.SIGTERM)

            def is_deferred() -> bool:
                answer = late.mail(b"<anna@example.net>")
                late.abort()
                return answer.text.startswith("451 4.3.2 Mail filter is restarting")

            assert eventually(is_deferred, seconds=20)
            assert running.body(b"Hello\r\n").outcome == "continue"
            assert running.end().outcome == "accept"
            assert front.process.wait(10) == 0

    def test_a_client_that_never_goes_on_does_not_hold_up_the_stop_for_ever(self, start: Start, tmp_path: Path) -> None:
        front = start(settings(tmp_path, deadline_seconds=0.5))
        with front.client() as client:
            client.greet()
            client.mail(b"<anna@example.net>")
            front.process.send_signal(signal.SIGTERM)
            assert front.process.wait(15) == 0
        assert front.stop() == 0
        assert '"unanswered": 1' in "".join(front.log)

    def test_idle_connections_do_not_hold_up_the_stop(self, start: Start, tmp_path: Path) -> None:
        front = start(settings(tmp_path))
        with front.client() as client:
            client.greet()
            begun = time.monotonic()
            assert front.stop() == 0
        assert time.monotonic() - begun < 3


class TestProcesses:
    @pytest.mark.parametrize("kind", ["unix", "inet"])
    def test_processes_share_one_socket(self, start: Start, tmp_path: Path, kind: str) -> None:
        listen = f"inet:{free_port()}@127.0.0.1" if kind == "inet" else ""
        front = start(settings(tmp_path, listen=listen, processes=2))
        pids = set()
        for _ in range(40):
            assert answered(front.address).outcome == "accept"
            pids.add(front.tell("judged")["pid"])
            if len(pids) == 2:
                break
        assert len(pids) == 2
        assert front.process.pid not in pids
        assert front.stop() == 0
        told = front.events()
        assert sum(one["event"] == "ended" for one in told) == 2, "each process ends its judge"

    def test_a_process_that_dies_is_replaced(self, start: Start, tmp_path: Path) -> None:
        front = start(settings(tmp_path, processes=2))
        assert answered(front.address).outcome == "accept"
        os.kill(int(str(front.tell("judged")["pid"])), signal.SIGKILL)
        front.logged("front process ended")
        time.sleep(1.5)
        seen: set[object] = set()
        until = time.monotonic() + 20
        while len(seen) < 2 and time.monotonic() < until:
            assert answered(front.address).outcome == "accept"
            seen.add(front.tell("judged")["pid"])
        assert len(seen) == 2

    def test_processes_end_when_their_parent_is_killed(self, start: Start, tmp_path: Path) -> None:
        front = start(settings(tmp_path, processes=2))
        assert answered(front.address).outcome == "accept"
        child = int(str(front.tell("judged")["pid"]))
        front.process.kill()
        assert eventually(lambda: not Path(f"/proc/{child}").exists(), seconds=10)


def eventually(is_so: Callable[[], bool], *, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if is_so():
            return True
        time.sleep(0.05)
    return False


def test_a_thousand_idle_sessions_are_cheap_and_in_nobodys_way(start: Start, tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    front = start(settings(tmp_path))
    answered(front.address)
    before = front.settled()
    clients: list[MilterClient] = []
    try:
        for _ in range(1000):
            clients.append(front.client())
            clients[-1].greet()
        begun = time.monotonic()
        assert answered(front.address).outcome == "accept"
        assert time.monotonic() - begun < 1
        during = front.settled(sessions=1000)
        assert during["sessions"] == 1000
        assert during["kilobytes"] - before["kilobytes"] < 50_000
    finally:
        for client in clients:
            client.socket.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert front.settled()["sessions"] == 0


def test_many_messages_at_once(start: Start, tmp_path: Path) -> None:
    front = start(settings(tmp_path))
    outcomes: list[str] = []
    lock = threading.Lock()

    def deliver() -> None:
        for action in (b" accept", b" tag", b" reject"):
            with front.client() as client:
                client.greet()
                outcome = client.message([FROM, (b"X-Test-Seconds", b" 0.2"), (b"X-Test-Action", action)]).outcome
            with lock:
                outcomes.append(outcome)

    threads = [threading.Thread(target=deliver) for _ in range(30)]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["accept"] * 60 + ["reject"] * 30
    # One after the other they would take 18 s.
    assert time.monotonic() - begun < 10
    assert front.settled()["transactions"] == 0
