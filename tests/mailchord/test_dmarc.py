"""`mailchord dmarc`: what was counted is listed, written as files and mailed once, to those who may get it."""

from __future__ import annotations

import email
import email.policy
import gzip
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from msgspec.structs import replace

from mailchord.__main__ import main
from mailcore.authentication import PublishedDmarc
from mailcore.dmarc_report_settings import DmarcReports
from mailcore.dmarc_rows import row_of
from mailcore.verdict import Action
from mailio.dmarc_store import DmarcStore, DomainRows, begin_of, utc_day
from tests.mailcore.report_schema import RFC_7489, problems
from tests.mailcore.test_dmarc_rows import FAILED, PASSED, PUBLISHED
from tests.redis_server import RedisServer
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.system

ZONE = """
_dmarc.example.com TXT "v=DMARC1; p=reject; rua=mailto:rua@example.com"
_dmarc.other.example TXT "v=DMARC1; p=none"
other.example._report._dmarc.reports.example.net TXT "v=DMARC1"
slow.example._report._dmarc.reports.example.net STATUS timeout
"""
Run = Callable[..., tuple[int, str]]


def yesterday(ago: int = 1) -> object:
    return utc_day(time.time()) - timedelta(days=ago)


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as running:
        yield running


@pytest.fixture
def store(server: RedisServer) -> DmarcStore:
    server.client().flushall()
    return DmarcStore(server.client(2), DmarcReports())


@pytest.fixture
def run(
    server: RedisServer,
    sink: SmtpSink,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    zone = tmp_path / "zone"
    zone.write_text(ZONE)
    monkeypatch.setenv("MAILCHORD_DNS__ZONE_FILE", str(zone))

    def run_one(*words: str, **settings: object) -> tuple[int, str]:
        reports = {"send": True, "from_address": "noreply@our.example", "relay": sink.relay, **settings}
        lines = "".join(f"  {name}: {value}\n" for name, value in reports.items())
        config = tmp_path / "mailchord.yaml"
        config.write_text(f"redis: {{broker: '{server.url()}'}}\ndmarc_reports:\n{lines}state_dir: '{tmp_path}'\n")
        status = main(["-c", str(config), "dmarc", *words])
        said = capsys.readouterr()
        return status, said.out + said.err

    return run_one


def count(
    store: DmarcStore,
    domain: str = "example.com",
    *,
    ago: int = 1,
    times: int = 3,
    report_to: tuple[str, ...] = ("mailto:rua@example.com",),
) -> None:
    """Messages of a day that is over: some that passed, and one that was refused."""
    rows = {}
    for auth, action, messages in ((PASSED, Action.ACCEPT, times), (FAILED, Action.REJECT, 1)):
        noted = row_of(replace(auth, dmarc_domain=domain, from_domain=domain), action)
        assert noted is not None
        rows[noted.row] = messages
    published = replace(PUBLISHED, report_to=report_to)
    store.add([DomainRows(day=utc_day(time.time() - ago * 86_400), domain=domain, published=published, rows=rows)])


def test_list_says_what_was_counted(run: Run, store: DmarcStore) -> None:
    count(store)
    count(store, "other.example", ago=0, times=7)
    store.add_lost(utc_day(time.time() - 86_400), 2)
    status, said = run("list", send=False, from_address="''")
    assert status == 0
    assert said.splitlines() == [
        f"{yesterday()}: 4 messages of 1 domains, 2 more could not be counted",
        "  example.com  4",
        f"{yesterday(0)} (not over yet): 8 messages of 1 domains",
        "  other.example  8",
    ]


def test_list_of_one_day_and_domain(run: Run, store: DmarcStore) -> None:
    count(store)
    count(store, "other.example")
    count(store, "other.example", ago=2)
    _, said = run("list", "--day", str(yesterday()), "--domain", "other.example")
    assert said.splitlines() == [f"{yesterday()}: 8 messages of 2 domains", "  other.example  4"]


def test_written_files_are_reports(run: Run, store: DmarcStore, tmp_path: Path) -> None:
    count(store)
    count(store, "other.example")
    count(store, "today.example", ago=0)
    status, said = run("write", str(tmp_path / "a" / "reports"))
    files = sorted((tmp_path / "a" / "reports").iterdir())
    assert (status, len(files)) == (0, 2), "not of the day that is not over"
    assert sorted(said.split()) == [str(file) for file in files]
    begin = begin_of(utc_day(time.time() - 86_400))
    assert files[0].name.startswith(f"our.example!example.com!{begin}!{begin + 86_399}!")
    root = fromstring(gzip.decompress(files[0].read_bytes()))
    assert problems(root, RFC_7489) == []
    assert sum(int(element.text or "") for element in root.iter("count")) == 4
    before = files[0].read_bytes()
    run("write", str(tmp_path / "a" / "reports"))
    assert files[0].read_bytes() == before
    assert len(list((tmp_path / "a" / "reports").iterdir())) == 2


def test_two_domains_as_long_as_they_can_be_still_make_a_file(run: Run, store: DmarcStore, tmp_path: Path) -> None:
    count(store, ".".join(["a" * 60] * 4))
    status, _ = run("write", str(tmp_path / "r"), from_address=f"x@{'.'.join(['b' * 60] * 4)}")
    [file] = (tmp_path / "r").iterdir()
    assert status == 0
    assert file.name.endswith(".xml.gz")
    assert len(file.name) <= 255


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("write", "/proc/nowhere"), "/proc/nowhere"),
        (("write", "DIR", "--day", "TODAY"), "not over"),
        (("send", "--day", "TODAY"), "not over"),
    ],
    ids=["no directory", "write today", "send today"],
)
def test_what_cannot_be_done_is_one_line(run: Run, store: DmarcStore, words: tuple[str, ...], says: str) -> None:
    count(store)
    status, said = run(*(word.replace("TODAY", str(yesterday(0))) for word in words))
    assert status == 2
    assert says in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("settings", [{"send": False}, {"from_address": "''"}, {"relay": "nowhere"}])
def test_nothing_is_sent_unless_it_is_set_up(
    run: Run, store: DmarcStore, sink: SmtpSink, settings: dict[str, object]
) -> None:
    count(store)
    status, said = run("send", **settings)
    assert (status, sink.taken) == (2, [])
    assert "dmarc_reports." in said


def test_report_is_sent_once(run: Run, store: DmarcStore, sink: SmtpSink) -> None:
    count(store, report_to=("mailto:rua@example.com!10m", "mailto:second@example.com"))
    status, said = run("send")
    assert (status, len(said.splitlines())) == (0, 2)
    assert [(mail.sender, mail.recipient) for mail in sink.taken] == [
        ("noreply@our.example", "rua@example.com"),
        ("noreply@our.example", "second@example.com"),
    ]
    message = email.message_from_bytes(sink.taken[0].data, policy=email.policy.default)
    assert message["Subject"].startswith("Report Domain: example.com Submitter: our.example Report-ID: <")
    [attachment] = message.iter_attachments()
    assert attachment.get_content_type() == "application/gzip"
    root = fromstring(gzip.decompress(attachment.get_payload(decode=True)))
    assert sum(int(element.text or "") for element in root.iter("count")) == 4
    assert run("send") == (0, ""), "once is enough"
    assert len(sink.taken) == 2
    _, listed = run("list")
    assert "rua@example.com: sent" in listed


def test_every_day_that_is_kept_is_sent(run: Run, store: DmarcStore, sink: SmtpSink) -> None:
    for ago in (0, 1, 2, 3):
        count(store, ago=ago)
    assert run("send")[0] == 0
    assert len(sink.taken) == 3


def test_dry_run_sends_nothing_and_marks_nothing(run: Run, store: DmarcStore, sink: SmtpSink) -> None:
    count(store)
    status, said = run("send", "--dry-run", send=False)
    assert (status, sink.taken) == (0, [])
    assert "would be sent to rua@example.com, 4 messages" in said
    run("send")
    assert len(sink.taken) == 1


def test_others_get_reports_only_with_their_consent(run: Run, store: DmarcStore, sink: SmtpSink) -> None:
    to = ("mailto:r@reports.example.net",)
    count(store, "other.example", report_to=to)
    count(store, "stranger.example", report_to=("mailto:victim@example.org", "https://example.org/dmarc"))
    status, said = run("send")
    assert status == 0
    assert [mail.recipient for mail in sink.taken] == ["r@reports.example.net"]
    assert "stranger.example: not to mailto:victim@example.org: no consent" in said
    assert "stranger.example: not to https://example.org/dmarc: no mail address" in said


def test_dns_that_does_not_answer_leaves_it_for_later(run: Run, store: DmarcStore, sink: SmtpSink) -> None:
    count(store, "slow.example", report_to=("mailto:r@reports.example.net", "mailto:own@slow.example"))
    status, said = run("send")
    assert (status, [mail.recipient for mail in sink.taken]) == (1, ["own@slow.example"])
    assert "the DNS did not answer" in said
    assert run("send")[0] == 1
    assert len(sink.taken) == 1


def test_relay_that_asks_for_patience_is_asked_again(run: Run, store: DmarcStore, sink: SmtpSink) -> None:
    count(store, report_to=("mailto:rua@example.com", "mailto:second@example.com"))
    sink.replies["rua@example.com"] = "450 4.2.0 come back"
    status, said = run("send")
    assert (status, "later to rua@example.com: 450 4.2.0 come back" in said) == (1, True)
    del sink.replies["rua@example.com"]
    assert run("send")[0] == 0
    assert [mail.recipient for mail in sink.taken] == ["second@example.com", "rua@example.com"]


def test_refusal_is_final_until_somebody_asks_again(run: Run, store: DmarcStore, sink: SmtpSink) -> None:
    count(store)
    sink.replies["rua@example.com"] = "550 5.1.1 no such user"
    assert run("send")[0] == 0
    sink.replies.clear()
    assert run("send") == (0, "")
    assert "rua@example.com: refused: 550 5.1.1 no such user" in run("list")[1]
    assert run("send", "--again")[0] == 0
    assert [mail.recipient for mail in sink.taken] == ["rua@example.com"]
    assert run("send", "--again") == (0, ""), "who has it does not get it again"


@pytest.mark.parametrize(
    ("limit", "most_bytes"), [("!100", 10_000_000), ("!1k", 10_000_000), ("", 500)], ids=["rua=", "rua= in k", "ours"]
)
def test_too_large_is_not_sent(run: Run, store: DmarcStore, sink: SmtpSink, limit: str, most_bytes: int) -> None:
    count(store, report_to=(f"mailto:rua@example.com{limit}",))
    status, said = run("send", most_bytes=most_bytes)
    assert (status, sink.taken) == (0, [])
    assert "are allowed" in said


def test_report_that_another_process_is_sending_is_left_alone(run: Run, store: DmarcStore, sink: SmtpSink) -> None:
    count(store)
    store.claim(utc_day(time.time() - 86_400), "example.com")
    _, said = run("send")
    assert "another process is sending it" in said
    assert sink.taken == []
    store.release(utc_day(time.time() - 86_400), "example.com")
    run("send")
    assert len(sink.taken) == 1


def test_hostile_addresses_reach_no_header_and_no_envelope(run: Run, store: DmarcStore, sink: SmtpSink) -> None:
    hostile = ("mailto:a%0d%0aRCPT%20TO:<x@y>@example.com", "mailto:%3cx%3e@example.com", "mailto:a@example.com%0a")
    count(store, report_to=hostile)
    status, said = run("send")
    assert (status, sink.taken) == (0, [])
    assert said.count("no mail address") == 3


def test_what_strangers_write_does_not_steer_the_terminal(run: Run, store: DmarcStore, sink: SmtpSink) -> None:
    count(store, report_to=("mailto:\x1b[2Ja@example.com", "mailto:rua@example.com"))
    sink.replies["rua@example.com"] = "550 \x1b]0;gotcha\x07"
    _, said = run("send")
    assert "\x1b" not in said + run("list")[1]
    assert r"mailto:\x1b[2Ja@example.com" in said


def test_relay_that_is_away_is_not_asked_for_every_report(run: Run, store: DmarcStore, sink: SmtpSink) -> None:
    for number in range(6):
        count(store, f"d{number}.example", report_to=(f"mailto:rua@d{number}.example",))
    status, said = run("send", relay="127.0.0.1:1")
    assert status == 1
    assert said.count("later to rua@") == 1
    assert said.splitlines()[-1].endswith("all others are left for later")
    assert run("send")[0] == 0
    assert len(sink.taken) == 6


def test_what_is_missing_is_said_in_the_report(
    server: RedisServer, run: Run, store: DmarcStore, tmp_path: Path
) -> None:
    small = DmarcStore(server.client(2), DmarcReports(most_domain_rows=1))
    count(small)
    run("write", str(tmp_path / "r"))
    [file] = (tmp_path / "r").iterdir()
    root = fromstring(gzip.decompress(file.read_bytes()))
    assert "1 more messages" in (root.findtext("report_metadata/error") or "")


def test_state_that_is_away_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    config = tmp_path / "other" / "mailchord.yaml"
    config.write_text(f"redis: {{broker: 'unix://{tmp_path}/none.sock'}}\n")
    assert main(["-c", str(config), "dmarc", "list"]) == 2


def test_record_that_wants_no_reports_any_more_gets_none(run: Run, store: DmarcStore, sink: SmtpSink) -> None:
    count(store, report_to=())
    assert run("send") == (0, "")
    assert sink.taken == []
    assert PublishedDmarc().report_to == ()
