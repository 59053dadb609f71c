"""Pages that html_attachment_leads_on must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files
from tests import files_scripts as scripts
from tests.workers.attachments.scan import File, found

ARTICLE = "Roses. " * 90
AWAY = scripts.page_with('<meta http-equiv=refresh content="0;url=//a.example">')
SITE = {"i.html": AWAY, "a.css": b"p {}", "b.css": b"a {}"}

BAD: dict[str, File] = {
    "refresh": ("a.html", scripts.page_with('<meta http-equiv="refresh" content="0; url=https://login.example/">')),
    "location": ("b.htm", scripts.page_with('<script>window.location.href = "https://log.example/"</script>')),
    "replace": ("c.html", scripts.page_with("<script>location.replace('https://log.example/')</script>")),
    "decoded": (
        "d.html",
        scripts.page_with("<script>location.href = atob('aHR0cHM6Ly9sb2dpbi5leGFtcGxlLw==')</script>"),
    ),
    "alone in an archive": ("d.zip", files.zip_file({"i.html": AWAY})),
    "a picture": ("e.svg", scripts.svg('<script>window.location = "https://login.example/?u=a"</script>')),
}
GOOD: dict[str, File] = {
    "a page": ("a.html", files.page()),
    "documentation": ("b.html", scripts.page_with('<meta http-equiv="refresh" content="0; url=html/index.html">')),
    "itself again": ("c.html", scripts.page_with('<meta http-equiv="refresh" content="60">')),
    "a link": ("d.html", scripts.page_with('<a href="https://example.com/">On</a>')),
    "an article": (
        "e.html",
        scripts.page_with('<script>location.href="https://example.com/"</script>', text=ARTICLE),
    ),
    "asks where it is": (
        "f.html",
        scripts.page_with('<script>if (location == "https://example.com/") a()</script>'),
    ),
    "a site": (
        "g.zip",
        files.zip_file(SITE),
    ),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("html_attachment_leads_on", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("html_attachment_leads_on", file) == []
