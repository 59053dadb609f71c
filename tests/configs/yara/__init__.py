"""Samples of what the shipped YARA rules are about, and tests of them."""
