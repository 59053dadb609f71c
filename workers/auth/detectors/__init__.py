"""Detectors of this pool, one in each file."""
