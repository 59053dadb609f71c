"""Finds the detectors of a pool: they are discovered from files, never listed."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

from mailcore.detector import Detector
from mailcore.errors import ConfigurationError


def discover(package: str) -> tuple[Detector, ...]:
    """The detectors in the files of `<package>/detectors/` (`package` is e.g. "workers.urls"), in order of file name.

    Each file holds exactly one detector, named as the file is. Raises ConfigurationError otherwise.
    """
    folder = f"{package}.detectors"
    try:
        detectors = importlib.import_module(folder)
    except ModuleNotFoundError as error:
        if error.name != folder:
            raise
        raise ConfigurationError(f"{package} has no detectors: there is no package {folder}") from error
    names = sorted(module.name for module in pkgutil.iter_modules(detectors.__path__))
    return tuple(_only_detector(importlib.import_module(f"{folder}.{name}"), name) for name in names)


def detector_names() -> tuple[str, ...]:
    """The ids of all detectors of all pools, by their files: nothing is imported."""
    folders = (str(folder) for folder in Path(__file__).parent.glob("*/detectors"))
    return tuple(sorted(module.name for module in pkgutil.iter_modules(folders)))


def _only_detector(module: ModuleType, name: str) -> Detector:
    found = [value for value in vars(module).values() if isinstance(value, Detector)]
    if len(found) != 1:
        ids = ", ".join(detector.id for detector in found) or "none"
        raise ConfigurationError(
            f"{module.__name__}: one detector a file, found {ids}; move the others to their own files"
        )
    if found[0].id != name:
        raise ConfigurationError(
            f"{module.__name__}: its detector is called {found[0].id}; name the file {found[0].id}.py"
        )
    return found[0]
