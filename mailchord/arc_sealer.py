"""The seal of this installation, from its settings and its key."""

from __future__ import annotations

from pathlib import Path

from mailcore.errors import ConfigurationError
from mailcore.ports import Sealer
from mailcore.settings import Settings
from mailio.secret_files import read_secret


def arc_sealer(settings: Settings) -> Sealer | None:
    """None where nothing is sealed. Raises ConfigurationError for a key that cannot be used."""
    arc = settings.arc
    if not arc.domain:
        return None
    # Cryptography costs a process memory: only where it seals.
    from workers.auth.sealing import make_sealer

    pem = read_secret(Path(arc.key_file), what="the key of ARC seals", setting="arc.key_file")
    try:
        return make_sealer(arc.domain, arc.selector, pem)
    except ValueError as error:
        raise ConfigurationError(f"{arc.key_file}: {error}: check arc.key_file") from error
