"""What was found out about the sender, one line a check, for the terminal."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from rich.table import Table
from rich.text import Text

from mailchord.terminal_text import printable
from mailcore.authentication import AuthFacts, AuthResult, DkimResult, SpfIdentity

MOST_SIGNATURES = 10
MOST_LISTINGS = 10

_STYLES = {
    AuthResult.PASS: "green",
    AuthResult.FAIL: "red",
    AuthResult.SOFTFAIL: "yellow",
    AuthResult.PERMERROR: "yellow",
    AuthResult.TEMPERROR: "cyan",
}
_Row = tuple[str, AuthResult | None, str]


def authentication_table(auth: AuthFacts) -> Table:
    """A table of checks, results and what they rest on."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check, result, about in _rows(auth):
        shown = Text("") if result is None else Text(result.value, _STYLES.get(result, ""))
        table.add_row(check, shown, Text(printable(about)))
    return table


def _rows(auth: AuthFacts) -> Iterator[_Row]:
    yield from _client(auth)
    for outcome in auth.spf_outcomes:
        name = "SPF of HELO" if outcome.identity is SpfIdentity.HELO else "SPF"
        yield (
            name,
            outcome.result,
            _joined(outcome.domain, outcome.mechanism or str(outcome.reason or ""), outcome.detail),
        )
    if not auth.dkim:
        yield "DKIM", AuthResult.NONE, "not signed"
    for signature in auth.dkim[:MOST_SIGNATURES]:
        yield "DKIM", signature.result, _signature(signature)
    if len(auth.dkim) > MOST_SIGNATURES:
        yield "DKIM", None, f"and {len(auth.dkim) - MOST_SIGNATURES} more signatures"
    if auth.arc is not AuthResult.NONE:
        yield "ARC", auth.arc, _joined(" > ".join(auth.arc_sealers[:10]), auth.arc_reason)
    policy = f"p={auth.dmarc_policy} at {auth.dmarc_domain}" if auth.dmarc_policy else "no policy"
    yield "DMARC", auth.dmarc, _joined(auth.from_domain, policy, auth.dmarc_override or auth.dmarc_reason)
    if auth.has_bimi:
        yield "BIMI", None, f"{auth.from_domain} has a record"
    for hit in auth.lists[:MOST_LISTINGS]:
        yield f"in {hit.list}", None, _joined(hit.value, hit.subject, *hit.means, hit.reason)
    if len(auth.lists) > MOST_LISTINGS:
        yield "DNS lists", None, f"and {len(auth.lists) - MOST_LISTINGS} more listings"
    if auth.author_problems:
        yield "From", None, ", ".join(auth.author_problems)


def _client(auth: AuthFacts) -> Iterator[_Row]:
    client = auth.client
    if client is None:
        return
    where = f"behind {client.relays} of our own servers" if client.relays and not client.inferred else ""
    who = told(client.address, client.helo, client.sender, client.inferred)
    yield "client", None, _joined(*who, where, "" if client.address else client.reason)
    if client.reverse is not None:
        names = client.reverse.confirmed or client.reverse.names
        yield "its name", client.reverse.result, ", ".join(names[:3])


def told(address: str, helo: str, sender: str, inferred: Collection[str]) -> list[str]:
    """Client, HELO and envelope sender, as far as they are known; each that was only inferred says so."""
    values = (
        ("client_address", address, address),
        ("helo", helo, f"HELO {helo}"),
        ("sender", sender, f"MAIL FROM {sender}"),
    )
    return [f"{shown} (inferred)" if name in inferred else shown for name, value, shown in values if value]


def _signature(signature: DkimResult) -> str:
    key = f"{signature.key_bits} bits" if signature.key_bits else ""
    tail = f"{signature.unsigned_tail_bytes} bytes not signed" if signature.unsigned_tail_bytes else ""
    selector = f"selector {signature.selector}" if signature.selector else ""
    return _joined(signature.domain, selector, signature.algorithm, key, tail, signature.reason)


def _joined(*parts: str) -> str:
    return ", ".join(filter(None, parts))
