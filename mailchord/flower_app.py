"""The Celery application that Flower loads: names of queues and tasks, no task bodies."""

from __future__ import annotations

import os
from pathlib import Path

from mailchord.flower import CONFIGURATION
from mailio.configuration import load_settings
from tasks.app import make_app

_file = os.environ.get(CONFIGURATION)
app = make_app(load_settings(Path(_file) if _file else None, os.environ))
