"""Links that link_host_is_disguised_address must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests.workers.urls.views import found, view_of

BAD = [
    "http://134744072/x",
    "http://0x08.0x08.0x08.0x08/",
    "http://010.010.010.010/",
    "http://%38.8.8.8/",
]
GOOD = [
    "http://8.8.8.8/",  # plain: another detector
    "http://[2001:db8::1]/",
    "https://example.com/134744072",
    "https://134744072.example.com/",
]


@pytest.mark.parametrize("link", BAD, ids=str)
def test_is_found(link: str | tuple[str, str]) -> None:
    assert len(found(view_of(link), "link_host_is_disguised_address")) == 1


@pytest.mark.parametrize("link", GOOD, ids=str)
def test_is_left_alone(link: str | tuple[str, str]) -> None:
    assert found(view_of(link), "link_host_is_disguised_address") == []
