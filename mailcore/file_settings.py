"""Settings of files: YARA folders, the virus scanner, hashes, what is remembered, text in pictures, passwords."""

from __future__ import annotations

import enum
from typing import Annotated

from msgspec import Meta, Struct, field


class Yara(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """YARA rules besides those of `configs_dir`."""

    directories: Annotated[
        tuple[str, ...],
        Meta(description="Directories with YARA rules of your own (`*.yar`, `*.yara`), read after the shipped ones."),
    ] = ()


class Clamd(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A ClamAV daemon that is shown every attachment."""

    socket: Annotated[
        str,
        Meta(description="`unix:PATH` or `inet:PORT@HOST` (`inet6:PORT@HOST`) of clamd; empty: there is none."),
    ] = ""
    required: Annotated[
        bool,
        Meta(
            description="What clamd did not look at counts as not looked at: the report is then `partial`, and "
            "`policy.partial_pools` says what follows. Otherwise mail goes on without it, with a line in the log."
        ),
    ] = False
    seconds: Annotated[float, Meta(description="Longest wait for one file.", gt=0)] = 5.0
    most_bytes: Annotated[
        int,
        Meta(description="Largest file that is shown to clamd; not more than its own `StreamMaxLength`.", gt=0),
    ] = 26_214_400
    pause_seconds: Annotated[
        float, Meta(description="How long a clamd that failed is left alone before it is asked again.", ge=1)
    ] = 30.0


class HashServiceKind(enum.StrEnum):
    """How a service is asked about a hash."""

    VIRUSTOTAL = "virustotal"
    MISP = "misp"


class HashService(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A service that knows files by their SHA-256, asked over HTTPS. It gets hashes, nothing else."""

    enabled: Annotated[bool, Meta(description="Whether it is asked.")] = True
    kind: Annotated[HashServiceKind, Meta(description="`virustotal` (API v3) or `misp` (restSearch).")] = (
        HashServiceKind.VIRUSTOTAL
    )
    url: Annotated[str, Meta(description="Where it is: `https://www.virustotal.com`, `https://misp.example.org`.")] = ""
    key: Annotated[
        str,
        Meta(
            description="Key for it. Better: `key_file`, or a variable (`MAILCHORD_HASHES__SERVICES__NAME__KEY_FILE`)."
        ),
    ] = ""
    key_file: Annotated[str, Meta(description="File that holds the key, in place of `key`.")] = ""
    private_addresses: Annotated[
        bool, Meta(description="It may be in a network of our own: private and loopback addresses are asked.")
    ] = False
    seconds: Annotated[float, Meta(description="Longest wait for one answer.", gt=0, le=30)] = 3.0
    per_day: Annotated[int, Meta(description="Questions a day, of all processes together.", ge=0)] = 500
    per_minute: Annotated[int, Meta(description="Questions a minute, of all processes together.", ge=0)] = 4
    least_engines: Annotated[
        int, Meta(description="Scanners of a `virustotal` that must call a file malicious.", ge=1)
    ] = 5
    known_hours: Annotated[float, Meta(description="How long an answer that knows the file is remembered.", gt=0)] = (
        168.0
    )
    unknown_hours: Annotated[float, Meta(description="The same for an answer that does not know it.", gt=0)] = 12.0


class Hashes(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of files by their SHA-256."""

    directories: Annotated[
        tuple[str, ...],
        Meta(
            description="Directories with lists of your own: `block*.txt` of malware, `allow*.txt` of files that are "
            "good, one SHA-256 a line (`docs/attachments.md`)."
        ),
    ] = ()
    services: Annotated[
        dict[str, HashService],
        Meta(description="Services that are asked, by a name of your own. None: no hash leaves."),
    ] = field(default_factory=dict)
    distance: Annotated[
        int,
        Meta(
            description="Up to which distance of its TLSH a file resembles one on a list `similar*.txt`: 0 is the "
            "same, 30 another version, from 100 on another file.",
            ge=0,
            le=100,
        ),
    ] = 30
    files: Annotated[
        int, Meta(description="Files of one message that services are asked about, the most suspicious kinds.", ge=0)
    ] = 5


class FileCache(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was seen in attachments and pictures is remembered by their hash: the same file again costs a lookup."""

    enabled: Annotated[bool, Meta(description="Remember.")] = True
    hours: Annotated[float, Meta(description="How long it is remembered.", gt=0)] = 24.0
    entries: Annotated[int, Meta(description="Attachments that each process remembers; 0: none.", ge=0)] = 256
    shared_entries: Annotated[
        int, Meta(description="Attachments remembered in Redis for all processes, up to 64 kB each; 0: none.", ge=0)
    ] = 1_024


class Pictures(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How text in pictures is recognised."""

    languages: Annotated[
        str,
        Meta(
            description="Languages of Tesseract, the most frequent first: `eng+deu+fra`. Each needs its Debian package "
            "(`tesseract-ocr-deu`), and makes recognition slower.",
            pattern=r"^[A-Za-z][A-Za-z0-9_]*(?:\+[A-Za-z][A-Za-z0-9_]*)*$",
        ),
    ] = "eng"


class LockedFiles(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How archives and documents under a password are opened, besides with what stands in the mail."""

    passwords: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=128)], ...],
        Meta(
            description="Passwords that are tried on every locked file, after those that the mail gives: those of your "
            "house, and those that everybody takes. At most 20.",
            max_length=20,
        ),
    ] = ("infected", "1234", "12345", "123456", "password")
    pictures: Annotated[
        bool,
        Meta(
            description="Where nothing else opens a file, the text of the two largest pictures of the message is read, "
            "since a password may stand there (half a second each)."
        ),
    ] = True
    unar: Annotated[
        bool,
        Meta(
            description="RAR archives under a password, and LZH, ARJ, StuffIt and other old kinds, are opened with the "
            "program `unar` (Debian package unar) where it is installed."
        ),
    ] = True
