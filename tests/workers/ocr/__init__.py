"""Tests of the OCR pool."""
