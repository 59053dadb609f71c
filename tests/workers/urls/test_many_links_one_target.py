"""Copies of real mails, whose every link leads to one place."""

from __future__ import annotations

import pytest

from tests.workers.urls.views import found, view_of

TEXTS = ("Sign in", "Help", "Privacy", "Unsubscribe")


def test_different_texts_with_one_target_are_found() -> None:
    links = [("https://evil.example.net/x", text) for text in TEXTS]
    assert found(view_of(*links), "many_links_one_target") == ["https://evil.example.net/x"]


@pytest.mark.parametrize(
    ("links", "sender"),
    [
        pytest.param([("https://example.net/x", text) for text in TEXTS[:3]], "a@example.org", id="three texts"),
        pytest.param([(f"https://example.net/{text}", text) for text in TEXTS], "a@example.org", id="own targets"),
        pytest.param(
            [("https://example.net/", text) for text in TEXTS], "a@mail.example.net", id="the sender's home page"
        ),
        pytest.param([("https://example.net/x", "View order")] * 6, "a@example.org", id="one text, many times"),
        pytest.param([("https://example.net/x", "")] * 6, "a@example.org", id="pictures"),
        pytest.param([], "a@example.org", id="no links"),
    ],
)
def test_good_mail_is_left_alone(links: list[tuple[str, str]], sender: str) -> None:
    assert found(view_of(*links, sender=sender), "many_links_one_target") == []
