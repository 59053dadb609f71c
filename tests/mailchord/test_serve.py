"""What `mailchord serve` does before it starts anything."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mailchord.serve import claim_state_dir
from mailcore.errors import ConfigurationError


def test_two_installations_do_not_share_a_state_directory(tmp_path: Path) -> None:
    """The second one would take over the sockets of the first one's private servers, and leave it without."""
    descriptor = claim_state_dir(tmp_path / "state")
    with pytest.raises(ConfigurationError, match="another `mailchord serve` runs on"):
        claim_state_dir(tmp_path / "state")
    os.close(claim_state_dir(tmp_path / "other"))
    os.close(descriptor)
    os.close(claim_state_dir(tmp_path / "state"))


def test_children_do_not_keep_the_state_directory(tmp_path: Path) -> None:
    descriptor = claim_state_dir(tmp_path)
    assert not os.get_inheritable(descriptor)
    os.close(descriptor)


def test_state_directory_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match=r"state_dir: cannot write to .*choose a directory"):
        claim_state_dir(tmp_path / "file" / "state")
