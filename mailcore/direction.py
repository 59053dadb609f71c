"""Which way a message goes, by who hands it in and who gets it: the same for every door."""

from __future__ import annotations

import ipaddress

from msgspec import Struct

from mailcore.addresses import domain_of
from mailcore.errors import ConfigurationError
from mailcore.ip_addresses import Network
from mailcore.message import Direction
from mailcore.settings import Networks


class Site(Struct, frozen=True, kw_only=True):
    """What is ours: networks of clients, and domains in lower case."""

    networks: tuple[Network, ...] = ()
    domains: frozenset[str] = frozenset()

    def direction(self, *, client_address: str, authenticated: bool, recipients: tuple[str, ...]) -> Direction:
        """Ours are clients that log in or come from our networks; ours are recipients in our domains.

        Without domains, and without recipients, all mail of our clients counts as outbound. Raises ValueError for a
        client that is no address.
        """
        if not (authenticated or self._has_client(client_address)):
            return Direction.INBOUND
        inside = recipients and all(domain_of(address) in self.domains for address in recipients)
        return Direction.INTERNAL if inside else Direction.OUTBOUND

    def _has_client(self, address: str) -> bool:
        if not address:
            return False
        client = ipaddress.ip_address(address)
        return any(client in network for network in self.networks)


def read_site(networks: Networks) -> Site:
    """What is ours by the settings; raises ConfigurationError for what is no network."""
    return Site(
        networks=tuple(_network(text) for text in networks.internal),
        domains=frozenset(name.lower().rstrip(".") for name in networks.local_domains),
    )


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise ConfigurationError(f"networks.internal: {error}: write it like 192.0.2.0/24") from error
