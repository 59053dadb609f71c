"""Text for a terminal: what strangers wrote, made harmless, and numbers and times as people read them."""

from __future__ import annotations

from datetime import UTC, datetime

_UNITS = ("bytes", "kB", "MB", "GB")


def printable(text: str) -> str:
    """Text of a mail must not steer the terminal of whoever reads about it: such characters are written out."""
    return "".join(letter if letter.isprintable() else _escaped(letter) for letter in text)


def size(count: float) -> str:
    """Bytes as people read them, by 1,024: "512 bytes", "1.37 MB"."""
    amount, unit = float(count), 0
    while amount >= 1_024 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1_024, unit + 1
    if not unit or amount >= 100:
        return f"{amount:,.0f} {_UNITS[unit]}"
    return f"{amount:.3g} {_UNITS[unit]}"


def time_text(at: float) -> str:
    """Seconds since the epoch as ISO 8601 in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _escaped(letter: str) -> str:
    code = ord(letter)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
