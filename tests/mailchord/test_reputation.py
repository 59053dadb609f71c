"""`mailchord reputation`: what people see, set and make forgotten, on a real server."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from mailchord.__main__ import main
from mailcore.authentication import AuthFacts, AuthResult, AuthSource
from mailcore.hops import Hop
from mailcore.message import Envelope
from mailcore.reputation import BAD, DAY, Evidence, ReputationSettings, Role, Subject
from mailcore.verdict import Action, Verdict
from mailio.quarantine_directory import QuarantineDirectory
from mailio.reputation_store import ReputationStore
from tests.mail import mail
from tests.redis_server import RedisServer

pytestmark = pytest.mark.system
CLIENT = Subject(Role.IP, "192.0.2.7")
ADDRESS = Subject(Role.ADDRESS, "bob@example.com")
PAIR = Subject(Role.PAIR, "bob@example.com anna@example.org")
DOMAIN = Subject(Role.DOMAIN, "example.com")


@pytest.fixture
def store(server: RedisServer) -> ReputationStore:
    server.client().flushall()
    return ReputationStore(server.client(2), ReputationSettings())


@pytest.fixture
def config(server: RedisServer, store: ReputationStore, tmp_path: Path) -> Path:
    path = tmp_path / "mailchord.yaml"
    path.write_text(
        f"state_dir: {tmp_path}/state\nredis: {{broker: '{server.url(0)}'}}\nlogging: {{level: error}}\n",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def command(config: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(config, capsys)


class Command:
    """`mailchord reputation` with these words: exit status, output, errors."""

    def __init__(self, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._config = config
        self._capsys = capsys

    def __call__(self, *words: str) -> tuple[int, str, str]:
        status = main(["-c", str(self._config), "reputation", *words])
        printed = self._capsys.readouterr()
        return status, printed.out, printed.err

    def json(self, *words: str) -> list[dict[str, object]]:
        _, out, _ = self("show", *words, "--json")
        senders: list[dict[str, object]] = json.loads(out)["senders"]
        return senders


def learn(store: ReputationStore, *subjects: Subject, times: int = 3) -> None:
    store.learn(dict.fromkeys(subjects, Evidence(bad=BAD * times, messages=times)), time.time())


def test_what_is_known_of_a_client(command: Command, store: ReputationStore) -> None:
    learn(store, CLIENT)
    status, out, _ = command("show", "192.0.2.7")
    assert status == 0
    assert "-0.60" in out
    assert "192.0.2.0/24" in out
    assert "never" in out
    [client, network] = command.json("192.0.2.7")
    assert (client["kind"], client["score"], client["confidence"], client["messages"]) == ("ip", -0.6, 0.6, 3.0)
    assert (network["kind"], network["score"], network["first_seen"]) == ("network", 0.0, "")


def test_address_is_shown_with_its_domain_and_whom_it_wrote_to(command: Command, store: ReputationStore) -> None:
    learn(store, ADDRESS, PAIR, DOMAIN)
    assert [line["kind"] for line in command.json("bob@example.com")] == ["address", "domain", "dkim"]
    lines = command.json("Bob@Example.com", "--to", "Anna@example.org")
    assert [(line["kind"], line["score"]) for line in lines] == [
        ("address", -0.6),
        ("pair", -0.6),
        ("domain", -0.6),
        ("dkim", 0.0),
    ]


def test_nobody_is_status_1(command: Command) -> None:
    status, out, _ = command("show", "example.com")
    assert status == 1
    assert "never" in out


def test_value_is_set_listed_and_forgotten(command: Command, store: ReputationStore) -> None:
    learn(store, DOMAIN)
    status, out, _ = command("set", "example.com", "0.8", "--days", "30", "--note", "partner since 2019")
    assert (status, out.split(" until ")[0]) == (0, "domain example.com, dkim example.com: +0.80")
    [domain, _] = command.json("example.com")
    assert (domain["score"], domain["confidence"], domain["is_set"]) == (0.8, 1.0, True)
    assert domain["note"] == "partner since 2019"
    _, out, _ = command("show")
    assert "partner since 2019" in out
    assert command("forget", "example.com")[:2] == (0, "domain example.com, dkim example.com: forgotten\n")
    assert command("forget", "example.com")[:2] == (1, "domain example.com, dkim example.com: nothing was known\n")
    assert command("show")[:2] == (0, "nothing was set\n")


def test_bad_score_may_be_given_without_quotes(command: Command) -> None:
    status, out, _ = command("set", "192.0.2.7", "-1")
    assert status == 0
    assert out.startswith("ip 192.0.2.7: -1.00 until ")
    assert [line["is_set"] for line in command.json("192.0.2.7")] == [True, False], "its neighbours are not meant"


def test_only_a_correspondence_is_forgotten(command: Command, store: ReputationStore) -> None:
    learn(store, ADDRESS, PAIR)
    assert command("forget", "bob@example.com", "--to", "anna@example.org")[0] == 0
    kinds = {line["kind"]: line["score"] for line in command.json("bob@example.com", "--to", "anna@example.org")}
    assert (kinds["pair"], kinds["address"]) == (0.0, -0.6)


def test_text_of_strangers_does_not_steer_the_terminal(command: Command, store: ReputationStore) -> None:
    del store
    command("set", "example.com", "1", "--note", "\x1b[2Jgone")
    _, out, _ = command("show")
    assert "\x1b" not in out
    assert "\\x1b[2Jgone" in out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(("show", "10.0.0.1"), "has no history", id="private"),
        pytest.param(("show", "192.0.2.0/25"), "only /24", id="size of a network"),
        pytest.param(("show", "nonsense"), "neither an IP address", id="nothing"),
        pytest.param(("show", "example.com", "--to", "a@example.org"), "goes with an address", id="pair of a domain"),
        pytest.param(("set", "example.com", "2"), "from -1 to 1", id="score"),
        pytest.param(("set", "example.com", "nan"), "from -1 to 1", id="no number"),
        pytest.param(("set", "example.com", "1", "--days", "0"), "--days", id="no time"),
        pytest.param(("set", "example.com", "1", "--days", "inf"), "--days", id="for ever"),
        pytest.param(("learn", "wanted", "no-such-message"), "not in the quarantine", id="no message"),
        pytest.param(("learn", "wanted", "../../etc/passwd"), "not in the quarantine", id="no id"),
    ],
)
def test_mistakes_are_one_line(command: Command, words: tuple[str, ...], expected: str) -> None:
    status, out, err = command(*words)
    assert (status, out) == (2, "")
    assert expected in err
    assert err.count("\n") == 1


def test_store_that_is_away_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mailchord.yaml"
    path.write_text(f"state_dir: {tmp_path}\nredis: {{broker: 'unix://{tmp_path}/none.sock?db=0'}}\n", encoding="utf-8")
    status = main(["-c", str(path), "reputation", "show", "example.com"])
    printed = capsys.readouterr()
    assert (status, printed.out) == (2, "")
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize(("what", "sign"), [("wanted", 1), ("unwanted", -1)])
def test_what_held_mail_was(command: Command, store: ReputationStore, tmp_path: Path, what: str, sign: int) -> None:
    """Only those are judged by it whose part in the message was proven: here not the envelope's domain."""
    learn(store, DOMAIN, CLIENT, times=1)
    auth = AuthFacts(
        source=AuthSource.VERIFIED,
        from_domain="example.com",
        dmarc=AuthResult.PASS,
        spf=AuthResult.FAIL,
        spf_domain="example.net",
    )
    verdict = Verdict(
        id="0123456789ab-held",
        action=Action.QUARANTINE,
        auth=auth,
        border=Hop(address="192.0.2.7", sender="b@example.net"),
    )
    envelope = Envelope(sender="b@example.net", recipients=("anna@example.org",), client_address="192.0.2.7")
    directory = tmp_path / "state" / "quarantine"
    QuarantineDirectory(directory).store(verdict, envelope, mail(sender="Bob <bob@example.com>"))
    status, out, _ = command("learn", what, verdict.id)
    assert status == 0
    assert out == (
        "0123456789ab-held: ip 192.0.2.7, network 192.0.2.0/24, domain example.com, address bob@example.com, "
        f"pair bob@example.com anna@example.org: learned as {what}\n"
    )
    known, _ = store.read([DOMAIN, Subject(Role.DOMAIN, "example.net")], time.time() + 20 * DAY)
    assert known[0].record is not None
    assert (known[0].record.good - known[0].record.bad) * sign > 0
    assert known[1].record is None
