"""What code of a message did when it ran in a traced world, in which nothing real happens."""

from __future__ import annotations

import enum

from msgspec import Struct


class ActKind(enum.StrEnum):
    """What a script or a program does to the world that it believes to be in."""

    STARTS = "starts"  # a program: its command line
    FETCHES = "fetches"  # something from the network: method and address
    CONNECTS = "connects"  # to a host, or asks for its address: protocol, host and port
    WRITES = "writes"  # a file: its path, and how it begins
    SAVES = "saves"  # a page hands a file that it built to its reader: name, and how it begins
    DELETES = "deletes"  # a file
    REGISTERS = "registers"  # a value of the registry
    PERSISTS = "persists"  # comes back after the next start of the machine
    EVALUATES = "evaluates"  # text as code; machine code that was not in the program
    INJECTS = "injects"  # into another process: what, and which
    CREATES = "creates"  # an object of Windows
    ASKS_SYSTEM = "asks system"  # which processes, disks, protection there are
    SLEEPS = "sleeps"  # milliseconds
    NAVIGATES = "navigates"  # the reader, to an address
    LOADS = "loads"  # a script, a frame, a picture
    SENDS = "sends"  # a form
    SHOWS = "shows"  # markup or a message
    CALLS = "calls"  # a function of Windows, or one of another program that is known for its holes
    FILLS = "fills memory"  # with the same characters again and again
    REVEALS = "reveals"  # a command or an address that stood there in another form


class Act(Struct, frozen=True):
    """One thing done; `what` is at most 300 characters."""

    kind: ActKind
    what: str = ""


class Detonation(Struct, frozen=True, kw_only=True):
    """What a sandbox with virtual machines says of one attachment: `score` is 0 to 10, `signatures` are its words."""

    part: str
    name: str
    score: float = 0.0
    family: str = ""
    signatures: tuple[str, ...] = ()


class Behaviour(Struct, frozen=True, kw_only=True):
    """What one script or program did, in that order. `path` is its place among the files, `ended` why it ended early.

    `hidden` are the addresses that it came to and that do not stand in it as they are.
    """

    part: str
    path: str
    language: str
    acts: tuple[Act, ...] = ()
    hidden: tuple[str, ...] = ()
    ended: str = ""

    def of(self, *kinds: ActKind) -> tuple[Act, ...]:
        return tuple(act for act in self.acts if act.kind in kinds)
