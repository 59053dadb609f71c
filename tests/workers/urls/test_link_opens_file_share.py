"""Links that link_opens_file_share must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests.workers.urls.views import found, view_of

BAD = [
    "file://files.example.com/share/x.docx",
    "\\\\8.8.8.8\\share",
]
GOOD = [
    "\\\\server\\share\\plan.docx",  # a colleague's folder
    "file:///etc/motd",
    "\\\\nas.local\\photos",
    "https://files.example.com/share",
]


@pytest.mark.parametrize("link", BAD, ids=str)
def test_is_found(link: str | tuple[str, str]) -> None:
    assert len(found(view_of(link), "link_opens_file_share")) == 1


@pytest.mark.parametrize("link", GOOD, ids=str)
def test_is_left_alone(link: str | tuple[str, str]) -> None:
    assert found(view_of(link), "link_opens_file_share") == []
