"""What the section `feeds` must satisfy: names that can stand in findings, sources that can be asked."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from mailcore.domain_age_settings import DomainAge
from mailcore.feed_settings import Feed, FeedFormat, Feeds, is_local
from mailcore.link_opinions import LinkStanding
from mailio.yaml_document import Keys, Reject

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")  # stands in findings, names of files and of variables

_DOMAIN = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){0,20}")


def check_feeds(settings: Feeds, reject: Reject) -> None:
    """Raises ConfigurationError for the first list that makes no sense."""
    _check_domain_age(settings.domain_age, reject)
    for name, feed in settings.lists.items():
        keys: Keys = ("feeds", "lists", name)
        if not _NAME.fullmatch(name):
            reject(keys, "names of lists are of a-z, 0-9, _ and -, at most 40 characters")
        _check_source(feed, keys, reject)
        if feed.format is FeedFormat.SAFE_BROWSING:
            _check_safe_browsing(feed, keys, reject)
        if feed.key_file and not feed.key_file.startswith("/"):
            reject((*keys, "key_file"), f"expected an absolute path, got {feed.key_file!r}")
        if feed.enabled and "{key}" in feed.source and not feed.key_file:
            reject((*keys, "key_file"), "it answers nobody without a key: name the file that holds it")
        if not feed.user_agent.isascii() or not feed.user_agent.isprintable() or not feed.user_agent:
            reject((*keys, "user_agent"), "expected printable ASCII characters")


def _check_domain_age(settings: DomainAge, reject: Reject) -> None:
    bootstrap = Feed(source=settings.bootstrap, private_addresses=settings.private_addresses)
    if is_local(bootstrap):
        reject(("feeds", "domain_age", "bootstrap"), "expected https://HOST/PATH")
    _check_source(bootstrap, ("feeds", "domain_age"), reject)
    for domain in settings.never:
        if not _DOMAIN.fullmatch(domain):
            reject(("feeds", "domain_age", "never"), f"expected domains in lower case, got {domain!r}")


def _check_safe_browsing(feed: Feed, keys: Keys, reject: Reject) -> None:
    if is_local(feed) or "{key}" in feed.source:
        reject((*keys, "source"), "expected the address of the service, without a key: https://HOST/v5")
    if feed.kind is not LinkStanding.BAD:
        reject((*keys, "kind"), "expected bad: that list has nothing good")
    if feed.enabled and not feed.key_file:
        reject((*keys, "key_file"), "it answers nobody without a key: name the file that holds it")


def _check_source(feed: Feed, keys: Keys, reject: Reject) -> None:
    if is_local(feed):
        return
    schemes = ("https", "http") if feed.private_addresses else ("https",)
    try:
        url = urlsplit(feed.source)
        sound = url.scheme in schemes and bool(url.hostname) and not url.username and (url.port or 1) > 0
    except ValueError:
        sound = False
    # The value is not repeated: people put keys into it.
    if not sound or not feed.source.isascii() or not feed.source.isprintable() or " " in feed.source:
        plain = "" if feed.private_addresses else " (plain http only with private_addresses)"
        reject((*keys, "source"), f"expected https://HOST/PATH, or the absolute path of a file{plain}")
