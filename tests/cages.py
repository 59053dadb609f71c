"""Cages for tests: a process that has run thousands of tests is larger than a worker, and its cages are forks of it."""

from __future__ import annotations

from pathlib import Path

from msgspec import structs

from mailcore.sandbox_settings import Sandbox


def roomy(sandbox: Sandbox) -> Sandbox:
    """With as much more memory as this process has grown beyond a worker's."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
    own = max(int(status[field].split()[0]) * 1_024 for field in ("VmData", "VmRSS"))
    return structs.replace(sandbox, memory_bytes=sandbox.memory_bytes + max(0, own - 134_217_728))
