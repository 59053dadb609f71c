"""Remembers pictures: a logo that stands in every signature is looked at once, and its text is recognised once."""

from __future__ import annotations

from msgspec import structs

from mailcore.ports import Memory, TextRecognizer
from mailcore.settings import Settings
from mailio.bounded_memory import LocalMemory
from mailio.remembered_text import RememberedText
from mailio.scanner_version import scanner_version
from tasks.known_files import redis_client, shared
from workers.pool import Pool

# Texts in a process, and in Redis for all: a page of a letter has 3 kB.
TEXTS, NEAR_BYTES = 500, 1_048_576
SHARED_TEXTS, TEXT_BYTES = 4_096, 8_192
# What was seen in the pictures of a message, likewise.
MESSAGES, SHARED_MESSAGES = 500, 2_048


def knowing_texts(recognise: TextRecognizer, languages: str, settings: Settings) -> TextRecognizer:
    """The recognizer, which is asked once for each picture, as long as `file_cache.hours` say."""
    cache = settings.file_cache
    if not cache.enabled:
        return recognise
    memory = _memory("text", settings, entries=TEXTS, places=SHARED_TEXTS, most_bytes=TEXT_BYTES)
    return RememberedText(
        recognise=recognise, memory=memory, version=_version(languages), keep_seconds=cache.hours * 3_600
    )


def knowing_pictures(pool: Pool, settings: Settings) -> Pool:
    """The pool of pictures (in a cage or not), which looks at the same pictures once, as long as `file_cache.hours`."""
    from workers.ocr import ImageLimits
    from workers.ocr.remembered import MOST_BYTES, remembering

    cache = settings.file_cache
    if not cache.enabled:
        return pool
    gather = remembering(
        pool.gather,
        _memory("picture", settings, entries=MESSAGES, places=SHARED_MESSAGES, most_bytes=MOST_BYTES),
        version=_version(settings.pictures.languages),
        limits=ImageLimits(),
        keep_seconds=cache.hours * 3_600,
    )
    return structs.replace(pool, gather=gather)


def _version(languages: str) -> str:
    return f"{languages} {scanner_version()}"


def _memory(name: str, settings: Settings, *, entries: int, places: int, most_bytes: int) -> Memory:
    near = LocalMemory(entries=entries, most_bytes=NEAR_BYTES)
    client = redis_client(settings) if settings.file_cache.shared_entries else None
    return shared(near, client, name, places=places, most_bytes=most_bytes)
