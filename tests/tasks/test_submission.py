"""A message on its way to a verdict when its store loses something, or no worker answers."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from mailcore.errors import StoreUnavailable
from mailcore.rewriting import Rewriting
from mailcore.verdict import Action, Verdict
from mailcore.wire import encode
from tasks.queues import INTAKE
from tasks.submission import HELD_BYTES, Pipeline, Submission, build_pipeline
from tests.redis_server import RedisServer
from tests.tasks.cluster import ENVELOPE, eventually
from tests.tasks.pools_for_tests import settings_for_tests

pytestmark = pytest.mark.system

CHUNK = b"x" * 65_534 + b"\r\n"
DEADLINE = 1.0


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with RedisServer() as running:
        yield running


@pytest.fixture
def pipeline(server: RedisServer) -> Iterator[Pipeline]:
    """As a front has it; there is no worker."""
    running = build_pipeline(settings_for_tests(server.url(), deadline=DEADLINE), "test-1")
    running.start()
    yield running
    running.stop()


def verdict_on(submission: Submission) -> Verdict:
    try:
        return submission.verdict(ENVELOPE, truncated=False, progress=lambda: None)
    finally:
        submission.close()


def upload(submission: Submission, chunks: int) -> None:
    for _ in range(chunks):
        submission.body(CHUNK)


def kept_messages(server: RedisServer) -> list[bytes]:
    return list(server.client(1).scan_iter("mailchord:*:raw"))


def test_message_whose_beginning_was_lost_with_the_store_is_not_scanned(
    server: RedisServer, pipeline: Pipeline
) -> None:
    """The store of messages under scan keeps nothing over a restart: the rest alone would look like a clean mail."""
    submission = pipeline.begin()
    submission.header(b"Subject", b" content=bad")
    upload(submission, 5)
    server.client(1).flushdb()
    verdict = verdict_on(submission)
    assert verdict.action is Action.TEMPFAIL
    assert server.client().llen(INTAKE) == 0


def test_loss_is_noticed_at_the_next_chunk(server: RedisServer, pipeline: Pipeline) -> None:
    submission = pipeline.begin()
    upload(submission, 5)
    server.client(1).flushdb()
    with pytest.raises(StoreUnavailable, match="lost"):
        upload(submission, 5)
    submission.close()


def test_whole_upload_is_published(server: RedisServer, pipeline: Pipeline) -> None:
    submission = pipeline.begin()
    upload(submission, 9)
    verdict_on(submission)
    assert server.client().llen(INTAKE) == 1
    assert submission.raw() == b"\r\n" + CHUNK * 9


def test_upload_that_breaks_off_leaves_nothing_behind(server: RedisServer, pipeline: Pipeline) -> None:
    """A client that sends most of a large message, and goes, must not fill the store for minutes."""
    submission = pipeline.begin()
    upload(submission, 9)
    assert len(kept_messages(server)) == 1
    submission.close()
    assert eventually(lambda: not kept_messages(server), seconds=2)


def test_verdict_never_raises_when_the_last_header_fills_what_is_held(server: RedisServer, pipeline: Pipeline) -> None:
    submission = pipeline.begin()
    name, value = b"X-Long", b"y" * (HELD_BYTES - 10)
    submission.header(name, value)  # one byte below what is held in the process
    server.kill()
    assert verdict_on(submission).action is Action.TEMPFAIL


def test_state_that_hangs_does_not_hold_up_the_answer(server: RedisServer) -> None:
    with RedisServer() as state:
        settings = settings_for_tests(server.url(), deadline=DEADLINE, state=state.url())
        pipeline = build_pipeline(settings, "test-1")
        pipeline.start()
        try:
            submission = pipeline.begin()
            submission.body(CHUNK)
            state.freeze()
            began = time.monotonic()
            assert verdict_on(submission).action is Action.TEMPFAIL
            # Whoever waited for it would take a second more (`timeout_seconds`).
            assert time.monotonic() - began < DEADLINE + 0.9
        finally:
            state.thaw()
            pipeline.stop()


def test_store_of_messages_that_fills_up_beside_the_broker_is_pressure(server: RedisServer) -> None:
    with RedisServer() as claims:
        settings = settings_for_tests(server.url(), deadline=DEADLINE, claims=claims.url())
        pipeline = build_pipeline(settings, "test-1")
        pipeline.start()
        try:
            assert pipeline.pressure() == ""
            used = int(claims.client().info("memory")["used_memory"])
            claims.client().config_set("maxmemory", int(used * 1.02))
            assert eventually(lambda: "memory" in pipeline.pressure(), seconds=3)
            claims.kill()
            assert eventually(lambda: "store of messages is away" in pipeline.pressure(), seconds=3)
        finally:
            pipeline.stop()


NOT_UTF8 = encode(Verdict(id="x", action=Action.ACCEPT, category="?")).replace(b"?", b"\xff")


@pytest.mark.parametrize("garbage", [b"\xc1", b"\x80", NOT_UTF8], ids=["no msgpack", "no verdict", "no text"])
def test_garbage_on_the_reply_list_makes_nobody_deaf(server: RedisServer, pipeline: Pipeline, garbage: bytes) -> None:
    waiting = pipeline.replies.expect("id-1")
    genuine = Verdict(id="id-1", action=Action.REJECT)
    server.client(1).rpush(pipeline.replies.list_name, garbage)
    time.sleep(0.05)
    server.client(1).rpush(pipeline.replies.list_name, encode(genuine))
    assert waiting.wait(2.0) == genuine


LINKED = b"See http://a.example/ and more.\r\n"
EDIT = (len(b"Subject: x\r\n\r\n") + 4, len(b"Subject: x\r\n\r\n") + 21, b"https://links.example.org/s/x")


def submitted(pipeline: Pipeline, *edits: tuple[int, int, bytes]) -> Submission:
    """A message that was stored whole, and what a worker wants to have in place of its bytes."""
    submission = pipeline.begin()
    submission.header(b"Subject", b" x")
    submission.body(LINKED)
    submission.verdict(ENVELOPE, truncated=False, progress=lambda: None)
    if edits:
        pipeline.store.save_changes(submission.id, Rewriting(edits=edits, links=len(edits)), seconds=60)
    return submission


def test_changes_come_back_as_a_body(pipeline: Pipeline) -> None:
    submission = submitted(pipeline, EDIT)
    changed = submission.changed()

    assert changed is not None
    assert changed.header == b"Subject: x\r\n\r\n"
    assert changed.body == b"See https://links.example.org/s/x and more.\r\n"
    submission.close()


def test_a_body_that_is_not_there_is_none(pipeline: Pipeline) -> None:
    submission = submitted(pipeline)
    assert submission.changed() is None
    submission.close()


def test_a_header_is_never_changed(pipeline: Pipeline) -> None:
    """Where a worker takes a line of the header for the body, the MTA would get another body than it has."""
    submission = submitted(pipeline, (3, 5, b"x"), EDIT)
    assert submission.changed() is None
    submission.close()
