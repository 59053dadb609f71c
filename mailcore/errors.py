"""Every error that mailchord raises on purpose.

    MailchordError
    ├── ConfigurationError     a file, key or value is wrong: the start stops, exit status 2
    ├── StoreUnavailable       Redis is away, full or too slow: policy decides, usually tempfail
    ├── ScanInterrupted        a pool ran past its time: becomes a report that says `timed out`
    └── CageBroken             the process of the parsers died or made no sense: a report that says `failed`

Damage in a mail is never an error: it is a defect of the message or the status of a pool.
"""

from __future__ import annotations


class MailchordError(Exception):
    """Anything that mailchord raises on purpose."""


class ConfigurationError(MailchordError):
    """One clear line: what is wrong, where (file:line), what to do."""


class StoreUnavailable(MailchordError):
    """The broker, the claim checks or the state cannot be used now."""


class ScanInterrupted(MailchordError):
    """A scan was stopped at its time limit."""


class CageBroken(MailchordError):
    """The process in which parsers run did not come to an answer: why, in words."""
