"""A worker must survive the loss of its broker and of its children, and be back soon: repairs of Celery's machinery."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery.app.amqp import AMQP
from celery.concurrency.asynpool import AsynPool
from celery.concurrency.prefork import TaskPool
from kombu.connection import Connection
from kombu.transport import redis as transport
from kombu.transport import virtual


class PatientQoS(transport.QoS):
    """Gives messages back, or acknowledges them, only where there is still a connection to do it through.

    With kombu 5.7 a worker that holds a message when Redis goes away, or ends one on a channel that was
    closed meanwhile, dies of an AttributeError instead of connecting again. What cannot be given back or
    acknowledged now is delivered again after the visibility timeout, which does no harm: reports and verdicts
    are keyed, and the front has answered by then.
    """

    @property
    def _is_lost(self) -> bool:
        return getattr(self.channel.connection, "client", None) is None

    def restore_unacked(self, client: Any = None) -> Any:
        if client is None and self._is_lost:
            self._delivered.clear()
            return []
        return super().restore_unacked(client)  # type: ignore[no-untyped-call]

    def ack(self, delivery_tag: str) -> None:
        if self._is_lost:
            virtual.QoS.ack(self, delivery_tag)
        else:
            super().ack(delivery_tag)  # type: ignore[no-untyped-call]

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        if self._is_lost:
            virtual.QoS.ack(self, delivery_tag)
        else:
            super().reject(delivery_tag, requeue)  # type: ignore[no-untyped-call]


class ThriftyChannel(transport.Channel):
    """Keeps the client that it acknowledges through. kombu makes a new one each time, twice a task."""

    QoS = PatientQoS
    _kept: Any = None

    @contextmanager
    def conn_or_acquire(self, client: Any = None) -> Iterator[Any]:
        if client is None and self._kept is None:
            self._kept = self._create_client()  # type: ignore[no-untyped-call]
        yield client or self._kept


class PromptConnection(Connection):
    """Tries again every few seconds. Celery's own pauses grow to 30 s, which is longer than mail may wait."""

    def ensure_connection(self, *args: Any, **kwargs: Any) -> Any:
        pauses = {"interval_start": 0.5, "interval_step": 0.5, "interval_max": 3.0}
        return super().ensure_connection(*args, **{**pauses, **kwargs})  # type: ignore[no-untyped-call]


class PromptAMQP(AMQP):  # type: ignore[misc]
    """Celery's messaging on connections that come back soon."""

    Connection = PromptConnection


class PromptAsynPool(AsynPool):  # type: ignore[misc]  # billiard publishes no types
    """Looks for dead children four times a second.

    Celery does it every 5 s, and a task is delivered again only at the second look: half of a deadline has passed.
    """

    @property
    def timers(self) -> dict[Any, float]:
        return {self.maintain_pool: 0.25}


class PromptTaskPool(TaskPool):  # type: ignore[misc]  # billiard publishes no types
    """The prefork pool on `PromptAsynPool`."""

    Pool = PromptAsynPool


def repair_redis_transport() -> None:
    """Use `ThriftyChannel`, and with it `PatientQoS`, in every connection to Redis from now on."""
    transport.Transport.Channel = ThriftyChannel
