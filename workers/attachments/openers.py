"""The ways to open a file that holds others. A new kind of container is a module of its own, and a line in OPENERS.

Several may fit one file: a program with an archive behind it, a picture with a zip behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from mailcore.view import FileFacts
from workers import archives
from workers.attachments import (
    calendars,
    embedded,
    encoded_text,
    encrypted_office,
    locked_archives,
    messages,
    onenote,
    pages,
    pdf_files,
    rtf_files,
    scripts,
    second_types,
    shortcuts,
    types,
    unar_archives,
    windows_programs,
    zip_structure,
)
from workers.attachments.members import Members, Opening


class Opener(Struct, frozen=True, kw_only=True):
    """`fits` looks at the facts and the first bytes only; `members` yields what is inside, and raises Broken.

    `reached` is how its members were come by, for people: "member", "embedded", "decoded". `is_zip`: its members may
    be the parts of an Office document.
    """

    name: str
    fits: Callable[[FileFacts, bytes], bool]
    members: Callable[[bytes, FileFacts, Opening], Members]
    reached: str = "member"
    is_zip: bool = False


def _is_archive(facts: FileFacts, data: bytes) -> bool:
    kind = archives.kind_of_archive(facts.true_type, data)
    return bool(kind) and kind not in archives.ZIP


def _is_zip(facts: FileFacts, data: bytes) -> bool:
    return archives.kind_of_archive(facts.true_type, data) in archives.ZIP or types.holds_zip(facts.true_type, data)


def _archive_members(data: bytes, facts: FileFacts, opening: Opening) -> Members:
    return locked_archives.members(data, archives.kind_of_archive(facts.true_type, data), opening)


def _zip_members(data: bytes, facts: FileFacts, opening: Opening) -> Members:
    # libarchive looks for the directory at the very end, other programs further up: what is behind it is cut off.
    whole = data if facts.true_type in archives.ZIP else data[: types.end_of_zip(data)]
    return locked_archives.members(whole, "application/zip", opening)


OPENERS: tuple[Opener, ...] = (
    Opener(name="archive", fits=_is_archive, members=_archive_members),
    Opener(name="zip", fits=_is_zip, members=_zip_members, is_zip=True),
    Opener(name="other archive", fits=unar_archives.fits, members=unar_archives.members),
    Opener(name="hidden zip", fits=zip_structure.hides_archive, members=zip_structure.hidden_members, reached="hidden"),
    Opener(name="PDF", fits=pdf_files.is_readable, members=pdf_files.members, reached="embedded"),
    Opener(name="PDF password", fits=pdf_files.is_locked, members=pdf_files.unlocked_members, reached="decrypted"),
    Opener(name="objects", fits=embedded.is_compound, members=embedded.members, reached="embedded"),
    Opener(name="flat document", fits=embedded.is_flat, members=embedded.flat_members, reached="embedded"),
    Opener(name="RTF", fits=rtf_files.has_objects, members=rtf_files.members, reached="embedded"),
    Opener(name="OneNote", fits=onenote.is_notebook, members=onenote.members, reached="embedded"),
    Opener(name="password", fits=encrypted_office.is_encrypted, members=encrypted_office.members, reached="decrypted"),
    Opener(name="mail", fits=messages.is_mail, members=messages.mail_members, reached="attached"),
    Opener(name="Outlook message", fits=messages.is_outlook, members=messages.outlook_members, reached="attached"),
    Opener(name="winmail.dat", fits=messages.is_tnef, members=messages.tnef_members, reached="attached"),
    Opener(name="page", fits=pages.is_page, members=pages.members, reached="decoded"),
    Opener(name="script", fits=scripts.is_script, members=scripts.members, reached="decoded"),
    Opener(name="link file", fits=shortcuts.is_link, members=shortcuts.link_members, reached="appended"),
    Opener(name="self-extractor", fits=windows_programs.may_extract_itself, members=windows_programs.members),
    Opener(name="calendar", fits=calendars.is_calendar, members=calendars.members, reached="attached"),
    Opener(name="encoded text", fits=encoded_text.is_encoded, members=encoded_text.members, reached="decoded"),
    Opener(name="appended", fits=second_types.has_appended, members=second_types.members, reached="appended"),
)


def fitting(facts: FileFacts, data: bytes) -> Iterator[Opener]:
    """Every way in which the file may be opened."""
    return (opener for opener in OPENERS if opener.fits(facts, data))
