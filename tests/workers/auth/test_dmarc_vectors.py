"""Messages with the results that Authentication Milter gave them: DMARC ends here as it does there.

Of the other projects only sources, settings and reports about DMARC are there, and no cases with a zone.
"""

from __future__ import annotations

import re
from pathlib import Path

from mailcore.authentication import AuthResult
from mailcore.message import Envelope
from tests.corpora import vectors
from tests.workers.auth.verifying import facts_of

FOLDER = "milter/authentication_milter/t"
WHEN = 1_450_000_000.0

_RESULTS = re.compile(rb"(?:.*\n)*?(Authentication-Results: .*\n(?:[ \t].*\n)*)")
_DMARC = re.compile(r"\bdmarc=([a-z]+)")
_SPF = re.compile(r'spf=[a-z]+ smtp\.mailfrom="?([^\s"]*)"? smtp\.helo=([^\s;]+)')
_CLIENT = re.compile(r"iprev=[a-z]+ (?:smtp\.remote-ip|policy\.iprev)=(\S+)")
_RECEIVED_SPF = re.compile(rb"\nReceived-SPF: (?:.*\n[ \t])*?.*client-ip=([0-9a-fA-F.:]+)")


def cases() -> dict[str, tuple[bytes, str]]:
    """Messages by file, each with the field that the milter wrote."""
    found: dict[str, tuple[bytes, str]] = {}
    for path in sorted((vectors(FOLDER) / "data" / "example").glob("*.eml")):
        match = _RESULTS.match(path.read_bytes())
        if match and b"dmarc=" in match.group(1) and ".smtp." not in path.name:
            found[path.name] = (path.read_bytes(), match.group(1).decode("latin-1"))
    return found


def client_of(raw: bytes, field: str) -> str:
    """The client that the field names, or else what the milter wrote about SPF beside it."""
    if client := _CLIENT.search(field):
        return client.group(1)
    received = _RECEIVED_SPF.search(raw)
    return received.group(1).decode() if received else ""


def zone_of(folder: Path) -> str:
    """Its zone without a line that has no value."""
    return re.sub(r"(?m)^\S+[ \t]+TXT[ \t]*$", "", (folder / "zonefile").read_text(encoding="latin-1"))


def test_dmarc_ends_as_there() -> None:
    records = zone_of(vectors(FOLDER))
    different: dict[str, tuple[set[str], AuthResult]] = {}
    checked = cases()
    for name, (raw, field) in checked.items():
        spf, client = _SPF.search(field), client_of(raw, field)
        envelope = Envelope(
            sender=spf.group(1) if spf else "",
            helo=spf.group(2) if spf else "",
            client_address=client,
            received_at=WHEN,
        )
        dmarc = facts_of(raw, envelope, records=records).dmarc
        said = set(_DMARC.findall(field))
        # It writes a result for each address of From; here the strictest is that of the message.
        expected = AuthResult.FAIL if "fail" in said and len(said) > 1 else AuthResult(min(said))
        if dmarc is not expected:
            different[name] = (said, dmarc)
    assert not different
    assert len(checked) > 20
