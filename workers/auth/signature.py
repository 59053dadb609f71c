"""Signature fields of DKIM and ARC, read strictly (RFC 6376, 3.2 and 3.5; RFC 8617, 4.1)."""

from __future__ import annotations

import binascii
import enum
import re
from collections.abc import Mapping

import idna
from msgspec import Struct

from mailcore.authentication import AuthResult, SignatureReason
from mailcore.dns import Question, RecordType
from mailcore.signature_settings import SignatureSettings
from workers.auth.canonical import LINE_ENDS_AND_SPACE, BodyForm, Canonicalisation, SignedMessage, signed_names

_TAG_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9_]*")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_QUOTED = re.compile(rb"=([0-9A-Fa-f]{2})")
_NAME_CHARACTERS = 253
_VALUE_CHARACTERS = 4_096  # of d=, s=, i=: far longer than any of them may be
_SIGNATURE_START = 8  # RFC 6008

ALGORITHMS = frozenset({"rsa-sha256", "ed25519-sha256"})
HISTORIC_ALGORITHM = "rsa-sha1"  # RFC 8301, 3.1: never valid, never made


class SignatureLimits(Struct, frozen=True, kw_only=True):
    """What verifying may cost, and what is good enough.

    `signatures` is how many are verified, `named` how many more are mentioned. Sizes of RSA keys are in bits: RFC 8301
    demands 1,024 at least, and that 4,096 can be verified; larger ones cost more than they prove. `clock_skew` is how
    many seconds a signer's clock may be ahead. `accepts_sha1` verifies what RFC 8301 forbids, for archives.
    """

    signatures: int = 10
    named: int = 100
    keys: int = 3
    smallest_rsa_key: int = 1_024
    largest_rsa_key: int = 4_096
    clock_skew: int = 3_600
    accepts_sha1: bool = False

    @staticmethod
    def of(settings: SignatureSettings) -> SignatureLimits:
        """The limits of an installation; the others are nobody's business."""
        return SignatureLimits(
            signatures=settings.verified,
            smallest_rsa_key=settings.smallest_rsa_key,
            largest_rsa_key=settings.largest_rsa_key,
            clock_skew=settings.clock_skew_seconds,
        )


class Form(enum.Enum):
    """The three fields that hold signatures."""

    DKIM = "dkim-signature"
    ARC_MESSAGE = "arc-message-signature"
    ARC_SEAL = "arc-seal"


_REQUIRED = {
    Form.DKIM: ("v", "a", "b", "bh", "d", "h", "s"),
    Form.ARC_MESSAGE: ("a", "b", "bh", "d", "h", "i", "s"),
    Form.ARC_SEAL: ("a", "b", "cv", "d", "i", "s"),
}


class Unacceptable(Exception):
    """A signature that is not worth verifying, or did not verify."""

    def __init__(self, reason: SignatureReason, result: AuthResult = AuthResult.PERMERROR) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.result = result


class Signature(Struct, frozen=True, kw_only=True):
    """A signature field. `position` is the field's in the message; `emptied` is its value without what b= holds.

    `body` and `body_hash` mean nothing for seals, which sign no body, nor do `names`.
    """

    position: int
    domain: str
    selector: str
    identity: str
    identity_domain: str
    key_type: str
    hash: str
    canonicalisation: Canonicalisation
    body: BodyForm
    body_hash: bytes
    names: tuple[str, ...]
    value: bytes
    emptied: bytes
    signed_at: int
    expires_at: int

    @property
    def question(self) -> Question:
        """Where its key is."""
        return Question(f"{self.selector}._domainkey.{self.domain}", RecordType.TXT)


def read_tags(text: bytes) -> dict[str, bytes]:
    """A tag list (RFC 6376, 3.2), values without the white space around them.

    Raises ValueError for what is none: a tag without name or "=", a name twice, an empty place between semicolons.
    """
    tags: dict[str, bytes] = {}
    pieces = text.split(b";")
    if not pieces[-1].strip(LINE_ENDS_AND_SPACE):
        pieces.pop()
    for piece in pieces:
        name, equals, value = piece.partition(b"=")
        name = name.strip(LINE_ENDS_AND_SPACE)
        if not equals or not _TAG_NAME.fullmatch(name):
            raise ValueError("no tag")
        key = name.decode("ascii")
        if key in tags:
            raise ValueError("a tag twice")
        tags[key] = value.strip(LINE_ENDS_AND_SPACE)
    return tags


def read_signature(message: SignedMessage, position: int, form: Form, limits: SignatureLimits) -> Signature:
    """The signature in the field at that position; raises Unacceptable for what cannot be verified."""
    value = message.fields[position].value
    try:
        tags = read_tags(value)
        if any(name not in tags for name in _REQUIRED[form]):
            raise ValueError("a tag is missing")
        signature = _read(tags, value, position, form, limits)
    except ValueError:  # UnicodeDecodeError and binascii.Error are ValueErrors too
        raise Unacceptable(SignatureReason.MALFORMED) from None
    if form is Form.DKIM:
        _check_identity(signature)
        if "from" not in signature.names:
            raise Unacceptable(SignatureReason.FROM_UNSIGNED)
    return signature


def _read(tags: Mapping[str, bytes], value: bytes, position: int, form: Form, limits: SignatureLimits) -> Signature:
    if form is Form.DKIM and tags["v"] != b"1":
        raise Unacceptable(SignatureReason.WRONG_VERSION)
    if form is Form.ARC_SEAL and ("h" in tags or "bh" in tags):
        raise ValueError("seals sign nothing but seals")  # RFC 8617, 4.1.3
    key_type, hash_name = _algorithm(tags["a"], limits)
    header, body = _canonicalisations(tags.get("c"), form)
    domain = look_up_name(tags["d"])
    identity = _identity(tags.get("i", b"")) if form is Form.DKIM else ""
    signed_at, expires_at = _number(tags, "t", 12), _number(tags, "x", 12)
    if signed_at and expires_at and expires_at <= signed_at:
        raise ValueError("expired before it was signed")
    selector = look_up_name(tags["s"], is_selector=True)
    if len(f"{selector}._domainkey.{domain}") > _NAME_CHARACTERS:
        raise Unacceptable(SignatureReason.WRONG_DOMAIN)
    names = signed_names(tags.get("h", b""))
    if form is Form.ARC_MESSAGE and "arc-seal" in names:
        raise ValueError("seals come later")  # RFC 8617, 4.1.2
    if form is Form.DKIM and "q" in tags and b"dns/txt" not in _list(tags["q"]):
        raise Unacceptable(SignatureReason.WRONG_QUERY)
    return Signature(
        position=position,
        domain=domain,
        selector=selector,
        identity=identity,
        identity_domain=look_up_name(identity.rpartition("@")[2].encode()) if identity else domain,
        key_type=key_type,
        hash=hash_name,
        canonicalisation=header,
        body=BodyForm(body, hash_name, _number(tags, "l", 76) if "l" in tags else None),
        body_hash=read_base64(tags.get("bh", b"")),
        names=names,
        value=read_base64(tags["b"]),
        emptied=_emptied(value),
        signed_at=signed_at,
        expires_at=expires_at,
    )


def _algorithm(a: bytes, limits: SignatureLimits) -> tuple[str, str]:
    name = a.decode("latin-1").lower()
    if not name:
        raise ValueError("no algorithm")
    if name == HISTORIC_ALGORITHM and not limits.accepts_sha1:
        raise Unacceptable(SignatureReason.SHA1)
    if name not in ALGORITHMS and name != HISTORIC_ALGORITHM:
        raise Unacceptable(SignatureReason.WRONG_ALGORITHM)
    key_type, _, hash_name = name.partition("-")
    return key_type, hash_name


def _canonicalisations(c: bytes | None, form: Form) -> tuple[Canonicalisation, Canonicalisation]:
    """Of header and body. Simple where nothing is said, of the body too where only the header's is (RFC 6376, 3.5)."""
    if form is Form.ARC_SEAL:
        return Canonicalisation.RELAXED, Canonicalisation.RELAXED
    header, _, body = ("simple" if c is None else c.decode("latin-1").lower()).partition("/")
    try:
        return Canonicalisation(header), Canonicalisation(body or "simple")
    except ValueError:
        raise Unacceptable(SignatureReason.WRONG_CANONICALISATION) from None


def _identity(text: bytes) -> str:
    """i=, in which signs may be written as hexadecimal digits (dkim-quoted-printable, RFC 6376, 2.11)."""
    bare = text.translate(None, LINE_ENDS_AND_SPACE)
    return _text(_QUOTED.sub(lambda match: bytes((int(match.group(1), 16),)), bare))


def _check_identity(signature: Signature) -> None:
    """i= is of the signing domain or below it (RFC 6376, 6.1.1)."""
    if signature.identity_domain != signature.domain and not signature.identity_domain.endswith("." + signature.domain):
        raise Unacceptable(SignatureReason.FOREIGN_IDENTITY)


def check_times(signature: Signature, now: float, limits: SignatureLimits) -> None:
    """Raises Unacceptable for what is expired or was signed after `now` (seconds since the epoch)."""
    if signature.expires_at and signature.expires_at < now:
        raise Unacceptable(SignatureReason.EXPIRED)
    if signature.signed_at > now + limits.clock_skew:
        raise Unacceptable(SignatureReason.IN_THE_FUTURE, AuthResult.POLICY)


def look_up_name(text: bytes, *, is_selector: bool = False) -> str:
    """A domain or selector as the DNS knows it: lower case, A-labels (RFC 8616).

    Raises ValueError for none, Unacceptable for what no server can be asked for.
    """
    name = _text(text).lower()
    if not name:
        raise ValueError("empty name")
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            raise Unacceptable(SignatureReason.WRONG_DOMAIN) from None
    labels = name.split(".")
    if len(name) > _NAME_CHARACTERS or (len(labels) < 2 and not is_selector) or not all(map(_LABEL.fullmatch, labels)):
        raise Unacceptable(SignatureReason.WRONG_DOMAIN)
    return name


def read_base64(text: bytes) -> bytes:
    """Base64 in which white space may stand anywhere; raises ValueError for anything else."""
    return binascii.a2b_base64(text.translate(None, LINE_ENDS_AND_SPACE), strict_mode=True)


def signature_start(message: SignedMessage, position: int) -> str:
    """The first characters of b=, by which results name a signature (RFC 6008); "" where it has none."""
    for piece in message.fields[position].value.split(b";"):
        name, _, value = piece.partition(b"=")
        if name.strip(LINE_ENDS_AND_SPACE) == b"b":
            letters = value[:_VALUE_CHARACTERS].translate(None, LINE_ENDS_AND_SPACE)
            return letters[:_SIGNATURE_START].decode("latin-1")
    return ""


def _emptied(value: bytes) -> bytes:
    """The field's value with an empty b=, the white space around what it held gone too (RFC 6376, 3.7)."""
    pieces = value.split(b";")
    for index, piece in enumerate(pieces):
        name, equals, _ = piece.partition(b"=")
        if name.strip(LINE_ENDS_AND_SPACE) == b"b":
            pieces[index] = name + equals
    return b";".join(pieces)


def _number(tags: Mapping[str, bytes], name: str, digits: int) -> int:
    """An unsigned number of at most that many digits; 0 where the tag is not there."""
    text = tags.get(name)
    if text is None:
        return 0
    if not text.isdigit() or len(text) > digits:
        raise ValueError(f"{name}= is no number")
    return int(text)


def _list(text: bytes) -> list[bytes]:
    return [item.strip(LINE_ENDS_AND_SPACE).lower() for item in text.split(b":")]


def _text(text: bytes) -> str:
    if len(text) > _VALUE_CHARACTERS:
        raise ValueError("too long")
    return text.decode("utf-8")
