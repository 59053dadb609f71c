"""Tests of what is shipped in configs/."""
