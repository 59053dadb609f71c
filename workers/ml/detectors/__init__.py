"""Detectors over what the learned model says: one file each, named for the question that it answers."""
