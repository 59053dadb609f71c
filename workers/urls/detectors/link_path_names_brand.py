"""A link whose path pretends to be a brand's."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from urllib.parse import unquote

from mailcore.brands import Brand, BrandIndex, name_key
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.entries import is_listed
from mailcore.fields.message import is_discussion
from mailcore.inside import is_inside
from mailcore.links import registered_domain, unicode_host
from mailcore.message import Link
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.urls.hosts import first_of_each_domain, path_of, sender_domains, targets, way

_SHORTEST = 4  # letters of a name that stands for a brand alone
_MOST_FOLDERS, _MOST_PATH = 12, 2_048  # of the path, folders and characters that are looked at
# Pages that ask for something, beside the name; a shop sells that brand, a paper writes about it.
_ASKS = re.compile(
    r"log-?[io]n|sign-?[io]n|verif|secur|account|password|passwd|webscr|updat|confirm|validat|auth|billing|wallet|unlock"
    r"|recover|\.php|\.html?$",
    re.IGNORECASE,
)
# Programs that organisations run on hosts of their own have the makers' names in their paths.
_RUN_BY_ALL = frozenset({"technology", "mail-and-sharing", "security", "education", "social", "streaming"})
# Folders of those who collect opinions and facts about other sites.
_ABOUT = frozenset({"review", "reviews", "website", "websites", "whois", "domain", "domains", "site", "sites", "host"})
_SERVICES = ("click_trackers", "file_sharing", "storage_buckets", "shorteners")


@detector(category="phishing", weight=3.0, lifecycle=Lifecycle.STABLE)
def link_path_names_brand(view: MailView, *, name_weight: float = 2.0) -> Iterable[Hit]:
    """A folder is called like a brand's domain, or like the brand in a path that asks for something.

    Copies of sign-in pages lie so on hijacked sites: `https://florist.example/www.bank.example/login.php`.
    """
    if not view.brands.brands or is_discussion(view.message, view.auth):
        return
    senders = sender_domains(view.message)
    named: dict[Link, tuple[str, Brand, bool]] = {}
    for link in targets(view.message):
        found = _named(path_of(link.href), view.brands)
        if found and link.domain not in senders and not is_inside(link.host) and not _is_spared(link, view):
            named[link] = found
    for index, link in enumerate(first_of_each_domain(sorted(named, key=lambda link: not named[link][2]))):
        folder, brand, is_domain = named[link]
        weight = None if is_domain else name_weight
        yield Hit(
            summary=f"A link to {unicode_host(link.host)} has {brand.name} in its path, to which it does not belong.",
            detail=f"{folder!r}; {brand.name} has {brand.shown_domains}; {way(link)}",
            where=Where(part=link.part, quote=link.written),
            weight=0.0 if index else weight,
        )


def _named(path: str, brands: BrandIndex) -> tuple[str, Brand, bool] | None:
    """The folder, whose it pretends to be, and whether it is a domain."""
    folders = [each.strip().lower() for each in unquote(path[:_MOST_PATH]).split("/")[1 : _MOST_FOLDERS + 1]]
    for before, folder in zip(("/", *folders), folders, strict=False):
        host = folder.removeprefix("www.")
        # Behind an empty folder or a scheme: an address inside of an archive's.
        if "." not in host or before in _ABOUT or before in ("http:", "https:", ""):
            continue
        if registered_domain(host) and (owners := brands.owners(host)):
            return folder, owners[0], True
    if not _ASKS.search(path):
        return None
    names = _names(brands)
    for at, folder in enumerate(folders):
        brand = names.get(_key(folder))
        if brand is not None and _ASKS.search("/".join((*folders[:at], *folders[at + 1 :], folder.partition(".")[2]))):
            return folder, brand, False
    return None


@functools.lru_cache(maxsize=8_192)  # the same folders stand in all links of a mail
def _key(folder: str) -> str:
    return name_key(folder.partition(".")[0])


@functools.lru_cache(maxsize=4)
def _names(brands: BrandIndex) -> dict[str, Brand]:
    """Names that are nobody else's word."""
    return {
        key: brand
        for brand in brands.brands
        if brand.sector not in _RUN_BY_ALL
        for name in (brand.name, *brand.aliases)
        if len(key := name_key(name)) >= _SHORTEST and not brands.is_ambiguous(key)
    }


def _is_spared(link: Link, view: MailView) -> bool:
    # Brands link to each other, and services of everybody have files that are called after what is in them.
    if view.brands.owners(link.host):
        return True
    return any(is_listed(link.host, view.lists.named(name)) for name in _SERVICES)
