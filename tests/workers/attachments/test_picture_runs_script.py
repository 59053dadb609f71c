"""Pictures that picture_runs_script must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files
from tests import files_scripts as scripts
from tests.workers.attachments.scan import File, found

BAD: dict[str, File] = {
    "leads on": ("a.svg", scripts.svg('<script>window.location.href = "https://login.example/"</script>')),
    "at once": ("b.svg", scripts.svg("", attributes="onload=\"location.replace('https://login.example/')\"")),
    "decoded": ("c.svg", scripts.svg('<script>eval(atob("YWxlcnQoMSk7YWxlcnQoMik7"))</script>')),
    "a form": (
        "d.svg",
        scripts.svg('<foreignObject><form xmlns="http://www.w3.org/1999/xhtml"><input/></form></foreignObject>'),
    ),
    "a frame": ("e.svg", scripts.svg('<foreignObject><iframe src="https://login.example/"/></foreignObject>')),
    "in a zip": (
        "a.zip",
        files.zip_file({"a.svg": scripts.svg('<script>location = "https://login.example/"</script>')}),
    ),
    "a flame graph, nearly nothing": ("f.svg", scripts.svg("<script>function zoom(e) { e.target.x = 1 }</script>")),
}
GOOD: dict[str, File] = {
    "a circle": ("a.svg", scripts.svg()),
    "a link": ("b.svg", scripts.svg('<a href="https://example.com/"><text>Us</text></a>')),
    "text about scripts": ("c.svg", scripts.svg("<text>script and location = here</text>")),
    "an embedded picture": ("d.svg", scripts.svg('<image href="data:image/png;base64,iVBORw0KGgoAAAANSUhEUg=="/>')),
    "animated": ("e.svg", scripts.svg('<animate attributeName="r" begin="0s" dur="1s" values="1;2"/>')),
    "styled": ("f.svg", scripts.svg("<style>circle { fill: red }</style>")),
    "a label of HTML": (
        "g.svg",
        scripts.svg('<foreignObject><div xmlns="http://www.w3.org/1999/xhtml">Sum</div></foreignObject>'),
    ),
    "another picture": ("h.png", files.blank_picture()),
}


def test_a_script_that_only_zooms_weighs_nearly_nothing() -> None:
    assert [finding.weight for finding in found("picture_runs_script", BAD["a flame graph, nearly nothing"])] == [0.5]


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("picture_runs_script", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("picture_runs_script", file) == []
