"""Remembers the text of pictures: a logo that stands in every signature is recognised once."""

from __future__ import annotations

from mailcore.ports import Memory, TextRecognizer
from mailcore.settings import Settings
from mailio.bounded_memory import LayeredMemory, LocalMemory, SharedMemory
from mailio.remembered_text import RememberedText
from mailio.scanner_version import scanner_version
from tasks.known_files import NEAR_SECONDS, redis_client

# Texts in a process, and in Redis for all: a page of a letter has 3 kB.
TEXTS, NEAR_BYTES = 500, 1_048_576
SHARED_TEXTS, TEXT_BYTES = 4_096, 8_192


def knowing_texts(recognise: TextRecognizer, languages: str, settings: Settings) -> TextRecognizer:
    """The recognizer, which is asked once for each picture, as long as `file_cache.hours` say."""
    cache = settings.file_cache
    if not cache.enabled:
        return recognise
    near = LocalMemory(entries=TEXTS, most_bytes=NEAR_BYTES)
    memory: Memory = near
    client = redis_client(settings) if cache.shared_entries else None
    if client is not None:
        far = SharedMemory(client, "text", places=SHARED_TEXTS, most_bytes=TEXT_BYTES)
        memory = LayeredMemory(near, far, near_seconds=NEAR_SECONDS)
    version = f"{languages} {scanner_version()}"
    return RememberedText(recognise=recognise, memory=memory, version=version, keep_seconds=cache.hours * 3_600)
