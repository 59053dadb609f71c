"""The callbacks, through the real socket: what is negotiated, what the judge gets, what the MTA is told."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from mailchord.postfix import free_port
from mailcore.settings import Mode
from milter_front.marker import digest_of, make_marker
from tests import milter_client
from tests.milter_client import Change, MilterClient
from tests.milter_front.conftest import Start
from tests.milter_front.front_process import MARKER_KEY
from tests.milter_front.running_front import RunningFront, raw_of, settings

Headers = list[tuple[bytes, bytes]]

FROM = (b"From", b" Anna <anna@example.net>")
SUBJECT = (b"Subject", b" Lunch?")


def scripted(**told: str) -> Headers:
    """Header fields with orders for the judge: `action="tag"` becomes `X-Test-Action: tag`."""
    return [
        FROM,
        SUBJECT,
        *((b"X-Test-" + name.title().replace("_", "-").encode(), b" " + text.encode()) for name, text in told.items()),
    ]


def names_added(changes: tuple[Change, ...]) -> list[str]:
    return [change.name.decode() for change in changes if change.kind == "add"]


class TestNegotiation:
    def test_asks_only_for_actions_and_steps_that_it_uses(self, front: RunningFront) -> None:
        with front.client() as client:
            client.negotiate()
            asked = client.actions & ~milter_client.SETSYMLIST
            assert asked == milter_client.ADDHDRS | milter_client.CHGHDRS | milter_client.DELRCPT
            assert client.protocol == (
                milter_client.NOUNKNOWN
                | milter_client.NR_CONN
                | milter_client.NR_HELO
                | milter_client.NR_RCPT
                | milter_client.NR_HDR
                | milter_client.NR_EOH
                | milter_client.SKIP
                | milter_client.HDR_LEADSPC
            )

    def test_asks_only_for_macros_that_it_reads(self, front: RunningFront) -> None:
        with front.client() as client:
            client.negotiate()
            assert client.macro_lists == {
                0: "j {daemon_addr} {if_addr}",
                1: "{tls_version}",
                2: "{auth_authen} {tls_version}",
                3: "i",
                5: "i",
            }

    def test_an_old_mta_without_optional_protocol_bits_is_served(self, front: RunningFront) -> None:
        with front.client() as client:
            client.negotiate(actions=0x3F, protocol=0x7F)
            assert client.protocol == 0
            assert client.connect().outcome == "continue"
            assert client.helo().outcome == "continue"
            assert client.message(scripted(action="reject")).outcome == "reject"

    def test_an_mta_that_cannot_change_headers_is_refused(self, front: RunningFront) -> None:
        with front.client() as client, pytest.raises(ConnectionError):
            client.negotiate(actions=milter_client.ADDHDRS)
        assert front.logged("cannot add, change and delete")


class TestEnvelope:
    def test_macros_and_client_reach_the_judge(self, front: RunningFront) -> None:
        with front.client() as client:
            client.negotiate()
            client.connect(name="mail.example.net", address="198.51.100.7")
            client.macros(b"H", {"{tls_version}": "TLSv1.3"})
            client.helo(b"helo.example.net")
            client.message(
                [FROM],
                sender=b"<anna@example.net>",
                recipients=[b"<bob@example.com>", b"<carol@example.com>"],
                macros={"{auth_authen}": "anna"},
                queue_id="4XyZ12",
            )
        told = front.tell("judged")["envelope"]
        assert isinstance(told, dict)
        assert time.time() - told.pop("received_at") < 60
        assert told == {
            "sender": "anna@example.net",
            "recipients": ["bob@example.com", "carol@example.com"],
            "client_address": "198.51.100.7",
            "client_name": "mail.example.net",
            "helo": "helo.example.net",
            "tls_version": "TLSv1.3",
            "authenticated_user": "anna",
            "queue_id": "4XyZ12",
            "direction": "internal",
        }

    @pytest.mark.parametrize(
        ("argument", "address"),
        [
            pytest.param(b"<>", "", id="null sender"),
            pytest.param(b'<"a b@c"@example.net>', '"a b@c"@example.net', id="quoted local part"),
            pytest.param("<jürgen@bücher.example>".encode(), "jürgen@bücher.example", id="SMTPUTF8"),
            pytest.param(b"<j\xfcrgen@example.net>", "jürgen@example.net", id="latin-1 bytes"),
            pytest.param(b"<@relay.example.org:anna@example.net>", "anna@example.net", id="source route"),
        ],
    )
    def test_senders(self, front: RunningFront, argument: bytes, address: str) -> None:
        with front.client() as client:
            client.greet()
            client.mail(argument, b"SIZE=1000", b"BODY=8BITMIME")
            client.rcpt(b"<bob@example.com>", b"NOTIFY=NEVER")
            client.header(*FROM)
            client.eoh()
            client.end()
        envelope = front.tell("judged")["envelope"]
        assert isinstance(envelope, dict)
        assert envelope["sender"] == address
        assert envelope["recipients"] == ["bob@example.com"]

    @pytest.mark.parametrize(
        ("family", "address", "expected"),
        [
            pytest.param(b"4", "192.0.2.1", ("192.0.2.1", "outbound"), id="our network"),
            pytest.param(b"6", "2001:db8:1::5", ("2001:db8:1::5", "outbound"), id="our IPv6 network"),
            pytest.param(b"6", "2001:db8:2::5", ("2001:db8:2::5", "inbound"), id="another IPv6 network"),
            pytest.param(b"6", "::ffff:192.0.2.1", ("192.0.2.1", "outbound"), id="IPv4 in IPv6"),
            pytest.param(b"L", "/run/a.sock", ("", "inbound"), id="Unix socket"),
            pytest.param(b"U", "", ("", "inbound"), id="unknown"),
        ],
    )
    def test_clients(self, front: RunningFront, family: bytes, address: str, expected: tuple[str, str]) -> None:
        with front.client() as client:
            client.greet(address=address, family=family)
            client.message([FROM], recipients=[b"<someone@example.org>"])
        envelope = front.tell("judged")["envelope"]
        assert isinstance(envelope, dict)
        assert (envelope["client_address"], envelope["direction"]) == expected

    def test_a_login_name_that_is_not_utf8_is_still_a_login(self, front: RunningFront) -> None:
        with front.client() as client:
            client.greet()
            client.message([FROM], macros={"{auth_authen}": b"j\xfcrgen"}, recipients=[b"<x@example.org>"])
        envelope = front.tell("judged")["envelope"]
        assert isinstance(envelope, dict)
        assert envelope["direction"] == "outbound"


class TestBytes:
    def test_header_and_body_bytes_are_as_on_the_wire(self, front: RunningFront) -> None:
        headers = [
            (b"Subject", b"  two spaces,\n\tand a fold "),
            (b"X-Raw", b" caf\xe9 \x80\xff"),
            (b"X-None", b"no space"),
            (b"X-Empty", b""),
            (b"x-Again", b" 1"),
            (b"X-AGAIN", b" 2"),
        ]
        body = bytes(range(256)) * 300 + b"\r\n.\r\n"
        with front.client() as client:
            client.greet()
            client.message(headers, body)
        raw = raw_of(front.tell("judged"))
        # MTAs hand a fold over as LF; in SMTP it was CR LF.
        head = b"".join(name + b":" + value.replace(b"\n", b"\r\n") + b"\r\n" for name, value in headers)
        assert raw == head + b"\r\n" + body

    def test_the_space_comes_back_where_the_mta_takes_it_off(self, front: RunningFront) -> None:
        with front.client() as client:
            client.negotiate(protocol=milter_client.ALL_PROTOCOL & ~milter_client.HDR_LEADSPC)
            client.connect()
            client.helo()
            result = client.message([FROM, SUBJECT, (b"X-Test-Action", b" tag")])
        assert raw_of(front.tell("judged")).startswith(b"From: Anna <anna@example.net>\r\nSubject: Lunch?\r\n")
        assert result.added("X-Spam-Flag") == ["YES"]

    def test_a_header_name_that_cannot_be_read_makes_the_message_incomplete(self, front: RunningFront) -> None:
        with front.client() as client:
            client.greet()
            assert client.message([FROM, (b"X-\xff", b" lost"), SUBJECT]).outcome == "accept"
            first = front.tell("judged")
            client.message([FROM])
            second = front.tell("judged")
        assert (first["truncated"], second["truncated"]) == (True, False)
        assert b"Lunch?" in raw_of(first)

    @pytest.mark.parametrize(
        ("headers", "body"),
        [
            pytest.param([], b"", id="empty message"),
            pytest.param([FROM], b"", id="headers only"),
            pytest.param([], b"Hello\r\n", id="no headers"),
        ],
    )
    def test_small_messages(self, front: RunningFront, headers: Headers, body: bytes) -> None:
        with front.client() as client:
            client.greet()
            assert client.message(headers, body).outcome == "accept"


class TestActions:
    def test_accept_says_what_was_found(self, front: RunningFront) -> None:
        with front.client() as client:
            client.greet()
            result = client.message(scripted(score="2.34", reason="Grüße aus dem Rechenzentrum", category="spam"))
        assert result.outcome == "accept"
        assert names_added(result.changes) == [
            "X-Mailchord-Id",
            "X-Mailchord-Loop",
            "X-Mailchord-Verdict",
            "X-Mailchord-Score",
            "X-Mailchord-Reason",
        ]
        assert result.added("X-Mailchord-Verdict") == [" accept; category=spam"]
        assert result.added("X-Mailchord-Score") == [" 2.3"]
        assert result.added("X-Mailchord-Reason")[0].startswith(" =?utf-8?")

    def test_tag(self, front: RunningFront) -> None:
        with front.client() as client:
            client.greet()
            result = client.message(scripted(action="tag"))
        assert result.outcome == "accept"
        assert Change("change", b"Subject", b" [SPAM] Lunch?", 1) in result.changes
        assert result.added("X-Spam-Flag") == [" YES"]

    @pytest.mark.parametrize(
        ("action", "outcome", "text"),
        [
            ("reject", "reject", "550 5.7.1 Message refused by local policy, reference test-"),
            ("tempfail", "tempfail", "451 4.7.1 Message could not be checked now"),
            ("discard", "discard", ""),
            ("quarantine", "discard", ""),
        ],
    )
    def test_refusals_change_nothing(self, front: RunningFront, action: str, outcome: str, text: str) -> None:
        with front.client() as client:
            client.greet()
            result = client.message(scripted(action=action))
        assert (result.outcome, result.changes) == (outcome, ())
        assert result.text.startswith(text)

    def test_quarantine_is_stored_before_the_answer(self, front: RunningFront) -> None:
        with front.client() as client:
            client.greet()
            client.message(scripted(action="quarantine"))
            assert front.tell("held", seconds=1)["recipients"] == ["bob@example.com"]

    @pytest.mark.parametrize("step", ["quarantine", "raw", "header", "body"])
    def test_what_cannot_be_stored_is_deferred(self, front: RunningFront, step: str) -> None:
        with front.client() as client:
            client.greet()
            assert client.message(scripted(action="quarantine", store_fails=step)).outcome == "tempfail"
            assert client.message([FROM]).outcome == "accept"
        assert front.settled()["transactions"] == 0

    def test_stricter_recipients_are_taken_off_after_their_copy_is_safe(self, front: RunningFront) -> None:
        orders = [
            FROM,
            (b"X-Test-Action", b" reject"),
            (b"X-Test-Recipient", b" abuse@example.com accept"),
            (b"X-Test-Recipient", b" carol@example.com discard"),
        ]
        with front.client() as client:
            client.greet()
            result = client.message(
                orders, recipients=[b"<bob@example.com>", b"<abuse@example.com>", b"<carol@example.com>"]
            )
        assert result.outcome == "accept"
        removed = [change.value for change in result.changes if change.kind == "delete-recipient"]
        assert removed == [b"<bob@example.com>", b"<carol@example.com>"]
        held = front.tell("held")
        assert (held["recipients"], held["actions"]) == (["bob@example.com"], {"bob@example.com": "reject"})

    def test_forged_fields_go_the_last_one_first(self, front: RunningFront) -> None:
        forged = [(b"X-Spam-Flag", b" NO"), (b"x-mailchord-score", b" -9"), (b"X-SPAM-FLAG", b" NO")]
        with front.client() as client:
            client.greet()
            result = client.message([*forged, FROM])
        deletions = [(change.name, change.index) for change in result.changes if change.kind == "change"]
        assert deletions == [(b"x-spam-flag", 2), (b"x-spam-flag", 1), (b"x-mailchord-score", 1)]
        assert all(change.value == b"" for change in result.changes if change.kind == "change")

    def test_several_messages_on_one_connection(self, front: RunningFront) -> None:
        with front.client() as client:
            client.greet()
            outcomes = [client.message(scripted(action=action)).outcome for action in ("accept", "reject", "tag")]
            client.mail(b"<anna@example.net>")
            client.header(*FROM)
            client.abort()
            outcomes.append(client.message(scripted(action="discard")).outcome)
        assert outcomes == ["accept", "reject", "accept", "discard"]

    def test_one_log_line_a_message_without_its_content(self, front: RunningFront) -> None:
        with front.client() as client:
            client.greet()
            client.message([*scripted(action="tag", score="7"), (b"X-Secret", b" hunter2")], queue_id="4Q1")
        line = front.logged('"queue_id": "4Q1"')
        assert {name: line[name] for name in ("event", "action", "score", "client", "recipients", "partial")} == {
            "event": "message answered",
            "action": "tag",
            "score": 7.0,
            "client": "203.0.113.9",
            "recipients": 1,
            "partial": False,
        }
        assert not any("hunter2" in line or "Lunch" in line for line in front.log)
        assert "border" not in line

    def test_behind_a_relay_of_our_own_the_log_names_the_client_too(self, front: RunningFront) -> None:
        with front.client() as client:
            client.greet()
            client.message(scripted(border="198.51.100.7"), queue_id="4Q2")
            client.message(scripted(border=""), queue_id="4Q3")
        known, unknown = front.logged('"queue_id": "4Q2"'), front.logged('"queue_id": "4Q3"')
        assert (known["client"], known["border"]) == ("203.0.113.9", "198.51.100.7")
        assert unknown["border"] == "unknown"


class TestLongWork:
    def test_the_mta_hears_that_we_are_still_at_work(self, front: RunningFront) -> None:
        with front.client() as client:
            client.greet()
            result = client.message(scripted(seconds="0.5"))
        assert result.progress >= 3

    def test_past_the_cap_the_body_is_skipped(self, front: RunningFront) -> None:
        with front.client() as client:
            client.greet()
            client.mail(b"<anna@example.net>")
            client.rcpt(b"<bob@example.com>")
            client.header(*FROM)
            client.eoh()
            outcomes = [client.step(b"B", b"x" * 65535).outcome for _ in range(4)]
            assert client.end().outcome == "accept"
        assert outcomes == ["continue", "continue", "continue", "skip"]
        judged = front.tell("judged")
        assert judged["truncated"] is True
        assert len(raw_of(judged)) < 200_100

    def test_an_mta_that_knows_no_skip_goes_on_sending_and_nothing_is_stored(self, front: RunningFront) -> None:
        with front.client() as client:
            client.negotiate(protocol=milter_client.ALL_PROTOCOL & ~milter_client.SKIP)
            client.connect()
            client.helo()
            client.mail(b"<anna@example.net>")
            client.rcpt(b"<bob@example.com>")
            client.header(*FROM)
            client.eoh()
            assert {client.step(b"B", b"x" * 65535).outcome for _ in range(20)} == {"continue"}
            assert client.end().outcome == "accept"
        judged = front.tell("judged")
        assert judged["truncated"] is True
        assert len(raw_of(judged)) < 200_100

    def test_what_was_not_kept_whole_is_refused_and_not_held(self, front: RunningFront) -> None:
        with front.client() as client:
            client.greet()
            result = client.message(scripted(action="quarantine"), b"x" * 300_000)
        assert result.outcome == "reject"
        assert not [told for told in front.events() if told["event"] == "held"]


class TestReleased:
    def test_our_own_mail_passes_without_its_marker(self, front: RunningFront) -> None:
        headers = [FROM, SUBJECT, (b"X-Test-Action", b" reject")]
        raw = b"".join(name + b":" + value + b"\r\n" for name, value in headers) + b"\r\nHello\r\n"
        marker = make_marker(
            MARKER_KEY, digest_of(raw), recipients=["bob@example.com"], expires_at=time.time() + 60
        ).encode()
        with front.client() as client:
            client.greet()
            released = client.message([(b"X-Mailchord-Released", b" " + marker), *headers])
            replayed = client.message([(b"X-Mailchord-Released", b" " + marker), *headers], b"Another body\r\n")
        assert released.outcome == "accept"
        assert Change("change", b"x-mailchord-released", b"", 1) in released.changes
        assert replayed.outcome == "reject"

    def test_a_bare_header_means_nothing_and_goes(self, front: RunningFront) -> None:
        with front.client() as client:
            client.greet()
            result = client.message([(b"X-Mailchord-Released", b" yes"), FROM])
        front.tell("judged")
        assert Change("change", b"x-mailchord-released", b"", 1) in result.changes


class TestLoops:
    @pytest.mark.parametrize(
        ("field", "count", "outcome"),
        [
            pytest.param((b"Received", b" by mx"), 51, "reject", id="too many hops"),
            pytest.param((b"Received", b" by mx"), 50, "accept", id="many hops"),
            pytest.param((b"X-Mailchord-Loop", b" mx.example.com"), 11, "reject", id="too often here"),
            pytest.param((b"X-Mailchord-Loop", b" mx.example.com"), 10, "accept", id="often here"),
            pytest.param((b"X-Mailchord-Loop", b" mx.example.net"), 30, "accept", id="often elsewhere"),
        ],
    )
    def test_loops(self, front: RunningFront, field: tuple[bytes, bytes], count: int, outcome: str) -> None:
        with front.client() as client:
            client.greet()
            result = client.message([field] * count)
        assert result.outcome == outcome
        if outcome == "reject":
            assert result.text.startswith("554 5.4.6 ")


class TestModes:
    @pytest.mark.parametrize("action", ["accept", "tag", "tempfail", "quarantine", "reject", "discard"])
    def test_monitor_accepts_everything_and_changes_nothing(self, start: Start, tmp_path: Path, action: str) -> None:
        front = start(settings(tmp_path, mode=Mode.MONITOR))
        front.pressure_file.touch()
        with front.client() as client:
            client.greet()
            result = client.message([*scripted(action=action), (b"X-Spam-Flag", b" NO")])
        assert (result.outcome, result.changes) == ("accept", ())

    @pytest.mark.parametrize("step", ["header", "body", "verdict"])
    def test_monitor_accepts_even_what_we_fail_on(self, start: Start, tmp_path: Path, step: str) -> None:
        front = start(settings(tmp_path, mode=Mode.MONITOR))
        with front.client() as client:
            client.greet()
            assert client.message(scripted(**{"raise": step})).outcome == "accept"
            assert client.message(scripted(store_fails=step)).outcome == "accept"
        assert front.logged(f"told to raise at {step}")

    @pytest.mark.parametrize(
        ("action", "outcome", "flagged"),
        [
            ("accept", "accept", False),
            ("tag", "accept", True),
            ("tempfail", "tempfail", False),
            ("quarantine", "accept", True),
            ("reject", "accept", True),
            ("discard", "accept", True),
        ],
    )
    def test_tag_only(self, start: Start, tmp_path: Path, action: str, outcome: str, flagged: bool) -> None:
        front = start(settings(tmp_path, mode=Mode.TAG_ONLY))
        with front.client() as client:
            client.greet()
            result = client.message(scripted(action=action))
        assert (result.outcome, bool(result.added("X-Spam-Flag"))) == (outcome, flagged)


def test_under_pressure_mail_is_deferred_at_mail_from(front: RunningFront) -> None:
    with front.client() as client:
        client.greet()
        front.pressure_file.touch()
        try:
            busy = client.mail(b"<anna@example.net>")
        finally:
            front.pressure_file.unlink()
        assert busy.text == "451 4.3.2 Mail filter is busy, please try again later"
        assert client.message([FROM]).outcome == "accept"


@pytest.mark.parametrize("step", ["header", "body", "verdict", "raw"])
def test_a_bug_in_a_callback_defers_this_message_only(front: RunningFront, step: str) -> None:
    with front.client() as client:
        client.greet()
        result = client.message(scripted(action="quarantine", **{"raise": step}))
        assert result.text == "451 4.3.0 Message could not be checked now, please try again later"
        assert client.message([FROM]).outcome == "accept"
    assert front.logged(f"told to raise at {step}")["event"] == "unexpected error"
    assert front.settled()["transactions"] == 0


def test_addresses_with_a_port(tmp_path: Path, start: Start) -> None:
    front = start(settings(tmp_path, listen=f"inet:{free_port()}@127.0.0.1"))
    with MilterClient(front.address) as client:
        client.greet()
        assert client.message([FROM]).outcome == "accept"
