"""Addresses of sockets as settings name them: `unix:/PATH`, `inet:PORT@HOST`, `inet6:PORT@HOST`."""

from __future__ import annotations

import re

ADDRESS = re.compile(r"unix:(?P<path>/.+)|inet6?:(?P<port>\d{1,5})@(?P<host>\S+)")
EXPECTED = "expected `unix:/absolute/path` or `inet:PORT@HOST` (`inet6:PORT@HOST`)"
HIGHEST_PORT = 65_535


def is_address(text: str) -> bool:
    """Whether a socket may have that address."""
    found = ADDRESS.fullmatch(text)
    return found is not None and is_port(found["port"] or "1")


def is_port(digits: str) -> bool:
    """Whether these digits are a port; 0 lets the system choose one."""
    return int(digits) <= HIGHEST_PORT
