"""What is checked: one folder a pool, pure detectors, facts gathered through ports."""
