"""Discovery: one detector a file, named as the file; everything else stops the start."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailcore.errors import ConfigurationError
from workers.discovery import discover

DETECTOR = '''
from mailcore.detector import Hit, detector

@detector(category="test", weight=1.0)
def {name}(view):
    """Finds nothing."""
    return []
'''


@pytest.fixture
def pool_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "sample_pool" / "detectors"
    folder.mkdir(parents=True)
    (tmp_path / "sample_pool" / "__init__.py").touch()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    for name in [name for name in sys.modules if name.startswith("sample_pool")]:
        del sys.modules[name]


def test_detectors_come_in_order_of_file_name(pool_folder: Path) -> None:
    for name in ("second", "first"):
        (pool_folder / f"{name}.py").write_text(DETECTOR.format(name=name))
    assert [detector.id for detector in discover("sample_pool")] == ["first", "second"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        pytest.param(DETECTOR.format(name="other"), "name the file other.py", id="other name than the file"),
        pytest.param(DETECTOR.format(name="file") + DETECTOR.format(name="two"), "found file, two", id="two in a file"),
        pytest.param("", "found none", id="none in a file"),
        pytest.param("from sample_pool.detectors.real import real", "name the file real.py", id="the same one twice"),
    ],
)
def test_what_is_not_one_detector_a_file_is_fatal(pool_folder: Path, source: str, message: str) -> None:
    (pool_folder / "real.py").write_text(DETECTOR.format(name="real"))
    (pool_folder / "file.py").write_text(source)
    with pytest.raises(ConfigurationError, match=message):
        discover("sample_pool")


def test_a_pool_without_detectors_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"there is no package json\.detectors"):
        discover("json")


def test_a_detector_that_cannot_be_imported_says_what_it_misses(pool_folder: Path) -> None:
    (pool_folder / "file.py").write_text("import no_such_library")
    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        discover("sample_pool")
