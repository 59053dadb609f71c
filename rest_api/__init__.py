"""The HTTP door: pages and interfaces for people and programs. Today: the click service of safe links."""
