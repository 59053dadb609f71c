"""What is known of files, put together as an installation has it: the cage, clamd, lists, the memory in Redis."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs

from mailcore.errors import ConfigurationError
from mailcore.file_settings import Clamd, FileCache, Hashes, HashService, Yara
from mailcore.message import Envelope
from mailcore.sandbox_settings import Sandbox
from mailcore.settings import Redis, Settings
from mailcore.verdict import PoolReport, PoolStatus
from mailio.bounded_memory import LayeredMemory, LocalMemory
from mailio.configuration import default_configs, policy_version
from tasks.known_files import asked_services, file_memory, redis_client
from tasks.pools import build_scanner
from tasks.scanner import Scanner, decoded_parts
from tests import files, mail
from tests.clamd_server import ClamdServer, finds
from tests.redis_server import RedisServer

PROGRAM = files.windows_program()


@pytest.fixture
def clamd() -> Iterator[ClamdServer]:
    with ClamdServer(finds("Win.Test-1", where=b"INFECTED")) as server:
        yield server


def installation(tmp_path: Path, **sections: object) -> Settings:
    return Settings(state_dir=str(tmp_path / "state"), **sections)  # type: ignore[arg-type]


def scanner_of(settings: Settings) -> Scanner:
    return build_scanner(settings, default_configs(), only=("attachments",))


def report_of(scanner: Scanner, *attached: tuple[str, bytes]) -> PoolReport:
    parsed = scanner.parse(mail.mail(text="See the file.", attachments=attached), message_id="m", truncated=False)
    planned = scanner.plan(Envelope(), parsed.message)
    parts = decoded_parts(parsed, planned.works["attachments"])
    return scanner.run("attachments", scanner.view(Envelope(), parsed.message), parts, seconds=20)


def weights(report: PoolReport) -> dict[str, float]:
    return {finding.id: finding.weight for finding in report.findings}


@pytest.mark.parametrize("sandbox", [Sandbox(), Sandbox(enabled=False)], ids=["caged", "in place"])
def test_clamd_is_shown_files_from_inside_of_the_cage(tmp_path: Path, clamd: ClamdServer, sandbox: Sandbox) -> None:
    scanner = scanner_of(installation(tmp_path, sandbox=sandbox, clamd=Clamd(socket=clamd.address)))
    report = report_of(scanner, ("a.txt", b"INFECTED"), ("b.txt", b"good"))
    assert weights(report)["clamav_found_malware"] == 15.0
    assert sorted(clamd.streams) == [b"INFECTED", b"good"]
    assert report_of(scanner, ("a.txt", b"INFECTED"), ("b.txt", b"good")).from_cache
    assert len(clamd.streams) == 2, "what is remembered is not shown again"


@pytest.mark.parametrize(
    ("required", "status"), [(False, PoolStatus.OK), (True, PoolStatus.PARTIAL)], ids=["may be away", "required"]
)
def test_an_absent_clamd_is_visible(tmp_path: Path, required: bool, status: PoolStatus) -> None:
    options = Clamd(socket="unix:/nonexistent/clamd", required=required)
    report = report_of(scanner_of(installation(tmp_path, clamd=options)), ("a.txt", b"text"))
    assert report.status is status
    assert "clamd" in report.files[0].note
    assert not report.from_cache


def test_intake_never_waits_for_clamd(tmp_path: Path, clamd: ClamdServer) -> None:
    message = mail.mail(text="x", attachments=[("a.txt", b"text")])
    for socket, light in (("", True), (clamd.address, False)):
        scanner = scanner_of(installation(tmp_path, clamd=Clamd(socket=socket)))
        planned = scanner.plan(Envelope(), scanner.parse(message, message_id="m", truncated=False).message)
        assert planned.works["attachments"].light is light


def test_lists_of_hashes(tmp_path: Path) -> None:
    (tmp_path / "block.txt").write_text(f"{hashlib.sha256(b'bad').hexdigest()}  Loader\n")
    (tmp_path / "allow.txt").write_text(f"{hashlib.sha256(PROGRAM).hexdigest()}  our own tool\n")
    scanner = scanner_of(installation(tmp_path, hashes=Hashes(directories=(str(tmp_path),))))
    report = report_of(scanner, ("tool.exe", PROGRAM), ("a.txt", b"bad"))
    assert weights(report) == {"attachment_is_program": 0.0, "file_is_known_malware": 15.0}
    assert weights(report_of(scanner, ("tool.exe", PROGRAM + b"!")))["attachment_is_program"] > 0


def test_own_yara_rules(tmp_path: Path) -> None:
    (tmp_path / "feed").mkdir()
    (tmp_path / "feed" / "mine.yar").write_text('rule marker { strings: $a = "a mark of ours" condition: $a }')
    scanner = scanner_of(installation(tmp_path, yara=Yara(directories=(str(tmp_path),))))
    (finding,) = report_of(scanner, ("a.txt", b"with a mark of ours")).findings
    assert (finding.detail, finding.weight) == ("feed/mine.marker medium", 3.0)


def test_what_was_seen_is_shared_by_all_processes(tmp_path: Path) -> None:
    with RedisServer() as server:
        settings = installation(tmp_path, redis=Redis(broker=server.url(0)))
        assert not report_of(scanner_of(settings), ("a.zip", files.zip_file({"b.txt": b"text"}))).from_cache
        other = scanner_of(settings)
        report = report_of(other, ("a.zip", files.zip_file({"b.txt": b"text"})))
        assert report.from_cache
        assert [file.path for file in report.files] == ["a.zip", "a.zip/b.txt"]
        server.kill()
        assert report_of(other, ("c.txt", b"new")).status is PoolStatus.OK


def test_a_second_sight_costs_less(tmp_path: Path) -> None:
    scanner = scanner_of(installation(tmp_path))
    several = [("a.docx", files.docx(f"Minutes of meeting {number}. " * 4_000)) for number in range(6)]
    report_of(scanner, several.pop())  # loads what the first file needs
    first = min(report_of(scanner, attached).run_ms for attached in several)
    assert min(report_of(scanner, attached).run_ms for attached in several) < first  # text is judged again


@pytest.mark.parametrize("enabled", [True, False])
def test_the_memory_can_be_switched_off(enabled: bool) -> None:
    settings = Settings(file_cache=FileCache(enabled=enabled))
    assert isinstance(file_memory(settings, redis_client(settings)), LocalMemory) is enabled


def test_without_places_in_redis_each_process_remembers_for_itself() -> None:
    settings = Settings(redis=Redis(broker="redis://127.0.0.1:1/0"), file_cache=FileCache(shared_entries=0))
    assert not isinstance(file_memory(settings, redis_client(settings)), LayeredMemory)


def test_keys_come_from_files(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("secret\n")
    service = HashService(url="https://vt.example", key_file=str(tmp_path / "key"))
    assert asked_services({"vt": service, "off": structs.replace(service, enabled=False)})["vt"].key == "secret"
    with pytest.raises(ConfigurationError, match=r"hashes\.services\.vt\.key_file: .*cannot be read"):
        asked_services({"vt": structs.replace(service, key_file=str(tmp_path / "gone"))})


def test_the_version_of_the_policy_follows_what_is_known_of_files(tmp_path: Path) -> None:
    configs = tmp_path / "configs"
    configs.mkdir()
    own = tmp_path / "own"
    own.mkdir()
    service = HashService(url="https://vt.example", key="one")
    settings = Settings(yara=Yara(directories=(str(own),)), hashes=Hashes(services={"vt": service}))
    before = policy_version(settings, configs)
    other_key = structs.replace(settings, hashes=Hashes(services={"vt": structs.replace(service, key="two")}))
    assert policy_version(other_key, configs) == before
    (own / "a.yar").write_text("rule a { condition: true }")
    after = policy_version(settings, configs)
    assert after != before
    assert policy_version(structs.replace(settings, clamd=Clamd(socket="unix:/x")), configs) != after
