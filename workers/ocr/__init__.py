"""The OCR pool: text and codes in pictures. Importing it loads neither Pillow nor the code reader."""

from __future__ import annotations

from mailcore.ports import TextRecognizer
from workers.discovery import discover
from workers.ocr.facts import build_gather, build_look
from workers.ocr.limits import ImageLimits
from workers.ocr.work import build_work
from workers.pool import Pool

__all__ = ["ImageLimits", "build"]

_DEFAULT = ImageLimits()


def build(recognise: TextRecognizer, *, limits: ImageLimits = _DEFAULT) -> Pool:
    """The pool that reads text with this recognizer (`mailio.tesseract.recognise`)."""
    return Pool(
        name="ocr",
        work=build_work(limits),
        gather=build_gather(recognise, limits),
        gather_at_once=build_look(recognise, limits),
        detectors=discover("workers.ocr"),
    )
