"""Who is really sending: results of SPF, DKIM, DMARC and ARC as enums, with where they come from."""

from __future__ import annotations

import enum

from msgspec import Struct

from mailcore.links import registered_domain
from mailcore.list_answers import ListHit


class AuthResult(enum.StrEnum):
    """Result words of RFC 8601, section 2.7. A `temperror` is neither a pass nor a fail."""

    PASS = "pass"  # noqa: S105  # a result, no password
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    POLICY = "policy"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


class AuthSource(enum.StrEnum):
    """Who says so. `none`: nobody looked, so nothing follows from the results being `none`."""

    NONE = "none"
    TRUSTED_HEADER = "trusted header"
    SEALED = "sealed"  # by an ARC sealer: worth what the sealer is worth
    REPLAYED = "replayed"
    VERIFIED = "verified"


class SignatureReason(enum.StrEnum):
    """Why a DKIM or ARC signature did not pass."""

    BODY_ALTERED = "the body was altered"
    BODY_SHORTER = "the body is shorter than l= says"
    MISMATCH = "the signature does not match"
    MALFORMED = "malformed signature"
    WRONG_VERSION = "unknown version"
    WRONG_ALGORITHM = "unknown algorithm"
    SHA1 = "SHA-1 is no longer accepted"
    WRONG_CANONICALISATION = "unknown canonicalisation"
    WRONG_QUERY = "unknown way to the key"
    WRONG_DOMAIN = "the domain cannot be looked up"
    FOREIGN_IDENTITY = "the identity is not of the signing domain"
    FROM_UNSIGNED = "From is not signed"
    EXPIRED = "expired"
    IN_THE_FUTURE = "signed in the future"
    NO_ANSWER = "the DNS did not answer"
    NO_KEY = "no key"
    KEY_REVOKED = "the key was revoked"
    KEY_MALFORMED = "malformed key"
    KEY_TOO_SHORT = "the key is too short"
    KEY_TOO_LONG = "the key is too long"
    KEY_FOR_OTHER_ALGORITHM = "the key is for another algorithm"
    KEY_FOR_OTHER_SERVICE = "the key is not for mail"
    HEADER_TOO_LARGE = "the header is too large"
    TOO_MANY = "too many signatures"


class SpfIdentity(enum.StrEnum):
    """Whose domain SPF was asked about (RFC 7208, 2.3 and 2.4)."""

    MAIL_FROM = "mailfrom"
    HELO = "helo"


class SpfReason(enum.StrEnum):
    """Why SPF ended as it did, where no mechanism of the record matched."""

    NO_CLIENT = "the address of the client is not known"
    NO_DOMAIN = "there is no domain to ask"
    NO_RECORD = "no SPF record"
    NO_MATCH = "no mechanism matched"
    NO_ANSWER = "the DNS did not answer"
    SEVERAL_RECORDS = "more than one SPF record"
    MALFORMED = "malformed SPF record"
    TOO_LONG = "the SPF record is too long"
    TOO_MANY_LOOKUPS = "too many DNS lookups"
    TOO_MANY_VOID_LOOKUPS = "too many lookups of names that do not exist"
    TOO_MANY_HOSTS = "too many mail hosts"
    NOTHING_INCLUDED = "an included domain has no SPF record"
    REDIRECTED_NOWHERE = "redirected to a domain without SPF record"


class SpfOutcome(Struct, frozen=True, kw_only=True):
    """What SPF says of one identity (RFC 7208). `domain` is the one that was asked about, in A-labels.

    `mechanism` is the term that matched, as it is written in the record of that domain or of the one that it redirects
    to; where none did, `reason` says what happened and `detail` where: a term or a domain. `explanation` are the words
    of the domain's owner for a fail: printable ASCII, written by strangers. `is_secure`: every answer that the result
    rests on came with DNSSEC.
    """

    result: AuthResult
    identity: SpfIdentity = SpfIdentity.MAIL_FROM
    domain: str = ""
    mechanism: str = ""
    reason: SpfReason | None = None
    detail: str = ""
    explanation: str = ""
    is_secure: bool = False


class ReverseFacts(Struct, frozen=True, kw_only=True):
    """The names of the client (`iprev`, RFC 8601, 2.7.3): those its network gives it, and which of them are its own.

    `pass`: a name resolves back to the client. `fail`: it has names, and none does. `permerror`: it has no name.
    `names` are in the order of the DNS, in lower case; not more than were looked at.
    """

    result: AuthResult
    names: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()


class HeloFacts(Struct, frozen=True, kw_only=True):
    """How the client introduced itself. `name` is in A-labels and lower case, as given where it is no domain.

    `is_literal`: an address in brackets, `is_bare_address`: without them, against RFC 5321; `is_client_address`: and it
    is the client's. `is_qualified`: a domain name of at least two labels. `is_own`: it claims to be this site.
    `result` says whether the name resolves to the client: `pass`, `fail` (to others only, or to nothing), `temperror`,
    and `none` for what cannot be looked up; `exists` whether it has any address of the client's kind.
    """

    name: str = ""
    is_literal: bool = False
    is_bare_address: bool = False
    is_client_address: bool = False
    is_qualified: bool = False
    is_own: bool = False
    result: AuthResult = AuthResult.NONE
    exists: bool = False


class DkimResult(Struct, frozen=True, kw_only=True):
    """One DKIM signature: its signing domain (`d=`), selector, result and the reason for anything but pass.

    `reason` is a `SignatureReason` where it was verified here. `identity` is `i=` in full, `signature` the first
    characters of `b=` (RFC 6008), `key_bits` the size of an RSA key. `unsigned_tail_bytes` of the canonical body stand
    behind the end that `l=` says. `unsigned_headers` are names of fields that people see
    or programs act on and that the message has more often than were signed: anybody may have added them.
    `signed_at` and `expires_at` are seconds since the epoch, 0 where not given. `is_testing`: the domain is only trying
    DKIM (`t=y`), so a failure says nothing. `is_secure`: the key came with DNSSEC.
    """

    domain: str
    result: AuthResult
    selector: str = ""
    reason: str = ""
    identity: str = ""
    algorithm: str = ""
    signature: str = ""
    key_bits: int = 0
    unsigned_tail_bytes: int = 0
    unsigned_headers: tuple[str, ...] = ()
    signed_at: int = 0
    expires_at: int = 0
    is_testing: bool = False
    is_secure: bool = False


class AuthorProblem(enum.StrEnum):
    """What is wrong with From. Those of `AMBIGUOUS_AUTHOR` leave open who is meant: DMARC then never passes."""

    NO_FIELD = "no From"
    SEVERAL_FIELDS = "several From fields"
    SEVERAL_DOMAINS = "addresses of several domains"
    SEVERAL_ADDRESSES = "several addresses of one domain"
    NO_ADDRESS = "no address"
    UNREADABLE = "a quotation, comment or bracket without its end"
    CONTROL_CHARACTERS = "control characters"
    WRONG_DOMAIN = "a domain that cannot be looked up"
    SEVERAL_AT = "an address with more than one @"
    GROUP = "group syntax"
    ROUTE = "a route before the address"
    COMMENT = "a comment inside of the address"
    HIDDEN_FIELD = "another From that only some programs see"
    BLANK_FOLD = "a fold over a blank line"
    ENCODED_ADDRESS = "an address that is encoded like a name"
    ADDRESS_IN_COMMENT = "an address in brackets inside of a comment"


AMBIGUOUS_AUTHOR = frozenset(
    {
        AuthorProblem.NO_FIELD,
        AuthorProblem.SEVERAL_FIELDS,
        AuthorProblem.SEVERAL_DOMAINS,
        AuthorProblem.NO_ADDRESS,
        AuthorProblem.UNREADABLE,
        AuthorProblem.CONTROL_CHARACTERS,
        AuthorProblem.WRONG_DOMAIN,
        AuthorProblem.SEVERAL_AT,
        AuthorProblem.HIDDEN_FIELD,
        AuthorProblem.BLANK_FOLD,
    }
)


_OF_ONE_AUTHOR = frozenset({AuthSource.VERIFIED, AuthSource.TRUSTED_HEADER})


class ClientFacts(Struct, frozen=True, kw_only=True):
    """The client that handed the message to us or to a relay of ours, and what the DNS says of it.

    `relays` counts our own relays between; `inferred` names what was recovered from header fields because there was no
    envelope; `reason` says why there is no address.
    """

    address: str = ""
    helo: str = ""
    sender: str = ""
    relays: int = 0
    inferred: tuple[str, ...] = ()
    reason: str = ""
    reverse: ReverseFacts | None = None
    helo_facts: HeloFacts | None = None


class PublishedDmarc(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The DMARC record that applied, as reports repeat it: what is not given there has its default.

    `subdomains` (sp=) and `nonexistent` (np=) are empty where not given. `report_to` are the URIs of rua= as they are
    written, with the size limits behind `!`. Written by strangers.
    """

    policy: str = "none"
    subdomains: str = ""
    nonexistent: str = ""
    is_dkim_strict: bool = False
    is_spf_strict: bool = False
    percentage: int = 100
    is_testing: bool = False
    failure_options: str = "0"
    report_to: tuple[str, ...] = ()


class AuthFacts(Struct, frozen=True, kw_only=True):
    """What is known of the sender's identity.

    `spf_domain` is the domain that SPF was checked for (MAIL FROM, or HELO for the null sender), `from_domain` the
    whole domain of the From address, `dmarc_policy` what its owner asks for (none, quarantine, reject).

    Known only where it was verified here: `spf_outcomes` are those for MAIL FROM and for HELO; `dmarc_domain` is where
    the record was found, `dmarc_disposition` what is to be done by it after `t=` and `pct=`, `dmarc_override` why a
    fail counts as a pass, `dmarc_aligned` what it passed by ("spf", "dkim"), `dmarc_published` the record;
    `arc_sealers` are the sealing domains, the first one first.
    `author_problems` are `AuthorProblem`s (of trusted headers too), `has_bimi` says that there is a BIMI record.
    `missing` names the checks that the DNS did not answer, `skipped` says why nothing was checked. `lists` is what
    DNS lists say, `list_problems` which of them said nothing that counts, and why.
    """

    source: AuthSource = AuthSource.NONE
    from_domain: str = ""
    spf: AuthResult = AuthResult.NONE
    spf_domain: str = ""
    dkim: tuple[DkimResult, ...] = ()
    dmarc: AuthResult = AuthResult.NONE
    dmarc_policy: str = ""
    arc: AuthResult = AuthResult.NONE
    spf_outcomes: tuple[SpfOutcome, ...] = ()
    dmarc_reason: str = ""
    dmarc_domain: str = ""
    dmarc_disposition: str = ""
    dmarc_override: str = ""
    dmarc_aligned: tuple[str, ...] = ()
    dmarc_published: PublishedDmarc | None = None
    arc_reason: str = ""
    arc_sealers: tuple[str, ...] = ()
    author_problems: tuple[str, ...] = ()
    client: ClientFacts | None = None
    has_bimi: bool = False
    missing: tuple[str, ...] = ()
    skipped: str = ""
    lists: tuple[ListHit, ...] = ()
    list_problems: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether anybody looked."""
        return self.source is not AuthSource.NONE

    @property
    def dkim_domains(self) -> tuple[str, ...]:
        """Signing domains whose signature passed."""
        return tuple(signature.domain for signature in self.dkim if signature.result is AuthResult.PASS)

    @property
    def is_dkim_aligned(self) -> bool:
        """A signature that passed is of the From domain's organisation (RFC 7489, 3.1.1, relaxed)."""
        return any(are_aligned(domain, self.from_domain) for domain in self.dkim_domains)

    @property
    def is_spf_aligned(self) -> bool:
        """SPF passed for the From domain's organisation (RFC 7489, 3.1.2, relaxed)."""
        return self.spf is AuthResult.PASS and are_aligned(self.spf_domain, self.from_domain)

    @property
    def is_aligned(self) -> bool:
        """The From domain is authenticated: DMARC passed, or what it would pass by.

        Where it was verified here, DMARC has the last word: it knows whether alignment must be strict, and whether From
        has a single author at all.
        """
        if self.source is AuthSource.VERIFIED and self.dmarc is AuthResult.FAIL:
            return False
        # A trusted server speaks of one author as well, and nobody knows of which.
        if self.source in _OF_ONE_AUTHOR and not AMBIGUOUS_AUTHOR.isdisjoint(self.author_problems):
            return False
        return self.dmarc is AuthResult.PASS or self.is_dkim_aligned or self.is_spf_aligned


class ArcHop(Struct, frozen=True, kw_only=True):
    """One set of an ARC chain: who sealed it, and what that server found (`claims`, by its own word)."""

    instance: int
    domain: str
    selector: str = ""
    authserv_id: str = ""
    claims: AuthFacts = AuthFacts()


class ArcResult(Struct, frozen=True, kw_only=True):
    """An ARC chain (RFC 8617, 5.2): `pass` when all its seals hold and the message is as the last sealer sent it.

    `hops` are in order, the first sealer first; empty where the chain is too broken to be read.
    """

    result: AuthResult
    reason: str = ""
    hops: tuple[ArcHop, ...] = ()

    @property
    def sealers(self) -> tuple[str, ...]:
        """The sealing domains, the first sealer first."""
        return tuple(hop.domain for hop in self.hops)


def are_aligned(one: str, other: str) -> bool:
    """Whether two domains are of one organisation (the same registered domain)."""
    if not one or not other:
        return False
    return one == other or (bool(registered_domain(one)) and registered_domain(one) == registered_domain(other))
