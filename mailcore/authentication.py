"""Who is really sending: results of SPF, DKIM, DMARC and ARC as enums, with where they come from."""

from __future__ import annotations

import enum

from msgspec import Struct

from mailcore.links import registered_domain


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


class DkimResult(Struct, frozen=True, kw_only=True):
    """One DKIM signature: its signing domain (`d=`), selector, result and the reason for anything but pass.

    `reason` is a `SignatureReason` where it was verified here. `identity` is `i=` in full, `signature` the first
    characters of `b=` (RFC 6008), `key_bits` the size of an RSA key. `is_length_limited`: `l=` was given, and
    `unsigned_tail_bytes` of the canonical body stand behind it. `unsigned_headers` are names of fields that people see
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
    is_length_limited: bool = False
    unsigned_tail_bytes: int = 0
    unsigned_headers: tuple[str, ...] = ()
    signed_at: int = 0
    expires_at: int = 0
    is_testing: bool = False
    is_secure: bool = False


class AuthFacts(Struct, frozen=True, kw_only=True):
    """What is known of the sender's identity.

    `spf_domain` is the domain that SPF was checked for (MAIL FROM, or HELO for the null sender), `from_domain` the
    whole domain of the From address, `dmarc_policy` what its owner asks for (none, quarantine, reject).
    """

    source: AuthSource = AuthSource.NONE
    from_domain: str = ""
    spf: AuthResult = AuthResult.NONE
    spf_domain: str = ""
    dkim: tuple[DkimResult, ...] = ()
    dmarc: AuthResult = AuthResult.NONE
    dmarc_policy: str = ""
    arc: AuthResult = AuthResult.NONE

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
        """The From domain is authenticated: DMARC passed, or what it would pass by."""
        return self.dmarc is AuthResult.PASS or self.is_dkim_aligned or self.is_spf_aligned


class ArcHop(Struct, frozen=True, kw_only=True):
    """One set of an ARC chain: who sealed it, and what that server found (`claims`, by its own word).

    `message_signature` says whether the message is still as that server sent it on.
    """

    instance: int
    domain: str
    selector: str = ""
    authserv_id: str = ""
    message_signature: AuthResult = AuthResult.NONE
    reason: str = ""
    claims: AuthFacts = AuthFacts()


class ArcResult(Struct, frozen=True, kw_only=True):
    """An ARC chain (RFC 8617, 5.2): `pass` when all its seals hold and the message is as the last sealer sent it.

    `hops` are in order, the first sealer first; empty where the chain is too broken to be read. `oldest_pass` is the
    lowest instance since when the message was not altered, 0 when it never was (meaningful only with `pass`).
    """

    result: AuthResult
    reason: str = ""
    hops: tuple[ArcHop, ...] = ()
    oldest_pass: int = 0

    @property
    def sealers(self) -> tuple[str, ...]:
        """The sealing domains, the first sealer first."""
        return tuple(hop.domain for hop in self.hops)


def are_aligned(one: str, other: str) -> bool:
    """Whether two domains are of one organisation (the same registered domain)."""
    if not one or not other:
        return False
    return one == other or (bool(registered_domain(one)) and registered_domain(one) == registered_domain(other))
