"""The organisation as detectors and rules see it."""

from __future__ import annotations

from mailcore.organisation import Organisation
from mailcore.settings import Networks, Settings
from tasks.pools import organisation_of


def test_domains_are_written_as_hosts_are() -> None:
    settings = Settings(
        organisation=Organisation(domains=("Example.ORG",), partners=("Supplier.Example", "bank.example")),
        networks=Networks(local_domains=("example.org", "Mail.Example.org.")),
    )
    found = organisation_of(settings)
    assert found.domains == ("example.org", "mail.example.org")
    assert found.partners == ("supplier.example", "bank.example")
