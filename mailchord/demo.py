"""`make demo`: a dozen messages through a private Postfix and a private mailchord, and what became of each.

Nothing here asks mailchord what it would do: the table shows what the mail server answered, what was delivered and
what was held. Only the reasons for refused mail come from the log, since a sender is not told them.
"""

from __future__ import annotations

import argparse
import contextlib
import email
import email.policy
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct

from mailchord.demo_clicks import settings_of, shown_clicks
from mailchord.demo_mail import RECIPIENT, ZONE, DemoMail, demo_mails, encrypted_archive, newsletter
from mailchord.postfix import PostfixUnavailable, PrivatePostfix, Reply, free_port, why_unavailable
from mailcore.errors import MailchordError
from mailcore.settings import Settings
from mailcore.verdict import Action

START_SECONDS = 120.0
DELIVERY_SECONDS = 20.0
STOP_SECONDS = 45.0

# Where KEEP=1 leaves what `stop` needs, in the checkout.
KEPT = Path("var") / "demo.json"


class DemoFailed(MailchordError):
    """The demo could not run; the text says why and what to do."""


class Row(Struct, frozen=True, kw_only=True):
    """One line of the table."""

    subject: str
    action: str
    score: str
    milliseconds: float
    reason: str
    is_sensible: bool


class Result(Struct, frozen=True, kw_only=True):
    """What became of one message."""

    action: str
    score: str = ""
    reason: str = ""


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status: 0 every message got a sensible answer, 1 one did not, 2 the demo could not run."""
    parser = argparse.ArgumentParser(prog="python -m mailchord.demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", default=bool(os.environ.get("KEEP")), help="leave it running")
    parser.add_argument("--stop", action="store_true", help="stop a demo that was left running")
    arguments = parser.parse_args(argv)
    try:
        return stop_kept() if arguments.stop else run(keep=arguments.keep)
    except (DemoFailed, PostfixUnavailable) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 2


def run(*, keep: bool) -> int:
    """Start everything, send the messages, print the table, end everything (or leave it)."""
    reason = why_unavailable()
    if reason:
        raise DemoFailed(
            f"{reason}. Without one: `.venv/bin/mailchord scan FILE...` judges messages without any mail server."
        )
    with contextlib.ExitStack() as stack:
        gateway = Gateway()
        stack.callback(gateway.stop)
        print("Starting mailchord (private Redis, workers, milter) ...", flush=True)
        gateway.start()
        print("Starting a private Postfix with it as its milter ...", flush=True)
        postfix = stack.enter_context(PrivatePostfix(milter=gateway.listen))
        print(f"Sending messages to 127.0.0.1:{postfix.port} ...\n", flush=True)
        rows = [row_of(mail, postfix, gateway) for mail in demo_mails()]
        print(table(rows, width=shutil.get_terminal_size((140, 24)).columns))
        print(looked_into(encrypted_archive(), gateway))
        story, is_sensible = clicked(newsletter(), postfix, gateway)
        print(story)
        odd = sum(not row.is_sensible for row in rows)
        print(f"\n{len(rows) - odd} of {len(rows)} messages were answered as one would want.\n")
        if keep:
            stack.pop_all()
            print(leave_running(gateway, postfix))
        else:
            print(NEXT_STEPS)
    return 0 if not odd and is_sensible else 1


def looked_into(mail: DemoMail, gateway: Gateway) -> str:
    """What an analyst sees of a message: why, and the tree of its files."""
    message = gateway.directory / "documents.eml"
    message.write_bytes(mail.raw)
    said = gateway.command(("scan", str(message)))
    return f"\n`mailchord scan` on one of them, to see why and what is inside:\n\n{said}"


def clicked(mail: DemoMail, postfix: PrivatePostfix, gateway: Gateway) -> tuple[str, bool]:
    """What a reader of that delivered message gets of its link; and whether that is as one would want."""
    sent = email.message_from_bytes(mail.raw, policy=email.policy.default)
    for delivered in postfix.messages():
        if delivered["Subject"] == mail.subject:
            return shown_clicks(mail.subject, sent, delivered, gateway.command)
    return f"\n{mail.subject!r} was not delivered: its link cannot be shown.", False


class Gateway:
    """A `mailchord serve` of our own, with its state in a temporary directory."""

    def __init__(self) -> None:
        # Directly below /tmp: the path of a Unix socket may have no more than 107 bytes.
        self.directory = Path(tempfile.mkdtemp(prefix="mailchord-demo-", dir="/tmp"))
        self.port, self.health_port, self.click_port = free_port(), free_port(), free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def listen(self) -> str:
        return f"inet:{self.port}@127.0.0.1"

    @property
    def configuration(self) -> Path:
        return self.directory / "mailchord.yaml"

    @property
    def log_file(self) -> Path:
        return self.directory / "mailchord.log"

    def start(self) -> None:
        """Returns when every part is ready."""
        zone = self.directory / "demo.zone"
        zone.write_text(ZONE, encoding="utf-8")
        state_dir = self.directory / "state"
        settings = {
            **settings_of(state_dir, self.click_port),
            "state_dir": str(state_dir),
            "front": {"listen": self.listen},
            "health": {"listen": f"127.0.0.1:{self.health_port}"},
            "logging": {"format": "json"},
            "networks": {"local_domains": ["example.org"]},
            "dns": {"zone_file": str(zone)},
            # The domains that are reserved for examples look alike.
            "rules": {"disabled": ["sender_imitates_our_domain"]},
        }
        self.configuration.write_text(yaml.safe_dump(settings), encoding="utf-8")
        command = [sys.executable, "-m", "mailchord", "-c", str(self.configuration), "serve"]
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(  # noqa: S603  # our own arguments, no shell
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=own_environment(), start_new_session=True
            )
        self._wait_until_ready()

    def stop(self) -> None:
        """End it as systemd would: SIGTERM, and only then by force. Removes its directory."""
        if self.process is not None:
            end_group(self.process.pid, wait=lambda seconds: wait_for(self.process, seconds))
        shutil.rmtree(self.directory, ignore_errors=True)

    def command(self, words: Sequence[str]) -> str:
        """What `mailchord` says to these words, with the configuration of this one."""
        command = [sys.executable, "-m", "mailchord", "-c", str(self.configuration), *words]
        done = subprocess.run(  # noqa: S603  # our own arguments, no shell
            command, env=own_environment(), capture_output=True, text=True, timeout=START_SECONDS, check=False
        )
        return done.stdout + done.stderr

    def answered(self) -> Iterator[Mapping[str, Any]]:
        """The log lines about answered messages, newest first."""
        for line in reversed(self.log_file.read_text(encoding="utf-8", errors="replace").splitlines()):
            with contextlib.suppress(json.JSONDecodeError):
                entry = json.loads(line)
                if isinstance(entry, dict) and entry.get("event") == "message answered":
                    yield entry

    def held(self, message_id: str) -> Mapping[str, Any] | None:
        """The verdict that lies beside a message in the quarantine, None where it is not held."""
        path = self.directory / "state" / "quarantine" / message_id / "verdict.json"
        if not message_id or not path.exists():
            return None
        verdict = json.loads(path.read_bytes())
        return verdict if isinstance(verdict, dict) else None

    def _wait_until_ready(self) -> None:
        url = f"http://127.0.0.1:{self.health_port}/readyz"
        end = time.monotonic() + START_SECONDS
        problem = "no answer"
        while time.monotonic() < end:
            if self.process is None or self.process.poll() is not None:
                raise DemoFailed(f"`mailchord serve` ended at once:\n{self._log_end()}")
            try:
                with urllib.request.urlopen(url, timeout=2) as answer:
                    if answer.status == 200 and is_listening(self.port) and self._workers_are_ready():
                        return
                    problem = "the workers are still starting"
            except urllib.error.HTTPError as error:
                problem = error.read().decode("utf-8", "replace").strip()
            except OSError as error:
                problem = str(error)
            time.sleep(0.1)
        raise DemoFailed(f"`mailchord serve` was not ready after {START_SECONDS:g} s: {problem}\n{self._log_end()}")

    def _workers_are_ready(self) -> bool:
        """Mail that comes earlier waits for them; the table should show what scanning takes."""
        log = self.log_file.read_text(encoding="utf-8", errors="replace")
        return log.count(' ready."') >= len(Settings().working_groups)

    def _log_end(self) -> str:
        lines = self.log_file.read_text(encoding="utf-8", errors="replace").splitlines()[-12:]
        return textwrap.indent("\n".join(lines), "    ")


def row_of(mail: DemoMail, postfix: PrivatePostfix, gateway: Gateway) -> Row:
    """Send one message and find out what became of it."""
    reply = postfix.send(mail.raw, sender=mail.sender, recipients=[RECIPIENT], client=mail.client)
    result = result_of(reply, postfix, gateway)
    return Row(
        subject=mail.subject,
        action=result.action,
        score=result.score,
        milliseconds=reply.milliseconds,
        reason=result.reason,
        is_sensible=result.action in mail.sensible,
    )


def result_of(reply: Reply, postfix: PrivatePostfix, gateway: Gateway) -> Result:
    """Refused: the server's answer. Otherwise it is in the maildir, or in the quarantine, or we say that it is lost."""
    if not reply.accepted:
        entry = logged(gateway, lambda entry: entry.get("id", "") in reply.text and entry.get("id"))
        action = Action.TEMPFAIL if reply.code < 500 else Action.REJECT
        return Result(action=action.value, score=score_of(entry), reason=first(entry.get("reasons")) or reply.text)
    queue_id = reply.text.rpartition(" ")[2]
    end = time.monotonic() + DELIVERY_SECONDS
    while time.monotonic() < end:
        for message in reversed(postfix.messages()):
            if queue_id in str(message["Received"]):
                return delivered(message)
        entry = logged(gateway, lambda entry: entry.get("queue_id") == queue_id)
        verdict = gateway.held(str(entry.get("id", "")))
        if verdict is not None:
            return Result(action=Action.QUARANTINE.value, score=score_of(verdict), reason=first(verdict.get("reasons")))
        time.sleep(0.05)
    return Result(action="lost", reason=f"Postfix took it as {queue_id}, but it is neither delivered nor held")


def delivered(message: Mapping[str, Any]) -> Result:
    """What the headers of a delivered message say. Mail of our own users carries none but the id."""
    verdict = str(message.get("X-Mailchord-Verdict", "accept")).partition(";")[0]
    reason = str(message.get("X-Mailchord-Reason", "")).partition("; ")[0]
    return Result(action=verdict, score=str(message.get("X-Mailchord-Score", "")), reason=reason)


def logged(gateway: Gateway, wanted: Any) -> Mapping[str, Any]:
    return next((entry for entry in gateway.answered() if wanted(entry)), {})


def score_of(entry: Mapping[str, Any]) -> str:
    score = entry.get("score")
    return f"{score:.1f}" if isinstance(score, int | float) else ""


def first(reasons: object) -> str:
    return str(reasons[0]) if isinstance(reasons, list) and reasons else ""


def table(rows: Iterable[Row], *, width: int) -> str:
    """The table as text; reasons are cut at the width of the terminal."""
    lines = [f"{'subject':<46} {'action':<10} {'score':>6} {'ms':>6}  first reason"]
    lines.append("-" * min(width, 140))
    for row in rows:
        mark = "" if row.is_sensible else "  (!)"
        action = row.action + mark
        line = f"{row.subject[:46]:<46} {action:<10} {row.score:>6} {row.milliseconds:>6.0f}  {row.reason}"
        lines.append(line if len(line) <= width else line[: width - 1] + "…")
    return "\n".join(lines)


NEXT_STEPS = """\
What next:
  make demo KEEP=1                     the same, but everything stays up for mail of your own
  .venv/bin/mailchord scan FILE.eml    judge a message file, with every finding (--json for programs)
  make serve                           run it for a Postfix on this machine: the README has the lines for main.cf
  docs/configuration.md                every setting; CONTRIBUTING.md: your first detector in ten minutes"""

LEFT_RUNNING = """\
It is still running:
  send to            127.0.0.1:{smtp}   e.g. swaks --server 127.0.0.1:{smtp} --to {recipient} --body hello
  delivered mail     {maildir}
  held mail          {quarantine}
  log of mailchord   {log}
  log of Postfix     {postfix_log}
  health             curl -s http://127.0.0.1:{health}/readyz
Stop it with: make demo-stop"""


def leave_running(gateway: Gateway, postfix: PrivatePostfix) -> str:
    """Note what `make demo-stop` needs; returns how to talk to what runs."""
    if gateway.process is None:
        raise DemoFailed("mailchord is not running")
    kept = [
        {"pid": gateway.process.pid, "directory": str(gateway.directory)},
        {"pid": postfix.release(), "directory": str(postfix.directory)},
    ]
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps(kept), encoding="utf-8")
    return LEFT_RUNNING.format(
        smtp=postfix.port,
        recipient=RECIPIENT,
        maildir=postfix.maildir,
        quarantine=gateway.directory / "state" / "quarantine",
        log=gateway.log_file,
        postfix_log=postfix.log_file,
        health=gateway.health_port,
    )


def stop_kept() -> int:
    """End a demo that was left running and remove its directories."""
    if not KEPT.exists():
        raise DemoFailed("no demo was left running from this directory")
    for part in json.loads(KEPT.read_bytes()):
        if belongs_to(part["pid"], part["directory"]):
            end_group(part["pid"], wait=lambda seconds, pid=part["pid"]: wait_for_group(pid, seconds))
        shutil.rmtree(part["directory"], ignore_errors=True)
    KEPT.unlink()
    print("The demo has ended.")
    return 0


def belongs_to(pid: int, directory: str) -> bool:
    """Whether that process is still the one that we started: numbers of processes are used again."""
    try:
        return directory.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def end_group(pid: int, *, wait: Any) -> None:
    """SIGTERM to the leader, time to end by itself, then SIGKILL to all that is left of its group."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    wait(STOP_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def wait_for(process: subprocess.Popen[bytes] | None, seconds: float) -> None:
    if process is not None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=seconds)


def wait_for_group(pid: int, seconds: float) -> None:
    """Wait for a process that is no child of ours."""
    end = time.monotonic() + seconds
    while Path(f"/proc/{pid}").exists() and time.monotonic() < end:
        time.sleep(0.1)


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def own_environment() -> dict[str, str]:
    """The environment without settings of another mailchord on this machine."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MAILCHORD_")}


if __name__ == "__main__":
    sys.exit(main())
