"""What traced_page_leads_to_hidden_address must find in running code, and (more) what it must leave alone."""

from __future__ import annotations

import pytest

from tests import files_scripts as scripts
from tests.workers.attachments.scan import File
from tests.workers.sandbox.run import HARMLESS, found

BAD: dict[str, File] = {
    "in base64": (
        "a.html",
        scripts.page_with("<script>location.href = atob('aHR0cHM6Ly9sdXJlLmV4YW1wbGUvYQ==')</script>"),
    ),
    "after a while": (
        "b.html",
        scripts.page_with(
            "<script>setTimeout(function(){ top.location = 'https://' + ['lure','example'].join('.') + '/' }, 90"
            "0)</script>"
        ),
    ),
    "in a picture": ("c.svg", scripts.svg("<script>window.location.replace('ht'+'tps://lure.ex'+'ample/')</script>")),
    "kept in an element": (
        "k.html",
        scripts.page_with(
            "<p id='k' data-a='aHR0cHM6Ly9sdXJlLmV4YW1wbGUvYQ=='></p>"
            "<script>location = atob(document.getElementById('k').getAttribute('data-a'))</script>"
        ),
    ),
    "clicks by itself, and says where": (
        "l.html",
        b"<body onload=\"document.getElementById('1').click()\"><a id=1 href='https://www.example.com/'>Open</a></body>",
    ),
    "shown, and says where": ("d.html", scripts.page_with("<script>location = 'https://www.example.com/new'</script>")),
}
GOOD: dict[str, File] = {
    **HARMLESS,
    "within the page": ("e.html", scripts.page_with("<script>location.hash = '#top'</script>")),
    "at a click": ("f.html", scripts.page_with("<a onclick=\"location='https://' + host\">x</a>")),
    "a file of its own": ("g.html", scripts.page_with("<script>location.href = 'page2.html'</script>")),
    "a script": ("h.js", b"location.href = atob('aHR0cHM6Ly9sdXJlLmV4YW1wbGUvYQ==')"),
}


def test_an_address_that_stands_there_weighs_little() -> None:
    assert [
        finding.weight for finding in found("traced_page_leads_to_hidden_address", BAD["shown, and says where"])
    ] == [0.5]


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    (finding,) = found("traced_page_leads_to_hidden_address", file)
    assert finding.detail
    assert finding.where.decoded


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("traced_page_leads_to_hidden_address", file) == []
