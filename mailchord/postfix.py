"""A private Postfix for the demo and the tests: own directories, a port on the loopback, delivery into a maildir.

It touches nothing of a Postfix that the machine may run, leads no mail to the outside and is gone when it is stopped.
"""

from __future__ import annotations

import contextlib
import email
import email.policy
import errno
import grp
import json
import os
import pwd
import random
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType

from msgspec import Struct

from mailcore.errors import MailchordError

DAEMONS = Path("/usr/lib/postfix/sbin")
MAIL_OWNER = "postfix"
# Owner of delivered mail: an account without any rights.
SINK_OWNER = "nobody"

# Below those that connections get (ip_local_port_range, from 32768 on) and above most that services are known by.
FREE_PORTS = (12_000, 32_000)
PORT_TRIES = 50

MASTER_CF = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
showq     unix  n - n - - showq
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
virtual   unix  - n n - - virtual
anvil     unix  - - n - 1 anvil
postlog   unix-dgram n - n - 1 postlogd
"""


class PostfixUnavailable(MailchordError):
    """There is no Postfix here, or not the rights to start one; the text says which."""


class Reply(Struct, frozen=True, kw_only=True):
    """What the server answered to a message: the code, the text, and how long the answer took."""

    code: int
    text: str
    milliseconds: float

    @property
    def accepted(self) -> bool:
        return 200 <= self.code < 300


class Queued(Struct, frozen=True, kw_only=True):
    """A message in the queue of Postfix."""

    queue_id: str
    queue_name: str
    sender: str
    recipients: tuple[str, ...]


class Client(Struct, frozen=True, kw_only=True):
    """Whom the server shall take the sender for (XCLIENT); addresses are those reserved for documentation."""

    address: str = "192.0.2.10"
    name: str = "mail.example.net"
    helo: str = "mail.example.net"


def why_unavailable() -> str:
    """Why no private Postfix can be started here; empty when one can."""
    if not (DAEMONS / "master").exists() or not shutil.which("postfix", path=search_path()):
        return "Postfix is not installed: scripts/setup installs it"
    if os.geteuid() != 0:
        return "starting a Postfix needs root"
    return ""


def search_path() -> str:
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on now, and that the kernel gives to no connection meanwhile: of those it has its own.

    Raises OSError where that address is none of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for _ in range(PORT_TRIES):
        with socket.socket(family) as probe:
            try:
                probe.bind((host, random.SystemRandom().randrange(*FREE_PORTS)))
            except OSError as error:
                if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                    raise
            else:
                return int(probe.getsockname()[1])
    raise OSError(errno.EADDRINUSE, f"no free port found at {host}")


def milter_endpoint(listen: str) -> str:
    """`front.listen` as Postfix writes it: `unix:PATH` stays, `inet:PORT@HOST` becomes `inet:HOST:PORT`."""
    kind, _, rest = listen.partition(":")
    if kind == "unix":
        return listen
    port, _, host = rest.partition("@")
    return f"inet:[{host}]:{port}" if ":" in host else f"inet:{host}:{port}"


class PrivatePostfix:
    """A Postfix with `milter` (as in `front.listen`) on its SMTP port; every recipient's mail goes to one maildir.

    `settings` are further lines of main.cf, which win over those from here. Raises PostfixUnavailable where none can
    be started.
    """

    def __init__(
        self,
        *,
        milter: str,
        default_action: str = "tempfail",
        header_size_limit: int = 60_000,
        milter_seconds: int = 60,
        message_size_limit: int = 104_857_600,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        reason = why_unavailable()
        if reason:
            raise PostfixUnavailable(reason)
        self.port = free_port()
        self._milter = milter
        self._options = {
            "milter_default_action": default_action,
            "header_size_limit": str(header_size_limit),
            "milter_connect_timeout": f"{milter_seconds}s",
            "milter_command_timeout": f"{milter_seconds}s",
            "milter_content_timeout": f"{milter_seconds}s",
            "message_size_limit": str(message_size_limit),
            **(settings or {}),
        }
        # Short and open to the mail owner: pytest's and most private temporary directories are neither.
        self.directory = Path(tempfile.mkdtemp(prefix="mailchord-postfix-", dir="/tmp"))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> PrivatePostfix:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Returns when the SMTP port answers."""
        try:
            self._write_configuration()
            self._process = subprocess.Popen(  # noqa: S603  # our own arguments, no shell
                [str(DAEMONS / "master"), "-c", str(self._configuration), "-s"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            self._wait_until_ready(15.0)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End every process of this Postfix and remove its directories."""
        process, self._process = self._process, None
        if process is not None:
            # The daemons share the session of their master: the group is all of them and nobody else.
            for sign in (signal.SIGTERM, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, sign)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=5)
        shutil.rmtree(self.directory, ignore_errors=True)

    def send(
        self,
        message: bytes,
        *,
        sender: str = "sender@example.net",
        recipients: Sequence[str] = ("recipient@example.org",),
        client: Client | None = None,
        seconds: float = 60.0,
    ) -> Reply:
        """Send one message through SMTP, as that client where one is given; the time is that of the last answer."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=seconds) as smtp:
            greet(smtp, client)
            code, text = smtp.mail(sender)
            for recipient in recipients:
                if code < 400:
                    code, text = smtp.rcpt(recipient)
            began = time.monotonic()
            if code < 400:
                code, text = smtp.data(message)
            return Reply(
                code=code, text=text.decode("utf-8", "replace"), milliseconds=(time.monotonic() - began) * 1000
            )

    def release(self) -> int:
        """Leave it running after this object; returns the id of its first process, which leads its group."""
        process, self._process = self._process, None
        if process is None:
            raise PostfixUnavailable("it is not running")
        return process.pid

    @property
    def maildir(self) -> Path:
        return self.directory / "mail" / "all" / "new"

    @property
    def log_file(self) -> Path:
        return self.directory / "log" / "maillog"

    def deliveries(self) -> list[Path]:
        """Files of delivered messages, oldest first; a message with several recipients is there once for each."""
        return sorted(self.maildir.glob("*"), key=lambda path: path.stat().st_mtime_ns)

    def messages(self) -> list[EmailMessage]:
        """The delivered messages, oldest first."""
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in self.deliveries()]

    def wait_for_deliveries(self, count: int, *, seconds: float = 20.0) -> list[EmailMessage]:
        """The delivered messages when there are that many; raises TimeoutError when there are not in time."""
        end = time.monotonic() + seconds
        while len(self.deliveries()) < count:
            if time.monotonic() > end:
                raise TimeoutError(f"{len(self.deliveries())} of {count} messages were delivered in {seconds:g} s")
            time.sleep(0.05)
        return self.messages()

    def queue(self) -> list[Queued]:
        """What is in the queue now."""
        lines = self._command("postqueue", "-j").splitlines()
        return [
            Queued(
                queue_id=entry["queue_id"],
                queue_name=entry["queue_name"],
                sender=entry["sender"],
                recipients=tuple(recipient["address"] for recipient in entry["recipients"]),
            )
            for entry in map(json.loads, lines)
        ]

    def flush(self) -> None:
        """Try everything in the queue again at once."""
        self._command("postqueue", "-f")

    def log(self) -> str:
        """Postfix's log so far."""
        return self.log_file.read_text(encoding="utf-8", errors="replace") if self.log_file.exists() else ""

    @property
    def _configuration(self) -> Path:
        return self.directory / "config"

    def _command(self, *arguments: str) -> str:
        program = shutil.which(arguments[0], path=search_path()) or arguments[0]
        command = [program, "-c", str(self._configuration), *arguments[1:]]
        done = subprocess.run(  # noqa: S603  # our own arguments, no shell
            command, capture_output=True, text=True, timeout=30, check=False
        )
        if done.returncode:
            raise OSError(f"{arguments[0]} failed: {done.stderr.strip()}")
        return done.stdout

    def _write_configuration(self) -> None:
        self.directory.chmod(0o755)
        make_directories(self.directory)
        (self._configuration / "master.cf").write_text(MASTER_CF.format(port=self.port), encoding="utf-8")
        lines = {**main_cf(self.directory), "smtpd_milters": milter_endpoint(self._milter), **self._options}
        text = "".join(f"{name} = {value}\n" for name, value in lines.items())
        (self._configuration / "main.cf").write_text(text, encoding="utf-8")

    def _wait_until_ready(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while True:
            if self._process is None or self._process.poll() is not None:
                raise PostfixUnavailable(f"Postfix ended at once: {self._complaint()}")
            with contextlib.suppress(OSError), smtplib.SMTP("127.0.0.1", self.port, timeout=5):
                return
            if time.monotonic() > end:
                raise PostfixUnavailable(f"Postfix does not answer after {seconds:g} s: {self._complaint()}")
            time.sleep(0.05)

    def _complaint(self) -> str:
        """The end of the log. A Postfix that does not even read its configuration writes none."""
        return self.log()[-2000:].strip() or "no log; the settings given for main.cf may be wrong"


def main_cf(directory: Path) -> dict[str, str]:
    """What every private Postfix has in common."""
    sink = pwd.getpwnam(SINK_OWNER)
    return {
        "compatibility_level": "3.6",
        "queue_directory": str(directory / "queue"),
        "data_directory": str(directory / "data"),
        "daemon_directory": str(DAEMONS),
        "maillog_file": str(directory / "log" / "maillog"),
        "maillog_file_prefixes": str(directory),
        "myhostname": "mx.example.org",
        "mydestination": "",
        "inet_interfaces": "127.0.0.1",
        "inet_protocols": "ipv4",
        "mynetworks": "127.0.0.0/8",
        "alias_maps": "",
        "alias_database": "",
        # Every address is at home here: no mail can leave, bounces end in the maildir too.
        "virtual_mailbox_domains": "static:all",
        "virtual_mailbox_maps": "static:all/",
        "virtual_mailbox_base": str(directory / "mail"),
        "virtual_mailbox_limit": "0",
        "virtual_uid_maps": f"static:{sink.pw_uid}",
        "virtual_gid_maps": f"static:{sink.pw_gid}",
        # The sender on the loopback may say whom it stands for; names are not looked up in any DNS.
        "smtpd_authorized_xclient_hosts": "127.0.0.0/8",
        "smtpd_peername_lookup": "no",
        "smtpd_client_connection_count_limit": "0",
        "smtpd_client_connection_rate_limit": "0",
        "smtpd_recipient_limit": "5000",
        "smtputf8_enable": "yes",
        "disable_dns_lookups": "yes",
        "milter_protocol": "6",
        # What is delivered is what was sent and what the milter made of it: no headers of our own.
        "local_header_rewrite_clients": "",
        "enable_long_queue_ids": "yes",
    }


def make_directories(directory: Path) -> None:
    """The directories with the owners and modes that Postfix insists on."""
    owner = pwd.getpwnam(MAIL_OWNER)
    sink = pwd.getpwnam(SINK_OWNER)
    for name in ("config", "queue", "log", "mail"):
        (directory / name).mkdir(mode=0o755)
    (directory / "data").mkdir(mode=0o700)
    os.chown(directory / "data", owner.pw_uid, -1)
    os.chown(directory / "mail", sink.pw_uid, sink.pw_gid)
    for name in ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved"):
        (directory / "queue" / name).mkdir(mode=0o700)
        os.chown(directory / "queue" / name, owner.pw_uid, -1)
    for name, mode in (("maildrop", 0o730), ("public", 0o710), ("trace", 0o700)):
        (directory / "queue" / name).mkdir()
        (directory / "queue" / name).chmod(mode)
        os.chown(directory / "queue" / name, owner.pw_uid, postdrop_group())
    (directory / "queue" / "pid").mkdir(mode=0o755)


def postdrop_group() -> int:
    """The group of the directories that Postfix's own commands write to."""
    return grp.getgrnam("postdrop").gr_gid


def greet(smtp: smtplib.SMTP, client: Client | None) -> None:
    """EHLO, in the name of that client where one is given."""
    if client is not None:
        smtp.ehlo("localhost")
        code, text = smtp.docmd("XCLIENT", f"ADDR={client.address} NAME={client.name}")
        if code >= 400:
            raise smtplib.SMTPResponseException(code, text)
    smtp.ehlo(client.helo if client is not None else "localhost")
