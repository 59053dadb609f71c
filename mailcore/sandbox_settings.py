"""Settings of the cage: the process in which the parsers of attachments and pictures run."""

from __future__ import annotations

import enum
from typing import Annotated

from msgspec import Meta, Struct


class Layer(enum.StrEnum):
    """What the cage is made of; each is there or not, depending on the kernel and on what is installed."""

    LIMITS = "limits"
    PRIVILEGES = "privileges"
    LANDLOCK = "landlock"
    SECCOMP = "seccomp"


class Cape(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A CAPE sandbox of your own, which is shown attachments after the answer (`docs/sandbox.md`)."""

    url: Annotated[
        str, Meta(description="Where it is: `https://cape.example.org`. Empty: there is none, and no file leaves.")
    ] = ""
    token_file: Annotated[str, Meta(description="File that holds the token of its REST interface.")] = ""
    private_addresses: Annotated[
        bool, Meta(description="Whether it may be at an address of an internal network, over plain HTTP too.")
    ] = True
    upload: Annotated[
        bool, Meta(description="Files that it does not know by their hash are sent to it. Otherwise hashes only.")
    ] = True
    files: Annotated[int, Meta(description="Attachments of one message that it is asked about.", ge=0)] = 2
    most_bytes: Annotated[int, Meta(description="Largest file that is sent.", gt=0)] = 20_971_520
    poll_seconds: Annotated[float, Meta(description="Pause before it is asked again how far it is.", ge=0.05)] = 5.0


class Sandbox(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The cage of the parsers (`docs/sandbox.md`)."""

    enabled: Annotated[
        bool, Meta(description="Open attachments and pictures in a process of its own that can do nothing else.")
    ] = True
    required: Annotated[
        tuple[Layer, ...],
        Meta(
            description="Layers without which nothing is started: `limits`, `privileges`, `landlock`, `seccomp`. "
            "`mailchord doctor` shows which there are."
        ),
    ] = ()
    memory_bytes: Annotated[
        int, Meta(description="Memory that the process may use, beside what it shares with its worker.", ge=67_108_864)
    ] = 536_870_912
    cape: Annotated[Cape, Meta(description="A CAPE sandbox of your own.")] = Cape()
    emulate_programs: Annotated[
        bool,
        Meta(
            description="Run Windows programs in an emulated Windows. It needs 'mailchord[emulation]'; without it, and "
            "with this on, the report on mail with programs says that they were not run."
        ),
    ] = True
    messages: Annotated[
        int, Meta(description="Messages after which a fresh process takes over: what one left behind ends there.", gt=0)
    ] = 500
