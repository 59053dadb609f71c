"""Measuring detection on labelled mail: read, judge in parallel, count, draw, compare, replay, tune."""
