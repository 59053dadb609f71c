"""What is refused in the section `organisation`, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailcore.errors import ConfigurationError
from mailcore.organisation import Organisation
from mailio.configuration import load_settings

REFUSED = {
    "address for a domain": ("{domains: [jane@example.org]}", "organisation.domains.0: expected a domain"),
    "one label": ("{domains: [example]}", "organisation.domains.0: expected a domain"),
    "blank domain": ("{domains: ['']}", "organisation.domains.0: expected a domain"),
    "suffix": ("{domains: [co.uk]}", "organisation.domains.0: anybody can register a domain under co.uk"),
    "suffix of a host": ("{partners: [github.io]}", "organisation.partners.0: anybody can register"),
    "free mail as partner": ("{partners: [good.example, GMail.com]}", "organisation.partners.1: everybody can have"),
    "free mail as ours": ("{domains: [gmail.com]}", "organisation.domains.0: everybody can have"),
    "partner that is ours": ("{domains: [a.example], partners: [A.example]}", "organisation.partners.0: A.example is"),
    "first name alone": ("{people: [{name: Jane}]}", "organisation.people.0.name: expected first name and surname"),
    "blank name": ("{people: [{name: '  '}]}", "organisation.people.0.name: expected first name and surname"),
    "initials": ("{people: [{name: J. D.}]}", "organisation.people.0.name: expected first name and surname"),
    "domain for an address": (
        "{people: [{name: Jane Doe, addresses: [example.org]}]}",
        "organisation.people.0.addresses.0: expected an address",
    ),
    "name in an address": (
        "{people: [{name: Jane Doe, addresses: [jane@example.org, 'Jane <jane@example.org>']}]}",
        "organisation.people.0.addresses.1: expected an address",
    ),
    "unknown key": ("{peoples: []}", "did you mean 'people'"),
}
ACCEPTED = {
    "nothing": "{}",
    "domains and partners": "{domains: [example.org, EU.example.org], partners: [bank.example]}",
    "domain with letters beyond ASCII": "{domains: [bücher.example]}",
    "person without address": "{people: [{name: Jane Doe}]}",
    "person with a private address": "{people: [{name: Jane Doe, title: CEO, addresses: [jane.doe@gmail.com]}]}",
    "name of three words": "{people: [{name: José García Núñez}]}",
}


def load(tmp_path: Path, organisation: str) -> Organisation:
    path = tmp_path / "mailchord.yaml"
    path.write_text(f"organisation: {organisation}\n", encoding="utf-8")
    return load_settings(path, {}).organisation


@pytest.mark.parametrize(("organisation", "problem"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(tmp_path: Path, organisation: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, organisation)
    assert problem in str(caught.value)
    assert "mailchord.yaml:1" in str(caught.value)


@pytest.mark.parametrize("organisation", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_accepted(tmp_path: Path, organisation: str) -> None:
    load(tmp_path, organisation)
