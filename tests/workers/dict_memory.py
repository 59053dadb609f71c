"""A memory without bounds, for pools that remember."""

from __future__ import annotations

from collections.abc import Collection, Mapping


class DictMemory:
    """A `mailcore.ports.Memory` that keeps all that it is given."""

    def __init__(self) -> None:
        self.values: dict[bytes, bytes] = {}

    def find(self, keys: Collection[bytes]) -> Mapping[bytes, bytes]:
        return {key: self.values[key] for key in keys if key in self.values}

    def keep(self, values: Mapping[bytes, bytes], *, seconds: float) -> None:
        assert seconds > 0
        self.values.update(values)
