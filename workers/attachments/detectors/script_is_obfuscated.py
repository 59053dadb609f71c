"""Detector: a script that hides what it does."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import FileFacts, MailView
from workers.attachments import judge, scripts, signs
from workers.attachments import script_signs as kinds

# Each alone is enough: nobody writes or generates good scripts like that.
_ALWAYS = frozenset({kinds.ENCODED})
# One of these is found in a library now and then, two of them together in none.
_TOGETHER = frozenset(
    {kinds.CHARACTER_CODES, kinds.PIECES, kinds.ESCAPES, kinds.NOISE, kinds.PACKED, kinds.RENAMED, kinds.EVALUATES}
)


@detector(category="malware", weight=5.0, lifecycle=Lifecycle.STABLE)
def script_is_obfuscated(view: MailView, *, least: int = 2) -> Iterator[Hit]:
    """A script is written so that nobody can read it: encoded, out of character codes, pieces, escapes."""

    def is_hidden(file: FileFacts) -> bool:
        # Pages have a detector of their own: they come packed by honest tools more often.
        if not scripts.is_script_name(file):
            return False
        hiding = {sign.kind for sign in signs.of_kind(file, _ALWAYS | _TOGETHER)}
        # Text run as code is no hiding by itself: template engines of good libraries do that.
        return bool(hiding & _ALWAYS) or len(hiding & _TOGETHER) >= least

    for file in judge.outermost(view.files, is_hidden):
        seen = signs.of_kind(file, _ALWAYS | _TOGETHER)
        yield Hit(
            summary=f"{file.filename or file.path} is a script that hides what it does",
            detail=signs.in_words(seen, kinds.WORDS),
            where=Where(part=file.part, file=file.path, quote=seen[0].evidence),
        )
