"""What the sections about files must satisfy: directories, the address of clamd, services of hashes."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from mailcore.file_settings import HashService
from mailcore.settings import Settings
from mailio.socket_addresses import EXPECTED, is_address
from mailio.yaml_document import Keys, Reject

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")  # stands in findings and names of variables


def check_files(settings: Settings, reject: Reject) -> None:
    """Raises ConfigurationError for the first setting that makes no sense."""
    for section, directories in (("yara", settings.yara.directories), ("hashes", settings.hashes.directories)):
        for index, directory in enumerate(directories):
            if not directory.startswith("/"):
                reject((section, "directories", index), f"expected an absolute path, got {directory!r}")
    if settings.clamd.socket and not is_address(settings.clamd.socket):
        reject(("clamd", "socket"), f"{EXPECTED}, got {settings.clamd.socket!r}")
    if settings.clamd.required and not settings.clamd.socket:
        reject(("clamd", "required"), "there is no clamd.socket to ask")
    for name, service in settings.hashes.services.items():
        _check_service(name, service, reject)


def _check_service(name: str, service: HashService, reject: Reject) -> None:
    keys: Keys = ("hashes", "services", name)
    if not _NAME.fullmatch(name):
        reject(keys, "names of services are of a-z, 0-9, _ and -, at most 40 characters")
    url = urlsplit(service.url)
    schemes = ("https", "http") if service.private_addresses else ("https",)
    # The value is not repeated: people put keys into it.
    if url.scheme not in schemes or not url.hostname or url.query or url.username:
        plain = "" if service.private_addresses else " (plain http only with private_addresses)"
        reject((*keys, "url"), f"expected https://HOST, without names, keys or questions in it{plain}")
    if service.key and service.key_file:
        reject((*keys, "key_file"), "key is set too; set one of them")
    if service.enabled and not (service.key or service.key_file):
        reject(keys, "expected key_file (or key): services answer nobody without one")
