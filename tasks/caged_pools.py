"""Puts the pools that open files into a cage: what they see goes in as bytes, their facts come out as bytes."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

import structlog
from msgspec import DecodeError, Struct, structs, to_builtins

from mailcore.authentication import AuthFacts
from mailcore.behaviour import Behaviour
from mailcore.errors import CageBroken, ConfigurationError
from mailcore.message import Envelope, Message
from mailcore.sandbox_settings import Sandbox
from mailcore.view import FileFacts, ImageFacts, MailView
from mailcore.wire import decode, encode
from mailio.cage import Cage
from mailio.cage_child import CagedWork
from mailio.cage_ports import Outside
from mailio.cage_wire import Ready
from workers.pool import DerivedText, Gather, Gathered, Pool

log = structlog.get_logger("mailchord.cage")

# Those whose libraries read formats of others from bytes of mail. HTML and MIME are read in bounds, in process.
CAGED = ("attachments", "ocr", "sandbox")
# What only helps a pool that is not in the cage itself (`tasks.following`).
CAGED_BESIDES = ("icons",)

# Code of strangers runs nowhere else: its engine cannot be stopped from within while it is busy by itself.
NEVER_UNCAGED = ("sandbox",)

# The work of a pool that stands in where nobody may wait.
AT_ONCE = "{}, at once"

# What cannot be loaded in a cage: these look for their C library with the help of other programs.
LOADED_BEFORE = {
    "attachments": ("magic", "libarchive.ffi"),
    "ocr": ("libarchive.ffi",),
    "sandbox": ("magic", "libarchive.ffi", "quickjs"),
}

NO_MESSAGE = MailView(envelope=Envelope(), message=Message(id=""))


class Seen(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a caged pool is told of a message. What does not change from message to message is there since the fork."""

    envelope: Envelope
    message: Message
    auth: AuthFacts = AuthFacts()


class Found(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a caged pool has gathered."""

    files: tuple[FileFacts, ...] = ()
    images: tuple[ImageFacts, ...] = ()
    problems: tuple[str, ...] = ()
    derived: tuple[DerivedText, ...] = ()
    bytes_read: int = 0
    is_whole: bool = True
    behaviour: tuple[Behaviour, ...] = ()
    is_cut_short: bool = False


def caged_pools(
    pools: Mapping[str, Pool], options: Sandbox, outside: Outside, *, unchanging: MailView = NO_MESSAGE
) -> dict[str, Pool]:
    """The pools, those that open files with their `gather` in a cage that they share.

    `unchanging` is a view with what is the same for all messages: lists, brands, organisation. Raises
    ConfigurationError where a layer is missing that the settings require.
    """
    names = [name for name in (*CAGED, *CAGED_BESIDES) if name in pools]
    if not options.enabled:
        return {name: pool for name, pool in pools.items() if name not in NEVER_UNCAGED}
    if not names:
        return dict(pools)
    works = {name: caged_work(pools[name].gather, unchanging) for name in names}
    at_once = {name: gather for name in names if (gather := pools[name].gather_at_once) is not None}
    works |= {AT_ONCE.format(name): caged_work(gather, unchanging) for name, gather in at_once.items()}
    cage = Cage(
        works,
        options=options,
        outside=outside,
        before_fork=lambda: load_before(names),
        tell=log_layers,
    )
    if options.required:
        try:
            cage.layers()
        except CageBroken as error:
            raise ConfigurationError(str(error)) from error
        finally:
            # Children of a worker start their own, when they know which messages need one.
            cage.close()
    caged = {
        name: structs.replace(
            pools[name],
            gather=caged_gather(name, cage),
            gather_at_once=caged_gather(AT_ONCE.format(name), cage) if name in at_once else None,
        )
        for name in names
    }
    return {**pools, **caged}


def log_layers(layers: Ready) -> None:
    """How the parsers of this process are closed in: a warning where something is missing."""
    say = log.warning if layers.missing else log.debug
    say("cage", active=layers.active, missing=layers.missing)


def load_before(names: list[str]) -> None:
    for name in names:
        for module in LOADED_BEFORE.get(name, ()):
            importlib.import_module(module)


def caged_gather(work: str, cage: Cage) -> Gather:
    """The outside: a `gather` that has that work done in the cage."""

    def gather(view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:
        head = encoded(Seen(envelope=view.envelope, message=view.message, auth=view.auth))
        answer = cage.run(work, head, parts, seconds=seconds)
        try:
            found = decode(answer, Found)
        except DecodeError as error:
            # It has been taken over: whatever it says from now on is somebody else's word.
            cage.close()
            raise CageBroken(f"what it answered makes no sense: {error}") from None
        return Gathered(
            view=structs.replace(view, files=found.files, images=found.images, behaviour=found.behaviour),
            problems=found.problems,
            derived=found.derived,
            bytes_read=found.bytes_read,
            is_whole=found.is_whole,
            is_cut_short=found.is_cut_short,
        )

    return gather


def caged_work(gather: Gather, unchanging: MailView) -> CagedWork:
    """The inside: the pool's own `gather`, from bytes to bytes."""

    def work(head: bytes, parts: Mapping[str, bytes], seconds: float) -> bytes:
        seen = decode(head, Seen)
        view = structs.replace(unchanging, envelope=seen.envelope, message=seen.message, auth=seen.auth)
        gathered = gather(view, parts, seconds=seconds)
        return encoded(
            Found(
                files=gathered.view.files,
                images=gathered.view.images,
                behaviour=gathered.view.behaviour,
                problems=gathered.problems,
                derived=gathered.derived,
                bytes_read=gathered.bytes_read,
                is_whole=gathered.is_whole,
                is_cut_short=gathered.is_cut_short,
            )
        )

    return work


def encoded(value: object) -> bytes:
    """The msgpack form. Names in files may hold halves of characters (lone surrogates), which become question marks."""
    try:
        return encode(value)
    except UnicodeEncodeError:
        return encode(_without_surrogates(to_builtins(value)))


def _without_surrogates(value: object) -> object:
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case list() | tuple():
            return [_without_surrogates(item) for item in value]
        case dict():
            return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
        case _:
            return value
