"""What a program that opens archives is asked for, and what it found in one."""

from __future__ import annotations

from msgspec import Struct


class UnpackRequest(Struct, frozen=True, kw_only=True, array_like=True):
    """An archive, a password ("" for none), and how much of it is wanted at most."""

    data: bytes
    password: str = ""
    most_bytes: int = 0
    most_members: int = 0


class UnpackedMember(Struct, frozen=True, kw_only=True, array_like=True):
    """One member: its name is data, never a path. `problem`: why `content` is not whole, "" where it is."""

    name: str
    content: bytes = b""
    is_file: bool = True
    encrypted: bool = False
    problem: str = ""


class Unpacked(Struct, frozen=True, kw_only=True, array_like=True):
    """The members in their order. `is_locked`: the password does not open it. `problem`: why nothing more was found;
    `is_missing`: because the program is not installed."""

    members: tuple[UnpackedMember, ...] = ()
    is_locked: bool = False
    problem: str = ""
    is_missing: bool = False
