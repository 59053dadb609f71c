"""Settings of the service itself: where held mail lies, the health endpoint, log lines."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class QuarantineSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    directory: Annotated[
        str, Meta(description="Where held mail is kept; empty: `quarantine` in the state directory.")
    ] = ""


class Health(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    listen: Annotated[str, Meta(description="`HOST:PORT` of the health endpoint; empty: none.")] = "127.0.0.1:8892"


class Logging(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    level: Annotated[str, Meta(description="debug, info, warning or error.")] = "info"
    format: Annotated[str, Meta(description="`json` or `text`.")] = "json"
