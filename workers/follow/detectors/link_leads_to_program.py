"""A link at whose end a program lies."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.fields.message import is_discussion
from mailcore.links import through_hosts, unicode_host
from mailcore.verdict import Where
from mailcore.view import MailView

_RUNS = re.compile(
    r"\.(?:exe|scr|com|pif|cpl|dll|msi|bat|cmd|ps1|vbs|vbe|js|jse|wsf|hta|lnk|jar|iso|img|vhd|vhdx|xll|docm|xlsm)$",
    re.I,
)
_TYPES = frozenset(
    {"application/x-msdownload", "application/x-msdos-program", "application/vnd.microsoft.portable-executable"}
)


@detector(category="malware", weight=3.0, lifecycle=Lifecycle.STABLE)
def link_leads_to_program(view: MailView) -> Iterable[Hit]:
    """A link leads, over other addresses, to a file that is run when it is opened."""
    # People who write software tell each other where it is.
    if is_discussion(view.message, view.auth):
        return
    for trail in view.followed:
        download = trail.download
        if download is None or not (_RUNS.search(download.name) or download.content_type in _TYPES):
            continue
        # Who links to a program says so; who hides it behind another address does not want it to be seen.
        is_hidden = trail.end.domain != trail.steps[0].domain
        yield Hit(
            summary=f"A link leads{through_hosts(trail.hosts_before)} to a program, {download.name}, at "
            f"{unicode_host(trail.end.host)}.",
            detail=f"{trail.way}; {download.content_type}; SHA-256 {download.sha256 or 'unknown'}",
            where=Where(part=trail.part, quote=trail.href),
            weight=None if is_hidden else 1.0,
        )
