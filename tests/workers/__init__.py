"""Tests of the pools: runner, discovery, detectors."""
