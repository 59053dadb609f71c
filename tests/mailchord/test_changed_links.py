"""`mailchord scan --rewritten` shows a message as it would be delivered, `mailchord check` whether it can be."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from mailchord.__main__ import parse_arguments
from mailchord.check import Findings, check_links_changed
from mailchord.scan import link_changes_of, write_rewritten
from mailcore.errors import ConfigurationError
from mailcore.message import Envelope
from mailcore.safe_link_settings import Arc, SafeLinks
from mailcore.settings import Settings
from mailcore.verdict import Action, Verdict
from mailio.safe_link_keys import make_new_key
from tests.workers.auth.signing import rsa_key

BASE = "https://links.example.org/s"
RAW = b"From: a@example.com\r\n\r\nSee https://www.example.com/x\r\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(state_dir=str(tmp_path), safe_links=SafeLinks(enabled=True, base_url=BASE))
    make_new_key(tmp_path / "safe-links", now=1.0)
    return made


def scan(*words: str) -> object:
    return parse_arguments(["scan", *words])


@pytest.mark.parametrize(
    ("action", "changed"),
    [(Action.ACCEPT, True), (Action.TAG, True), (Action.QUARANTINE, False), (Action.REJECT, False)],
)
def test_rewritten(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], action: Action, changed: bool
) -> None:
    file = tmp_path / "out.eml"
    changes = link_changes_of(scan("--rewritten", str(file), "x.eml"), settings)  # type: ignore[arg-type]
    assert changes is not None
    write_rewritten(file, RAW, Envelope(), Verdict(id="id-1", action=action), changes)

    assert (file.read_bytes() != RAW) == changed
    assert (BASE.encode() in file.read_bytes()) == changed
    assert f"{int(changed)} links changed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "enabled", "problem"),
    [
        (("--rewritten", "/x", "a"), False, "safe_links.enabled is off"),
        (("--rewritten", "/x", "a", "b"), True, "one message"),
    ],
)
def test_what_cannot_be_rewritten(settings: Settings, words: tuple[str, ...], enabled: bool, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        link_changes_of(scan(*words), settings if enabled else Settings())  # type: ignore[arg-type]


def test_nobody_asks(settings: Settings) -> None:
    assert link_changes_of(scan("a", "b"), settings) is None  # type: ignore[arg-type]


def checked(settings: Settings) -> Findings:
    found = Findings()
    check_links_changed(settings, found)
    return found


def with_arc(settings: Settings, file: Path) -> Settings:
    return Settings(
        state_dir=settings.state_dir,
        safe_links=settings.safe_links,
        arc=Arc(domain="example.org", selector="a", key_file=str(file)),
    )


def test_without_a_seal_there_is_a_note(settings: Settings) -> None:
    found = checked(settings)

    assert not found.problems
    assert ["set arc" in note for note in found.notes] == [True]
    assert f"signs links to {BASE}" in found.passed[0]


def test_with_a_seal_there_is_none(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "arc.pem"
    encoding, form, plain = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.write_bytes(rsa_key(2_048).private_bytes(encoding, form, plain))
    file.chmod(0o600)
    found = checked(with_arc(settings, file))

    assert (found.problems, found.notes) == ([], [])
    assert "a._domainkey.example.org" in found.passed[0]


def test_what_is_switched_off_is_not_mentioned() -> None:
    found = checked(Settings())

    assert (found.problems, found.notes, found.passed) == ([], [], [])


def test_keys_that_cannot_be_used_are_problems(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "arc.pem").write_text("no key")
    (tmp_path / "arc.pem").chmod(0o600)

    assert "expected an RSA key" in checked(with_arc(settings, tmp_path / "arc.pem")).problems[0]
    assert "cannot be read" in checked(with_arc(settings, tmp_path / "missing.pem")).problems[0]
    (tmp_path / "arc.pem").chmod(0o644)
    assert "others can read" in checked(with_arc(settings, tmp_path / "arc.pem")).problems[0]
    for key in (tmp_path / "safe-links").iterdir():
        key.unlink()
    assert "mailchord safe-links key new" in checked(settings).problems[0]
