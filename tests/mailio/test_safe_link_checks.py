"""What is refused in the sections `safe_links` and `arc`, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailcore.errors import ConfigurationError
from mailio.configuration import load_settings

REFUSED = {
    "enabled without an address": ("safe_links: {enabled: true}", "safe_links.base_url: safe links need"),
    "plain http": ("safe_links: {base_url: 'http://links.example.org/s'}", "safe_links.base_url: expected https"),
    "capitals": ("safe_links: {base_url: 'https://Links.example.org/s'}", "safe_links.base_url"),
    "a query": ("safe_links: {base_url: 'https://links.example.org/s?x='}", "safe_links.base_url"),
    "a user": ("safe_links: {base_url: 'https://a@links.example.org/s'}", "safe_links.base_url"),
    "two slashes": ("safe_links: {base_url: 'https://links.example.org//s'}", "safe_links.base_url"),
    "percent": ("safe_links: {base_url: 'https://links.example.org/%73'}", "safe_links.base_url"),
    "a blank": ("safe_links: {base_url: 'https://links.example.org/ s'}", "safe_links.base_url"),
    "other loopback": ("safe_links: {base_url: 'http://127.0.0.1.example.org/s'}", "safe_links.base_url"),
    "relative directory": ("safe_links: {key_dir: keys}", "safe_links.key_dir: expected an absolute"),
    "no domain": ("safe_links: {never: ['https://example.org/']}", "safe_links.never.0"),
    "star": ("safe_links: {never: ['*.example.org']}", "safe_links.never.0"),
    "a top-level domain": ("safe_links: {never_from: [org]}", "safe_links.never_from.0"),
    "no days": ("safe_links: {days: 0}", "safe_links.days"),
    "other direction": ("safe_links: {directions: [sideways]}", "safe_links.directions"),
    "half a seal": ("arc: {domain: example.org}", "arc.selector: domain, selector and key_file"),
    "no selector": ("arc: {domain: example.org, selector: 'a b', key_file: /k}", "arc.selector"),
    "no domain to seal": ("arc: {domain: 'a@example.org', selector: a, key_file: /k}", "arc.domain"),
    "relative key": ("arc: {domain: example.org, selector: a, key_file: k}", "arc.key_file: expected an absolute"),
}
ACCEPTED = {
    "nothing": "safe_links: {}",
    "usual": "safe_links: {enabled: true, base_url: 'https://links.example.org/s'}",
    "with a port and a slash": "safe_links: {enabled: true, base_url: 'https://links.example.org:8443/a/b_c/'}",
    "a trial on this host": "safe_links: {enabled: true, base_url: 'http://127.0.0.1:8080/s'}",
    "both ways": "safe_links: {directions: [inbound, internal], never: [example.org], never_from: [a.example.org]}",
    "a seal": "arc: {domain: example.org, selector: arc.2026, key_file: /etc/mailchord/arc.pem}",
}


def load(text: str, tmp_path: Path) -> None:
    file = tmp_path / "mailchord.yaml"
    file.write_text(text)
    load_settings(file, {})


@pytest.mark.parametrize(("text", "problem"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(text: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        load(text, tmp_path)


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_accepted(text: str, tmp_path: Path) -> None:
    load(text, tmp_path)
