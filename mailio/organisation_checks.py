"""What the section `organisation` must satisfy: a partner that anybody can be protects nobody."""

from __future__ import annotations

import re
from pathlib import Path

from mailcore.entries import Entries
from mailcore.links import is_public_suffix
from mailcore.settings import Settings
from mailio.list_files import FREE_MAIL, load_list
from mailio.yaml_document import Keys, Reject

_DOMAIN = re.compile(r"(?:[^\s@/:.]{1,63}\.)+[^\s@/:.]{2,63}")
_ADDRESS = re.compile(r"[^\s@<>,;]{1,128}@(?P<domain>[^\s@<>,;]{1,255})")
_LETTER = re.compile(r"[^\W\d_]")
FEWEST_WORDS = 2  # of a name: too many people share a first name
FEWEST_LETTERS = 5


def check_organisation(settings: Settings, reject: Reject) -> None:
    """Raises ConfigurationError for domains that are none or everybody's, and for people nobody could recognise."""
    organisation = settings.organisation
    if organisation.domains or organisation.partners:
        free_mail = _free_mail(settings)
        for key, domains in (("domains", organisation.domains), ("partners", organisation.partners)):
            for index, domain in enumerate(domains):
                _check_domain(domain, free_mail, ("organisation", key, index), reject)
    own = {domain.lower() for domain in organisation.domains}
    for index, domain in enumerate(organisation.partners):
        if domain.lower() in own:
            reject(("organisation", "partners", index), f"{domain} is one of organisation.domains already")
    for index, person in enumerate(organisation.people):
        keys = ("organisation", "people", index)
        words = person.name.split()
        if len(words) < FEWEST_WORDS or len(_LETTER.findall(person.name)) < FEWEST_LETTERS:
            reject(
                (*keys, "name"),
                f"expected first name and surname such as Jane Doe, got {person.name!r}: a single name is "
                "everybody's, and mail of others would be taken for a forgery",
            )
        for position, address in enumerate(person.addresses):
            match = _ADDRESS.fullmatch(address)
            if match is None or not _DOMAIN.fullmatch(match["domain"]):
                reject((*keys, "addresses", position), f"expected an address such as jane@example.org, got {address!r}")


def _check_domain(domain: str, free_mail: Entries, keys: Keys, reject: Reject) -> None:
    if not _DOMAIN.fullmatch(domain):
        reject(keys, f"expected a domain such as example.org, got {domain!r}")
    if is_public_suffix(domain):
        reject(keys, f"anybody can register a domain under {domain}: name the whole domain, such as example.{domain}")
    if domain.lower() in free_mail:
        reject(
            keys,
            f"everybody can have an address at {domain} (lists/free-mail.txt): mail from there proves nothing; "
            "list the addresses of people under organisation.people instead",
        )


def _free_mail(settings: Settings) -> Entries:
    # Configuration reads this module; it tells where the shipped lists are.
    from mailio.configuration import default_configs

    file = (Path(settings.configs_dir) if settings.configs_dir else default_configs()) / "lists" / FREE_MAIL
    return load_list(file) if file.is_file() else frozenset()
