"""Policy: what follows from scores, findings and missing pools. Data only; `mailcore.decide` applies it."""

from __future__ import annotations

import enum
from typing import Annotated

from msgspec import Meta, Struct, field

from mailcore.verdict import Action


class Thresholds(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Scores from which an action is taken; the strictest one that is reached counts."""

    tag: Annotated[float, Meta(description="Score from which a message is accepted, but marked.")] = 5.0
    quarantine: Annotated[float, Meta(description="Score from which a message is held.")] = 9.0
    reject: Annotated[float, Meta(description="Score from which a message is refused.")] = 15.0
    discard: Annotated[
        float | None, Meta(description="Score from which a message is thrown away in silence; empty: never.")
    ] = None


class OwnThresholds(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Thresholds of somebody or something special; what is left out comes from the next less special place."""

    tag: Annotated[float | None, Meta(description="Score from which a message is accepted, but marked.")] = None
    quarantine: Annotated[float | None, Meta(description="Score from which a message is held.")] = None
    reject: Annotated[float | None, Meta(description="Score from which a message is refused.")] = None
    discard: Annotated[float | None, Meta(description="Score from which a message is thrown away.")] = None


class Override(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An action that one finding forces, whatever the score."""

    finding: Annotated[str, Meta(description="Id of the finding; `*` at the end matches any ending.")]
    action: Annotated[Action, Meta(description="At least this action; `accept` is the one that can make milder.")]


class SpecialPolicy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is different for a recipient or a direction; what is left out comes from the next less special place."""

    thresholds: Annotated[OwnThresholds | None, Meta(description="Other thresholds.")] = None
    overrides: Annotated[
        tuple[Override, ...],
        Meta(description="Findings that force an action here; they replace less special overrides of those findings."),
    ] = ()
    at_most: Annotated[Action | None, Meta(description="Strictest action allowed, e.g. `tag` for an abuse desk.")] = (
        None
    )


class Proof(enum.StrEnum):
    """How a message must prove that it comes from the address in From."""

    DMARC = "dmarc"
    DKIM = "dkim"
    SPF = "spf"
    ANY = "any"
    NONE = "none"


class SenderPolicy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is different for mail from a domain, where the message proves that it comes from there."""

    requires: Annotated[
        Proof,
        Meta(
            description="`dmarc`, `dkim` or `spf` passed and aligned with From, or `any` of them; "
            "`none` only where every change is stricter than the general policy."
        ),
    ] = Proof.ANY
    thresholds: Annotated[OwnThresholds | None, Meta(description="Other thresholds.")] = None
    overrides: Annotated[tuple[Override, ...], Meta(description="Findings that force an action here.")] = ()
    at_most: Annotated[Action | None, Meta(description="Strictest action allowed.")] = None


class Allow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Senders whose mail is to pass. Everything that an entry names must hold."""

    from_: Annotated[
        str,
        Meta(
            description="`user@example.com`, `example.com` (that domain), "
            "`*.example.com` (that domain and all below it)."
        ),
    ] = ""
    from_list: Annotated[
        str, Meta(description="Name of a file in `configs/lists/senders/`, without `.txt`: one such entry a line.")
    ] = ""
    requires: Annotated[
        Proof,
        Meta(
            description="`dmarc`, `dkim` or `spf` passed and aligned with From, or `any` of them; "
            "`none` only beside `networks`."
        ),
    ] = Proof.ANY
    networks: Annotated[
        tuple[str, ...], Meta(description="Networks (192.0.2.0/24) of the client that delivers the mail.")
    ] = ()
    action: Annotated[Action, Meta(description="Strictest action that scores may lead to.")] = Action.ACCEPT
    score: Annotated[
        float, Meta(description="Below 0: this is added to the score, and `action` is not looked at.", le=0)
    ] = 0.0
    reason: Annotated[str, Meta(description="Why; stands in the verdict.")] = ""


class Block(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Senders whose mail is not wanted. Everything that an entry names must hold."""

    from_: Annotated[str, Meta(description="As in `allow`; a forged From is blocked as well.")] = ""
    from_list: Annotated[str, Meta(description="Name of a file in `configs/lists/senders/`, without `.txt`.")] = ""
    envelope_from: Annotated[str, Meta(description="As `from`, for the envelope sender (MAIL FROM).")] = ""
    networks: Annotated[tuple[str, ...], Meta(description="Networks of the client that delivers the mail.")] = ()
    helo: Annotated[str, Meta(description="The name in HELO: `example.com`, or `*.example.com`.")] = ""
    action: Annotated[Action, Meta(description="At least this action.")] = Action.REJECT
    score: Annotated[
        float, Meta(description="Above 0: this is added to the score, and `action` is not looked at.", ge=0)
    ] = 0.0
    reason: Annotated[str, Meta(description="Why; stands in the verdict.")] = ""


class KindPolicy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is different for a kind of mail. Anybody can make mail look like that kind."""

    at_most: Annotated[
        Action | None, Meta(description="Strictest action that scores and overrides may lead to; empty: any.")
    ] = Action.QUARANTINE


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole policy of an installation."""

    thresholds: Annotated[Thresholds, Meta(description="Scores and their actions.")] = Thresholds()
    group_caps: Annotated[
        dict[str, float],
        Meta(
            description="Highest total that findings of one category may add to the score. Business email compromise "
            "is told by who seems to write: alone it has mail held, where somebody can look, and never refused. "
            "So it is with what words alone tell (fraud, phishing, spam, adult). "
            "The others are signs that are weak alone and come in groups: by themselves they mark a message. So it is "
            "with what is told by the client alone (its name, HELO) or by DNS lists: good mail has such marks too."
        ),
    ] = field(
        default_factory=lambda: {
            "business-email-compromise": 14.0,
            "fraud": 10.0,
            "phishing": 12.0,
            "spam": 10.0,
            "adult": 10.0,
            "spoofing": 8.0,
            "suspicious-link": 6.0,
            "attachment": 6.0,
            "reputation": 4.0,
            "client": 2.5,
            "dns-list": 8.0,
        }
    )
    overrides: Annotated[
        tuple[Override, ...],
        Meta(
            description="Findings that force an action. Mail that says it is from a domain whose owner asks for the "
            "refusal of all that cannot prove it (DMARC, p=reject) is refused."
        ),
    ] = (Override(finding="dmarc_reject", action=Action.REJECT),)
    unjudged: Annotated[
        Action,
        Meta(description="The answer when no pool saw anything of a message; `accept` lets mail pass unscanned."),
    ] = Action.TEMPFAIL
    missing_pools: Annotated[
        dict[str, Action],
        Meta(
            description="Least action when a pool that had work failed or ran out of time; "
            "`accept` means: go on without."
        ),
    ] = field(
        default_factory=lambda: {
            "content": Action.TEMPFAIL,
            "urls": Action.TEMPFAIL,
            "attachments": Action.TEMPFAIL,
            "auth": Action.ACCEPT,
            "ocr": Action.ACCEPT,
            "sandbox": Action.ACCEPT,
            "ml": Action.ACCEPT,
            "follow": Action.ACCEPT,
        }
    )
    partial_pools: Annotated[
        dict[str, Action],
        Meta(
            description="Least action when a pool saw only a part "
            "(an archive without end, a message past the size cap). "
            "Another delivery would show no more, so nothing is deferred; pools that are not named: `accept`."
        ),
    ] = field(default_factory=lambda: {"attachments": Action.QUARANTINE})
    recipients: Annotated[
        dict[str, SpecialPolicy],
        Meta(description="By address (`abuse@example.org`) or domain (`example.org`)."),
    ] = field(default_factory=dict)
    senders: Annotated[
        dict[str, SenderPolicy],
        Meta(description="By domain of From (`example.com`, or `*.example.com` with all domains below it)."),
    ] = field(default_factory=dict)
    directions: Annotated[dict[str, SpecialPolicy], Meta(description="By `inbound`, `outbound` or `internal`.")] = (
        field(default_factory=dict)
    )
    allow: Annotated[tuple[Allow, ...], Meta(description="Senders whose mail is to pass.")] = ()
    block: Annotated[tuple[Block, ...], Meta(description="Senders whose mail is not wanted.")] = ()
    never_allowed: Annotated[
        tuple[str, ...],
        Meta(description="Categories that `allow`, `lists` and `bounces` do not make milder."),
    ] = ("malware",)
    lists: Annotated[
        KindPolicy,
        Meta(description="Mail that says it comes through a mailing list. Refusing it unsubscribes the reader."),
    ] = KindPolicy()
    bounces: Annotated[
        KindPolicy,
        Meta(description="Delivery reports with the null sender. Refusing one loses it: nobody hears of it."),
    ] = KindPolicy()
    shadows: Annotated[
        dict[str, Policy],
        Meta(
            description="Policies that are tried beside this one: each mail is judged by them too, which is recorded "
            "and changes nothing. Written like `policy`; what is left out is as in the live policy."
        ),
    ] = field(default_factory=dict)
    attempts: Annotated[
        int,
        Meta(
            description="Deliveries of the same message that may be deferred before `terminal_action` applies.",
            ge=1,
        ),
    ] = 5
    terminal_action: Annotated[Action, Meta(description="What then happens, so that nothing is deferred for ever.")] = (
        Action.QUARANTINE
    )
