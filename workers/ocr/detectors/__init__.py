"""Detectors of the OCR pool: one file each, found by name."""
