"""Text in pictures that were seen before: a logo in a thousand signatures is recognised once."""

from __future__ import annotations

import hashlib

from msgspec import Struct

from mailcore.ports import Memory, TextRecognizer

# Pixels of the decoded picture, so that another file name, format or comment changes nothing; not what a picture looks
# like: two different pictures must never share a text, or one would hide the other.
_PERSON = b"mailchord ocr"


class RememberedText(Struct, frozen=True, kw_only=True):
    """A `TextRecognizer` that asks another one only for pictures that it has not seen.

    `version` names everything that changes what is recognised (program, languages): another version remembers nothing.
    What failed is not remembered. It stands outside of the cage: whoever takes over a parser of pictures cannot make
    others blind.
    """

    recognise: TextRecognizer
    memory: Memory
    version: str
    keep_seconds: float = 86_400.0

    def __call__(self, picture: bytes, *, seconds: float) -> str:
        """See `mailcore.ports.TextRecognizer`."""
        key = hashlib.blake2b(picture, digest_size=32, key=self.version.encode()[:64], person=_PERSON).digest()
        known = self.memory.find([key]).get(key)
        if known is not None:
            return known.decode("utf-8", "replace")
        text = self.recognise(picture, seconds=seconds)
        self.memory.keep({key: text.encode("utf-8", "replace")}, seconds=self.keep_seconds)
        return text
