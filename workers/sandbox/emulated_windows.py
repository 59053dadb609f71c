"""The Windows that an emulated program finds itself in: what is there, who is logged in, what answers."""

from __future__ import annotations

import copy
import functools
from typing import Any

# What every process has from its beginning; all others are there as soon as a program asks for them. (All 41 that the
# emulator knows cost a second each time.)
LOADED = ("ntdll", "kernel32")
NAME, USER = "DESKTOP-4K7Q2LM", "user"
HOME = f"C:\\Users\\{USER}"
FOLDER = f"{HOME}\\Downloads"
# What every name is resolved to (RFC 5737): it tells which host a program means when it connects to it.
ANYWHERE = "203.0.113.77"
RUN_KEYS = tuple(
    f"{root}\\Software\\Microsoft\\Windows\\CurrentVersion\\{key}"
    for root in ("HKEY_CURRENT_USER", "HKEY_LOCAL_MACHINE")
    for key in ("Run", "RunOnce", "Policies\\Explorer\\Run", "Explorer\\User Shell Folders")
)


def configuration(*, seconds: float, calls: int) -> Any:
    """The configuration of the emulator: `seconds` of running altogether, `calls` of Windows by each thread."""
    return _validated().model_copy(update={"timeout": 0, "max_total_time": seconds, "max_api_count": calls})


@functools.cache
def _validated() -> Any:
    from speakeasy.config import SpeakeasyConfig, get_default_config_dict

    wanted = copy.deepcopy(get_default_config_dict())
    # Strings are looked for when it has ended, in bounds. There are no memory dumps of what nobody reads.
    wanted["analysis"] = {"memory_tracing": False, "strings": False, "coverage": False}
    wanted |= {"hostname": NAME, "domain": "WORKGROUP", "current_dir": FOLDER, "command_line": f"{FOLDER}\\a.exe"}
    wanted["os_ver"] |= {"major": 10, "minor": 0, "build": 19045}
    wanted["user"] |= {"name": USER}
    wanted["env"] |= {
        "temp": f"{HOME}\\AppData\\Local\\Temp",
        "tmp": f"{HOME}\\AppData\\Local\\Temp",
        "userprofile": HOME,
        "appdata": f"{HOME}\\AppData\\Roaming",
        "localappdata": f"{HOME}\\AppData\\Local",
        "public": "C:\\Users\\Public",
        "username": USER,
        "computername": NAME,
    }
    modules = wanted["modules"]
    modules["user_modules"] = [module for module in modules["user_modules"] if module["name"].lower() in LOADED]
    modules["system_modules"] = []
    wanted["registry"]["keys"] += [{"path": path, "values": []} for path in RUN_KEYS]
    wanted["network"]["dns"] = {"names": {"default": ANYWHERE, "localhost": "127.0.0.1"}, "txt": []}
    for number, process in enumerate(wanted["processes"]):
        process["pid"] = process["pid"] or 600 + 4 * number
    return SpeakeasyConfig.model_validate(wanted)
