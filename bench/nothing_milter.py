"""The limit: a milter on pymilter that reads every byte of the message and accepts."""

from __future__ import annotations

import sys

import Milter


class ReadAndAccept(Milter.Base):  # type: ignore[misc]  # pymilter has no type information
    """Takes part in every step that a scanner needs, and keeps nothing."""

    @Milter.noreply  # type: ignore[untyped-decorator]
    def header(self, _name: str, _value: str) -> int:
        return int(Milter.CONTINUE)

    @Milter.noreply  # type: ignore[untyped-decorator]
    def eoh(self) -> int:
        return int(Milter.CONTINUE)

    @Milter.noreply  # type: ignore[untyped-decorator]
    def body(self, _chunk: bytes) -> int:
        return int(Milter.CONTINUE)

    def eom(self) -> int:
        return int(Milter.ACCEPT)


def main() -> None:
    Milter.factory = ReadAndAccept
    Milter.runmilter("nothing", sys.argv[1], 120)


if __name__ == "__main__":
    main()
