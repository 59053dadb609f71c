"""Detectors of the attachments pool: one file each, found by name."""
