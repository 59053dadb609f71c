"""Links that link_has_user_info must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests.workers.urls.views import found, view_of

BAD = [
    "http://paypal.com@evil.example/",
    "https://www.example.com%2Flogin@evil.example/",
    "https://www.example.com:443@evil.example/x",
    "http://a@example.com@evil.example/",
]
GOOD = [
    "https://bob@git.example.org/x.git",  # a developer's link
    "https://user:secret@example.org/",
    "https://medium.example.com/@john.com/post",  # in the path
    "https://example.com/?mail=a@example.net",  # in the query
    "ftp://anonymous@ftp.example.org/",
    "https://first.last@example.org/",  # a user name with a dot that is no host
]


@pytest.mark.parametrize("link", BAD, ids=str)
def test_is_found(link: str | tuple[str, str]) -> None:
    assert len(found(view_of(link), "link_has_user_info")) == 1


@pytest.mark.parametrize("link", GOOD, ids=str)
def test_is_left_alone(link: str | tuple[str, str]) -> None:
    assert found(view_of(link), "link_has_user_info") == []
