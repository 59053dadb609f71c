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
    memory_bytes: Annotated[int, Meta(description="Memory that the process may use.", ge=67_108_864)] = 536_870_912
    messages: Annotated[
        int, Meta(description="Messages after which a fresh process takes over: what one left behind ends there.", gt=0)
    ] = 500
