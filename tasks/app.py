"""The Celery application: settings with their reasons, and the tasks, each a few lines around a plain function."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from billiard.exceptions import SoftTimeLimitExceeded
from celery import Celery, chord
from kombu.entity import Queue

from mailcore.settings import AUTH, Settings
from mailio.redis_client import kombu_url
from mailio.urls_of_redis import RedisUrls
from tasks.aggregate import aggregate
from tasks.auth_queue import AuthQueue
from tasks.celery_repairs import PromptAMQP, repair_redis_transport
from tasks.equipment import Equipment
from tasks.intake import intake
from tasks.memory_limit import delivered_again_without_memory
from tasks.queues import AGGREGATE, INTAKE, LATE, QUEUES, late_task, scan_task
from tasks.scan import scan, scan_late, verify

INTERRUPTS: tuple[type[Exception], ...] = (SoftTimeLimitExceeded,)

# A child that does not heed its soft limit (a C parser cannot be interrupted) is killed this much later.
GRACE_SECONDS = 3.0


def make_app(settings: Settings) -> Celery:
    """The application without tasks: enough to look at workers and queues, and for Flower."""
    repair_redis_transport()
    app = Celery("mailchord", amqp=PromptAMQP, set_as_current=False)
    broker = kombu_url(RedisUrls.of(settings.redis).broker)
    app.conf.update(configuration(settings, broker))
    return app


def configuration(settings: Settings, broker: str) -> dict[str, Any]:
    """Celery's settings; every one that is not a default has its reason."""
    longest = longest_task(settings)
    transport = {
        # Must exceed the longest task, or a running one is delivered twice; celery#7651: in all three places.
        "visibility_timeout": visibility_timeout(settings),
        "socket_timeout": max(5.0, settings.redis.timeout_seconds),
        "socket_connect_timeout": settings.redis.timeout_seconds,
        "socket_keepalive": True,
        "health_check_interval": 10,
    }
    return {
        "broker_url": broker,
        "result_backend": broker,
        # Only ids cross the broker: JSON, never pickle.
        "task_serializer": "json",
        "result_serializer": "json",
        "accept_content": ["json"],
        "task_queues": [Queue(name, routing_key=name) for name in QUEUES],
        "task_default_queue": INTAKE,
        "task_create_missing_queues": False,
        # A task whose worker dies is delivered again; the attempts are counted in `tasks.intake` (celery#9082 loops).
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        # How long a dead child may have left a result behind; 10 s by default, which is half of a deadline.
        "worker_lost_wait": 0.2,
        # One message at a time a process: a second one would wait behind a slow first one.
        "worker_prefetch_multiplier": 1,
        "broker_transport_options": transport,
        "result_backend_transport_options": transport,
        "visibility_timeout": visibility_timeout(settings),
        # Keys of a chord must outlive the worst queueing time, or the join loses parts without a word.
        "result_expires": int(longest * 2 + settings.front.deadline_seconds + 120),
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        # Events cost 10 to 30 % (docs/performance.md): only a dashboard asks for them (`worker --events`).
        "worker_send_task_events": False,
        "task_send_sent_event": False,
        # A task that runs when the broker goes away may still end and save its report.
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "task_track_started": False,
        "enable_utc": True,
    }


def longest_task(settings: Settings) -> float:
    """Seconds that the longest task may take, its grace included."""
    longest = max((max(pool.seconds, pool.late_seconds) for pool in settings.pools.values()), default=0.0)
    return max(longest, settings.front.deadline_seconds) + GRACE_SECONDS


def visibility_timeout(settings: Settings) -> int:
    """Seconds after which the broker takes an unacknowledged task for lost."""
    return int(longest_task(settings) * 2 + 60)


def register_tasks(app: Celery, equipment: Equipment) -> None:
    """Bind the task bodies to the application. Duplicate deliveries are harmless: reports and verdicts are keyed."""
    fan_out = fan_out_of(app, equipment.auth_queue)
    go_on_late = late_publisher(app)
    deadline = equipment.settings.front.deadline_seconds

    @app.task(name=INTAKE, ignore_result=True, **limits(deadline))  # type: ignore[untyped-decorator]
    def intake_task(message_id: str) -> None:
        delivered_again_without_memory(intake, message_id, equipment, fan_out)

    @app.task(name=AGGREGATE, ignore_result=True, **limits(10.0))  # type: ignore[untyped-decorator]
    def aggregate_task(message_id: str) -> None:
        delivered_again_without_memory(aggregate, message_id, equipment)

    for pool in equipment.scanner.pools:
        if pool == AUTH:
            register_auth(app, equipment)
        else:
            register_pool(app, pool, equipment, go_on_late)


def register_auth(app: Celery, equipment: Equipment) -> None:
    """No part of a chord: intake goes on after it. Its limits strike only where it runs in a child process."""
    seconds = equipment.settings.pools[AUTH].seconds

    @app.task(name=scan_task(AUTH), ignore_result=True, **limits(seconds))  # type: ignore[untyped-decorator]
    def verify_sender(message_id: str, published_at: float) -> None:
        delivered_again_without_memory(verify, message_id, published_at, equipment)


def register_pool(app: Celery, pool: str, equipment: Equipment, go_on_late: Callable[[str, str], None]) -> None:
    options = equipment.settings.pools[pool]

    @app.task(name=scan_task(pool), **limits(options.seconds))  # type: ignore[untyped-decorator]
    def scan_one(message_id: str, published_at: float) -> None:
        delivered_again_without_memory(scan, message_id, pool, published_at, equipment, go_on_late)

    @app.task(name=late_task(pool), ignore_result=True, **limits(options.late_seconds))  # type: ignore[untyped-decorator]
    def scan_one_late(message_id: str) -> None:
        delivered_again_without_memory(scan_late, message_id, pool, equipment)


def limits(seconds: float) -> dict[str, float]:
    """The soft limit is a net under the pool's own alarm; past the hard one the child is killed."""
    return {"soft_time_limit": seconds + 1.0, "time_limit": seconds + GRACE_SECONDS}


def fan_out_of(app: Celery, auth_queue: AuthQueue | None) -> Callable[[str, Sequence[str]], None]:
    def fan_out(message_id: str, pools: Sequence[str]) -> None:
        """Publish one task a pool and the aggregator as the body of their chord; `auth` goes before all that alone."""
        if AUTH in pools and auth_queue is not None:
            auth_queue.hand_over(message_id)
            return
        now = time.time()
        header = [app.signature(scan_task(pool), args=(message_id, now), queue=pool, immutable=True) for pool in pools]
        body = app.signature(AGGREGATE, args=(message_id,), queue=AGGREGATE, immutable=True)
        chord(header, body, app=app).apply_async()

    return fan_out


def late_publisher(app: Celery) -> Callable[[str, str], None]:
    def go_on_late(message_id: str, pool: str) -> None:
        app.send_task(late_task(pool), args=(message_id,), queue=LATE, ignore_result=True)

    return go_on_late
