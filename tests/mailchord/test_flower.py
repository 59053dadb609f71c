"""The application that Flower loads."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from mailchord.flower import CONFIGURATION


def test_flower_looks_at_the_broker_of_the_file_that_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "mailchord.yaml"
    file.write_text("redis: {broker: 'redis://192.0.2.1:6379/3'}\n", encoding="utf-8")
    monkeypatch.setenv(CONFIGURATION, str(file))
    sys.modules.pop("mailchord.flower_app", None)
    app = importlib.import_module("mailchord.flower_app").app
    assert app.conf.broker_url == "redis://192.0.2.1:6379/3"
    assert "intake" in {queue.name for queue in app.conf.task_queues}
