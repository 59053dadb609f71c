"""Tests of the attachments pool."""
