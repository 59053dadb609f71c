"""What may still be spent on the attachments of one message."""

from __future__ import annotations

import time

from workers.attachments.limits import FileLimits

# Share of the pool's time that gathering may use: detectors and the judging of document text come after it.
GATHER_SHARE = 0.85


class Budget:
    """Counts down time, files and unpacked bytes; owned by one run on one message.

    `problems` collects, in plain words and each only once, what was left out; `left_out` those of them that are no lack
    of time or of tools here. `is_whole` is false also where something
    was left out that is no problem, so that the facts are not those of the file alone.
    """

    def __init__(self, limits: FileLimits, *, seconds: float) -> None:
        self.limits = limits
        self.seconds = seconds
        self.files_left = limits.files
        self.unpacked_left = limits.unpacked_bytes
        self.waiting = 0
        self.documents_left = limits.documents
        self.tlsh_left = limits.tlsh_bytes
        self.bytes_read = 0
        self.problems: dict[str, None] = {}
        self.left_out: dict[str, None] = {}
        self.is_whole = True
        begun = time.monotonic()
        self._ends = begun + seconds * GATHER_SHARE
        self._all_ends = begun + seconds

    @property
    def time_left(self) -> float:
        return self._ends - time.monotonic()

    @property
    def is_over(self) -> bool:
        """True when the time to look at more has run out."""
        return self.time_left <= 0

    @property
    def is_past(self) -> bool:
        """True when the time of the whole pool has run out, also that for judging: now time limits strike."""
        return time.monotonic() >= self._all_ends

    def take_file(self) -> bool:
        """One more file, unless there have been too many."""
        if self.files_left <= 0:
            self.exhausted(f"more than {self.limits.files:,} files: the rest was not looked at")
            return False
        self.files_left -= 1
        return True

    def take_document(self, *, is_read: bool = False) -> bool:
        """One more document whose text is judged; where it `is_read` already, that takes no time.

        That there are more is no problem, since macros are looked for in all: archives of documents are good mail. But
        it is said, so that nobody hides a lure behind them. None at all: somebody else reads them.
        """
        if not self.documents_left:
            self.is_whole = False
            if self.limits.documents:
                self.left_out.setdefault(
                    f"more than {self.limits.documents} documents: the text of the rest was not judged"
                )
            return False
        if self.is_over and not is_read:
            self.problem("its time ended before the text of all documents was read")
            return False
        self.documents_left -= 1
        return True

    def exhausted(self, words: str) -> None:
        """A problem that the mail itself makes: it holds more than is looked at."""
        self.problem(words)
        self.left_out.setdefault(words)

    def problem(self, words: str) -> None:
        self.is_whole = False
        self.problems.setdefault(words)
