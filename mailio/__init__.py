"""Touches the world: Redis, files, programs. Every port of `mailcore.ports` is implemented here, once."""
