"""What `safe_links` and `arc` must satisfy: an address that stays whole in every mail, a key that seals."""

from __future__ import annotations

import re

from mailcore.safe_link_settings import Arc, SafeLinks
from mailio.yaml_document import Reject

# Only what is written the same way in text, in HTML, in quoted-printable and by every program that touches it.
_BASE_URL = re.compile(
    r"https://[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[1-9]\d{0,4})?(?:/[A-Za-z0-9_-]{1,40}){0,4}/?"
)
_ON_THIS_HOST = re.compile(r"http://(?:127\.0\.0\.1|localhost)(?::[1-9]\d{0,4})?(?:/[A-Za-z0-9_-]{1,40}){0,4}/?")
_LONGEST_BASE_URL = 200
_DOMAIN = re.compile(r"(?:[A-Za-z0-9_-]{1,63}\.)+[A-Za-z0-9-]{1,63}")
_SELECTOR = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63}){0,3}")


def check_safe_links(settings: SafeLinks, reject: Reject) -> None:
    """Raises ConfigurationError for the first setting that makes no sense."""
    section = "safe_links"
    url = settings.base_url
    is_url = _BASE_URL.fullmatch(url) or _ON_THIS_HOST.fullmatch(url)
    if url and (not is_url or len(url) > _LONGEST_BASE_URL):
        reject((section, "base_url"), f"expected https://HOST/PATH in small letters, without a query, got {url!r}")
    if settings.enabled and not url:
        reject((section, "base_url"), "safe links need the address of the click service: https://links.example.org/s")
    if settings.key_dir and not settings.key_dir.startswith("/"):
        reject((section, "key_dir"), f"expected an absolute path, got {settings.key_dir!r}")
    for name in ("never", "never_from"):
        for index, domain in enumerate(getattr(settings, name)):
            if not _DOMAIN.fullmatch(domain):
                reject((section, name, index), f"expected a domain such as example.org, got {domain!r}")


def check_arc(settings: Arc, reject: Reject) -> None:
    """Raises ConfigurationError for the first setting that makes no sense."""
    given = {name: getattr(settings, name) for name in settings.__struct_fields__}
    if any(given.values()):
        for name, value in given.items():
            if not value:
                reject(("arc", name), "domain, selector and key_file seal together: set this one too")
    if settings.domain and not _DOMAIN.fullmatch(settings.domain):
        reject(("arc", "domain"), f"expected a domain such as example.org, got {settings.domain!r}")
    if settings.selector and not _SELECTOR.fullmatch(settings.selector):
        reject(("arc", "selector"), f"expected a selector such as arc2026, got {settings.selector!r}")
    if settings.key_file and not settings.key_file.startswith("/"):
        reject(("arc", "key_file"), f"expected an absolute path, got {settings.key_file!r}")
