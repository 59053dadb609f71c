"""Packages of programs: what a JAR starts, what an Android app asks for, what an installer (MSI) runs."""

from __future__ import annotations

import re

from msgspec import structs

from mailcore.view import FileFacts
from workers.attachments import script_signs
from workers.attachments.budget import Budget
from workers.attachments.reading import Reading
from workers.attachments.signs import Signs

STARTS = "package.starts"
PERMISSION = "package.permission"

MSI = "application/x-msi"
_BYTES = 4_194_304
_MAIN_CLASS = re.compile(
    r"(?im)^(Main-Class|Premain-Class|Agent-Class|Launcher-Agent-Class)[ \t]{0,4}:[ \t]{0,4}(\S{1,200})"
)
# Permissions that banking trojans and spying apps ask for, and few others.
_PERMISSIONS = re.compile(
    r"android\.permission\.(?:BIND_ACCESSIBILITY_SERVICE|BIND_DEVICE_ADMIN|RECEIVE_SMS|READ_SMS|SEND_SMS"
    r"|SYSTEM_ALERT_WINDOW|REQUEST_INSTALL_PACKAGES|BIND_NOTIFICATION_LISTENER_SERVICE|READ_CALL_LOG|RECORD_AUDIO)"
)


def is_manifest(facts: FileFacts, _data: bytes) -> bool:
    return facts.depth > 0 and facts.filename in ("MANIFEST.MF", "AndroidManifest.xml")


def read_manifest(data: bytes, facts: FileFacts, _budget: Budget) -> Reading:
    """The class that a JAR starts, permissions of an Android app (in the strings of its binary XML)."""
    signs = Signs()
    if facts.filename == "MANIFEST.MF":
        for attribute, name in _MAIN_CLASS.findall(data[:65_536].decode("utf-8", "replace")):
            signs.add(STARTS, f"{attribute}: {name}")
    else:
        # Its strings are UTF-8 or UTF-16: without the zeros both read the same.
        text = data[:_BYTES].replace(b"\x00", b"").decode("latin-1")
        for permission in dict.fromkeys(_PERMISSIONS.findall(text)):
            signs.add(PERMISSION, permission)
    return Reading(structs.replace(facts, signs=signs.after(facts.signs)))


def is_installer(facts: FileFacts, _data: bytes) -> bool:
    return facts.true_type == MSI


def read_installer(data: bytes, facts: FileFacts, budget: Budget) -> Reading:
    """Commands among the strings of an installer's tables: custom actions."""
    if len(data) > _BYTES:
        budget.problem(f"{facts.path}: only the first {_BYTES:,} bytes of the installer were searched")
    signs = Signs()
    # Every installer starts its own programs: only what fetches others, hides or disarms is of note.
    wanted = (script_signs.DOWNLOADS, script_signs.HIDES_WINDOW, script_signs.DISARMS, script_signs.PERSISTS)
    patterns = {kind: script_signs.DOING[kind] for kind in wanted}
    script_signs.search(patterns, data[:_BYTES].decode("latin-1"), signs)
    return Reading(structs.replace(facts, signs=signs.after(facts.signs)))
