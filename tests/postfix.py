"""The private Postfix for tests: the one of the demo, and the mark for tests that need it."""

from __future__ import annotations

import pytest

from mailchord.postfix import Client, PostfixUnavailable, PrivatePostfix, Queued, Reply, why_unavailable

__all__ = ["Client", "PostfixUnavailable", "PrivatePostfix", "Queued", "Reply", "needs_postfix"]

needs_postfix = pytest.mark.skipif(bool(why_unavailable()), reason=why_unavailable() or "Postfix is here")
