"""Loads the brands of `configs/brands/` from disk: every `*.yaml` file there, one sector or one user's own a file."""

from __future__ import annotations

import re
from pathlib import Path

from msgspec import Struct, structs

from mailcore.brands import Brand, BrandIndex, name_key
from mailcore.errors import ConfigurationError
from mailio.yaml_document import Reader, read_document

_DOMAIN = re.compile(r"(?=.{3,253}$)[a-z0-9*](?:[a-z0-9.*-]*[a-z0-9*])")
_ONE_NAME = re.compile(r"[^*]+\.\*")


class BrandFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file. `more_domains` adds domains to brands of other files, by name: what an installation found missing."""

    sector: str = ""
    brands: tuple[Brand, ...] = ()
    more_domains: dict[str, tuple[str, ...]] = {}


def load_brands(directory: Path) -> BrandIndex:
    """The index of all brands; an installation without that directory has none.

    Raises ConfigurationError (file:line) for what cannot be read, unknown keys, names used twice and domains that are
    none.
    """
    brands: dict[str, Brand] = {}
    places: dict[str, str] = {}
    more: list[tuple[str, tuple[str, ...], str]] = []
    for path in sorted(directory.rglob("*.yaml")):
        reader = Reader(read_document(path), {})
        file: BrandFile = reader.read(BrandFile())
        for number, brand in enumerate(file.brands):
            _check(brand, reader, number, places)
            brands[name_key(brand.name)] = structs.replace(brand, sector=brand.sector or file.sector)
        for name, domains in file.more_domains.items():
            more.append((name, domains, reader.place(("more_domains", name))))
            for index, domain in enumerate(domains):
                _check_domain(domain, reader, ("more_domains", name, index))
    for name, domains, place in more:
        known = brands.get(name_key(name))
        if known is None:
            raise ConfigurationError(f"{place}: more_domains: there is no brand {name!r}")
        brands[name_key(name)] = structs.replace(known, domains=(*known.domains, *domains))
    return BrandIndex(brands.values())


def _check(brand: Brand, reader: Reader, number: int, places: dict[str, str]) -> None:
    keys = ("brands", number)
    if not brand.domains:
        reader.reject((*keys, "domains"), f"{brand.name!r} needs at least one domain of its own")
    for name in brand.names:
        key = name_key(name)
        if not key:
            reader.reject((*keys, "name"), f"{name!r} has no letters")
        if key in places:
            raise ConfigurationError(f"{reader.place(keys)}: the name {name!r} is there twice, first at {places[key]}")
        places[key] = reader.place(keys)
    for name in brand.ambiguous:
        if name not in brand.names:
            reader.reject((*keys, "ambiguous"), f"{name!r} is none of the names of {brand.name!r}")
    for field in ("domains", "shared"):
        for index, domain in enumerate(getattr(brand, field)):
            _check_domain(domain, reader, (*keys, field, index))


def _check_domain(domain: str, reader: Reader, keys: tuple[str | int, ...]) -> None:
    if not _DOMAIN.fullmatch(domain) or ("." not in domain) or (domain.endswith(".*") and not _ONE_NAME.match(domain)):
        reader.reject(keys, f"{domain!r} is no domain in small letters, such as `shop.example` or `shop.*`")
