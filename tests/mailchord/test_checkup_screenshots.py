"""`mailchord doctor` on pictures of pages: only where they are wanted, and what to do where there are none."""

from __future__ import annotations

import pytest

from mailchord.checkup import Level
from mailchord.checkup_screenshots import check_screenshots
from mailcore.follow_settings import Following
from mailcore.settings import PoolSettings, Settings, default_pools
from mailio.chromium import NOT_INSTALLED, ROOT


class FakeChromium:
    """Draws, or fails so."""

    def __init__(self, failure: Exception | None = None, *, is_alone: bool = True) -> None:
        self._failure = failure
        self._is_alone = is_alone
        self.drawn = 0

    def __call__(self, page: bytes, *, seconds: float) -> bytes:
        assert page
        assert seconds > 1
        self.drawn += 1
        if self._failure is not None:
            raise self._failure
        return b"\x89PNG"

    def around(self) -> tuple[str, ...]:
        return ("unshare",) if self._is_alone else ()


def settings(*, follow: bool = True, screenshots: bool = True) -> Settings:
    pools = {**default_pools(), "follow": PoolSettings(enabled=follow)}
    return Settings(pools=pools, following=Following(screenshots=screenshots))


CASES = {
    "well": (FakeChromium(), Level.OK, "draws pages, without a network", ""),
    "with a network": (FakeChromium(is_alone=False), Level.WARN, "only its own options", "namespaces"),
    "not installed": (FakeChromium(OSError(0, NOT_INSTALLED)), Level.FAIL, "not installed", "install chromium"),
    "root": (FakeChromium(OSError(0, ROOT)), Level.FAIL, "as root", "screenshots_as_root"),
    "another reason": (FakeChromium(OSError(0, "took none: no")), Level.FAIL, "took none: no", "docs/links.md"),
    "a reason of the system": (FakeChromium(OSError("full")), Level.FAIL, "full", "docs/links.md"),
    "too slow": (FakeChromium(TimeoutError()), Level.FAIL, "within 30 s", "docs/links.md"),
}


@pytest.mark.parametrize(("chromium", "level", "says", "advice"), CASES.values(), ids=CASES)
def test_what_is_told(chromium: FakeChromium, level: Level, says: str, advice: str) -> None:
    (result,) = check_screenshots(settings(), chromium)
    assert (result.name, result.level) == ("screenshots", level)
    assert says in result.says
    assert advice in result.advice


@pytest.mark.parametrize(
    "unwanted", [settings(follow=False), settings(screenshots=False), Settings()], ids=["pool off", "off", "default"]
)
def test_where_nobody_wants_any_nothing_is_tried(unwanted: Settings) -> None:
    chromium = FakeChromium()
    assert list(check_screenshots(unwanted, chromium)) == []
    assert chromium.drawn == 0
