"""The sandbox pool: code of attachments runs in a traced world, without a virtual machine; nothing real happens."""

from __future__ import annotations

from workers.code import FindCode
from workers.discovery import discover
from workers.pool import Pool
from workers.sandbox.gather import build_gather, build_look
from workers.sandbox.work import work

__all__ = ["build"]


def build(find_code: FindCode) -> Pool:
    """The pool over whatever finds the code in the files of a message."""
    return Pool(
        name="sandbox",
        work=work,
        gather=build_gather(find_code),
        gather_at_once=build_look(find_code),
        detectors=discover("workers.sandbox"),
    )
