"""The inside of a cage: takes one piece of work after the other until its parent is gone."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Mapping
from typing import NoReturn

from mailcore.wire import decode, encode
from mailio.cage_layers import close_in
from mailio.cage_ports import Outside
from mailio.cage_wire import Channel, Kind, Request, failure
from mailio.privileges import die_with_parent

# Work that runs in a cage: its description, the bytes of mail by name, the seconds it has; gives its answer.
CagedWork = Callable[[bytes, Mapping[str, bytes], float], bytes]

ENDED, LOST, BROKEN = 0, 1, 70


def live(
    descriptor: int,
    shared: int,
    works: Mapping[str, CagedWork],
    outside: Outside,
    *,
    parent: int,
    readable: Iterable[str],
    memory_bytes: int,
) -> NoReturn:
    """The whole life of a cage, from the fork to its end. Nothing of the parent is ever run again."""
    status = BROKEN
    try:
        die_with_parent()
        if os.getppid() != parent:
            os._exit(LOST)
        # No collection looks at what came from the parent: it would copy every page of it.
        gc.freeze()
        channel = Channel(descriptor)
        outside.ask_parent(channel)
        layers = close_in(readable, memory_bytes=memory_bytes, keep=frozenset({descriptor, shared}))
        channel.send(Kind.READY, encode(layers))
        while True:
            _serve(channel, shared, works)
    except (EOFError, OSError):
        status = ENDED
    finally:
        os._exit(status)


def _serve(channel: Channel, shared: int, works: Mapping[str, CagedWork]) -> None:
    """One piece of work. Raises EOFError or OSError when the parent is gone."""
    _, payload = channel.receive()
    request = decode(payload, Request)
    kind, answer = _work(request, shared, works)
    try:
        channel.send(kind, answer)
    except ValueError as error:
        channel.send(Kind.FAILURE, failure(error))


def _work(request: Request, shared: int, works: Mapping[str, CagedWork]) -> tuple[Kind, bytes]:
    try:
        head = _read(shared, 0, request.head)
        parts, begin = {}, request.head
        for name, size in request.parts:
            parts[name] = _read(shared, begin, size)
            begin += size
        return Kind.ANSWER, works[request.work](head, parts, request.seconds)
    except Exception as error:  # noqa: BLE001  # whatever a parser raises: the parent hears of it, and judges it
        return Kind.FAILURE, failure(error)


def _read(shared: int, begin: int, size: int) -> bytes:
    """Bytes of the shared memory, copied once; one call of the kernel gives 2 GB at most, more than any mail."""
    return os.pread(shared, size, begin)
