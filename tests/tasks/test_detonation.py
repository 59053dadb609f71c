"""A CAPE sandbox is asked after the answer only, and what goes wrong there is a word in the report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from mailcore.behaviour import Detonation
from mailcore.errors import ConfigurationError
from mailcore.message import Envelope, Message, Part
from mailcore.sandbox_settings import Cape, Sandbox
from mailcore.settings import PoolSettings, Settings, default_pools
from mailcore.view import MailView
from mailio.cape import CapeSandbox
from mailio.outgoing_http import FetchFailed
from tasks.detonation import detonating, is_detonating
from workers.pool import Gathered, Pool, Work

VIEW = MailView(
    envelope=Envelope(), message=Message(id="m", parts=tuple(Part(id=str(n), filename=f"{n}.exe") for n in range(5)))
)
PARTS = {str(number): b"x" for number in range(5)}


class FakeCape(CapeSandbox):
    def __init__(self, error: Exception | None = None) -> None:
        super().__init__(Cape())
        self.names: list[str] = []
        self._error = error

    def detonate(self, data: bytes, *, part: str, name: str, seconds: float) -> Detonation | None:
        self.names.append(name)
        if self._error is not None:
            raise self._error
        return Detonation(part=part, name=name, score=8.0)


def settings_with(url: str = "https://cape.example", *, late_seconds: float = 30.0, token_file: str = "") -> Settings:
    pools = {**default_pools(), "sandbox": PoolSettings(seconds=3.0, late_seconds=late_seconds)}
    return Settings(pools=pools, sandbox=Sandbox(cape=Cape(url=url, token_file=token_file)))


def gather(view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:
    assert seconds <= 3.0
    return Gathered(view=view, bytes_read=len(parts))


POOL = Pool(name="sandbox", work=lambda _message: Work(), gather=gather, detectors=())


@pytest.mark.parametrize(("seconds", "asked"), [(3.0, []), (1.0, []), (30.0, ["0.exe", "1.exe"])])
def test_it_is_asked_where_there_is_more_time_than_before_the_answer(seconds: float, asked: list[str]) -> None:
    cape = FakeCape()
    gathered = detonating(POOL, settings_with(), cape).gather(VIEW, PARTS, seconds=seconds)
    assert cape.names == asked
    assert [said.name for said in gathered.view.detonations] == asked
    assert gathered.bytes_read == 5


@pytest.mark.parametrize(
    ("error", "words"), [(FetchFailed("CAPE answered 500"), "CAPE answered 500"), (TimeoutError(), "not done in time")]
)
def test_what_goes_wrong_is_said(error: Exception, words: str) -> None:
    gathered = detonating(POOL, settings_with(), FakeCape(error)).gather(VIEW, PARTS, seconds=30.0)
    assert words in gathered.problems[0]
    assert gathered.view.detonations == ()


@pytest.mark.parametrize(
    ("pool", "settings"),
    [
        ("sandbox", settings_with("")),
        ("sandbox", settings_with(late_seconds=0.0)),
        ("sandbox", Settings()),
        ("attachments", settings_with()),
    ],
    ids=["no address", "no late path", "as shipped", "another pool"],
)
def test_nothing_is_asked_elsewhere(pool: str, settings: Settings) -> None:
    assert not is_detonating(pool, settings)
    assert detonating(Pool(name=pool, work=POOL.work, gather=gather, detectors=()), settings).gather is gather


def test_a_token_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"sandbox\.cape\.token_file"):
        detonating(POOL, settings_with(token_file=str(tmp_path / "none")))


def test_work_in_place_would_be_the_end_of_it() -> None:
    light = Pool(name="sandbox", work=lambda _message: Work(parts=("1",), light=True), gather=gather, detectors=())
    assert detonating(light, settings_with()).work(Message(id="m")) == Work(parts=("1",))
    assert detonating(light, Settings()).work(Message(id="m")) == Work(parts=("1",), light=True)
