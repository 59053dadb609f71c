"""How the data model travels: msgpack with validation on the way in."""

from __future__ import annotations

from typing import TypeVar

import msgspec

T = TypeVar("T")
_encoder = msgspec.msgpack.Encoder()
_decoders: dict[type, msgspec.msgpack.Decoder[object]] = {}


def encode(value: object) -> bytes:
    """The msgpack form of a model object."""
    return _encoder.encode(value)


def decode(data: bytes, kind: type[T]) -> T:
    """A model object from its msgpack form.

    Raises msgspec.DecodeError (msgspec.ValidationError for a wrong shape), also for text that is no UTF-8.
    """
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.msgpack.Decoder(kind)
    try:
        return decoder.decode(data)  # type: ignore[return-value]  # the decoder was made for this kind
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(str(error)) from error
