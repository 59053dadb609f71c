"""Tests of the content pool: rules compiled and matched."""
