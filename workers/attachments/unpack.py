"""Opens archives breadth first under one budget, and looks at each member as it streams by."""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import closing
from itertools import chain

from msgspec import Struct, field, structs

from mailcore.ports import MalwareScanner, Unpacker
from mailcore.view import FileFacts
from workers import archives
from workers.attachments import documents, names, relationships, types
from workers.attachments.budget import Budget
from workers.attachments.examine import Place, derived_text, examine
from workers.attachments.foreign_code import errors_are_problems
from workers.attachments.malware import scanned
from workers.attachments.members import Broken, Member, Opening
from workers.attachments.openers import Opener, fitting
from workers.attachments.passwords import Password
from workers.attachments.readers import READERS, Reader
from workers.attachments.yara_rules import YaraRules
from workers.pool import DerivedText

PATH_CHARACTERS = 1_000
UNSAFE_NAMES = 10
# Parts of OOXML that start nothing and are most of the bytes: pictures, fonts, tables, looks. The rest is looked at.
_OOXML_PLAIN = frozenset({"png", "jpg", "jpeg", "gif", "emf", "wmf", "tiff", "bmp", "fntdata", "odttf"})
_OOXML_PLAIN_XML = re.compile(
    r"xl/worksheets/sheet|xl/charts/|(?:word|xl|ppt)/(?:theme|styles|fonttable|settings|websettings)"
    r"|ppt/(?:slidelayouts|slidemasters|slides|notesslides|presprops|tablestyles|viewprops)/?|docprops/"
)
_OOXML_TEXT = ("word/document.xml", "xl/sharedstrings.xml", "ppt/slides/slide1.xml", "ppt/slides/slide2.xml")
_NO_PICTURES = (b"\xd0\xcf\x11\xe0", b"MZ", b"PK\x03\x04", b"{\\rt", b"%PDF", b"7z\xbc\xaf", b"Rar!", b"<", b"#!")
# Parts of documents and packages are what their place says: a macro sheet is one in its folder only.
_READ_BY_PATH = frozenset({"xml", "rels", "bin", "mf"})
_BEFORE_XML = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"
_SMALL_XML = 262_144


class Container(Struct, frozen=True, kw_only=True):
    """A file that waits to be opened: `index` is its place among the facts, `root` that of its attachment."""

    data: bytes
    opener: Opener
    index: int
    root: int
    ancestors: frozenset[str]


class Opened(Struct, kw_only=True):
    """What the members of one container add up to; owned by the walk."""

    members: int = 0
    unpacked: int = 0
    encrypted: bool = False
    password: str = ""
    password_from: str = ""
    unsafe: list[str] = field(default_factory=list)
    contains_itself: bool = False
    names: list[str] = field(default_factory=list)
    content_types: str = ""
    text: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    problem: str = ""


class StoppedRoot(Exception):
    """Nothing more is unpacked of this attachment."""


class Walk:
    """One run over the attachments of one message: `files` and `derived` grow as it goes."""

    def __init__(
        self,
        rules: YaraRules,
        budget: Budget,
        scanner: MalwareScanner | None = None,
        listen: Callable[[FileFacts, bytes], None] | None = None,
        unpack: Unpacker | None = None,
        readers: Iterable[Reader] = READERS,
    ) -> None:
        """`listen` is told of every file that was looked at, with its bytes; `unpack` opens what no library can.

        `readers` are those of whose facts somebody has a use.
        """
        self.files: list[FileFacts] = []
        self.derived: list[DerivedText] = []
        self._rules = rules
        self._budget = budget
        self._scanner = scanner
        self._listen = listen
        self._readers = readers
        self._opening = Opening(budget, unpack=unpack)
        self._queue: deque[Container] = deque()
        self._seen: dict[tuple[str, str, str], int] = {}
        self._unpacked: dict[int, int] = {}

    def add_attachment(self, data: bytes, place: Place) -> None:
        """Look at an attachment and remember to open it where it is an archive."""
        head = data[: self._budget.limits.file_bytes]
        if len(head) < len(data):
            self._budget.problem(f"{place.path}: only the first {len(head):,} bytes were looked at")
        sha256 = hashlib.sha256(data).hexdigest()
        if self._is_known(sha256, place):
            return
        self._budget.bytes_read += len(head)
        self._look(data, place, size=len(data), sha256=sha256, root=len(self.files), ancestors=frozenset())

    def open_archives(self, passwords: Iterable[Password] = ()) -> None:
        """Open what waits, outer archives before inner ones, until nothing waits or the budget is spent."""
        self._opening = structs.replace(self._opening, passwords=passwords)
        while self._queue:
            container = self._queue.popleft()
            self._budget.waiting -= len(container.data)
            if self._budget.is_over:
                self._budget.problem(f"its time ended before {self.files[container.index].path} was opened")
                return
            self._open(container)

    def _look(
        self, data: bytes, place: Place, *, size: int, sha256: str, root: int, ancestors: frozenset[str]
    ) -> FileFacts:
        limits = self._budget.limits
        examined = examine(
            data[: limits.file_bytes], place, self._rules, self._budget, self._readers, size=size, sha256=sha256
        )
        facts = examined.facts
        # The scanner opens archives itself, but for those under a password.
        if self._scanner is not None and (not place.depth or place.password):
            facts = scanned(self._scanner, data, facts, self._budget)
        if self._listen is not None:
            self._listen(facts, data[: limits.file_bytes])
        index = len(self.files)
        self.files.append(facts)
        if facts.sha256:
            self._seen.setdefault(_same(facts.sha256, place), index)
        if examined.derived is not None:
            self.derived.append(examined.derived)
        for opener in fitting(facts, data):
            self._enqueue(
                Container(data=data, opener=opener, index=index, root=root, ancestors=ancestors | {facts.sha256}), facts
            )
        return facts

    def _enqueue(self, container: Container, facts: FileFacts) -> None:
        budget, limits = self._budget, self._budget.limits
        if facts.depth >= limits.depth:
            budget.exhausted(f"{facts.path}: archives within archives are opened {limits.depth} deep")
        elif facts.size > len(container.data):
            budget.problem(f"{facts.path}: too large to be opened")
        elif budget.waiting + len(container.data) > limits.waiting_bytes and facts.depth:
            budget.exhausted(f"{facts.path}: not opened, too many archives wait")
        else:
            budget.waiting += len(container.data)
            self._queue.append(container)

    def _open(self, container: Container) -> None:
        """Every member of one container; its own facts are completed at the end, however that comes."""
        opened = Opened()
        facts = self.files[container.index]
        try:
            with (
                errors_are_problems(self._budget, f"{facts.path}: opening it", passing=(Broken, StoppedRoot)),
                closing(container.opener.members(container.data, facts, self._opening)) as members,
            ):
                for member in members:
                    if self._budget.is_over or not self._budget.take_file():
                        break
                    self._member(member, container, opened)
        except Broken as broken:
            opened.problem = str(broken)
            opened.encrypted = opened.encrypted or archives.is_encryption(opened.problem)
            opened.contains_itself = opened.contains_itself or archives.is_endless(opened.problem)
        except StoppedRoot:
            self._forget_root(container.root)
        if self._budget.is_over:
            self._budget.problem(f"its time ended while {self.files[container.index].path} was unpacked")
        self._complete(container, opened)

    def _member(self, member: Member, container: Container, opened: Opened) -> None:
        outer = self.files[container.index]
        # "report.txt.gz" holds "report.txt".
        name = names.without_extension(outer.filename) if member.is_raw else member.name
        opened.members += 1
        opened.names.append(name)
        opened.encrypted = opened.encrypted or member.encrypted
        if member.password and not opened.password:
            opened.password, opened.password_from = member.password, member.password_from
        unsafe = names.unsafe_member_name(name) or (member.is_link and names.unsafe_link(name, member.link_target))
        if unsafe and len(opened.unsafe) < UNSAFE_NAMES:
            opened.unsafe.append(name)
        place = Place(
            part=outer.part,
            path=f"{outer.path}/{name}"[:PATH_CHARACTERS],
            filename=names.basename(name),
            declared_type=member.declared_type,
            depth=outer.depth + 1,
            reached=container.opener.reached,
            password=member.password,
            password_from=member.password_from,
        )
        if not member.is_file:
            return
        if _is_plain_part(outer.true_type, name):
            begun = None if member.encrypted else _if_odd(member)
            if begun is None:
                return
            member = begun
        if member.encrypted:
            self.files.append(FileFacts(**structs.asdict(place), encrypted=True))
            return
        self._content(member, place, container, opened)

    def _content(self, member: Member, place: Place, container: Container, opened: Opened) -> None:
        data, size, sha256, broken = self._read(member, place, container, opened)
        if sha256 in container.ancestors:
            opened.contains_itself = True
        if not broken and self._is_known(sha256, place):
            return
        facts = self._look(data, place, size=size, sha256=sha256, root=container.root, ancestors=container.ancestors)
        if broken:
            opened.problem = opened.problem or broken
            self.files[-1] = structs.replace(facts, problem=broken, encrypted=archives.is_encryption(broken))
        self._document_part(member.name, data, opened)

    def _is_known(self, sha256: str, place: Place) -> bool:
        """The same bytes again, of which another name makes nothing else: an archive is opened once, too."""
        known = self._seen.get(_same(sha256, place))
        if known is not None:
            self.files.append(structs.replace(self.files[known], **structs.asdict(place)))
        return known is not None

    def _read(self, member: Member, place: Place, container: Container, opened: Opened) -> tuple[bytes, int, str, str]:
        """First `file_bytes` of a member, its whole size and hash, and why it could not be read to its end."""
        budget, limits = self._budget, self._budget.limits
        held = bytearray()
        size, digest, broken = 0, hashlib.sha256(), ""
        try:
            for block in member.blocks():
                size += len(block)
                digest.update(block)
                if len(held) < limits.file_bytes:
                    held += block
                self._count(len(block), container, opened)
                if budget.is_over:
                    break
        except Broken as error:
            broken = str(error)
        if size > len(held):
            budget.problem(f"{place.path}: only the first {len(held):,} bytes were looked at")
        return bytes(held), size, digest.hexdigest(), broken

    def _count(self, length: int, container: Container, opened: Opened) -> None:
        """Count unpacked bytes; raises StoppedRoot at the bounds."""
        budget, limits = self._budget, self._budget.limits
        outer = self.files[container.root]
        opened.unpacked += length
        budget.bytes_read += length
        budget.unpacked_left -= length
        unpacked = self._unpacked[container.root] = self._unpacked.get(container.root, 0) + length
        if unpacked > limits.ratio_free_bytes and unpacked > limits.ratio * outer.size:
            budget.exhausted(f"{outer.path}: unpacks to more than {limits.ratio} times its size; unpacked no further")
            raise StoppedRoot
        if budget.unpacked_left <= 0:
            budget.exhausted(f"{outer.path}: more than {limits.unpacked_bytes:,} bytes were unpacked; the rest was not")
            raise StoppedRoot

    def _forget_root(self, root: int) -> None:
        self._budget.waiting -= sum(len(waiting.data) for waiting in self._queue if waiting.root == root)
        self._queue = deque(waiting for waiting in self._queue if waiting.root != root)

    def _document_part(self, name: str, data: bytes, opened: Opened) -> None:
        """Keep what parts of OOXML say about the whole."""
        lowered = name.lower()
        if name == "[Content_Types].xml":
            opened.content_types = data[:_SMALL_XML].decode("utf-8", "replace")
        elif lowered.endswith(".rels"):
            opened.links.extend(relationships.links(data))
        elif lowered in _OOXML_TEXT:
            opened.text.append(documents.ooxml_text(data, self._budget.limits))

    def _complete(self, container: Container, opened: Opened) -> None:
        """Write what the members add up to into the facts of the container, and of documents into the document's."""
        facts = self.files[container.index]
        inner = [file for file in self.files[container.index + 1 :] if file.path.startswith(facts.path + "/")]
        kind = types.ooxml_type(opened.names, opened.content_types) if container.opener.is_zip else ""
        document = kind != "" and facts.true_type != "application/java-archive"
        macros = [file for file in inner if file.macros] if document else []
        suspicious = (call for file in macros for call in file.suspicious_macro_calls)
        text = "\n".join(opened.text)[: self._budget.limits.text_characters] if document else ""
        facts = structs.replace(
            facts,
            true_type=kind if document and _is_zip_itself(facts, container.data) else facts.true_type,
            members=facts.members + opened.members,
            unpacked_size=max(facts.unpacked_size, opened.unpacked),
            encrypted=facts.encrypted or opened.encrypted,
            password=facts.password or opened.password,
            password_from=facts.password_from or opened.password_from,
            unsafe_member_names=tuple(dict.fromkeys(facts.unsafe_member_names + tuple(opened.unsafe))),
            contains_itself=facts.contains_itself or opened.contains_itself,
            macros=facts.macros or bool(macros),
            auto_run_macros=facts.auto_run_macros or (bool(macros) and any(file.auto_run_macros for file in inner)),
            suspicious_macro_calls=tuple(dict.fromkeys((*facts.suspicious_macro_calls, *suspicious))),
            text=facts.text or text,
            problem=facts.problem or opened.problem,
        )
        self.files[container.index] = facts
        self._total(container.root)
        if document:
            derived = derived_text(facts, text, tuple(dict.fromkeys(opened.links))[: documents.LINKS])
            if derived is not None and self._budget.take_document(is_read=True):
                self.derived.append(derived)

    def _total(self, root: int) -> None:
        """The attachment itself carries the total of everything below it."""
        self.files[root] = structs.replace(self.files[root], unpacked_size=self._unpacked.get(root, 0))


def _same(sha256: str, place: Place) -> tuple[str, str, str]:
    """What stands for a file: its bytes, and of its names what decides how it is read."""
    extension = names.extension(place.filename)
    return sha256, place.declared_type, place.path if extension in _READ_BY_PATH else extension


def _is_zip_itself(facts: FileFacts, data: bytes) -> bool:
    """False where the zip hangs behind something else, which is what the file is: a program, a picture, a notebook."""
    return data.startswith(b"PK") or facts.true_type in types.OOXML or facts.true_type == "application/octet-stream"


def _if_odd(member: Member) -> Member | None:
    """The part, where its first bytes are not those of a picture, a font or XML: parts are found by their
    relationships, whatever their name is. None for what is as plain as its name, or cannot be read.
    """
    blocks = member.blocks()
    try:
        first = next(blocks, b"")
    except Broken:
        return None
    if names.extension(member.name) == "xml":
        is_odd = not first.lstrip(_BEFORE_XML).startswith(b"<")
    else:
        is_odd = first.startswith(_NO_PICTURES)
    return structs.replace(member, blocks=lambda: chain((first,), blocks)) if first and is_odd else None


def _is_plain_part(true_type: str, name: str) -> bool:
    """True for parts of OOXML that need not be read; a file that only calls itself a document is read in full."""
    if true_type not in types.OOXML or name.lower() in _OOXML_TEXT or name == "[Content_Types].xml":
        return False
    extension = names.extension(name)
    return extension in _OOXML_PLAIN or (extension == "xml" and _OOXML_PLAIN_XML.match(name.lower()) is not None)
