"""Messages under scan in Redis: claim checks, pool reports, verdicts. Everything expires by itself.

Keys, all under `mailchord:ID:`
    raw       the message as it came                        string
    job       envelope, deadline, who waits for the answer  string (`Job`)
    attempts  how often each task began                     hash, task name -> count
    model     the parsed message                            string
    changes   what is sent on in place of its bytes         string (`Rewriting`)
    reports   what the pools said                           hash, pool -> `PoolReport`; "" -> `Plan`
    verdict   the answer, written once                      string

`mailchord:retry:FINGERPRINT` holds the id under which a deferred message was scanned last.
"""

from __future__ import annotations

from typing import Any, cast

import msgspec
import redis
from msgspec import Struct
from msgspec.structs import replace

from mailcore.authentication import AuthFacts
from mailcore.errors import StoreUnavailable
from mailcore.message import Envelope, Message, Part
from mailcore.organisation import Acquaintance
from mailcore.plan import Plan
from mailcore.reputation import UNKNOWN, Reputation
from mailcore.rewriting import Rewriting
from mailcore.settings import AUTH
from mailcore.verdict import PoolReport, Verdict
from mailcore.wire import decode, encode
from mailio.redis_client import PREFIX, memory_share, translating_errors
from mailio.report_stream import CLAIM, PLAN_FIELD, ReportStream


class Job(Struct, frozen=True, kw_only=True):
    """What the workers must know of a message besides its bytes. Times are seconds since the epoch.

    `previous` is the id under which an earlier delivery of the same message was scanned.
    """

    envelope: Envelope
    submitted_at: float
    deadline_at: float
    reserve: float = 1.0
    reply_to: str = ""
    truncated: bool = False
    previous: str = ""
    fingerprint: str = ""


class Parsed(Struct, frozen=True, array_like=True):
    """A message as pools see it that run as tasks of their own. `cr_only`: every line of it ends with CR alone.

    `auth` is what was found out about the sender by then, `new_link_domains` which links were never seen here.
    """

    envelope: Envelope
    message: Message
    acquaintance: Acquaintance = Acquaintance.UNKNOWN
    cr_only: bool = False
    auth: AuthFacts | None = None
    reputation: Reputation = UNKNOWN
    new_link_domains: tuple[str, ...] = ()


class Claimed(Struct, frozen=True, kw_only=True):
    """A message as a task finds it: its job, its bytes, and how often this task began on it.

    `verified` is the report about its sender, where a worker that may wait for the DNS has been asked before.
    """

    job: Job
    raw: bytes
    attempt: int
    verified: PoolReport | None = None


class RedisMessageStore:
    """Claim checks, reports and verdicts on one Redis database. StoreUnavailable when it is away."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client
        self._claim = client.register_script(CLAIM)

    # Raw message and job

    @translating_errors
    def append(self, message_id: str, chunk: bytes, *, seconds: float) -> int:
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.append(_key(message_id, "raw"), cast(Any, chunk))
            pipe.expire(_key(message_id, "raw"), _ttl(seconds))
            return int(pipe.execute()[0])

    @translating_errors
    def submit(self, message_id: str, job: Job, rest: bytes, *, appended: int, seconds: float) -> None:
        """Keep the job and the bytes that were not appended yet, in one round trip.

        `appended` is how many bytes were: StoreUnavailable when the store does not have exactly those any more.
        Where an earlier delivery of the same message was deferred, its reports are named in the job.
        """
        ttl = _ttl(seconds)
        with self._redis.pipeline(transaction=False) as pipe:
            if not appended:
                pipe.set(_key(message_id, "raw"), rest, ex=ttl)
            else:
                # Also when nothing is left: its answer is how many bytes there are.
                pipe.append(_key(message_id, "raw"), cast(Any, rest))
                pipe.expire(_key(message_id, "raw"), ttl)
            pipe.set(_key(message_id, "job"), encode(job), ex=ttl)
            pipe.get(_retry_key(job.fingerprint))
            first, *_, earlier = pipe.execute()
        if appended:
            check_whole(message_id, there=int(first), sent=appended + len(rest))
        if earlier is not None:
            self._redis.set(_key(message_id, "job"), encode(replace(job, previous=earlier.decode())), ex=ttl)

    @translating_errors
    def raw(self, message_id: str) -> bytes | None:
        return cast("bytes | None", self._redis.get(_key(message_id, "raw")))

    @translating_errors
    def claim_check(self, message_id: str, task: str, *, seconds: float) -> Claimed | None:
        """What the intake task needs, in one round trip; counts the attempt. None when it has expired."""
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.mget(_key(message_id, "job"), _key(message_id, "raw"))
            _count_attempt(pipe, message_id, task, seconds)
            pipe.hget(_key(message_id, "reports"), AUTH)
            (job, raw), attempt, _, verified = pipe.execute()
        if job is None or raw is None:
            return None
        report = _readable(verified) if verified is not None else None
        return Claimed(job=decode(job, Job), raw=raw, attempt=attempt, verified=report)

    @translating_errors
    def begin_anew(self, message_id: str, task: str) -> None:
        """The task comes again because there is more to do, not because its worker died."""
        self._redis.hdel(_key(message_id, "attempts"), task)

    # The parsed message, for pools that run as tasks of their own

    @translating_errors
    def save_model(self, message_id: str, parsed: Parsed, *, seconds: float) -> None:
        self._redis.set(_key(message_id, "model"), encode(parsed), ex=_ttl(seconds))

    @translating_errors
    def load_model(self, message_id: str) -> Parsed | None:
        data = self._redis.get(_key(message_id, "model"))
        return decode(cast(bytes, data), Parsed) if data is not None else None

    @translating_errors
    def body(self, message_id: str, part: Part) -> bytes | None:
        """The still encoded body of a part: a slice of the raw message. None when it has expired."""
        if part.start >= part.end:
            return b""
        return cast(bytes, self._redis.getrange(_key(message_id, "raw"), part.start, part.end - 1)) or None

    @translating_errors
    def job(self, message_id: str, task: str, *, seconds: float) -> tuple[Job, int] | None:
        """The job and how often this task began on it, counting now. None when it has expired."""
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.get(_key(message_id, "job"))
            _count_attempt(pipe, message_id, task, seconds)
            job, attempt, _ = pipe.execute()
        return (decode(job, Job), attempt) if job is not None else None

    @translating_errors
    def peek_job(self, message_id: str) -> Job | None:
        """The job without counting an attempt."""
        data = cast("bytes | None", self._redis.get(_key(message_id, "job")))
        return decode(data, Job) if data is not None else None

    # What is sent on instead

    @translating_errors
    def save_changes(self, message_id: str, changes: Rewriting, *, seconds: float) -> None:
        self._redis.set(_key(message_id, "changes"), encode(changes), ex=_ttl(seconds))

    @translating_errors
    def load_changed(self, message_id: str) -> tuple[bytes, Rewriting] | None:
        """The message as it came, and what comes in place of its bytes; None where either has expired."""
        keys = (_key(message_id, "raw"), _key(message_id, "changes"))
        raw, changes = cast("list[bytes | None]", self._redis.mget(keys))
        return (raw, decode(changes, Rewriting)) if raw is not None and changes is not None else None

    # Plan, reports, verdict

    @translating_errors
    def save(self, message_id: str, report: PoolReport, *, seconds: float) -> None:
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.hset(_key(message_id, "reports"), report.pool, cast(Any, encode(report)))
            # NX: a life that was made longer for late work or a retry is never made shorter again.
            pipe.expire(_key(message_id, "reports"), _ttl(seconds), nx=True)
            pipe.execute()

    @translating_errors
    def load(self, message_id: str) -> tuple[PoolReport, ...]:
        return self.load_planned(message_id)[1]

    @translating_errors
    def load_planned(self, message_id: str) -> tuple[Plan | None, tuple[PoolReport, ...]]:
        """The plan (None when intake did not get that far) and the reports that are there.

        A report that cannot be decoded counts as not there: the pool is then named as missing.
        """
        fields = cast("dict[bytes, bytes]", self._redis.hgetall(_key(message_id, "reports")))
        plan = fields.pop(PLAN_FIELD, None)
        reports = tuple(report for data in fields.values() if (report := _readable(data)) is not None)
        return (decode(plan, Plan) if plan is not None else None), reports

    @translating_errors
    def claim(self, verdict: Verdict, *, reply_to: str, seconds: float) -> Verdict:
        keys = [_key(verdict.id, "verdict"), reply_to]
        standing = self._claim(keys=keys, args=[encode(verdict), _ttl(seconds)])
        return verdict if standing is None else decode(cast(bytes, standing), Verdict)

    def stream(self, message_id: str, *, seconds: float) -> ReportStream:
        """For a task that runs several pools: it saves the plan and the reports, and reads the answers at the end."""
        return ReportStream(self._redis, message_id, _ttl(seconds))

    @translating_errors
    def standing(self, message_id: str) -> Verdict | None:
        data = cast("bytes | None", self._redis.get(_key(message_id, "verdict")))
        return decode(data, Verdict) if data is not None else None

    # Lifetime

    @translating_errors
    def keep(self, message_id: str, *, seconds: float) -> None:
        """Everything of the message that is still there lives at least that long (late work, retries)."""
        with self._redis.pipeline(transaction=False) as pipe:
            for what in ("raw", "job", "model", "reports", "attempts"):
                _keep(pipe, _key(message_id, what), seconds)
            pipe.execute()

    @translating_errors
    def keep_for_retry(self, message_id: str, fingerprint: str, *, seconds: float) -> None:
        """The reports live at least that long, so that a retried delivery of the same message finds them."""
        with self._redis.pipeline(transaction=False) as pipe:
            _keep(pipe, _key(message_id, "reports"), seconds)
            pipe.set(_retry_key(fingerprint), message_id, ex=_ttl(seconds))
            pipe.execute()

    @translating_errors
    def forget(self, *message_ids: str) -> None:
        """Free the bytes and the model. Reports and verdict stay until they expire: they are small."""
        whats = ("raw", "model", "job", "changes")
        self._redis.unlink(*(_key(message_id, what) for message_id in message_ids for what in whats))

    @translating_errors
    def memory_share(self) -> float:
        return memory_share(self._redis)


def check_whole(message_id: str, *, there: int, sent: int) -> None:
    """Raises StoreUnavailable for a message of which the store has not every byte, each once.

    A server that starts again empty in the middle of an upload keeps what comes after it, which alone may look clean.
    """
    if there != sent:
        raise StoreUnavailable(f"the store lost part of message {message_id}: {there} of {sent} bytes are there")


def _key(message_id: str, what: str) -> str:
    return f"{PREFIX}{message_id}:{what}"


def _retry_key(fingerprint: str) -> str:
    return f"{PREFIX}retry:{fingerprint}"


def _ttl(seconds: float) -> int:
    return max(1, int(seconds + 0.999))


def _count_attempt(pipe: Any, message_id: str, task: str, seconds: float) -> None:
    pipe.hincrby(_key(message_id, "attempts"), task, 1)
    pipe.expire(_key(message_id, "attempts"), _ttl(seconds))


def _keep(client: Any, key: str, seconds: float) -> None:
    """Never shortens a life: NX for a key without one, GT for one that would end earlier (Redis >= 7)."""
    client.expire(key, _ttl(seconds), nx=True)
    client.expire(key, _ttl(seconds), gt=True)


def _readable(data: bytes) -> PoolReport | None:
    try:
        return decode(data, PoolReport)
    except msgspec.DecodeError:
        return None
