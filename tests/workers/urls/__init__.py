"""Tests of the urls pool: one file a detector, named as it is."""
