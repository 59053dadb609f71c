"""Pages are drawn out of the HTML at hand: nobody is asked for anything, and nothing is left."""

from __future__ import annotations

import functools
import html
import io
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from mailio.bounded_program import PATH
from mailio.chromium import NOT_INSTALLED, PAGE_BYTES, PICTURE_BYTES, ROOT, Chromium, around, is_root
from mailio.screenshots import ScreenshotDirectory
from tests.http_server import WebServer

PNG = b"\x89PNG\r\n\x1a\n"
# Starting it takes a second of CPU; other tests run beside.
SECONDS = 60.0
# All that a page may have a browser ask for, by itself.
ASKING = """<!doctype html><html manifest="{url}/manifest"><head><base href="{url}/base/"><title>Sign in</title>
<meta http-equiv="refresh" content="0; url={url}/refresh"><link rel="stylesheet" href="{url}/style.css">
<link rel="icon" href="{url}/icon.ico"><link rel="preload" as="image" href="{url}/preload.png">
<link rel="prefetch" href="{url}/prefetch"><link rel="prerender" href="{url}/prerender">
<link rel="modulepreload" href="{url}/module.js"><link rel="preconnect" href="{url}">
<link rel="dns-prefetch" href="{url}">
<style>@import "{url}/import.css"; body {{ background: url("{url}/background.png") }}
@font-face {{ font-family: f; src: url("{url}/font.woff") }} p {{ font-family: f }}</style>
<script src="{url}/script.js"></script><script>fetch("{url}/fetch"); location = "{url}/location"</script>
<script type="speculationrules">{{"prefetch": [{{"source": "list", "urls": ["{url}/rules"]}}]}}</script></head>
<body background="{url}/body.png" onload="new Image().src='{url}/onload'"><p>Hello</p>
<img src="{url}/img.png" srcset="{url}/srcset.png 2x" onerror="fetch('{url}/onerror')">
<iframe src="{url}/frame"></iframe>
<iframe srcdoc="<img src='{url}/srcdoc.png'>"></iframe><object data="{url}/object"></object><embed src="{url}/embed">
<video src="{url}/video" poster="{url}/poster.png" autoplay></video><audio src="{url}/audio" autoplay></audio>
<svg><image href="{url}/svg.png"/><use href="{url}/use.svg#x"/></svg><input type="image" src="{url}/input.png">
<form action="{url}/form"><input type="password" autofocus></form><a ping="{url}/ping" href="{url}/a">go</a>
<img src="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'%3E%3Cimage href='{url}/data.png'/%3E%3C/svg%3E">
</body></html>"""


@functools.cache
def why_not() -> str:
    """Why Chromium cannot be tried here; "" where it can."""
    if os.environ.get("MAILCHORD_NO_CHROMIUM"):
        return "MAILCHORD_NO_CHROMIUM is set"
    try:
        Chromium(as_root=True)(b"<p>hello", seconds=SECONDS)
    except OSError as error:  # not there, or no namespaces for its own sandbox
        return str(error)
    return ""


@pytest.fixture
def chromium() -> Chromium:
    if why_not():
        pytest.skip(why_not())
    return Chromium(as_root=True)


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where temporary directories are made: on a short way, since Chromium has a socket in there."""
    with tempfile.TemporaryDirectory(prefix="mailchord-test-", dir="/tmp") as name:
        monkeypatch.setattr(tempfile, "tempdir", name)
        yield Path(name)


def programs(tmp_path: Path, *names: str) -> str:
    """A directory that has these of the installed programs, and no others."""
    for name in names:
        found = shutil.which(name, path=PATH)
        if found is None:
            pytest.skip(f"{name} is not installed")
        (tmp_path / name).symlink_to(found)
    return str(tmp_path)


def has_ended(words: str) -> bool:
    """Whether no process is left that was started with these words.

    One that was killed is still there until the kernel has cleared it away.
    """
    ends = time.monotonic() + SECONDS
    while words in subprocess.run(["ps", "axww", "-o", "args"], capture_output=True, text=True, check=True).stdout:
        if time.monotonic() > ends:
            return False
        time.sleep(0.02)
    return True


def test_a_page_is_drawn_and_nothing_is_left(chromium: Chromium, folder: Path) -> None:
    png = chromium(b"<h1 style='color:red'>Sign in</h1><input type=password>", seconds=SECONDS)
    assert png.startswith(PNG)
    assert int.from_bytes(png[16:20]) == 1_000
    assert list(folder.iterdir()) == []
    assert has_ended(str(folder))


@pytest.mark.parametrize("is_alone", [True, False], ids=["in a namespace", "by its options alone"])
def test_nobody_is_asked_for_anything(is_alone: bool, chromium: Chromium, tmp_path: Path) -> None:
    if is_alone and not chromium.around():
        pytest.skip("namespaces are not allowed here")
    if not is_alone:
        chromium = Chromium(as_root=True, path=programs(tmp_path, "chromium", "prlimit"))
        assert chromium.around() == ()
    with WebServer(lambda _path, _body: (200, b"")) as server:
        assert chromium(ASKING.format(url=server.url).encode(), seconds=SECONDS).startswith(PNG)
        assert server.asked == []


def test_without_the_frame_all_of_that_is_asked_for(chromium: Chromium, tmp_path: Path) -> None:
    """So the page above asks for something, and the server would notice."""
    with WebServer(lambda _path, _body: (200, b"")) as server:
        page = ASKING.replace('http-equiv="refresh"', "").replace("location =", "").format(url=server.url)
        (tmp_path / "page.html").write_text(page)
        flags = [
            "--headless",
            "--disable-gpu",
            f"--user-data-dir={tmp_path}/p",
            *(["--no-sandbox"] if is_root() else []),
        ]
        command = [chromium.program(), *flags, f"--screenshot={tmp_path}/page.png", f"file://{tmp_path}/page.html"]
        subprocess.run(
            command, capture_output=True, timeout=SECONDS, check=False, env={"HOME": str(tmp_path), "PATH": PATH}
        )
        asked = {each.path for each in server.asked}
    assert {"/style.css", "/img.png", "/frame", "/script.js"} <= asked


def test_files_of_this_host_are_not_shown(chromium: Chromium, tmp_path: Path) -> None:
    secret = tmp_path / "secret.html"
    secret.write_text("<body style='background:#ff0000;margin:0'>" + "secret " * 2_000)
    uri = secret.as_uri()
    page = (
        f"<meta http-equiv=refresh content='0;url={uri}'><script>location='{uri}'</script>"
        f"<iframe src='{uri}' style='position:fixed;left:400px;top:600px;width:500px;height:500px'></iframe><p>hello"
    )
    with Image.open(io.BytesIO(chromium(page.encode(), seconds=SECONDS))) as picture:
        shown = picture.convert("RGB")
    assert {shown.getpixel(place) for place in ((500, 700), (850, 1_050), (990, 1_390))} == {(255, 255, 255)}
    assert shown.convert("L").crop((0, 0, 200, 60)).getextrema()[0] < 100  # "hello"


def program_that(does: str) -> Callable[[Path], Chromium]:
    def made(tmp_path: Path) -> Chromium:
        folder = tmp_path / "programs"
        folder.mkdir()
        programs(folder, "prlimit")
        script = folder / "chromium"
        script.write_text(
            '#!/bin/sh\nfor word; do case $word in --screenshot=*) file="${word#--screenshot=}" ;; esac; done\n' + does
        )
        script.chmod(0o755)
        return Chromium(as_root=True, path=str(folder))

    return made


WRONG = {
    "says why": ("echo first; echo 'No usable sandbox!' >&2; exit 1", r"took none: No usable sandbox!$"),
    "says nothing": ("exit 0", "without a word why"),
    "takes no picture": ('echo hello > "$file"', "is none"),
    "takes an empty one": (': > "$file"', "is none"),
    "takes a huge one": (
        f'{{ printf "\\211PNG\\r\\n\\032\\n"; head -c {PICTURE_BYTES} /dev/zero; }} > "$file"',
        "larger than",
    ),
    "says more than is read": ("yes | head -c 1000000; exit 1", "took none"),
}


@pytest.mark.parametrize(("does", "words"), WRONG.values(), ids=WRONG)
def test_a_chromium_that_fails_is_told_of(does: str, words: str, tmp_path: Path, folder: Path) -> None:
    with pytest.raises(OSError, match=words) as caught:
        program_that(does)(tmp_path)(b"<p>", seconds=SECONDS)
    assert str(caught.value.strerror).startswith("no picture of a page: ")
    assert list(folder.iterdir()) == []


def test_a_chromium_that_hangs_is_ended_with_its_children(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(TimeoutError):
        # A number of its own: that of its process is another one in a namespace.
        program_that(f"sleep {1_000_000 + os.getpid()} & wait")(tmp_path)(b"<p>", seconds=2.0)
    assert list(folder.iterdir()) == []
    assert has_ended(f"sleep {1_000_000 + os.getpid()}")


def test_what_it_is_told_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILCHORD_SECRET", "x")
    with pytest.raises(OSError, match=r"took none: C\.UTF-8 secret=\.$"):
        program_that("echo $LC_ALL secret=$MAILCHORD_SECRET.")(tmp_path)(b"<p>", seconds=SECONDS)


def test_without_chromium_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=NOT_INSTALLED):
        Chromium(as_root=True, path=str(tmp_path))(b"<p>", seconds=1.0)


@pytest.mark.skipif(not is_root(), reason="not root")
def test_root_is_refused_unless_wanted(tmp_path: Path) -> None:
    wanted = program_that("exit 0")(tmp_path)
    with pytest.raises(OSError, match=ROOT):
        Chromium(path=wanted.path)(b"<p>", seconds=1.0)


PAGES = [
    "<p>hello",
    '"></iframe><script>alert(1)</script>',
    "'><iframe src=x>",
    "&quot;&gt;&lt;script&gt; {policy} {page} %s",
    "\ufeff<!doctype html><html>",
    "",
]


@pytest.mark.parametrize("page", PAGES)
def test_no_page_gets_out_of_its_frame(page: str) -> None:
    whole = around(page.encode())
    found = re.fullmatch(r'(.*<iframe sandbox="" [^<>]*srcdoc=")([^"]*)("></iframe>)', whole, re.DOTALL)
    assert found is not None
    assert html.unescape(found[2]) == page
    assert "<iframe" not in found[2]
    assert found[1].startswith('<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy"')


@pytest.mark.parametrize("page", [b"\xff\xfe\x00<", b"\x00" * 10, b"\xed\xa0\x80", b"<p>" * PAGE_BYTES], ids=range(4))
def test_pages_of_any_bytes(page: bytes) -> None:
    whole = around(page)
    assert whole.isprintable() or "\0" not in whole
    assert len(whole) < 6 * PAGE_BYTES + 2_000
    whole.encode("utf-8")


def kept(path: Path) -> list[str]:
    return sorted(file.name for file in path.iterdir())


def test_pictures_are_kept_until_there_are_too_many(tmp_path: Path) -> None:
    directory = ScreenshotDirectory(path=tmp_path / "s", most_files=2, most_bytes=1_000)
    for number in range(4):
        file = directory.keep(f"m{number}-1", PNG)
        os.utime(file, (number, number))
    assert kept(directory.path) == ["m2-1.png", "m3-1.png"]
    assert (directory.path / "m3-1.png").read_bytes() == PNG
    assert (directory.path / "m3-1.png").stat().st_mode & 0o777 == 0o600
    assert directory.path.stat().st_mode & 0o777 == 0o700


def test_pictures_are_kept_until_they_are_too_large(tmp_path: Path) -> None:
    directory = ScreenshotDirectory(path=tmp_path, most_files=100, most_bytes=1_000)
    for number in range(4):
        os.utime(directory.keep(f"m{number}", bytes(400)), (number, number))
    assert kept(tmp_path) == ["m2.png", "m3.png"]
    directory.keep("large", bytes(5_000))
    assert kept(tmp_path) == ["large.png"]


@pytest.mark.parametrize("name", ["../../etc/x", "/etc/x", "a\0b", "a" * 500, "ä/ö", "."])
def test_names_lead_nowhere_else(name: str, tmp_path: Path) -> None:
    directory = ScreenshotDirectory(path=tmp_path, most_files=10, most_bytes=1_000)
    assert directory.keep(name, PNG).parent == tmp_path
