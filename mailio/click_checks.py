"""What `clicks` and `following` must satisfy: places that can be listened at, scores that make sense, a proxy."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from mailcore.click_settings import Clicks
from mailcore.follow_settings import Following
from mailio.socket_addresses import is_port
from mailio.yaml_document import Reject

_LISTEN = re.compile(r"(\[[0-9a-fA-F:.]+\]|[\w.-]+):(\d{1,5})")
_PROXY = re.compile(r"http://[\w.\[\]:-]{1,260}/?")


def read_listen(listen: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT` or `[HOST]:PORT`. Raises ValueError."""
    found = _LISTEN.fullmatch(listen)
    if found is None or not is_port(found[2]):
        raise ValueError(f"expected HOST:PORT, such as 127.0.0.1:8895, got {listen!r}")
    return found[1].strip("[]"), int(found[2])


def check_clicks(clicks: Clicks, reject: Reject) -> None:
    """Raises ConfigurationError for the first setting that makes no sense."""
    if clicks.listen:
        try:
            read_listen(clicks.listen)
        except ValueError as error:
            reject(("clicks", "listen"), str(error))
    if clicks.block_score < clicks.warn_score:
        reject(("clicks", "block_score"), f"below warn_score ({clicks.warn_score:g}): nobody would ever be warned")
    for index, proxy in enumerate(clicks.trusted_proxies):
        try:
            ipaddress.ip_network(proxy)
        except ValueError:
            reject(("clicks", "trusted_proxies", index), f"expected an address or a network, got {proxy!r}")


def check_following(following: Following, reject: Reject) -> None:
    """Raises ConfigurationError for the first setting that makes no sense."""
    if following.proxy and (not _PROXY.fullmatch(following.proxy) or not urlsplit(following.proxy).hostname):
        reject(("following", "proxy"), f"expected http://HOST:PORT, got {following.proxy!r}")
