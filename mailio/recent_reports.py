"""The reports that are still in Redis: what a running installation found in the last minute or so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import redis
from msgspec import DecodeError, Struct

from mailcore.plan import Plan
from mailcore.verdict import PoolReport
from mailio.message_store import RedisMessageStore
from mailio.redis_client import PREFIX, translating_errors

_ENDING = ":reports"
_AT_ONCE = 500  # keys that one SCAN looks at: the server is never held up


class RecentReports(Struct, frozen=True, kw_only=True):
    """What is known of one message; `recipients` are those of its envelope."""

    id: str
    plan: Plan
    reports: tuple[PoolReport, ...]
    recipients: tuple[str, ...] = ()


def recent_reports(client: redis.Redis, *, limit: int) -> Iterator[RecentReports]:
    """Messages whose plan and reports are there, in no order, at most `limit`. Raises StoreUnavailable.

    Reports expire when their message can no longer be asked for: what came longer ago is not there.
    """
    store = RedisMessageStore(client)
    for message_id in _ids(client, limit):
        try:
            plan, reports = store.load_planned(message_id)
            job = store.peek_job(message_id)
        except DecodeError:  # of another version of mailchord
            continue
        if plan is not None:
            recipients = job.envelope.recipients if job is not None else ()
            yield RecentReports(id=message_id, plan=plan, reports=reports, recipients=recipients)


@translating_errors
def _ids(client: redis.Redis, limit: int) -> list[str]:
    """Ids of messages that have reports; SCAN may name a key twice."""
    found: dict[str, None] = {}
    for key in client.scan_iter(match=f"{PREFIX}*{_ENDING}", count=_AT_ONCE):
        found[cast(bytes, key).decode().removeprefix(PREFIX).removesuffix(_ENDING)] = None
        if len(found) >= limit:
            break
    return list(found)
