"""Verdicts and modes against what the MTA is told."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from mailcore.authentication import AuthFacts, AuthResult, AuthSource, DkimResult
from mailcore.message import Direction, Envelope
from mailcore.policy import Policy
from mailcore.settings import Front, Mode, Networks, PoolSettings, Settings, SubjectTag
from mailcore.verdict import Action, Finding, RecipientVerdict, Verdict
from milter_front.answers import (
    Answer,
    Outcome,
    answer_judged,
    answer_refused_unread,
    answer_unjudged,
    held_verdict,
)
from milter_front.seen import Seen

A, B, C = "a@example.com", "b@example.com", "c@example.com"
ACCEPT, TAG, TEMPFAIL, QUARANTINE, REJECT, DISCARD = Action


def seen(*headers: tuple[str, bytes]) -> Seen:
    gathered = Seen(own_name="mx.example.com")
    for name, value in headers:
        gathered.header(name, value)
    return gathered


def verdict(*actions: Action, **fields: object) -> Verdict:
    """A verdict whose recipients A, B, C get these actions; the first is the general one."""
    entries = tuple(
        RecipientVerdict(recipient=who, action=action) for who, action in zip((A, B, C), actions, strict=False)
    )
    return Verdict(id="m1", action=actions[0], recipients=entries, **fields)  # type: ignore[arg-type]  # fields of Verdict


def answer(
    given: Verdict,
    *,
    mode: Mode = Mode.ENFORCE,
    direction: Direction = Direction.INBOUND,
    gathered: Seen | None = None,
    tag: SubjectTag | None = None,
    truncated: bool = False,
    undeletable: frozenset[str] = frozenset(),
) -> Answer:
    return answer_judged(
        Settings(mode=mode, front=Front(subject_tag=tag or SubjectTag())),
        given,
        Envelope(recipients=tuple(entry.recipient for entry in given.recipients), direction=direction),
        gathered or seen(("Subject", b" Hi")),
        own_name="mx.example.com",
        truncated=truncated,
        undeletable=undeletable,
    )


@pytest.mark.parametrize(
    ("actions", "outcome", "hold", "take_off"),
    [
        pytest.param((ACCEPT, ACCEPT), Outcome.ACCEPT, (), (), id="all accept"),
        pytest.param((ACCEPT, TAG), Outcome.ACCEPT, (), (), id="one tagged"),
        pytest.param((REJECT, REJECT), Outcome.REJECT, (), (), id="all reject"),
        pytest.param((TEMPFAIL, TEMPFAIL), Outcome.TEMPFAIL, (), (), id="all tempfail"),
        pytest.param((QUARANTINE, QUARANTINE), Outcome.DISCARD, (A, B), (), id="all quarantine"),
        pytest.param((DISCARD, DISCARD), Outcome.DISCARD, (), (), id="all discard"),
        pytest.param((REJECT, ACCEPT), Outcome.ACCEPT, (A,), (A,), id="reject for one"),
        pytest.param((TEMPFAIL, ACCEPT), Outcome.ACCEPT, (A,), (A,), id="tempfail for one"),
        pytest.param((QUARANTINE, TAG), Outcome.ACCEPT, (A,), (A,), id="quarantine for one"),
        pytest.param((DISCARD, TAG), Outcome.ACCEPT, (), (A,), id="discard for one"),
        pytest.param((REJECT, QUARANTINE), Outcome.DISCARD, (A, B), (), id="nobody gets it, no agreement"),
        pytest.param((REJECT, TEMPFAIL), Outcome.DISCARD, (A, B), (), id="reject and tempfail"),
        pytest.param((REJECT, DISCARD), Outcome.DISCARD, (A,), (), id="reject and discard"),
        pytest.param((REJECT, ACCEPT, DISCARD), Outcome.ACCEPT, (A,), (A, C), id="three ways"),
    ],
)
def test_one_answer_serves_all_recipients(
    actions: tuple[Action, ...], outcome: Outcome, hold: tuple[str, ...], take_off: tuple[str, ...]
) -> None:
    given = answer(verdict(*actions))
    assert (given.outcome, given.hold, given.take_off) == (outcome, hold, take_off)
    if outcome is not Outcome.ACCEPT:
        assert not given.add
        assert not given.remove


@pytest.mark.parametrize("action", list(Action))
def test_monitor_mode_never_does_anything(action: Action) -> None:
    given = answer(verdict(action, ACCEPT), mode=Mode.MONITOR, gathered=seen(("X-Spam-Flag", b" NO")))
    assert given == Answer(outcome=Outcome.ACCEPT)


@pytest.mark.parametrize(
    ("action", "outcome", "recorded"),
    [
        (ACCEPT, Outcome.ACCEPT, ACCEPT),
        (TAG, Outcome.ACCEPT, TAG),
        (TEMPFAIL, Outcome.TEMPFAIL, TEMPFAIL),
        (QUARANTINE, Outcome.ACCEPT, TAG),
        (REJECT, Outcome.ACCEPT, TAG),
        (DISCARD, Outcome.ACCEPT, TAG),
    ],
)
def test_tag_only_is_never_stricter_than_a_mark_for_judged_mail(
    action: Action, outcome: Outcome, recorded: Action
) -> None:
    given = answer(verdict(action), mode=Mode.TAG_ONLY)
    assert (given.outcome, given.action, given.hold, given.take_off) == (outcome, recorded, (), ())


def test_recipients_without_an_entry_get_the_general_action() -> None:
    given = answer_judged(
        Settings(),
        Verdict(id="m1", action=REJECT, recipients=(RecipientVerdict(recipient=A, action=TAG),)),
        Envelope(recipients=(A, B)),
        seen(),
        own_name="mx",
    )
    assert (given.action, given.hold) == (TAG, (B,))


def test_a_recipient_who_cannot_be_taken_off_alone_holds_the_message_for_all() -> None:
    given = answer(verdict(REJECT, ACCEPT), undeletable=frozenset({A}))
    assert (given.outcome, given.hold, given.take_off) == (Outcome.DISCARD, (A, B), ())


def test_a_recipient_who_cannot_be_taken_off_but_gets_the_mail_changes_nothing() -> None:
    given = answer(verdict(REJECT, ACCEPT), undeletable=frozenset({B}))
    assert (given.outcome, given.take_off) == (Outcome.ACCEPT, (A,))


@pytest.mark.parametrize("actions", [(QUARANTINE,), (REJECT, ACCEPT), (QUARANTINE, REJECT)])
def test_a_truncated_message_is_refused_where_a_copy_would_be_held(actions: tuple[Action, ...]) -> None:
    assert answer(verdict(*actions), truncated=True).outcome is Outcome.REJECT


@pytest.mark.parametrize("actions", [(ACCEPT,), (TAG,), (DISCARD, ACCEPT)])
def test_a_truncated_message_is_delivered_where_no_copy_is_needed(actions: tuple[Action, ...]) -> None:
    assert answer(verdict(*actions), truncated=True).outcome is Outcome.ACCEPT


class TestHeaders:
    def test_a_mark_says_why(self) -> None:
        given = dict(answer(verdict(TAG, score=7.04, category="phishing", reasons=("One.", "Two."), partial=True)).add)
        assert given == {
            "X-Mailchord-Id": "m1",
            "X-Mailchord-Loop": "mx.example.com",
            "X-Mailchord-Verdict": "tag; category=phishing; partial",
            "X-Mailchord-Score": "7.0",
            "X-Mailchord-Reason": "One.; Two.",
            "X-Spam-Flag": "YES",
        }

    def test_the_findings_that_count_most_are_named(self) -> None:
        findings = tuple(
            Finding(id=f"sign-{place}", pool="content", category="spam", weight=1, summary="x", score=9.0 - place)
            for place in range(12)
        )
        told = dict(answer(replace(verdict(TAG), findings=findings)).add)["X-Mailchord-Findings"]
        assert told.replace("\n ", " ") == (
            "sign-0 +9.0, sign-1 +8.0, sign-2 +7.0, sign-3 +6.0, sign-4 +5.0, sign-5 +4.0, and 5 more"
        )

    def test_what_counts_nothing_is_not_named(self) -> None:
        finding = Finding(id="tried", pool="content", category="spam", weight=0, summary="x")
        assert "X-Mailchord-Findings" not in dict(answer(replace(verdict(TAG), findings=(finding,))).add)

    def test_a_reason_is_short(self) -> None:
        told = dict(answer(verdict(TAG, reasons=("One.", "Two.", "Three.", "Four."))).add)["X-Mailchord-Reason"]
        assert told == "One.; Two.; Three."

    def test_hostile_ids_stay_inside_of_their_field(self) -> None:
        finding = Finding(id="a\r\nBcc: x", pool="p", category="c", weight=1, summary="x", score=1.0)
        told = dict(answer(replace(verdict(TAG), findings=(finding,))).add)["X-Mailchord-Findings"]
        assert "\r" not in told
        assert told.isascii()

    def test_outbound_mail_gets_no_score_and_no_mark(self) -> None:
        given = answer(verdict(TAG, score=7), direction=Direction.OUTBOUND)
        assert [name for name, _ in given.add] == ["X-Mailchord-Id", "X-Mailchord-Loop"]
        assert given.subject is None

    def test_internal_mail_is_marked(self) -> None:
        assert answer(verdict(TAG), direction=Direction.INTERNAL).subject == "[SPAM] Hi"

    @pytest.mark.parametrize("hostile", ["a\r\nBcc: x@example.net", "a\0b\nc", "a\u2028b", "a\x85b\ud800"])
    def test_nothing_that_we_write_begins_a_new_field(self, hostile: str) -> None:
        given = answer(verdict(TAG, category=hostile, reasons=(hostile,)))
        for _, value in given.add:
            assert not set(value.replace("\n ", "")) & set("\r\n\0")
            value.encode("ascii")

    def test_a_reply_has_no_percent_sign_and_one_line(self) -> None:
        reply = answer(Verdict(id="50%\r\n250 fine\0é", action=REJECT)).reply
        assert reply is not None
        assert reply.text == "Message refused by local policy, reference 50 250 fine ?"


class TestSubject:
    @pytest.mark.parametrize(
        ("kind", "tagged"),
        [
            pytest.param(b" text/plain", True, id="plain"),
            pytest.param(b" multipart/mixed; x=multipart/signed", True, id="signed only in name"),
            pytest.param(b" multipart/signed; micalg=sha-256", False, id="signed"),
            pytest.param(b"\n\tMULTIPART/Encrypted", False, id="encrypted"),
            pytest.param(b" application/pkcs7-mime", False, id="S/MIME"),
            pytest.param(b" application/x-pkcs7-mime", False, id="old S/MIME"),
        ],
    )
    def test_signed_and_encrypted_mail_keeps_its_subject(self, kind: bytes, tagged: bool) -> None:
        gathered = seen(("Subject", b" Hi"), ("content-TYPE", kind))
        assert (answer(verdict(TAG), gathered=gathered).subject is not None) is tagged
        assert answer(verdict(TAG), gathered=gathered, tag=SubjectTag(signed_mail=True)).subject == "[SPAM] Hi"

    @pytest.mark.parametrize(
        ("action", "tag"),
        [
            pytest.param(ACCEPT, SubjectTag(), id="accepted"),
            pytest.param(TAG, SubjectTag(enabled=False), id="switched off"),
            pytest.param(TAG, SubjectTag(prefix=" \r\n"), id="empty prefix"),
        ],
    )
    def test_no_mark(self, action: Action, tag: SubjectTag) -> None:
        assert answer(verdict(action), tag=tag).subject is None

    def test_a_message_without_a_subject_gets_one(self) -> None:
        given = answer(verdict(TAG), gathered=seen())
        assert given.subject is None
        assert ("Subject", "[SPAM]") in [(name, value.strip()) for name, value in given.add]

    def test_the_first_of_several_subjects_is_tagged(self) -> None:
        assert answer(verdict(TAG), gathered=seen(("Subject", b" 1"), ("Subject", b" 2"))).subject == "[SPAM] 1"


class TestForged:
    def test_own_names_are_removed_however_written(self) -> None:
        gathered = seen(
            ("X-SPAM-Flag", b" NO"), ("x-mailchord-SCORE", b" 0"), ("X-Spam-Flag", b""), ("X-Mailchord-New", b"")
        )
        assert answer(verdict(ACCEPT), gathered=gathered).remove == (
            ("x-spam-flag", 2),
            ("x-mailchord-score", 1),
            ("x-mailchord-new", 1),
        )

    def test_names_in_other_scripts(self) -> None:
        gathered = seen(("X-Mailchord-É", b" 1"), ("Sübject", b" 2"))
        assert answer(verdict(ACCEPT), gathered=gathered).remove == (("x-mailchord-é", 1),)

    @pytest.mark.parametrize("name", ["X-Spam-Status", "X-Mailchordia", "Subject", "X-Spam-Flagged"])
    def test_other_names_stay(self, name: str) -> None:
        assert answer(verdict(ACCEPT), gathered=seen((name, b" x"))).remove == ()

    def test_the_loop_field_stays_or_a_loop_could_not_be_counted(self) -> None:
        assert answer(verdict(ACCEPT), gathered=seen(("X-Mailchord-Loop", b" mx.example.com"))).remove == ()


class TestUnjudged:
    @pytest.mark.parametrize(
        ("mode", "policy", "accepted"),
        [
            pytest.param(Mode.ENFORCE, Policy(), False, id="nothing said"),
            pytest.param(Mode.ENFORCE, Policy(unjudged=ACCEPT), True, id="accept said"),
            pytest.param(Mode.ENFORCE, Policy(unjudged=TAG), False, id="tag said"),
            pytest.param(Mode.ENFORCE, Policy(missing_pools={"content": ACCEPT}), False, id="of one pool only"),
            pytest.param(Mode.TAG_ONLY, Policy(unjudged=TEMPFAIL), False, id="tag-only"),
            pytest.param(Mode.MONITOR, Policy(), True, id="monitor"),
        ],
    )
    def test_accepted_only_where_policy_says_so(self, mode: Mode, policy: Policy, accepted: bool) -> None:
        configured = Settings(mode=mode, policy=policy)
        given = answer_unjudged(configured, seen(("X-Spam-Flag", b" NO")), "The store is away")
        assert given.outcome is (Outcome.ACCEPT if accepted else Outcome.TEMPFAIL)
        assert given.add == ()
        assert bool(given.remove) is (accepted and mode is not Mode.MONITOR)

    def test_loops_are_broken_in_tag_only_mode_too_but_not_in_monitor_mode(self) -> None:
        looping = seen(*[("Received", b" x")] * 60)
        outcomes = [answer_refused_unread(Settings(mode=mode), looping) for mode in Mode]
        assert [given is not None for given in outcomes] == [True, True, False]


def test_the_quarantine_is_told_who_is_held_and_why() -> None:
    given = verdict(REJECT, ACCEPT, QUARANTINE)
    envelope = Envelope(sender="x@example.net", recipients=(A, B, C))
    kept, addressed = held_verdict(given, envelope, (A, C), Mode.ENFORCE)
    assert addressed.recipients == (A, C)
    assert [(entry.recipient, entry.action) for entry in kept.recipients] == [(A, REJECT), (C, QUARANTINE)]
    assert (kept.id, addressed.sender) == ("m1", "x@example.net")


VERIFIED = AuthFacts(
    source=AuthSource.VERIFIED,
    from_domain="example.net",
    dmarc=AuthResult.FAIL,
    dmarc_policy="reject",
    dkim=(DkimResult(domain="example.net", result=AuthResult.FAIL, reason="the body was altered"),),
)
RESULTS = "Authentication-Results"


def verifying(*, enabled: bool = True, trusted: tuple[str, ...] = (), mode: Mode = Mode.ENFORCE) -> Settings:
    return Settings(
        mode=mode,
        pools={"auth": PoolSettings(enabled=enabled)},
        networks=Networks(trusted_authserv_ids=trusted),
    )


def answer_of(settings: Settings, given: Verdict, gathered: Seen) -> Answer:
    return answer_judged(settings, given, Envelope(recipients=(A,)), gathered, own_name="mx.example.com")


def test_what_was_verified_goes_above_all_other_fields() -> None:
    given = answer_of(verifying(), verdict(ACCEPT, auth=VERIFIED), seen(("Subject", b" Hi")))
    assert given.prepend == (
        (
            RESULTS,
            "mx.example.com;\n dkim=fail (the body was altered) header.d=example.net;\n "
            "dmarc=fail (p=reject) header.from=example.net policy.dmarc=reject",
        ),
    )


def test_nothing_is_said_of_what_was_not_verified() -> None:
    assert answer_of(verifying(), verdict(ACCEPT), seen()).prepend == ()


FORGED_RESULTS = seen(
    (RESULTS, b" mx.example.com; dmarc=pass header.from=bank.example"),
    (RESULTS, b" other.example; dmarc=pass"),
    ("authentication-RESULTS", b"\r\n\t(hi) MX.Example.COM 1; spf=pass"),
    (RESULTS, b' "mx.example.com"; none'),
    (RESULTS, b" mx.example.com.evil.example; none"),
    (RESULTS, b" not-mx.example.com; none"),
)


def test_forged_results_under_our_name_go_and_others_stay() -> None:
    given = answer_of(verifying(), verdict(ACCEPT), FORGED_RESULTS)
    assert given.remove_each == ((RESULTS, 4), (RESULTS, 3), (RESULTS, 1))
    unjudged = answer_unjudged(
        Settings(pools={"auth": PoolSettings()}, policy=Policy(unjudged=ACCEPT)),
        FORGED_RESULTS,
        "away",
        own_name="mx.example.com",
    )
    assert unjudged.remove_each == given.remove_each


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b" ; dmarc=pass",
        b" " + b"(" * 60 + b")" * 60 + b" mx.example.com; dmarc=pass",
        b"\r\n " * 6_000 + b"mx.example.com; dmarc=pass",
        b" (" + b"x" * 20_000 + b") mx.example.com; dmarc=pass",
        b" mx.example.com.; dmarc=pass",
        b" =?us-ascii?q?mx.example.com?=; dmarc=pass",
    ],
    ids=["empty", "no name", "deep comments", "blanks", "long comment", "full stop", "encoded"],
)
def test_results_whose_writer_cannot_be_read_go_too(value: bytes) -> None:
    gathered = seen((RESULTS, b" other.example; dmarc=pass"), (RESULTS, value))
    assert answer_of(verifying(), verdict(ACCEPT), gathered).remove_each == ((RESULTS, 2),)


@pytest.mark.parametrize(
    "settings",
    [
        verifying(enabled=False),
        verifying(trusted=("MX.example.com",)),
        verifying(mode=Mode.MONITOR),
        Settings(pools={}),
    ],
    ids=["nothing is verified", "another filter here is trusted", "monitor", "no such pool"],
)
def test_results_stay_where_they_may_be_honest(settings: Settings) -> None:
    assert answer_of(settings, verdict(ACCEPT), FORGED_RESULTS).remove_each == ()


def test_a_refusal_by_dmarc_says_so() -> None:
    finding = Finding(id="dmarc_reject", pool="auth", category="spoofing", weight=8.0, summary="Forged.")
    given = answer_of(verifying(), verdict(REJECT, auth=VERIFIED, findings=(finding,)), seen())
    assert given.reply is not None
    assert (given.reply.code, given.reply.status) == ("550", "5.7.1")
    assert given.reply.text.startswith("Message not authenticated as example.net and refused by the DMARC policy")
    other = answer_of(verifying(), verdict(REJECT, auth=VERIFIED), seen())
    assert other.reply is not None
    assert "DMARC" not in other.reply.text
