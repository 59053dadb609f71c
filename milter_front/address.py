"""Addresses as they stand in milter arguments, brought to the form of `Envelope`."""

from __future__ import annotations

import ipaddress
import socket


def decode_text(data: bytes) -> str:
    """UTF-8 (RFC 6531) where it is, else latin-1: every byte survives, and the result has no surrogates."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def is_nameable(argument: bytes) -> bool:
    """Whether the MTA can be told this address again: pymilter speaks UTF-8 only."""
    try:
        argument.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def envelope_address(argument: bytes) -> str:
    """The address in a MAIL or RCPT argument: without angle brackets and source route (RFC 5321, appendix C)."""
    text = decode_text(argument).strip()
    if text.startswith("<") and text.endswith(">"):
        text = text[1:-1]
    if text.startswith("@") and ":" in text:
        text = text.partition(":")[2]
    return text


def client_ip(family: int, address: object) -> str:
    """The client's IP address as libmilter reports it; "" for Unix sockets and unknown clients.

    IPv4 addresses that came in over an IPv6 socket are given as IPv4.
    """
    if family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple) or not address:
        return ""
    try:
        ip = ipaddress.ip_address(str(address[0]))
    except ValueError:
        return ""
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return str(mapped or ip)


def client_name(reported: str) -> str:
    """The client's verified host name; MTAs report "[192.0.2.1]" or "unknown" where there is none."""
    return "" if reported.startswith("[") or reported == "unknown" else reported
