"""What a detector sees: the message and the facts about it, nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from mailcore.authentication import AuthFacts
from mailcore.behaviour import Behaviour, Detonation
from mailcore.brands import BrandIndex
from mailcore.entries import Entries
from mailcore.following import Trail
from mailcore.known_files import HashOpinion
from mailcore.link_opinions import LinkOpinions
from mailcore.message import Envelope, HtmlFacts, Message
from mailcore.organisation import Acquaintance, Organisation
from mailcore.reputation import UNKNOWN, Reputation


class YaraMatch(Struct, frozen=True, kw_only=True):
    """A YARA rule that matched a file, with what its metadata say: `severity` is info to critical."""

    rule: str
    severity: str = "low"
    description: str = ""
    reference: str = ""


class FileSign(Struct, frozen=True):
    """Something that a file can do or hides, as its reader saw it: "pdf.launch", and the words that show it."""

    kind: str
    evidence: str = ""


class FileFacts(Struct, frozen=True, kw_only=True):
    """What opening one attachment (or one member of an archive) showed.

    `path` names the way through containers ("invoice.zip/invoice.exe"), `true_type` is libmagic's media type.
    `yara` holds matched rule names as "namespace.rule", `yara_matches` the same with their metadata. `unpacked_size`
    is what came out of the whole tree below an archive; `contains_itself` is an archive that holds its own bytes again.
    `html` is there for HTML files. `problem` says why the file could not be read. `reached` says in which way it was
    come by: "" for an attachment, "member" of an archive, "embedded" object, "decoded" stream ... `password` opened it,
    and `password_from` is where that stood. `signs` are for detectors, in the order found, each kind a few times.
    `pages` of a PDF; `picture_pages` are those of its first that are a picture without text. `malware` is what the
    virus scanner found, `unscanned` why it did not look; `opinions` come from lists and services that know the hash.
    `tlsh` is a hash that is nearly the same for files that are nearly the same, "" where none was made.
    """

    part: str
    path: str
    filename: str = ""
    declared_type: str = ""
    true_type: str = ""
    size: int = 0
    sha256: str = ""
    depth: int = 0
    encrypted: bool = False
    members: int = 0
    unpacked_size: int = 0
    unsafe_member_names: tuple[str, ...] = ()
    macros: bool = False
    auto_run_macros: bool = False
    suspicious_macro_calls: tuple[str, ...] = ()
    yara: tuple[str, ...] = ()
    text: str = ""
    problem: str = ""
    yara_matches: tuple[YaraMatch, ...] = ()
    eicar: bool = False
    contains_itself: bool = False
    html: HtmlFacts | None = None
    reached: str = ""
    password: str = ""
    password_from: str = ""
    signs: tuple[FileSign, ...] = ()
    pages: int = 0
    picture_pages: int = 0
    malware: str = ""
    unscanned: str = ""
    opinions: tuple[HashOpinion, ...] = ()
    tlsh: str = ""


class ImageFacts(Struct, frozen=True, kw_only=True):
    """What reading one picture showed: recognised text, contents of bar codes and QR codes.

    `name` is the way to it ("invoice.zip/page.png"). `reached` tells how it was come by: "" for a part of the message,
    "inline" for one that stands in the HTML, "member" of an archive or a document, "page" of a PDF; "drawn" for a code
    that is made of cells or characters, "joined" for several pictures side by side. `formats` are those of `codes`
    ("QRCode"). `fingerprint` is nearly the same for pictures that look the same, "" where there is little to see.
    `logos` are the shapes in it that may be logos, where this installation has listed some.
    """

    part: str
    width: int = 0
    height: int = 0
    text: str = ""
    codes: tuple[str, ...] = ()
    problem: str = ""
    name: str = ""
    reached: str = ""
    formats: tuple[str, ...] = ()
    fingerprint: str = ""
    logos: tuple[str, ...] = ()


class ModelFacts(Struct, frozen=True, kw_only=True):
    """What a learned model says: probability of being unwanted (0..1), and the features that weighed most."""

    model: str
    probability: float
    features: tuple[tuple[str, float], ...] = ()


class Lists(Struct, frozen=True, kw_only=True):
    """The lists of `configs/lists/`, one field a file (`risky_tlds` is `risky-tlds.txt`), all lower case.

    Fields are for lists that detectors ask by name; `own` are all others, which rules ask (`links.host|in: our_foes`).
    """

    shorteners: Entries = frozenset()
    free_mail: Entries = frozenset()
    risky_tlds: Entries = frozenset()
    file_sharing: Entries = frozenset()
    form_hosts: Entries = frozenset()
    click_trackers: Entries = frozenset()
    own: Mapping[str, Entries] = {}

    def named(self, name: str) -> Entries:
        """The list of that name; an empty one where there is none."""
        entries: Entries = getattr(self, name) if name in TYPED_LISTS else self.own.get(name, frozenset())
        return entries


TYPED_LISTS = tuple(
    name
    for name, default in zip(Lists.__struct_fields__, Lists.__struct_defaults__, strict=True)
    if isinstance(default, frozenset)
)


NO_BRANDS = BrandIndex()


class MailView(Struct, frozen=True, kw_only=True):
    """A message and the facts gathered so far: the only thing that a detector gets.

    A pool fills only its own facts; the others are empty there. `at_border` is the envelope with the client that handed
    the message to the first server of our own, where that is not the peer. Domains of the `organisation` are in lower
    case. `link_opinions` are by address, as it stands in `Link.href` and `Hop.href`; `new_link_domains` those of links
    that no accepted mail led to before today. `domain_days` are the days since domains were registered, of those that
    were asked about.
    """

    envelope: Envelope
    message: Message
    lists: Lists = Lists()
    files: tuple[FileFacts, ...] = ()
    images: tuple[ImageFacts, ...] = ()
    model: ModelFacts | None = None
    auth: AuthFacts = AuthFacts()
    organisation: Organisation = Organisation()
    acquaintance: Acquaintance = Acquaintance.UNKNOWN
    brands: BrandIndex = NO_BRANDS
    reputation: Reputation = UNKNOWN
    at_border: Envelope | None = None
    behaviour: tuple[Behaviour, ...] = ()
    detonations: tuple[Detonation, ...] = ()
    followed: tuple[Trail, ...] = ()
    link_opinions: LinkOpinions = {}
    new_link_domains: tuple[str, ...] = ()
    domain_days: Mapping[str, float] = {}

    @property
    def delivery(self) -> Envelope:
        """The envelope to judge the client by: a relay of our own says nothing of who sends."""
        return self.at_border or self.envelope
