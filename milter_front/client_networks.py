"""Clients by network: which of them are spared."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from mailcore.errors import ConfigurationError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class NetworkSet:
    """Networks as a set: a look-up costs one step for each length of prefix that occurs, however many there are."""

    def __init__(self, texts: Iterable[str], *, setting: str) -> None:
        """Raises ConfigurationError, with the name of the setting, for what is no network."""
        self._networks: dict[tuple[int, int], set[int]] = {}
        for text in texts:
            network = _network(text, setting)
            bits = network.max_prefixlen - network.prefixlen
            self._networks.setdefault((network.version, bits), set()).add(int(network.network_address) >> bits)

    def __contains__(self, address: str) -> bool:
        if not address:
            return False
        ip = ipaddress.ip_address(address)
        number = int(ip)
        return any(
            version == ip.version and number >> bits in known for (version, bits), known in self._networks.items()
        )


def _network(text: str, setting: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise ConfigurationError(f"{setting}: {error}: write it like 192.0.2.0/24") from error
