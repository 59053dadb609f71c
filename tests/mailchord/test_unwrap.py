"""`mailchord unwrap` and `mailchord safe-links`: every hop is named, and nothing steers the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailchord.__main__ import main
from mailchord.unwrap import unwrapped
from mailcore import safe_links

BASE = "https://links.example.org/s"
KEYS = safe_links.make_keys([b"k" * 32])
NOW = 1_700_000_000.0
SERVICE = "https://nam02.safelinks.protection.outlook.com/?url={}&data=x"


def safe(target: str, keys: safe_links.Keys = KEYS) -> str:
    url = safe_links.make(target, base_url=BASE, key=keys.signing, reference="id-1", issued_at=NOW, days=30)
    assert url is not None
    return url


def lines(url: str, *, base_url: str = BASE, keys: safe_links.Keys | None = KEYS, now: float = NOW) -> list[str]:
    return list(unwrapped(url, base_url=base_url, keys=keys, now=now))


def test_every_hop_is_named() -> None:
    inner = SERVICE.format("https%3A%2F%2Fexample.com%2Fx")
    found = lines(safe(inner))

    assert found == [
        f"safe link  {safe(inner)}",
        "             ours, of 2023-11-14, expires 2023-12-14, message id-1",
        f"safelinks  {inner}",
        "target     https://example.com/x",
    ]


def test_a_safe_link_behind_a_service() -> None:
    inner = safe("https://example.com/")

    assert lines(SERVICE.format(inner))[-1] == "target     https://example.com/"


@pytest.mark.parametrize(
    ("keys", "base_url", "now", "said"),
    [
        (None, BASE, NOW, "not checked"),
        (safe_links.make_keys([b"x" * 32]), BASE, NOW, "unknown key: our click service refuses it"),
        (KEYS, "https://other.example/s", NOW, "of another click service"),
        (KEYS, "", NOW, "of another click service"),
        (KEYS, BASE, NOW + 10**9, "expired 2023-12-14"),
    ],
)
def test_what_a_signature_is_worth(keys: safe_links.Keys | None, base_url: str, now: float, said: str) -> None:
    assert said in lines(safe("https://example.com/"), base_url=base_url, keys=keys, now=now)[1]


def test_what_may_lead_on_is_said_besides() -> None:
    url = "https://example.com/login?next=https%3A%2F%2Fother.example%2F"

    assert lines(url) == [f"target     {url}", "inside     https://other.example/"]


@pytest.mark.parametrize("url", ["", "hello", "mailto:a@example.com", "javascript:alert(1)"])
def test_no_link(url: str) -> None:
    assert lines(url) == []


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "mailchord.yaml"
    config.write_text(f"state_dir: {tmp_path}\nsafe_links: {{enabled: true, base_url: '{BASE}'}}\n")
    options = ["-c", str(config)]

    assert main([*options, "safe-links", "key", "list"]) == 2
    assert "mailchord safe-links key new" in capsys.readouterr().err
    assert main([*options, "safe-links", "key", "new"]) == 0
    assert "stay valid" not in capsys.readouterr().out
    assert main([*options, "safe-links", "key", "list"]) == 0
    assert len(capsys.readouterr().out.split()) == 1
    assert main([*options, "unwrap", "https://example.com/\x1b[2J", "nothing"]) == 1
    out, err = capsys.readouterr()
    assert out == "target     https://example.com/\\x1b[2J\n\n"
    assert "no link: nothing" in err
