"""Where lists of links come from: files of our own and servers, plain or packed, bounded in bytes and time."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from mailcore.errors import ConfigurationError
from mailcore.feed_settings import Feed, Feeds, is_local
from mailio.feed_formats import FeedUnreadable
from mailio.outgoing_http import Downloaded, download
from mailio.secret_files import read_key

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

UNPACKED_TIMES = 10  # as large as what is fetched may be
_PIECE = 1_048_576
_END_OF_ZIP = 22 + 65_535  # bytes: the last record, and a remark behind it
_MOST_DIRECTORY = 65_536  # bytes of the directory of an archive
_DAMAGED = (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError, RuntimeError)


def key_of(feed: Feed) -> str:
    """The key for a list; "" where it needs none. Raises FeedUnreadable."""
    try:
        return read_key(feed.key_file, setting="key_file")
    except ConfigurationError as error:
        raise FeedUnreadable(str(error)) from None


def fetch_feed(feed: Feed, settings: Feeds, file: IO[bytes], *, etag: str, modified: str) -> Downloaded:
    """The list as its server sends it, into a file; status 304 where it is still the one with that `etag`.

    Raises FetchFailed, FeedUnreadable.
    """
    headers = {"Accept-Encoding": "identity", "User-Agent": feed.user_agent}
    if etag:
        headers["If-None-Match"] = etag
    if modified:
        headers["If-Modified-Since"] = modified
    return download(
        feed.source.replace("{key}", key_of(feed)),
        file,
        seconds=settings.seconds,
        most_bytes=settings.most_bytes,
        headers=headers,
        private_addresses=feed.private_addresses,
    )


def own_file(feed: Feed) -> Path | None:
    """The file of a list of our own; None for others."""
    return Path(feed.source) if is_local(feed) else None


@contextmanager
def unpacked(file: IO[bytes], *, most_bytes: int) -> Iterator[IO[bytes]]:
    """The list in a file: as it is, or what is in it where it is packed with gzip, bzip2 or zip.

    Reading raises FeedUnreadable where it is damaged, or unpacks to more than `most_bytes`.
    """
    magic = file.read(4)
    file.seek(0)
    try:
        inner: IO[bytes] | gzip.GzipFile
        if magic.startswith(b"\x1f\x8b"):
            inner = gzip.GzipFile(fileobj=file, mode="rb")
        elif magic.startswith(b"BZh"):
            inner = bz2.BZ2File(file, "rb")
        elif magic == b"PK\x03\x04":
            inner = _member(file)
        else:
            inner = file
    except _DAMAGED as error:
        raise FeedUnreadable(f"it is packed, and damaged: {type(error).__name__}") from None
    with io.BufferedReader(_Bounded(inner, most_bytes), _PIECE) as stream:
        yield stream


def _member(file: IO[bytes]) -> IO[bytes]:
    """The largest file of an archive: others are read-me's. Its directory has to be small, since all of it is read."""
    start = max(0, file.seek(0, io.SEEK_END) - _END_OF_ZIP)
    file.seek(start)
    tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22 or tail.rfind(b"PK\x06\x07", 0, end) >= 0:
        raise FeedUnreadable("it is an archive that ends in the middle, or one in the large form (zip64)")
    if int.from_bytes(tail[end + 12 : end + 16], "little") > _MOST_DIRECTORY:
        raise FeedUnreadable("it is an archive of too many files")
    file.seek(0)
    archive = zipfile.ZipFile(file)
    members = [member for member in archive.infolist() if not member.is_dir()]
    if not members:
        raise FeedUnreadable("it is an archive with nothing in it")
    return archive.open(max(members, key=lambda member: member.file_size))


class _Bounded(io.RawIOBase):
    """Reads no more than so many bytes, and tells in our words what is damaged."""

    def __init__(self, inner: IO[bytes] | gzip.GzipFile, most_bytes: int) -> None:
        super().__init__()
        self._inner = inner
        self._most = self._left = most_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        try:
            piece = self._inner.read(len(view))
        except _DAMAGED as error:
            raise FeedUnreadable(f"it is damaged: {type(error).__name__}") from None
        self._left -= len(piece)
        if self._left < 0:
            raise FeedUnreadable(f"it unpacks to more than {self._most:,} bytes")
        view[: len(piece)] = piece
        return len(piece)
