"""One connection from the MTA: the client that it speaks for, and the message that is on its way."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from mailcore.message import Envelope
from mailcore.settings import Mode
from milter_front import answers
from milter_front.address import client_ip, client_name
from milter_front.answers import Answer, Outcome
from milter_front.connection_filter import Client, Macro, Step
from milter_front.front import Front
from milter_front.transaction import Transaction

log = structlog.get_logger()


class Session:
    """State of one milter connection, free of pymilter. Its steps are called one after the other, on any thread."""

    __slots__ = (
        "__weakref__",
        "_authenticated_user",
        "_client",
        "_client_address",
        "_client_name",
        "_front",
        "_helo",
        "_tls_version",
        "_transaction",
        "may_change_body",
    )

    def __init__(self, front: Front) -> None:
        self._front = front
        # Whether the MTA has agreed to take another body.
        self.may_change_body = False
        self._client = Client(front.filter) if front.filter is not None else None
        self._client_address = ""
        self._client_name = ""
        self._helo = ""
        self._tls_version = ""
        self._authenticated_user = ""
        self._transaction: Transaction | None = None

    @property
    def steps(self) -> frozenset[Step]:
        """The steps, of those that need no answer, at which this connection is given one."""
        return self._client.steps if self._client is not None else frozenset()

    def connect(self, name: str, family: int, address: object, macro: Macro) -> Answer:
        self._client_address = client_ip(family, address)
        self._client_name = client_name(name)
        return self._client.connect(name, family, address, macro) if self._client is not None else answers.CONTINUE

    def helo(self, name: str) -> Answer:
        self._helo = name
        return self._client.helo(name) if self._client is not None else answers.CONTINUE

    def envfrom(self, sender: bytes, macro: Macro) -> Answer:
        """MAIL FROM: the cheapest step at which an MTA honours a tempfail for each message."""
        self.abort()
        if self._front.running.is_stopping:
            return self._deferred("Mail filter is restarting, please try again", status="4.3.2")
        why = self._front.judge.pressure()
        if why and not answers.accept_unjudged(self._front.settings):
            log.warning("message deferred before it was read", client=self._client_address, why=why)
            return answers.tempfail("Mail filter is busy, please try again later", status="4.3.2")
        self._authenticated_user = macro("{auth_authen}")
        self._tls_version = macro("{tls_version}")
        if self._client is not None:
            refusal = self._client.mail(sender, self._authenticated_user)
            if refusal.outcome is not Outcome.CONTINUE:
                return refusal
        self._transaction = Transaction(self._front, sender, trouble=why, may_change_body=self.may_change_body)
        return answers.CONTINUE

    def envrcpt(self, recipient: bytes) -> Answer:
        """RCPT TO: who is refused is no recipient of the message."""
        transaction = self._transaction
        if transaction is None:
            return answers.CONTINUE
        if self._client is not None:
            already = len(transaction.recipients)
            refusal = self._client.rcpt(transaction.sender, recipient, self._authenticated_user, already=already)
            if refusal.outcome is not Outcome.CONTINUE:
                return refusal
        transaction.recipient(recipient)
        return answers.CONTINUE

    def header(self, name: str, value: bytes) -> None:
        if self._transaction is not None:
            self._transaction.header(name, value)

    def body(self, chunk: bytes) -> Answer:
        if self._transaction is None:
            return answers.CONTINUE
        answer = self._transaction.body(chunk)
        if answer.outcome is Outcome.TEMPFAIL:
            self.abort()
        return answer

    def eom(self, macro: Macro, progress: Callable[[], None]) -> Answer:
        """End of message: the answer. The state of the message is freed by `end()`, after the answer was given."""
        transaction = self._transaction
        if transaction is None:
            # An error at a step without a reply has ended the transaction; what we have not seen we do not accept.
            return self.failed()
        recipients = transaction.recipients
        if self._client is not None and not transaction.sender:
            refusal = self._client.bounce(recipients, self._authenticated_user)
            if refusal.outcome is not Outcome.CONTINUE:
                return refusal
        envelope = Envelope(
            sender=transaction.sender,
            recipients=recipients,
            client_address=self._client_address,
            client_name=self._client_name,
            helo=self._helo,
            tls_version=self._tls_version,
            authenticated_user=self._authenticated_user,
            # Postfix knows the queue id from the first accepted recipient on, Sendmail from the start.
            queue_id=macro("i"),
            received_at=self._front.clock(),
            direction=self._front.site.direction(
                client_address=self._client_address,
                authenticated=bool(self._authenticated_user),
                recipients=recipients,
            ),
        )
        return transaction.answer(envelope, progress)

    def failed(self) -> Answer:
        """The answer when something unexpected has happened to a message."""
        return self._deferred("Message could not be checked now, please try again later", status="4.3.0")

    def recipient_argument(self, address: str) -> str:
        """The address as the MTA gave it."""
        return self._transaction.recipient_arguments[address] if self._transaction else address

    def mark_incomplete(self) -> None:
        """Something of this message never reached us: it is judged as truncated."""
        if self._transaction is not None:
            self._transaction.truncated = True

    def abort(self) -> None:
        """Forget the message, keep the connection."""
        transaction, self._transaction = self._transaction, None
        if transaction is not None:
            transaction.close()

    def _deferred(self, text: str, *, status: str) -> Answer:
        """A deferral that has nothing to do with the message; in monitor mode not even that stops mail."""
        if self._front.settings.mode is Mode.MONITOR:
            return answers.ACCEPT
        return answers.tempfail(text, status=status)
