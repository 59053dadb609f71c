"""What every command does first: read the configuration once, set up log lines."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import structlog
from msgspec import Struct

from mailcore.errors import ConfigurationError
from mailcore.settings import Settings
from mailio.configuration import default_configs, load_settings, settings_file
from mailio.log_lines import configure_logging

log = structlog.get_logger("mailchord")


class Start(Struct, frozen=True, kw_only=True):
    """Settings, where they came from, and the directory of rules."""

    settings: Settings
    file: Path
    configs: Path


def start(arguments: argparse.Namespace, *, component: str) -> Start:
    """Read settings and set up logging. Raises ConfigurationError."""
    given: Path | None = getattr(arguments, "config", None)
    settings = load_settings(given, os.environ)
    level = "debug" if getattr(arguments, "verbose", False) else settings.logging.level
    configure_logging(level=level, format=settings.logging.format, component=component)
    return Start(settings=settings, file=settings_file(given), configs=configs_directory(settings))


def add_ready_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--ready-file", type=Path, default=None, metavar="FILE", help="written when this part takes work, for probes"
    )


def tell_ready(file: Path | None) -> None:
    """Log that this part takes work, and write the file that a supervisor or a readiness probe looks for."""
    log.info("ready")
    if file is not None:
        file.write_text(f"{os.getpid()}\n")


def configs_directory(settings: Settings) -> Path:
    """Where rules, lists and models are. Raises ConfigurationError when the directory is not there."""
    if not settings.configs_dir:
        return default_configs()
    path = Path(settings.configs_dir)
    if not path.is_dir():
        raise ConfigurationError(f"configs_dir: {path} is not a directory: copy the shipped one ({default_configs()})")
    return path
