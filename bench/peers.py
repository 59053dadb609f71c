"""The peers, each as its documentation has it run behind an MTA, without network.

Switched off, because they need DNS or other servers: SPF, DKIM, ARC, DMARC, DNS lists, ASN, MX checks, fuzzy
storage, phishing feeds, greylisting, rate limits, history and neural network of rspamd; network tests and Bayes of
SpamAssassin (`spamd --local`). Everything else is as Debian ships it.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from bench.packets import Mail
from bench.processes import Process
from bench.targets import Running, TargetFailed, absent, answers, find_program

# Modules of rspamd that talk to DNS, to the internet or to a Redis that is not there.
RSPAMD_OFF = (
    "arc asn bimi dcc dkim dkim_signing dmarc fuzzy_check greylist hfilter history_redis mx_check neural p0f ratelimit "
    "rbl replies reputation rspamd_update spf surbl url_redirector"
)
RSPAMD_PROCESSES = 2
LEARNED_AT_LEAST = 200  # of each kind; rspamd's classifier says nothing before (`min_learns`)


class Rspamd(Struct, frozen=True, kw_only=True):
    """rspamd as a milter: proxy workers that scan themselves. With Bayes it learns `spam` and `ham` at the start."""

    name: str = "rspamd"
    spam: tuple[Mail, ...] = ()
    ham: tuple[Mail, ...] = ()
    hyperscan_cache: Path
    rejects_gtube: bool = True

    @property
    def bayes(self) -> bool:
        return bool(self.spam)

    @property
    def missing(self) -> str:
        return absent("rspamd", "rspamc", "redis-server") if self.bayes else absent("rspamd")

    def running(self, folder: Path) -> Running:
        return Running(self.name, folder, f"unix:{folder}/milter.sock", rspamd_role)

    def start(self, running: Running) -> None:
        folder = running.folder
        write_rspamd_configuration(folder, self.hyperscan_cache, bayes=self.bayes)
        if self.bayes:
            running.spawn(redis_command(folder))
            running.wait_for((folder / "redis.sock").exists, "redis")
        variables = ("LOCAL_CONFDIR", "DBDIR", "RUNDIR", "LOGDIR")
        running.spawn(
            [
                find_program("rspamd") or "rspamd",
                "--no-fork",
                *(("--insecure",) if os.getuid() == 0 else ()),
                "--config=/etc/rspamd/rspamd.conf",
                *(f"--var={variable}={folder}" for variable in variables),
            ]
        )
        running.wait_for(lambda: answers(running.address), "the milter")
        running.wait_for(lambda: hyperscan_is_ready(folder), "the compiled patterns")
        if self.bayes:
            running.wait_for((folder / "controller.sock").exists, "the controller")
            learn(folder, "spam", self.spam)
            learn(folder, "ham", self.ham)


def rspamd_role(process: Process, _processes: Mapping[int, Process]) -> str:
    if "redis-server" in process.command:
        return "redis"
    return "scan" if "rspamd_proxy" in process.command else "other"


def write_rspamd_configuration(folder: Path, hyperscan_cache: Path, *, bayes: bool) -> None:
    """`local.d` and `override.d` over the packaged configuration."""
    hyperscan_cache.mkdir(parents=True, exist_ok=True)
    files = {
        "options.inc": (
            # The discard service: nothing answers there, and nothing asks.
            'dns { nameserver = ["127.0.0.1:9:10"]; timeout = 0.01s; retransmits = 1; }\n'
            f'hs_cache_dir = "{hyperscan_cache}/";\ndisable_monitoring = true;\n'
        ),
        "worker-normal.inc": "enabled = false;\n",
        "worker-controller.inc": (
            f'bind_socket = "{folder}/controller.sock mode=0666";\nsecure_ip = ["127.0.0.1", "::1", "{folder}"];\n'
            if bayes
            else "enabled = false;\n"
        ),
        "worker-proxy.inc": (
            f'bind_socket = "{folder}/milter.sock mode=0666";\ncount = {RSPAMD_PROCESSES};\nmilter = yes;\n'
            'timeout = 120s;\nupstream "local" { default = yes; self_scan = yes; }\n'
        ),
        "phishing.conf": "openphish_enabled = false;\nphishtank_enabled = false;\n",
        "classifier-bayes.conf": (
            f'backend = "redis";\nservers = "{folder}/redis.sock";\nautolearn = false;\n' if bayes else ""
        ),
        **{f"{module}.conf": "enabled = false;\n" for module in RSPAMD_OFF.split()},
    }
    for place in ("local.d",):
        (folder / place).mkdir(exist_ok=True)
        for name, text in files.items():
            (folder / place / name).write_text(text, encoding="utf-8")
    if not bayes:
        # Without a server the classifier would be loaded and fail on each message.
        (folder / "local.d" / "statistic.conf").write_text('classifier "bayes" { disabled = true; }\n')


def hyperscan_is_ready(folder: Path) -> bool:
    """Whether the workers have loaded the compiled patterns; before that rspamd uses slower ones."""
    log = folder / "rspamd.log"
    return log.exists() and "full hyperscan database of" in log.read_text(encoding="utf-8", errors="replace")


def learn(folder: Path, kind: str, mails: Sequence[Mail]) -> None:
    """Teach rspamd through its controller; TargetFailed when it learns too little for Bayes to be used (200)."""
    where = folder / f"learn-{kind}"
    where.mkdir()
    for number, mail in enumerate(mails):
        (where / f"{number:04d}.eml").write_bytes(mail.raw)
    command = [
        find_program("rspamc") or "rspamc",
        "--connect",
        f"{folder}/controller.sock",
        f"learn_{kind}",
        str(where),
    ]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    learned = done.stdout.count(b"success = true")
    if learned < LEARNED_AT_LEAST:
        text = (done.stdout + done.stderr).decode(errors="replace")[-300:]
        raise TargetFailed(f"rspamd learned {learned} of {len(mails)} {kind}: {text}")


def redis_command(folder: Path) -> list[str]:
    return [
        find_program("redis-server") or "redis-server",
        *("--port", "0", "--unixsocket", f"{folder}/redis.sock", "--unixsocketperm", "666"),
        *("--save", "", "--appendonly", "no", "--dir", str(folder)),
    ]


class SpamAssassin(Struct, frozen=True, kw_only=True):
    """spamd behind spamass-milter, as Debian packages both."""

    name: str = "spamassassin"
    rejects_gtube: bool = True

    @property
    def missing(self) -> str:
        return absent("spamd", "spamc", "spamass-milter")

    def running(self, folder: Path) -> Running:
        return Running(self.name, folder, f"unix:{folder}/milter.sock", spamassassin_role)

    def start(self, running: Running) -> None:
        folder = running.folder
        rules = folder / "rules"
        rules.mkdir()
        for file in Path("/etc/spamassassin").glob("*.pre"):
            (rules / file.name).write_bytes(file.read_bytes())
        (rules / "local.cf").write_text("use_bayes 0\nreport_safe 0\n", encoding="utf-8")
        running.spawn(
            [
                find_program("spamd") or "spamd",
                "--local",
                *("--max-children", "5"),  # Debian's default
                *("--siteconfigpath", str(rules), "--nouser-config"),
                f"--socketpath={folder}/spamd.sock",
                "--socketmode=0666",
                *("--syslog", str(folder / "spamd.log")),
            ]
        )
        running.wait_for((folder / "spamd.sock").exists, "spamd")
        running.spawn(
            [
                find_program("spamass-milter") or "spamass-milter",
                *("-p", f"{folder}/milter.sock", "-r", "15"),
                *("--", "-U", f"{folder}/spamd.sock"),
            ]
        )
        running.wait_for(lambda: answers(running.address), "spamass-milter")


def spamassassin_role(process: Process, _processes: Mapping[int, Process]) -> str:
    return "milter" if "spamass-milter" in process.command or "spamc" in process.command else "spamd"
