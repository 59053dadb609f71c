"""The store of messages under scan, on a real server."""

from __future__ import annotations

import pytest

from mailcore.errors import StoreUnavailable
from mailcore.message import Envelope, Message, Part
from mailcore.organisation import Acquaintance
from mailcore.plan import Plan
from mailcore.verdict import Action, PoolReport, PoolStatus, Verdict
from mailio.message_store import Job, Parsed, RedisMessageStore
from tests.redis_server import RedisServer

pytestmark = pytest.mark.system

ENVELOPE = Envelope(sender="a@example.org", recipients=("b@example.net",))
JOB = Job(envelope=ENVELOPE, submitted_at=1.0, deadline_at=21.0, reply_to="replies")


@pytest.fixture
def store(server: RedisServer) -> RedisMessageStore:
    server.client().flushall()
    return RedisMessageStore(server.client())


def report(pool: str, status: PoolStatus = PoolStatus.OK) -> PoolReport:
    return PoolReport(pool=pool, status=status)


def save_plan(store: RedisMessageStore, plan: Plan) -> None:
    with store.stream("id-1", seconds=60) as stream:
        stream.save_plan(plan)
        stream.settle()


def test_small_message_is_there_with_its_job_and_counts_attempts(store: RedisMessageStore) -> None:
    store.submit("id-1", JOB, b"raw bytes", appended=0, seconds=60)
    first = store.claim_check("id-1", "intake", seconds=60)
    second = store.claim_check("id-1", "intake", seconds=60)
    assert first is not None
    assert second is not None
    assert (first.raw, first.job, first.attempt, second.attempt) == (b"raw bytes", JOB, 1, 2)


def test_streamed_message_is_joined(store: RedisMessageStore) -> None:
    store.append("id-1", b"one ", seconds=60)
    store.append("id-1", b"two ", seconds=60)
    store.submit("id-1", JOB, b"three", appended=8, seconds=60)
    assert store.raw("id-1") == b"one two three"


@pytest.mark.parametrize("appended", [3, 9], ids=["twice", "lost"])
def test_message_that_is_not_whole_is_refused(store: RedisMessageStore, appended: int) -> None:
    store.append("id-1", b"one ", seconds=60)
    with pytest.raises(StoreUnavailable, match="lost part"):
        store.submit("id-1", JOB, b"", appended=appended, seconds=60)


@pytest.mark.parametrize("missing", ["raw", "job"])
def test_half_expired_message_is_no_message(store: RedisMessageStore, server: RedisServer, missing: str) -> None:
    store.submit("id-1", JOB, b"raw", appended=0, seconds=60)
    server.client().delete(f"mailchord:id-1:{missing}")
    assert store.claim_check("id-1", "intake", seconds=60) is None


def test_unknown_message_yields_nothing(store: RedisMessageStore) -> None:
    assert store.raw("nobody") is None
    assert store.load_model("nobody") is None
    assert store.body("nobody", Part(id="1", start=0, end=4)) is None
    assert store.load("nobody") == ()
    assert store.standing("nobody") is None
    assert store.job("nobody", "scan.ocr", seconds=60) is None


def test_model_comes_back(store: RedisMessageStore) -> None:
    parsed = Parsed(ENVELOPE, Message(id="id-1", text="hello"), Acquaintance.FIRST_CONTACT, cr_only=True)
    store.save_model("id-1", parsed, seconds=60)
    assert store.load_model("id-1") == parsed


@pytest.mark.parametrize(
    ("start", "end", "body"),
    [
        pytest.param(2, 5, b"2\xff4", id="in the middle"),
        pytest.param(5, 8, b"567", id="to the end"),
        pytest.param(0, 0, b"", id="nothing at the start"),
        pytest.param(8, 8, b"", id="nothing at the end"),
        pytest.param(9, 12, None, id="past the end: the message is another one"),
    ],
)
def test_body_is_a_slice_of_the_message(store: RedisMessageStore, start: int, end: int, body: bytes | None) -> None:
    store.submit("id-1", JOB, b"012\xff4567", appended=0, seconds=60)
    assert store.body("id-1", Part(id="1", start=start, end=end)) == body


def test_report_saved_twice_is_one_report(store: RedisMessageStore) -> None:
    store.save("id-1", report("urls"), seconds=60)
    store.save("id-1", report("urls"), seconds=60)
    assert store.load("id-1") == (report("urls"),)


def test_garbage_instead_of_a_report_counts_as_no_report(store: RedisMessageStore, server: RedisServer) -> None:
    save_plan(store, Plan(expected=("urls", "ocr")))
    store.save("id-1", report("urls"), seconds=60)
    server.client().hset("mailchord:id-1:reports", "ocr", b"\xc1garbage")
    plan, reports = store.load_planned("id-1")
    assert plan == Plan(expected=("urls", "ocr"))
    assert reports == (report("urls"),)


def test_first_verdict_stands_and_is_pushed_once(store: RedisMessageStore, server: RedisServer) -> None:
    first = Verdict(id="id-1", action=Action.REJECT)
    second = Verdict(id="id-1", action=Action.ACCEPT)
    assert store.claim(first, reply_to="replies", seconds=60) is first
    assert store.claim(second, reply_to="replies", seconds=60) == first
    assert server.client().llen("replies") == 1


def test_claim_without_a_reply_list_pushes_nothing(store: RedisMessageStore, server: RedisServer) -> None:
    store.claim(Verdict(id="id-1", action=Action.ACCEPT), reply_to="", seconds=60)
    assert list(server.client().keys("*")) == [b"mailchord:id-1:verdict"]


def test_everything_expires_by_itself(store: RedisMessageStore, server: RedisServer) -> None:
    store.append("id-1", b"x", seconds=60)
    store.submit("id-1", JOB, b"y", appended=1, seconds=60)
    store.claim_check("id-1", "intake", seconds=60)
    store.save_model("id-1", Parsed(ENVELOPE, Message(id="id-1")), seconds=60)
    save_plan(store, Plan())
    store.save("id-1", report("urls"), seconds=60)
    store.claim(Verdict(id="id-1", action=Action.ACCEPT), reply_to="replies", seconds=60)
    client = server.client()
    lives = {key: client.ttl(key) for key in client.keys("*")}
    assert len(lives) == 7
    assert all(0 < seconds <= 120 for seconds in lives.values()), lives


def test_keep_makes_a_life_longer_and_never_shorter(store: RedisMessageStore, server: RedisServer) -> None:
    store.save("id-1", report("urls"), seconds=60)
    store.keep("id-1", seconds=600)
    store.keep("id-1", seconds=10)
    store.save("id-1", report("ocr"), seconds=30)
    assert 500 < server.client().ttl("mailchord:id-1:reports") <= 600


def test_forget_frees_the_bytes_and_leaves_the_verdict(store: RedisMessageStore) -> None:
    store.submit("id-1", JOB, b"raw", appended=0, seconds=60)
    store.claim(Verdict(id="id-1", action=Action.ACCEPT), reply_to="", seconds=60)
    store.forget("id-1")
    assert store.raw("id-1") is None
    assert store.standing("id-1") is not None


def test_full_server_is_store_unavailable() -> None:
    with RedisServer(memory_limit="3mb") as small:
        store = RedisMessageStore(small.client())
        with pytest.raises(StoreUnavailable, match="OutOfMemory"):
            fill(store)


def fill(store: RedisMessageStore) -> None:
    for number in range(10):
        store.append(f"id-{number}", b"x" * 1_000_000, seconds=60)


def test_absent_server_is_store_unavailable() -> None:
    server = RedisServer()
    store = RedisMessageStore(server.client(timeout=0.2))
    with pytest.raises(StoreUnavailable):
        store.raw("id-1")


def test_frozen_server_is_store_unavailable_within_the_time_out() -> None:
    with RedisServer() as server:
        store = RedisMessageStore(server.client(timeout=0.2))
        store.raw("warm up")
        server.freeze()
        try:
            with pytest.raises(StoreUnavailable):
                store.raw("id-1")
        finally:
            server.thaw()


def test_restarted_server_is_used_again_without_a_new_client() -> None:
    with RedisServer() as server:
        store = RedisMessageStore(server.client())
        store.append("id-1", b"x", seconds=60)
        server.kill()
        server.start()
        store.append("id-2", b"y", seconds=60)
        assert store.raw("id-2") == b"y"


def test_stream_saves_as_it_goes_and_claims_at_the_end(store: RedisMessageStore, server: RedisServer) -> None:
    verdict = Verdict(id="id-1", action=Action.REJECT)
    with store.stream("id-1", seconds=60) as stream:
        stream.save_plan(Plan(expected=("urls", "ml")), [report("ml")])
        stream.save(report("urls"))
        assert stream.claim(verdict, reply_to="replies") is verdict
    assert store.load_planned("id-1")[0] == Plan(expected=("urls", "ml"))
    assert {saved.pool for saved in store.load("id-1")} == {"urls", "ml"}
    assert store.standing("id-1") == verdict
    assert 0 < server.client().ttl("mailchord:id-1:reports") <= 60


def test_stream_that_breaks_off_leaves_no_answers_for_others(store: RedisMessageStore) -> None:
    with pytest.raises(RuntimeError, match="a pool"):
        save_and_break_off(store)
    assert store.raw("id-1") is None
    assert store.standing("id-1") is None


def save_and_break_off(store: RedisMessageStore) -> None:
    with store.stream("id-1", seconds=60) as stream:
        stream.save(report("urls"))
        raise RuntimeError("a pool")


def test_stream_after_a_restart_of_the_server_connects_again() -> None:
    with RedisServer() as server:
        store = RedisMessageStore(server.client())
        store.append("id-1", b"x", seconds=60)
        server.kill()
        server.start()
        with store.stream("id-1", seconds=60) as stream:
            stream.save(report("urls"))
            stream.settle()
        assert store.load("id-1") == (report("urls"),)


def test_stream_to_an_absent_server_is_store_unavailable() -> None:
    store = RedisMessageStore(RedisServer().client(timeout=0.2))
    with pytest.raises(StoreUnavailable), store.stream("id-1", seconds=60):
        pass
