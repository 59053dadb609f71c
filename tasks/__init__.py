"""Carries messages through the pools: Celery app, intake, scan, aggregate, record."""
