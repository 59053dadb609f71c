"""Settings of DMARC aggregate reports: what is counted, and how reports leave."""

from __future__ import annotations

import enum
from typing import Annotated

from msgspec import Meta, Struct


class ReportFormat(enum.StrEnum):
    """The schema of a report."""

    RFC_7489 = "rfc7489"
    RFC_9990 = "rfc9990"


class RelayTls(enum.StrEnum):
    """Whether the way to the relay is encrypted."""

    IF_OFFERED = "if-offered"
    REQUIRED = "required"
    NEVER = "never"


class DmarcReports(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """DMARC aggregate reports."""

    collect: Annotated[
        bool,
        Meta(
            description="Count the results of mail whose domain asks for reports (`rua=`), in the state database. "
            "Needs the pool `auth`."
        ),
    ] = True
    send: Annotated[
        bool, Meta(description="Whether `mailchord dmarc send` may send reports; nothing else ever sends one.")
    ] = False
    from_address: Annotated[
        str,
        Meta(
            description="Address that reports come from, such as `noreply-dmarc@example.org`; its domain is named as "
            "the reporter, and its mail must pass DMARC."
        ),
    ] = ""
    organisation: Annotated[
        str, Meta(description="Name of the reporting organisation; empty: the domain of `from_address`.")
    ] = ""
    contact: Annotated[
        str, Meta(description="Where else somebody may turn about a report: a page or an address; empty: nowhere.")
    ] = ""
    report_mailboxes: Annotated[
        tuple[str, ...],
        Meta(
            description="Our own addresses that get the reports of others (our `rua=`). Mail to them alone is not "
            "counted: two sites would report to each other on their reports for ever. `from_address` is one of them."
        ),
    ] = ()
    format: Annotated[
        ReportFormat,
        Meta(description="`rfc7489`: what every reader of reports knows; `rfc9990`: the format that replaced it."),
    ] = ReportFormat.RFC_7489
    relay: Annotated[str, Meta(description="`HOST:PORT` of the server that sends reports on, and signs them.")] = (
        "127.0.0.1:25"
    )
    relay_tls: Annotated[
        RelayTls,
        Meta(
            description="STARTTLS to the relay: `if-offered` (whose certificate is not checked), `required` (it is "
            "checked), or `never`."
        ),
    ] = RelayTls.IF_OFFERED
    most_destinations: Annotated[int, Meta(description="Addresses of one `rua=` that get the report.", ge=1, le=10)] = 5
    most_bytes: Annotated[int, Meta(description="Bytes of a report as mail; larger ones are not sent.", gt=0)] = (
        10_485_760
    )
    kept_days: Annotated[int, Meta(description="Whole days that are kept to be sent.", ge=1, le=30)] = 3
    most_domain_rows: Annotated[
        int, Meta(description="Different results of one domain and day that are kept; about 500 bytes each.", ge=1)
    ] = 10_000
    most_rows: Annotated[
        int, Meta(description="Different results of one day that are kept. What does not fit is counted.", ge=1)
    ] = 20_000
