"""`mailchord doctor` about the DNS."""

from __future__ import annotations

from pathlib import Path

import dns.flags
import dns.rcode
import pytest

from mailchord.checkup import Level, Result
from mailchord.checkup_dns import check_dns, nameservers
from mailcore.settings import Dns, Settings
from tests.dns_proxy import Behaviour, DnsProxy, deaf, says


def checked(servers: tuple[str, ...] = (), **files: Path) -> list[Result]:
    return list(check_dns(Settings(dns=Dns(servers=servers, lookup_seconds=0.2, retries=0)), **files))


@pytest.mark.parametrize(
    ("behave", "level", "words"),
    [
        pytest.param(says("@ A 192.0.2.1"), Level.OK, "does not validate", id="answers"),
        pytest.param(says("@ A 192.0.2.1", flags=dns.flags.AD), Level.OK, ", validates", id="validates"),
        pytest.param(says(), Level.OK, "answers in", id="knows nothing, but answers"),
        pytest.param(says(rcode=dns.rcode.REFUSED), Level.FAIL, "server failed", id="refuses"),
        pytest.param(deaf, Level.FAIL, "timeout", id="is silent"),
    ],
)
def test_a_resolver(behave: Behaviour, level: Level, words: str) -> None:
    with DnsProxy(behave=behave) as server:
        (result,) = checked((server.address,))
    assert result.level is level
    assert words in result.says


def test_every_resolver_is_asked() -> None:
    with DnsProxy(behave=says("@ A 192.0.2.1")) as one, DnsProxy(behave=deaf) as other:
        assert [result.level for result in checked((one.address, other.address))] == [Level.OK, Level.FAIL]


def test_a_slow_resolver_is_a_warning() -> None:
    with DnsProxy(behave=says("@ A 192.0.2.1"), delay=1.1) as slow:
        (result,) = check_dns(Settings(dns=Dns(servers=(slow.address,))))
    assert result.level is Level.WARN


def test_a_server_without_sense() -> None:
    (result,) = checked(("resolver.example",))
    assert result.level is Level.FAIL


def test_no_resolver_at_all(tmp_path: Path) -> None:
    (result,) = checked(resolv_conf=tmp_path / "resolv.conf")
    assert result.level is Level.FAIL


# Loopback stands for the public address: a test asks nobody outside.
def test_a_public_resolver_behind_the_one_of_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    behind = tmp_path / "behind"
    behind.write_text("# by systemd-resolved\nnameserver 8.8.8.8\nnameserver 192.0.2.53\nsearch example.com\n")
    monkeypatch.setattr(
        "mailchord.checkup_dns._check_answer", lambda server, _: Result(name="", level=Level.OK, says="")
    )
    results = checked(("127.0.0.53",), behind=behind)
    assert [result.level for result in results] == [Level.OK, Level.WARN]
    assert "Google" in results[1].says


@pytest.mark.parametrize(
    ("server", "warnings"),
    [
        ("1.1.1.1", 1),
        ("1.1.1.1:53", 1),
        ("[2606:4700:4700::1111]:53", 1),
        ("2606:4700:4700:0::1111", 1),
        ("127.0.0.1", 0),
        ("192.0.2.53:5353", 0),
        ("11.1.1.1", 0),
    ],
)
def test_which_are_public(server: str, warnings: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "mailchord.checkup_dns._check_answer", lambda server, _: Result(name="", level=Level.OK, says="")
    )
    assert sum(result.level is Level.WARN for result in checked((server,))) == warnings


def test_resolv_conf(tmp_path: Path) -> None:
    path = tmp_path / "resolv.conf"
    path.write_text("# nameserver 192.0.2.1\nnameserver 192.0.2.2\n\toptions x\nnameserver\nnameserver ::1 # local\n")
    assert nameservers(path) == ["192.0.2.2", "::1"]


def test_a_zone_file_in_place_of_the_dns_is_pointed_out(tmp_path: Path) -> None:
    (result,) = check_dns(Settings(dns=Dns(servers=("192.0.2.1",), zone_file=str(tmp_path / "zone"))))
    assert result.level is Level.WARN
    assert "stands in for the DNS" in result.says
