"""What was known of a message when it was received: client, envelope sender and authentication, replayed from a file.

Nothing asks DNS: what it says today is not what it said then.
"""

from __future__ import annotations

import gzip
import lzma
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Literal

from msgspec import Struct

from mailcore.addresses import read_addresses
from mailcore.authentication import AuthFacts, AuthResult, AuthSource, DkimResult, are_aligned
from mailcore.errors import ConfigurationError
from mailcore.message import Envelope, Message

_COLUMNS = "path, client IP, HELO, MAIL FROM, SPF, DKIM, DMARC, with tabs between"
MAX_LINE = 8_192
MAX_SIGNATURES = 20

# Words of other programs. `bestguesspass` (Microsoft): there is no DMARC record; what SPF and DKIM say stands apart.
_WORDS = {
    "bestguesspass": AuthResult.NONE,
    "timeout": AuthResult.TEMPERROR,
    "tempfail": AuthResult.TEMPERROR,
    "temperr": AuthResult.TEMPERROR,
    "permfail": AuthResult.PERMERROR,
    "hardfail": AuthResult.FAIL,
    "invalid": AuthResult.PERMERROR,
    "ignore": AuthResult.NONE,
    "unknown": AuthResult.NONE,
    "test": AuthResult.NEUTRAL,
    "": AuthResult.NONE,
}
_SIGNING_DOMAIN = re.compile(r"(?:^|;)\s*d\s*=\s*([^;\s]{1,255})")


class Recorded(Struct, frozen=True, kw_only=True):
    """One row of an envelopes file, as written there."""

    client_address: str = ""
    helo: str = ""
    sender: str = ""
    spf: str = ""
    dkim: str = ""
    dmarc: str = ""

    @property
    def has_results(self) -> bool:
        """Whether somebody checked SPF, DKIM or DMARC then."""
        return bool(self.spf or self.dkim or self.dmarc)

    def envelope(self, received_at: float) -> Envelope:
        return Envelope(sender=self.sender, client_address=self.client_address, helo=self.helo, received_at=received_at)

    def auth(self, message: Message) -> AuthFacts | None:
        """The recorded results as facts; None where there are none, so that nobody takes "not known" for "none"."""
        if not self.has_results:
            return None
        senders = read_addresses(message.header("from"))
        from_domain = senders[0].host if senders else ""
        dmarc = result_of(self.dmarc)
        return AuthFacts(
            source=AuthSource.REPLAYED,
            from_domain=from_domain,
            spf=result_of(self.spf),
            spf_domain=(self.sender.rpartition("@")[2] or self.helo).lower().rstrip("."),
            dkim=_signatures(message, result_of(self.dkim), from_domain, dmarc),
            dmarc=dmarc,
        )


def result_of(word: str) -> AuthResult:
    """The result that a recorded word stands for; one that nobody knows says nothing."""
    lowered = word.strip().lower()
    if lowered in _WORDS:
        return _WORDS[lowered]
    return AuthResult(lowered) if lowered in list(AuthResult) else AuthResult.NONE


def _signatures(message: Message, result: AuthResult, from_domain: str, dmarc: AuthResult) -> tuple[DkimResult, ...]:
    """The recorded DKIM result with signing domains, which the file does not know.

    Which of several signatures passed is not recorded. DMARC tells: where it passed, all are believed; where it
    failed, none of the sender's own domain; where there is no DMARC, the topmost, which was added last.
    """
    if result is AuthResult.NONE:
        return ()
    found = [_SIGNING_DOMAIN.search(value) for value in message.header_values("dkim-signature")[:MAX_SIGNATURES]]
    domains = list(dict.fromkeys(match.group(1).lower().rstrip(".") for match in found if match))
    if result is AuthResult.PASS and dmarc is AuthResult.FAIL:
        domains = [domain for domain in domains if not are_aligned(domain, from_domain)]
    elif dmarc is not AuthResult.PASS:
        domains = domains[:1]
    return tuple(DkimResult(domain=domain, result=result) for domain in domains or [""])


def read_envelopes(file: Path) -> dict[str, Recorded]:
    """Rows by path. The file may be packed (`.xz`, `.gz`). Raises ConfigurationError with file and line."""
    rows: dict[str, Recorded] = {}
    try:
        for number, line in enumerate(_lines(file), start=1):
            columns = line.rstrip("\r\n").split("\t")
            if len(columns) != 7:
                raise ConfigurationError(f"{file}:{number}: expected {_COLUMNS}")
            path, client_address, helo, sender, spf, dkim, dmarc = columns
            rows[path] = Recorded(
                client_address=client_address, helo=helo, sender=sender, spf=spf, dkim=dkim, dmarc=dmarc
            )
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise ConfigurationError(f"{file}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    return rows


def _lines(file: Path) -> Iterator[str]:
    with open_text(file) as opened:
        while line := opened.readline(MAX_LINE):
            yield line


def open_text(file: Path, mode: Literal["rt", "wt"] = "rt") -> IO[str]:
    """A text file in UTF-8, packed or not by the ending of its name. Bytes that are no UTF-8 become U+FFFD."""
    if file.suffix == ".xz":
        return lzma.open(file, mode, encoding="utf-8", errors="replace")
    if file.suffix == ".gz":
        return gzip.open(file, mode, encoding="utf-8", errors="replace")
    return file.open(mode, encoding="utf-8", errors="replace")
