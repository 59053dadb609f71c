"""Pictures of pages by Chromium, out of the HTML that is there already: it can ask nobody for anything.

The page stands in a frame that is sandboxed (HTML, 4.8.5: no scripts, no forms, no refresh, no way out of the frame),
under a policy that loads nothing but what is in the page itself (CSP 3). Chromium has no name server, a proxy that is
not there and, where the system allows it, a network of its own with nothing in it.
"""

from __future__ import annotations

import functools
import html
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct, field

from mailio.bounded_program import PATH, BoundedProgram
from mailio.time_limits import time_limits_wait

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
NOT_INSTALLED = "no picture of a page: Chromium is not installed"
ROOT = "no picture of a page: Chromium's own sandbox does not work as root"
MOST_SECONDS = 60.0
PAGE_BYTES, PICTURE_BYTES = 2_097_152, 8_388_608

_FILE_BYTES, _MEMORY_BYTES = 67_108_864, 805_306_368
_BOUNDS = ("--core=0", f"--fsize={_FILE_BYTES}", "--nofile=1024", f"--data={_MEMORY_BYTES}")
# Each in namespaces of its own: no network, and no process is left when the first one ends.
_ALONE = ("unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc")
_AS_USER = ("--user", "--map-current-user")
_PROBE_SECONDS = 10.0
_SAID_BYTES, _WORDS = 65_536, 200
_PNG = b"\x89PNG\r\n\x1a\n"
_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--hide-scrollbars",
    "--window-size=1000,1400",
    # Of a clock that stands still while nothing happens: the picture is taken when all is drawn.
    "--virtual-time-budget=1000",
    "--run-all-compositor-stages-before-draw",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pings",
    "--disable-extensions",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-client-side-phishing-detection",
    "--disable-breakpad",
    "--disable-crash-reporter",
    "--disable-dev-shm-usage",
    "--disable-features=NetworkPrediction,Prerender2,OptimizationHints,MediaRouter,DialMediaRouteProvider",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    # Also for this host itself, which is else reached without a proxy.
    "--proxy-server=http://127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
    "--password-store=basic",
)
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; form-action 'none'; base-uri 'none'"
)
_AROUND = (
    '<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
    "<style>html,body,iframe{{margin:0;border:0;width:100%;height:100vh;display:block;overflow:hidden}}</style>"
    '<iframe sandbox="" referrerpolicy="no-referrer" srcdoc="{page}"></iframe>'
)


class Chromium(Struct, frozen=True, kw_only=True):
    """Draws pages. `as_root` runs it without its own sandbox. `path` has it, prlimit and unshare."""

    as_root: bool = False
    path: str = PATH
    environment: Mapping[str, str] = field(default_factory=lambda: {"LC_ALL": "C.UTF-8", "PATH": PATH})

    def __call__(self, page: bytes, *, seconds: float) -> bytes:
        """The picture (PNG) of a page of HTML, whose first `PAGE_BYTES` are looked at.

        Raises OSError with words for people where there is none, TimeoutError.
        """
        program, limits = self.program(), shutil.which("prlimit", path=self.path)
        if not program or limits is None:
            raise OSError(0, NOT_INSTALLED)
        if is_root() and not self.as_root:
            raise OSError(0, ROOT)
        ends = time.monotonic() + min(seconds, MOST_SECONDS)
        # Its profile is in there, too: nothing is left of it.
        with time_limits_wait(), TemporaryDirectory(prefix="mailchord-page-", ignore_cleanup_errors=True) as folder:
            Path(folder, "page.html").write_text(around(page), encoding="utf-8")
            run = BoundedProgram(
                limits=limits,
                bounds=_BOUNDS,
                folder=folder,
                environment=dict(self.environment) | {"HOME": folder, "TMPDIR": folder, "XDG_RUNTIME_DIR": folder},
                ends=ends,
                around=self.around(),
                is_heard=True,
            )
            said, _ = run((program, *_FLAGS, *self._flags(folder)), most_bytes=_SAID_BYTES)
            return _picture(Path(folder, "page.png"), said)

    def program(self) -> str:
        """The way to Chromium; "" where there is none."""
        return next(filter(None, (shutil.which(name, path=self.path) for name in NAMES)), "")

    def around(self) -> tuple[str, ...]:
        """What closes it in besides itself; nothing where the system does not allow it."""
        alone = (*_ALONE[:1], *(() if is_root() else _AS_USER), *_ALONE[1:])
        return alone if _works(alone, self.path) else ()

    def _flags(self, folder: str) -> tuple[str, ...]:
        flags = (f"--user-data-dir={folder}/profile", f"--screenshot={folder}/page.png", f"file://{folder}/page.html")
        return ("--no-sandbox", *flags) if is_root() else flags


def is_root() -> bool:
    return os.geteuid() == 0


def around(page: bytes) -> str:
    """The page in its frame, as a page."""
    inside = html.escape(page[:PAGE_BYTES].decode("utf-8", "replace").replace("\0", ""), quote=True)
    return _AROUND.format(policy=_POLICY, page=inside)


@functools.cache
def _works(command: tuple[str, ...], path: str) -> bool:
    """Whether the system lets us start something so."""
    if shutil.which(command[0], path=path) is None:
        return False
    try:
        done = subprocess.run(  # noqa: S603  # fixed words, no shell
            [*command, "true"], env={"PATH": path}, capture_output=True, timeout=_PROBE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _picture(file: Path, said: bytes) -> bytes:
    """Raises OSError."""
    try:
        with file.open("rb") as opened:
            png = opened.read(PICTURE_BYTES + 1)
    except FileNotFoundError:
        words = said.decode("utf-8", "replace").strip().rpartition("\n")[2][-_WORDS:]
        raise OSError(0, f"no picture of a page: Chromium took none: {words or 'without a word why'}") from None
    if not png.startswith(_PNG) or len(png) > PICTURE_BYTES:
        raise OSError(0, f"no picture of a page: what Chromium took is none, or larger than {PICTURE_BYTES:,} bytes")
    return png
