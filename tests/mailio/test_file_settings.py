"""Settings about files: which make sense, what is said about the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailcore.errors import ConfigurationError
from mailio.configuration import load_settings

VT = "kind: virustotal, url: 'https://vt.example', key: k"

GOOD: dict[str, str] = {
    "own directories": "yara: {directories: [/etc/yara]}\nhashes: {directories: [/etc/hashes, /srv/feed]}",
    "a Unix socket": "clamd: {socket: 'unix:/run/clamav/clamd.ctl', required: true}",
    "TCP": "clamd: {socket: 'inet:3310@127.0.0.1'}",
    "TCP over IPv6": "clamd: {socket: 'inet6:3310@[::1]'}",
    "a service": f"hashes: {{services: {{vt: {{{VT}}}}}}}",
    "a service with its key in a file": "hashes: {services: {vt: {url: 'https://vt.example', key_file: /etc/key}}}",
    "a service of ours": "hashes: {services: {m: {url: 'http://misp:8080', key: k, private_addresses: true}}}",
    "a service that is off": "hashes: {services: {vt: {url: 'https://vt.example', enabled: false}}}",
    "two languages": "pictures: {languages: eng+chi_sim}",
    "no memory": "file_cache: {enabled: false, entries: 0, shared_entries: 0}",
}
WRONG: dict[str, tuple[str, str]] = {
    "a relative directory": ("yara: {directories: [rules]}", "yara.directories.0: expected an absolute path"),
    "a relative directory of hashes": ("hashes: {directories: [h]}", "hashes.directories.0: expected an absolute path"),
    "no socket": ("clamd: {socket: /run/clamd.ctl}", "clamd.socket: expected `unix:/absolute/path`"),
    "a port that is none": ("clamd: {socket: 'inet:99999@localhost'}", "clamd.socket: expected"),
    "required without a socket": ("clamd: {required: true}", "clamd.required: there is no clamd.socket"),
    "a service without a key": ("hashes: {services: {vt: {url: 'https://vt.example'}}}", "expected key_file"),
    "two keys": (f"hashes: {{services: {{vt: {{{VT}, key_file: /a}}}}}}", "key is set too"),
    "a service without a URL": ("hashes: {services: {vt: {key: k}}}", "url: expected https://HOST"),
    "a service in the clear": (
        "hashes: {services: {vt: {url: 'http://vt.example', key: k}}}",
        "only with private_addresses",
    ),
    "a key in the URL": (
        "hashes: {services: {vt: {url: 'https://vt.example/?apikey=SECRET', key: k}}}",
        "url: expected",
    ),
    "a name in the URL": ("hashes: {services: {vt: {url: 'https://u:SECRET@vt.example', key: k}}}", "url: expected"),
    "another kind": ("hashes: {services: {vt: {kind: otx, url: 'https://a', key: k}}}", "kind"),
    "a name of two words": (f"hashes: {{services: {{'V T': {{{VT}}}}}}}", "names of services"),
    "an option in the languages": ("pictures: {languages: 'eng --psm 0'}", "languages"),
    "no language": ("pictures: {languages: ''}", "languages"),
    "an unknown key": ("clamd: {sokcet: 'unix:/a'}", "did you mean 'socket'"),
}


def load(tmp_path: Path, text: str) -> None:
    (tmp_path / "mailchord.yaml").write_text(text)
    load_settings(tmp_path / "mailchord.yaml", {})


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_sensible_settings_are_taken(tmp_path: Path, text: str) -> None:
    load(tmp_path, text)


@pytest.mark.parametrize(("text", "words"), WRONG.values(), ids=WRONG)
def test_others_are_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, text)
    assert words in str(caught.value)
    assert "mailchord.yaml:1" in str(caught.value)
    assert "SECRET" not in str(caught.value)


def test_a_key_comes_from_the_environment_or_from_a_file_that_it_names(tmp_path: Path) -> None:
    (tmp_path / "mailchord.yaml").write_text("hashes: {services: {vt: {url: 'https://vt.example'}}}")
    for name, value in (("KEY", "secret"), ("KEY_FILE", "/run/secrets/vt")):
        settings = load_settings(tmp_path / "mailchord.yaml", {f"MAILCHORD_HASHES__SERVICES__VT__{name}": value})
        service = settings.hashes.services["vt"]
        assert value in (service.key, service.key_file)
