"""The Celery application that Flower loads: names of queues and tasks, no task bodies."""

from __future__ import annotations

import os

from mailio.configuration import load_settings
from tasks.app import make_app

app = make_app(load_settings(None, os.environ))
