"""The command line: exit statuses, one clear line, the flags of FOFF Milter, `scan`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mailchord.__main__ import COMMANDS, main
from tests.mail import mail

GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "mailchord.yaml"
    path.write_text(f"state_dir: {tmp_path}/state\npools:\n  ocr: {{enabled: false}}\nlogging: {{level: error}}\n")
    return path


def scan(capsys: pytest.CaptureFixture[str], config: Path, *words: str) -> tuple[int, str, str]:
    status = main(["-c", str(config), "scan", *words])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_accepted_mail_is_status_0(tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "good.eml"
    file.write_bytes(mail(subject="Lunch", text="Shall we meet at noon?"))
    status, out, _ = scan(capsys, config, str(file))
    assert status == 0
    assert out.startswith(f"{file}: accept (score 0")


def test_one_bad_mail_among_good_ones_is_status_1(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "1.eml").write_bytes(mail(subject="Lunch", text="Noon?"))
    (tmp_path / "2.eml").write_bytes(mail(subject="Test", text=GTUBE))
    status, out, _ = scan(capsys, config, "--json", str(tmp_path / "1.eml"), str(tmp_path / "2.eml"))
    good, bad = (json.loads(line) for line in out.splitlines())
    assert status == 1
    assert (good["action"], bad["action"]) == ("accept", "reject")
    assert sum(finding["score"] for finding in bad["findings"]) == bad["score"]


ZONE = """
example.com        TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.example.com TXT "v=DMARC1; p=reject"
mx.example.com     A   192.0.2.1
1.2.0.192.in-addr.arpa PTR mx.example.com
"""


@pytest.mark.parametrize(
    ("client", "action"), [("192.0.2.1", "accept"), ("198.51.100.9", "reject")], ids=["its own server", "a stranger"]
)
def test_a_zone_file_stands_in_for_the_dns(
    client: str, action: str, tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "zone").write_text(ZONE)
    (tmp_path / "mail.eml").write_bytes(mail(sender="alice@example.com", subject="Lunch", text="Shall we meet?"))
    words = ("--dns-zone", str(tmp_path / "zone"), "--client", client, "--helo", "mx.example.com")
    who = ("--sender", "alice@example.com", "--recipient", "bob@example.org")
    _, out, _ = scan(capsys, config, "--json", *words, *who, str(tmp_path / "mail.eml"))
    scanned = json.loads(out)
    assert scanned["pools"]["auth"]["status"] == "ok"
    assert scanned["action"] == action


WAYS = [
    pytest.param((), "inbound", "", id="nobody knows from where"),
    pytest.param(("--client", "192.0.2.1"), "inbound", "192.0.2.1", id="a stranger"),
    pytest.param(("--client", "192.0.2.1", "--recipient", "b@ours.example"), "inbound", "192.0.2.1", id="to us"),
    pytest.param(("--client", "::ffff:127.0.0.1"), "outbound", "127.0.0.1", id="our network"),
    pytest.param(("--client", "127.0.0.1", "--recipient", "b@ours.example"), "internal", "127.0.0.1", id="among us"),
    pytest.param(("--authenticated", "bob"), "outbound", "", id="logged in"),
    pytest.param(
        ("--authenticated", "bob", "--client", "192.0.2.1", "--recipient", "b@ours.example"),
        "internal", "192.0.2.1", id="logged in, among us",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("words", "direction", "client"), WAYS)
def test_the_direction_is_that_of_the_front(
    words: tuple[str, ...], direction: str, client: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, file = tmp_path / "mailchord.yaml", tmp_path / "mail.eml"
    config.write_text(
        f"state_dir: {tmp_path}/state\npools: {{ocr: {{enabled: false}}, attachments: {{enabled: false}}}}\n"
        "networks: {local_domains: [ours.example]}\n"
        "policy: {directions: {outbound: {thresholds: {tag: 0}}}}\n"
    )
    file.write_bytes(mail(subject="Lunch", text="Shall we meet at noon?"))
    scanned = json.loads(scan(capsys, config, "--json", *words, str(file))[1])
    assert (scanned["envelope"]["direction"], scanned["envelope"]["client_address"]) == (direction, client)
    assert scanned["action"] == ("tag" if direction == "outbound" else "accept")


def test_a_stored_mail_marks_what_is_inferred(tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mail.eml"
    fields = b"Return-Path: <a@example.com>\r\nReceived: from mx.example.com (x [192.0.2.1]) by mx.example.org; x\r\n"
    file.write_bytes(fields + mail(subject="Lunch", text="Shall we meet at noon?"))
    envelope = json.loads(scan(capsys, config, "--json", str(file))[1])["envelope"]
    assert (envelope["client_address"], envelope["helo"], envelope["sender"]) == (
        "192.0.2.1", "mx.example.com", "a@example.com",
    )  # fmt: skip
    assert envelope["inferred"] == ["client_address", "helo", "sender"]
    assert "192.0.2.1 (inferred), HELO mx.example.com (inferred)" in " ".join(
        scan(capsys, config, str(file))[1].split()
    )


@pytest.mark.parametrize(
    ("relays", "action"), [("[192.0.2.16/28]", "reject"), ("[]", "accept")], ids=["a relay of ours", "a stranger"]
)
def test_behind_a_relay_of_our_own_the_client_is_who_it_names(
    relays: str, action: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, file = tmp_path / "mailchord.yaml", tmp_path / "mail.eml"
    config.write_text(
        f"state_dir: {tmp_path}/state\npools: {{ocr: {{enabled: false}}, attachments: {{enabled: false}}}}\n"
        f"networks: {{trusted_relays: {relays}}}\npolicy: {{block: [{{networks: [198.51.100.0/24]}}]}}\n"
    )
    field = b"Received: from mx.sender.example (x [198.51.100.7]) by relay.example.org; x\r\n"
    file.write_bytes(field + mail(subject="Lunch", text="Shall we meet at noon?"))
    scanned = json.loads(
        scan(capsys, config, "--json", "--client", "192.0.2.20", "--sender", "a@b.example", str(file))[1]
    )
    assert scanned["action"] == action
    client = "198.51.100.7" if action == "reject" else "192.0.2.20"
    assert (scanned["envelope"]["client_address"], scanned["envelope"]["inferred"]) == (client, [])


def test_a_client_is_an_address(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        scan(capsys, config, "--client", "mx.example.com", "mail.eml")
    assert "'mx.example.com' is no IP address" in capsys.readouterr().err


def test_a_zone_file_with_an_error_is_named(tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "zone").write_text("a.test A 192.0.2.1\nb.test A here\n")
    (tmp_path / "mail.eml").write_bytes(mail())
    status, _, err = scan(capsys, config, "--dns-zone", str(tmp_path / "zone"), str(tmp_path / "mail.eml"))
    assert status == 2
    assert f"{tmp_path}/zone:2: " in err


def test_json_has_the_documented_keys(tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mail.eml"
    file.write_bytes(mail(subject="Test", text=GTUBE))
    scanned = json.loads(scan(capsys, config, "--json", str(file))[1])
    assert {"id", "file", "action", "score", "category", "partial", "elapsed_ms", "pools", "findings"} <= scanned.keys()
    assert {"status", "ms", "reason"} == scanned["pools"]["content"].keys()
    assert {"id", "pool", "category", "weight", "summary", "detail", "where"} <= scanned["findings"][0].keys()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["scan", "/nowhere/mail.eml"], "/nowhere/mail.eml: No such file", id="file that is not there"),
        pytest.param(["scan", "/"], "Is a directory", id="directory"),
        pytest.param(["-c", "/nowhere.yaml", "scan", "-"], "/nowhere.yaml", id="configuration that is not there"),
        pytest.param(["front"], "redis.broker is not set", id="front without a broker"),
        pytest.param(["worker", "--pools", "nonsense"], "unknown pool 'nonsense'", id="unknown pool"),
    ],
)
def test_what_cannot_run_is_status_2_and_one_line(
    words: list[str], said: str, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = words if "-c" in words else ["-c", str(config), *words]
    assert main(given) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
    assert "Traceback" not in err


def test_no_command_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "no command given" in capsys.readouterr().err


def test_serve_refuses_a_pool_that_no_worker_serves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mailchord.yaml"
    path.write_text(
        f"state_dir: {tmp_path}/state\n"
        "workers:\n- pools: [intake, aggregate]\n- pools: [auth, content, urls, ml, attachments, late]\n"
    )
    assert main(["-c", str(path), "serve"]) == 2
    assert "workers: no group serves ocr" in capsys.readouterr().err


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"mailchord {command}" in capsys.readouterr().out


def test_flags_of_foff_milter(tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mail.eml"
    file.write_bytes(mail(subject="Lunch", text="Noon?"))
    assert main(["-c", str(config), "--test-email", str(file)]) == 0
    assert "accept" in capsys.readouterr().out
