"""What an operator should know of settings of the connection filter that are allowed, and may cost good mail."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.connections import Connections, NameRule, Refusal
from mailcore.settings import Settings

LIMITS = (
    "connections_per_client",
    "messages_per_connection",
    "recipients_per_message",
    "messages_per_sender",
    "messages_per_user",
    "recipients_per_user",
)
LEAST_RECIPIENTS = 100  # RFC 5321, 4.5.3.1.8
LEAST_IPV4_PREFIX = 24


def limits_in_use(limits: Connections) -> dict[str, int]:
    """The limits that are on, by name."""
    return {name: getattr(limits, name) for name in LIMITS if getattr(limits, name)}


def connection_notes(settings: Settings) -> Iterator[str]:
    """One line each, beginning with the setting."""
    limits, greylisting = settings.connections, settings.greylisting
    used = limits_in_use(limits)
    if used and limits.action is Refusal.REJECT:
        yield "connections.action: reject: mail over a limit is lost; with tempfail it comes again"
    if 0 < limits.recipients_per_message < LEAST_RECIPIENTS:
        yield (
            f"connections.recipients_per_message: {limits.recipients_per_message}: servers may send "
            f"{LEAST_RECIPIENTS} at once (RFC 5321); those who do need several tries"
        )
    if limits.ipv4_prefix < LEAST_IPV4_PREFIX and "connections_per_client" in used:
        yield f"connections.ipv4_prefix: {limits.ipv4_prefix}: many who do not know each other count as one client"
    if limits.names.no_reverse_name is NameRule.REJECT:
        yield "connections.names.no_reverse_name: reject: good mail is refused for good while the DNS fails"
    if greylisting.enabled and greylisting.known_senders and not settings.correspondents.enabled:
        yield "greylisting.known_senders: nobody is known while correspondents.enabled is false"
