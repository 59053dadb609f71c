"""Ports that caged work needs of the outside (OCR, a virus scanner): called in place, or by the parent of a cage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from mailcore.ports import TextRecognizer
from mailcore.wire import encode
from mailio.cage_wire import Call, Channel, Kind, NoSense, read_failure


class Port(Protocol):
    """Something of the outside: bytes in, bytes out."""

    def __call__(self, payload: bytes, *, seconds: float) -> bytes:
        """Raises TimeoutError past `seconds`, ValueError for what it cannot read, OSError where it does not run."""


# What a port may raise comes out in the cage as it went in.
ERRORS: Mapping[str, type[Exception]] = {"TimeoutError": TimeoutError, "ValueError": ValueError, "OSError": OSError}


class Outside:
    """The ports of this installation by name, made before the pools that use them.

    Outside of a cage a port is called where it is needed. A cage, which may not do what ports do, asks its parent.
    """

    def __init__(self) -> None:
        self._ports: dict[str, Port] = {}
        self._parent: Channel | None = None

    def add(self, name: str, port: Port) -> Port:
        """The same port, as something that can be called in a cage too."""
        self._ports[name] = port

        def call(payload: bytes, *, seconds: float) -> bytes:
            return self._ask(name, payload, seconds) if self._parent else port(payload, seconds=seconds)

        return call

    def recognizer(self, name: str, recognise: TextRecognizer) -> TextRecognizer:
        """The same recognizer, as something that can be called in a cage too."""
        port = self.add(
            name, lambda payload, *, seconds: recognise(payload, seconds=seconds).encode("utf-8", "replace")
        )
        return lambda picture, *, seconds: port(picture, seconds=seconds).decode("utf-8", "replace")

    def run(self, name: str, payload: bytes, *, seconds: float) -> bytes:
        """What the parent does for its cage. Raises NoSense for a port that does not exist, and what ports raise."""
        port = self._ports.get(name)
        if port is None:
            raise NoSense(f"a call of {name[:50]!r}, which does not exist")
        return port(payload, seconds=seconds)

    def ask_parent(self, channel: Channel) -> None:
        """In a cage: from now on every port is called through that channel."""
        self._parent = channel

    def _ask(self, name: str, payload: bytes, seconds: float) -> bytes:
        assert self._parent is not None  # noqa: S101  # asked by the only caller
        self._parent.send(Kind.CALL, encode(Call(port=name, seconds=seconds, payload=payload)))
        kind, answer = self._parent.receive()
        if kind is Kind.PORT_ERROR:
            failure = read_failure(answer)
            raise ERRORS.get(failure.name, OSError)(failure.words)
        return answer
