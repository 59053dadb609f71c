"""A real Postfix with the lines of the README in front of a whole mailchord: what senders and readers see."""

from __future__ import annotations

import json
import re
import smtplib
import subprocess
from collections.abc import Iterator, Sequence
from email.message import EmailMessage

import pytest

from mailchord.demo_files import GTUBE
from mailchord.postfix import greet, milter_endpoint
from tests.mail import mail
from tests.postfix import Client, PrivatePostfix, Reply, needs_postfix
from tests.system.installation import ROOT, Installation, eventually

pytestmark = [pytest.mark.system, needs_postfix, pytest.mark.timeout(300)]

OUTSIDE = Client(address="203.0.113.9", name="mail.example.net", helo="mail.example.net")
INSIDE = Client(address="127.0.0.1", name="localhost", helo="localhost")
# GTUBE is refused; these recipients want it milder.
STRICT, HELD, TAGGED = "strict@example.org", "held@example.org", "tagged@example.org"
POLICY = {
    "policy": {"recipients": {HELD: {"at_most": "quarantine"}, TAGGED: {"at_most": "tag"}}},
    "networks": {"local_domains": ["example.org"]},
    # The domains that are reserved for examples look alike.
    "rules": {"disabled": ["sender_imitates_our_domain"]},
}
FORGED = (
    ("X-Mailchord-Verdict", "accept"),
    ("X-Mailchord-Score", "-99"),
    ("X-Spam-Flag", "NO"),
    ("x-mailchord-score", "-98"),
)


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with Installation(POLICY) as running:
        yield running


def readme_lines() -> dict[str, str]:
    """The lines for main.cf as the README gives them."""
    [block] = re.findall(r"```\n( *smtpd_milters = .*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    return dict(re.findall(r"^ *(\w+) = (.*)$", block, re.MULTILINE))


@pytest.fixture(scope="module")
def postfix(installation: Installation) -> Iterator[PrivatePostfix]:
    lines = readme_lines() | {"smtpd_milters": milter_endpoint(installation.listen)}
    assert lines["milter_default_action"] == "tempfail"
    with PrivatePostfix(milter=installation.listen, settings=lines) as running:
        yield running


class Sent:
    """A message under a subject of its own, so that tests that share a server find theirs."""

    numbers = iter(range(1_000_000))

    def __init__(
        self, postfix: PrivatePostfix, *, text: str = "Hello Bob", headers: Sequence[tuple[str, str]] = ()
    ) -> None:
        self.subject = f"Message {next(self.numbers):04d}"
        self.raw = mail(subject=self.subject, text=f"{text}\n", headers=headers)
        self._postfix = postfix

    def to(self, *recipients: str, client: Client = OUTSIDE) -> Reply:
        return self._postfix.send(self.raw, recipients=recipients, client=client)

    @property
    def copies(self) -> list[EmailMessage]:
        return [copy for copy in self._postfix.messages() if self.subject in str(copy["Subject"])]

    def delivered(self, count: int = 1) -> list[EmailMessage]:
        assert eventually(lambda: len(self.copies) == count), [str(copy) for copy in self._postfix.messages()]
        return self.copies


def queue_id_in(reply: Reply) -> str:
    return reply.text.rpartition(" ")[2]


def test_good_mail_is_delivered_with_its_verdict(installation: Installation, postfix: PrivatePostfix) -> None:
    sent = Sent(postfix)
    reply = sent.to("bob@example.org")
    assert reply.accepted
    [copy] = sent.delivered()
    line = installation.answered(queue_id_in(reply))
    assert (line["action"], line["direction"], line["client"]) == ("accept", "inbound", "203.0.113.9")
    assert (copy["X-Mailchord-Id"], copy["X-Mailchord-Verdict"]) == (line["id"], "accept")
    assert copy["Subject"] == sent.subject
    assert copy["X-Spam-Flag"] is None


def test_the_line_in_our_log_has_the_queue_id_of_postfix(installation: Installation, postfix: PrivatePostfix) -> None:
    sent = Sent(postfix)
    sent.to("bob@example.org")
    [copy] = sent.delivered()
    found = re.search(r"with E?SMTP id (\w+)", str(copy["Received"]))
    assert found
    assert installation.answered(found[1])["id"] == copy["X-Mailchord-Id"]


def test_suspicious_mail_is_marked(installation: Installation, postfix: PrivatePostfix) -> None:
    sent = Sent(postfix, text=GTUBE)
    reply = sent.to(TAGGED)
    assert reply.accepted
    [copy] = sent.delivered()
    assert copy["Subject"] == f"[SPAM] {sent.subject}"
    assert copy.get_all("X-Spam-Flag") == ["YES"]
    assert str(copy["X-Mailchord-Verdict"]).startswith("tag")
    assert float(copy["X-Mailchord-Score"]) >= 15
    assert "test message" in str(copy["X-Mailchord-Reason"])
    assert installation.answered(queue_id_in(reply))["action"] == "tag"


def test_bad_mail_is_refused_with_the_id_for_whoever_asks(installation: Installation, postfix: PrivatePostfix) -> None:
    sent = Sent(postfix, text=GTUBE)
    reply = sent.to(STRICT)
    found = re.fullmatch(r"5\.7\.1 Message refused by local policy, reference ([0-9a-f-]{20,})", reply.text)
    assert reply.code == 550
    assert found, reply.text
    [line] = [entry for entry in installation.log_lines("message answered") if entry["id"] == found[1]]
    assert line["action"] == "reject"
    told = rf"{line['queue_id']}: milter-reject: END-OF-MESSAGE .*{found[1]}"
    assert eventually(lambda: re.search(told, postfix.log()))
    assert "test message" in " ".join(line["reasons"])
    assert found[1] not in installation.held()
    assert sent.copies == []


def test_held_mail_is_in_the_quarantine_and_nowhere_else(installation: Installation, postfix: PrivatePostfix) -> None:
    sent = Sent(postfix, text=GTUBE)
    reply = sent.to(HELD)
    assert reply.accepted, "the sender is not told"
    line = installation.answered(queue_id_in(reply))
    assert (line["action"], line["outcome"], line["held"]) == ("quarantine", "discard", 1)
    folder = installation.held()[line["id"]]
    stored = (folder / "message.eml").read_bytes()
    assert stored.replace(b"\r\n", b"\n") == sent.raw.replace(b"\r\n", b"\n")
    assert json.loads((folder / "envelope.json").read_bytes())["recipients"] == [HELD]
    assert json.loads((folder / "verdict.json").read_bytes())["findings"]
    other = Sent(postfix)
    other.to(HELD)
    other.delivered()
    assert sent.copies == []


def test_recipients_of_one_message_with_different_policies(installation: Installation, postfix: PrivatePostfix) -> None:
    sent = Sent(postfix, text=GTUBE)
    reply = sent.to(TAGGED, STRICT, HELD)
    assert reply.accepted
    [copy] = sent.delivered()
    assert (copy["X-Original-To"], copy["X-Spam-Flag"]) == (TAGGED, "YES")
    line = installation.answered(queue_id_in(reply))
    assert (line["action"], line["held"]) == ("tag", 2)
    envelope = json.loads((installation.held()[line["id"]] / "envelope.json").read_bytes())
    assert sorted(envelope["recipients"]) == [HELD, STRICT]


@pytest.mark.parametrize(
    "odd", ['"odd one"@example.org', '"a\\"b"@example.org', "bob+tag@example.org", "BIG@EXAMPLE.ORG"]
)
def test_recipients_with_odd_addresses_are_taken_off_too(
    installation: Installation, postfix: PrivatePostfix, odd: str
) -> None:
    """Postfix deletes only a recipient that is named exactly as it was given."""
    sent = Sent(postfix, text=GTUBE)
    reply = sent.to(TAGGED, odd)
    assert reply.accepted
    line = installation.answered(queue_id_in(reply))
    assert line["held"] == 1
    [copy] = sent.delivered()
    assert copy["X-Original-To"] == TAGGED
    assert not postfix.queue()


def test_bounces_are_judged_like_other_mail(installation: Installation, postfix: PrivatePostfix) -> None:
    good, bad = Sent(postfix), Sent(postfix, text=GTUBE)
    assert postfix.send(good.raw, sender="", recipients=["bob@example.org"], client=OUTSIDE).accepted
    assert postfix.send(bad.raw, sender="", recipients=[STRICT], client=OUTSIDE).code == 550
    assert good.delivered()[0]["Return-Path"] == "<>"


def test_mail_of_our_own_users_gets_no_score(installation: Installation, postfix: PrivatePostfix) -> None:
    sent = Sent(postfix)
    reply = sent.to("carol@elsewhere.example", client=INSIDE)
    assert reply.accepted
    [copy] = sent.delivered()
    assert installation.answered(queue_id_in(reply))["direction"] == "outbound"
    assert copy["X-Mailchord-Id"]
    assert [name for name in copy if name.lower().startswith("x-mailchord") and name != "X-Mailchord-Id"] == [
        "X-Mailchord-Loop"
    ]
    assert copy["X-Spam-Flag"] is None


@pytest.mark.parametrize("client", [OUTSIDE, INSIDE], ids=["inbound", "outbound"])
def test_forged_verdicts_are_removed(postfix: PrivatePostfix, client: Client) -> None:
    sent = Sent(postfix, headers=FORGED)
    assert sent.to("carol@elsewhere.example", client=client).accepted
    [copy] = sent.delivered()
    assert copy.get_all("X-Mailchord-Verdict", []) == (["accept"] if client is OUTSIDE else [])
    assert [score for score in copy.get_all("X-Mailchord-Score", []) if float(score) < 0] == []
    assert len(copy.get_all("X-Mailchord-Score", [])) == (client is OUTSIDE)
    assert copy["X-Spam-Flag"] is None


def test_many_messages_on_one_connection(installation: Installation, postfix: PrivatePostfix) -> None:
    """The state of one message must not reach into the next one of the session."""
    good, bad, last = Sent(postfix), Sent(postfix, text=GTUBE), Sent(postfix)
    codes = postfix_session(postfix, [good.raw, bad.raw, last.raw])
    assert codes == [250, 550, 250]
    good.delivered()
    last.delivered()
    assert bad.copies == []


def postfix_session(postfix: PrivatePostfix, messages: Sequence[bytes]) -> list[int]:
    codes = []
    with smtplib.SMTP("127.0.0.1", postfix.port, timeout=60) as smtp:
        greet(smtp, OUTSIDE)
        for raw in messages:
            smtp.mail("sender@example.net")
            smtp.rcpt("bob@example.org")
            codes.append(smtp.data(raw)[0])
    return codes


def has_arrived(sent: Sent, postfix: PrivatePostfix) -> bool:
    postfix.flush()
    return bool(sent.copies)


def submit(postfix: PrivatePostfix, raw: bytes, recipient: str) -> None:
    """As a program on this machine does, with sendmail(1)."""
    command = ["/usr/sbin/sendmail", "-C", str(postfix.directory / "config"), "-f", "cron@example.org", recipient]
    subprocess.run(command, input=raw.replace(b"\r\n", b"\n"), check=True, timeout=30)


def test_while_mailchord_is_away_mail_is_deferred_and_none_is_lost(
    installation: Installation, postfix: PrivatePostfix
) -> None:
    installation.stop()
    try:
        from_outside, from_here = Sent(postfix), Sent(postfix)
        reply = from_outside.to("bob@example.org")
        assert (reply.code, reply.text[:5]) in ((451, "4.7.1"), (451, "4.3.0")), reply
        submit(postfix, from_here.raw, "bob@example.org")
        postfix.flush()
        assert from_outside.copies == from_here.copies == []
    finally:
        installation.start()
    assert from_outside.to("bob@example.org").accepted, "the sender tries again"
    assert from_outside.delivered()[0]["X-Mailchord-Verdict"] == "accept"
    # pickup(8) looks at what it could not hand over once a minute; `postfix flush` wakes it.
    assert eventually(lambda: has_arrived(from_here, postfix), seconds=90, pause=1.0), postfix.log()[-2000:]
    [copy] = from_here.delivered()
    assert copy["X-Mailchord-Id"], "judged as well: non_smtpd_milters"
