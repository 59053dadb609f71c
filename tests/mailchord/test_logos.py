"""`mailchord logos`: a line for each picture of a logo, and none for what is none."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from PIL import Image

from mailchord.__main__ import main
from mailchord.logos import append, unwanted_line_of, wrong_entries, wrong_icons
from mailcore.brands import Brand, BrandIndex
from mailio.list_files import load_list
from tests import files
from tests.files_logos import logo, png
from workers.ocr.fingerprints import distance, is_fingerprint
from workers.ocr.logos import entry_of, fingerprint, read_entries

BRAND = """\
sector: banks
brands:
  - {name: Contoso Bank, domains: [contoso.example], aliases: [CB Online]}
"""
ENTRY = entry_of(fingerprint(logo().convert("L")), "contosobank")


@pytest.fixture
def configs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for folder in ("brands", "lists"):
        (tmp_path / folder).mkdir()
    (tmp_path / "brands" / "own.yaml").write_text(BRAND)
    monkeypatch.setenv("MAILCHORD_CONFIGS_DIR", str(tmp_path))
    return tmp_path


def picture(configs: Path, name: str, data: bytes) -> str:
    path = configs / name
    path.write_bytes(data)
    return str(path)


@pytest.mark.parametrize("name", ["Contoso Bank", "contoso bank", "CB Online"])
def test_a_line_is_printed(name: str, configs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["logos", "add", name, picture(configs, "a.png", png(logo()))]) == 0
    assert capsys.readouterr().out == f"{ENTRY}  # a.png\n"
    assert not (configs / "lists" / "logos.txt").exists()


def test_lines_are_appended_once_and_are_a_list(configs: Path) -> None:
    file = configs / "lists" / "logos.txt"
    file.write_text("# our logos")
    words = ["logos", "add", "Contoso Bank", picture(configs, "a b.png", png(logo())), "--append"]
    assert [main(words), main(words)] == [0, 0]
    assert file.read_text() == f"# our logos\n{ENTRY}  # a b.png\n"
    entries = load_list(file)
    assert isinstance(entries, frozenset)
    assert [known.brand for known in read_entries(entries)] == ["contosobank"]


NO_LOGOS = {
    "no picture": b"hello",
    "nothing": b"",
    "cut off": png(logo())[:200],
    "an even surface": files.blank_picture(300, 100),
    "too many pixels": files.png_header(60_000, 60_000) + bytes(200),
}


@pytest.mark.parametrize("data", NO_LOGOS.values(), ids=NO_LOGOS)
def test_what_is_no_logo_is_said(data: bytes, configs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = picture(configs, "good.png", png(logo()))
    assert main(["logos", "add", "Contoso Bank", picture(configs, "bad\x1b[31m.png", data), good]) == 1
    shown = capsys.readouterr()
    assert shown.out == f"{ENTRY}  # good.png\n"
    assert "bad" in shown.err
    assert "\x1b" not in shown.err


@pytest.mark.parametrize("name", ["Nobody", "", "Contoso"])
def test_brands_that_are_not_known(name: str, configs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["logos", "add", name, picture(configs, "a.png", png(logo()))]) == 2
    assert "there is no brand" in capsys.readouterr().err


def test_a_picture_that_is_not_there(configs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["logos", "add", "Contoso Bank", str(configs / "none.png")]) == 1
    assert "cannot be read" in capsys.readouterr().err


def test_nothing_new_changes_no_file(tmp_path: Path) -> None:
    append(tmp_path / "logos.txt", [])
    assert not (tmp_path / "logos.txt").exists()


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        pytest.param(ENTRY, "", id="a logo"),
        pytest.param("contosobank", "no logo", id="a name"),
        pytest.param(ENTRY.replace("contosobank", "nobody"), "no brand 'nobody'", id="a logo of nobody"),
    ],
)
def test_lines_are_checked(entry: str, words: str) -> None:
    brands = BrandIndex([Brand(name="Contoso Bank", domains=("contoso.example",))])
    found = wrong_entries(frozenset({entry}), brands)
    assert (words in found[0]) if words else found == []


ICON = b"\0\0\1\0 an icon that nobody opens"
SHA256 = hashlib.sha256(ICON).hexdigest()


def test_icons_are_listed_by_what_they_are(configs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = configs / "lists" / "icons.txt"
    words = ["logos", "icon", "CB Online", picture(configs, "favicon.ico", ICON), "0" * 64, "--append"]
    assert [main(words), main(words)] == [0, 0]
    assert file.read_text() == f"{SHA256}:contosobank  # favicon.ico\n{'0' * 64}:contosobank\n"
    assert load_list(file) == {f"{SHA256}:contosobank", f"{'0' * 64}:contosobank"}
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("data", "words"), [(b"", "empty"), (bytes(300_000), "larger than"), (None, "cannot be read")])
def test_what_is_no_icon_is_said(
    data: bytes | None, words: str, configs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = picture(configs, "x.ico", data) if data is not None else str(configs / "none.ico")
    assert main(["logos", "icon", "Contoso Bank", path, "--append"]) == 1
    assert words in capsys.readouterr().err
    assert not (configs / "lists" / "icons.txt").exists()


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        pytest.param(f"{SHA256}:contosobank", "", id="an icon"),
        pytest.param("contosobank", "no icon", id="a name"),
        pytest.param(f"{SHA256[1:]}:contosobank", "no icon", id="cut off"),
        pytest.param(f"{SHA256}:nobody", "no brand 'nobody'", id="an icon of nobody"),
    ],
)
def test_lines_of_icons_are_checked(entry: str, words: str) -> None:
    found = wrong_icons(frozenset({entry}), BrandIndex([Brand(name="Contoso Bank", domains=("contoso.example",))]))
    assert (words in found[0]) if words else found == []


def test_pictures_that_nobody_wants(configs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The brand is asked for nowhere; what looks the same makes the same line."""
    words = ["logos", "unwanted", picture(configs, "a.png", png(logo())), "--append"]
    assert [main(words), main(words)] == [0, 0]
    listed = load_list(configs / "lists" / "unwanted-pictures.txt")
    assert isinstance(listed, frozenset)
    (entry,) = listed
    assert is_fingerprint(entry)
    larger = logo().resize((2 * logo().width, 2 * logo().height))
    assert distance(entry, unwanted_line_of(Path(picture(configs, "b.png", png(larger)))).split()[0]) <= 12
    assert capsys.readouterr().out == f"{entry}  # a.png\n" * 2


@pytest.mark.parametrize(
    "data", [b"hello", b"", png(Image.new("RGB", (600, 400), "white"))], ids=["text", "no", "even"]
)
def test_what_has_no_line(data: bytes, configs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["logos", "unwanted", picture(configs, "bad.png", data), "--append"]) == 1
    assert "bad.png" in capsys.readouterr().err
    assert not (configs / "lists" / "unwanted-pictures.txt").exists()
