"""Builders of calendar files for tests (RFC 5545)."""

from __future__ import annotations

import base64


def invitation(
    organizer: str = "ann@example.com",
    *,
    method: str = "REQUEST",
    description: str = "Planning of the week",
    action: str = "DISPLAY",
    attached: dict[str, bytes] | None = None,
) -> bytes:
    """An invitation with an alarm, and files in it."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//EN", f"METHOD:{method}", "BEGIN:VEVENT",
        "DTSTART:20260105T090000Z", f"ORGANIZER;CN=\"Ann: Example\":mailto:{organizer}", "SUMMARY:Meeting",
        f"DESCRIPTION:{description}",
    ]  # fmt: skip
    for name, content in (attached or {}).items():
        encoded = base64.b64encode(content).decode()
        lines.append(
            f"ATTACH;FMTTYPE=application/octet-stream;ENCODING=BASE64;VALUE=BINARY;X-FILENAME={name}:{encoded}"
        )
    lines += ["BEGIN:VALARM", f"ACTION:{action}", "TRIGGER:-PT15M", "END:VALARM", "END:VEVENT", "END:VCALENDAR", ""]
    return "\r\n".join(_folded(line) for line in lines).encode()


def _folded(line: str) -> str:
    pieces = [line[start : start + 70] for start in range(0, len(line), 70)]
    return "\r\n ".join(pieces)
