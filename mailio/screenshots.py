"""Pictures of pages that were kept, in a directory: the newest, as many as there is room for."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from msgspec import Struct

_ODD = re.compile(r"[^A-Za-z0-9_-]")
_NAME_CHARACTERS = 100


class ScreenshotDirectory(Struct, frozen=True, kw_only=True):
    """Files `NAME.png` in `path`. Usable by several processes."""

    path: Path
    most_files: int
    most_bytes: int

    def keep(self, name: str, png: bytes) -> Path:
        """Write the picture, and remove the oldest where there are too many. Raises OSError."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self.path / f"{_ODD.sub('_', name)[:_NAME_CHARACTERS]}.png"
        # Whole or not at all; a file that is made so is nobody else's to read.
        descriptor, aside = tempfile.mkstemp(dir=self.path, suffix=".part")
        try:
            with os.fdopen(descriptor, "wb") as written:
                written.write(png)
            Path(aside).replace(file)
        except OSError:
            Path(aside).unlink(missing_ok=True)
            raise
        self._forget_oldest(file)
        return file

    def _forget_oldest(self, newest: Path) -> None:
        found = []
        for entry in os.scandir(self.path):
            try:
                state = entry.stat(follow_symlinks=False)
            except FileNotFoundError:  # another process has removed it
                continue
            found.append((state.st_mtime_ns, state.st_size, Path(entry.path)))
        found.sort()
        files, size = len(found), sum(each[1] for each in found)
        for _, bytes_of_file, file in found:
            if files <= self.most_files and size <= self.most_bytes:
                return
            if file != newest:
                file.unlink(missing_ok=True)
                files, size = files - 1, size - bytes_of_file
