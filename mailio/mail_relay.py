"""Hands mail of our own to the relay that is configured for it, over SMTP."""

from __future__ import annotations

import contextlib
import enum
import re
import smtplib
import ssl
from types import TracebackType

from msgspec import Struct

from mailcore.dmarc_report_settings import RelayTls
from mailcore.errors import ConfigurationError

RELAY_SECONDS = 60.0  # for one step; RFC 5321, 4.5.3.2 asks for minutes, but this relay is a neighbour


def is_relay(text: str) -> bool:
    """Whether it is `HOST:PORT`, an IPv6 address in brackets."""
    host, _, port = text.rpartition(":")
    return bool(re.fullmatch(r"\[[0-9A-Fa-f:.]+\]|[^\s:\[\]/@]+", host)) and port.isascii() and _is_port(port)


def _is_port(port: str) -> bool:
    return port.isdecimal() and len(port) < 6 and 0 < int(port) < 65_536


class Outcome(enum.StrEnum):
    """What became of a mail."""

    SENT = "sent"
    REFUSED = "refused"
    LATER = "later"


class Delivery(Struct, frozen=True, kw_only=True):
    """The outcome, with the words of the relay or of the system where it was not sent."""

    outcome: Outcome
    text: str = ""


class MailRelay:
    """One connection for many mails. Use it with `with`; `send` never raises for what a relay may do.

    A relay that cannot be reached is not tried again: everything is for later then.
    """

    def __init__(self, relay: str, tls: RelayTls, *, seconds: float = RELAY_SECONDS) -> None:
        """Raises ConfigurationError unless `relay` is `HOST:PORT`."""
        if not is_relay(relay):
            raise ConfigurationError(f"dmarc_reports.relay: expected HOST:PORT, got {relay!r}")
        host, _, port = relay.rpartition(":")
        self._host, self._port = host.strip("[]"), int(port)
        self._tls = tls
        self._seconds = seconds
        self._smtp: smtplib.SMTP | None = None
        self._away = ""

    def __enter__(self) -> MailRelay:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with contextlib.suppress(OSError):  # SMTPException is one
                smtp.quit()
            smtp.close()

    @property
    def is_away(self) -> bool:
        """Whether it could not be reached: everything is for later then."""
        return bool(self._away)

    def send(self, sender: str, recipient: str, mail: bytes) -> Delivery:
        """Send one mail to one recipient."""
        smtp = self._connected()
        if smtp is None:
            return Delivery(outcome=Outcome.LATER, text=self._away)
        try:
            smtp.sendmail(sender, [recipient], mail)
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()), (451, b"no answer"))
            return _refusal(code, text)
        except smtplib.SMTPResponseException as error:
            return _refusal(error.smtp_code, error.smtp_error)
        except (OSError, ValueError) as error:  # ValueError: a line of an answer that is endless or no answer
            smtp.close()
            self._smtp = None
            return Delivery(outcome=Outcome.LATER, text=f"{type(error).__name__}: {error}")
        return Delivery(outcome=Outcome.SENT)

    def _connected(self) -> smtplib.SMTP | None:
        if self._smtp is None and not self._away:
            try:
                self._smtp = self._connect()
            except (OSError, ValueError) as error:
                self._away = f"relay {self._host}:{self._port}: {type(error).__name__}: {error}"
        return self._smtp

    def _connect(self) -> smtplib.SMTP:
        smtp = smtplib.SMTP(self._host, self._port, timeout=self._seconds)
        try:
            smtp.ehlo_or_helo_if_needed()
            self._encrypt(smtp)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _encrypt(self, smtp: smtplib.SMTP) -> None:
        if self._tls is RelayTls.NEVER or (self._tls is RelayTls.IF_OFFERED and not smtp.has_extn("starttls")):
            return
        context = ssl.create_default_context()
        if self._tls is RelayTls.IF_OFFERED:
            # Without a check it is as good as no encryption against whoever sits in between, and better against all
            # who only listen (RFC 7435).
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        smtp.starttls(context=context)
        smtp.ehlo()


def _refusal(code: int, text: bytes | str) -> Delivery:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    outcome = Outcome.REFUSED if 500 <= code < 600 else Outcome.LATER
    return Delivery(outcome=outcome, text=f"{code} {' '.join(words.split())[:200]}")
