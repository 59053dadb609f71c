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
    REPLAYED = "replayed"
    VERIFIED = "verified"


class DkimResult(Struct, frozen=True, kw_only=True):
    """One DKIM signature: its signing domain (`d=`), selector, result and the reason for anything but pass."""

    domain: str
    result: AuthResult
    selector: str = ""
    reason: str = ""


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


def are_aligned(one: str, other: str) -> bool:
    """Whether two domains are of one organisation (the same registered domain)."""
    if not one or not other:
        return False
    return one == other or (bool(registered_domain(one)) and registered_domain(one) == registered_domain(other))
