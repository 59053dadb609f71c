"""The callbacks that libmilter calls: the only module that knows pymilter.

The callbacks are thin: each hands its arguments to the `Session` of its connection. pymilter's own
`Milter.Base` is not used: it asks the MTA for every action it knows and wraps each callback twice.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Concatenate, ParamSpec, Protocol

import milter
import structlog

from mailcore.errors import MailchordError
from milter_front.answers import CONTINUE as CONTINUE_ANSWER
from milter_front.answers import Answer, Outcome
from milter_front.connection_filter import Step
from milter_front.front import Front
from milter_front.session import Session

log = structlog.get_logger()
P = ParamSpec("P")

NAME = "mailchord"
# What we do to messages.
ACTIONS = milter.ADDHDRS | milter.CHGHDRS | milter.DELRCPT
# Only where links are to be replaced: an MTA that must expect a new body keeps the old one around.
BODY_ACTIONS = milter.CHGBODY
# Steps that we do not answer (libmilter stands in for MTAs that insist on a reply), but for those that the connection
# filter wants to, header values as they came, and the permission to stop reading a body.
# DATA is nothing to us, but Postfix sends its macros all the same, as a small packet that nothing answers: with NODATA
# Nagle's algorithm then holds the message back until our delayed acknowledgement, 40 ms later. Our reply to DATA
# carries it at once (through a real Postfix over TCP: 6 ms a message instead of 51).
# The end of the headers is nothing to us either, but with DATA and without it libmilter ignores the body of a message
# that has no headers, and the MTA waits for its time-out.
PROTOCOL = (
    milter.P_NOUNKNOWN
    | milter.P_NR_CONN
    | milter.P_NR_HELO
    | milter.P_NR_RCPT
    | milter.P_NR_HDR
    | milter.P_NR_EOH
    | milter.P_HDR_LEADSPC
    | milter.P_SKIP
)
FILTER_STEPS = {Step.CONNECT: milter.P_NR_CONN, Step.HELO: milter.P_NR_HELO, Step.RCPT: milter.P_NR_RCPT}
# The macros that we read, at the step where the MTA knows them: saves sending the others.
MACROS = (
    (milter.M_CONNECT, "j {daemon_addr} {if_addr}"),
    (milter.M_HELO, "{tls_version}"),
    (milter.M_ENVFROM, "{auth_authen} {tls_version}"),
    (milter.M_ENVRCPT, "i"),
    (milter.M_EOM, "i"),
)
CONTINUE: int = milter.CONTINUE
TEMPFAIL: int = milter.TEMPFAIL
REJECT: int = milter.REJECT
NOREPLY: int = milter.NOREPLY
_codes: dict[Outcome, int] = {
    Outcome.CONTINUE: CONTINUE,
    Outcome.SKIP: milter.SKIP,
    Outcome.ACCEPT: milter.ACCEPT,
    Outcome.REJECT: REJECT,
    Outcome.TEMPFAIL: TEMPFAIL,
    Outcome.DISCARD: milter.DISCARD,
}


class _Losses(threading.local):
    """Whether something of the running message was lost before it reached a callback.

    pymilter gives each connection its own Python thread state, and thread-local values follow that state
    from one OS thread to the next, so this belongs to a connection, not to a thread.
    """

    seen = False


_losses = _Losses()


class _Connection:
    """The session, and what was negotiated for it."""

    __slots__ = ("leading_space", "may_skip", "session")

    def __init__(self, session: Session) -> None:
        self.session = session
        self.leading_space = False
        self.may_skip = False


class Context(Protocol):
    """What pymilter passes to each callback: one SMTP session as libmilter knows it."""

    def getpriv(self) -> _Connection | None: ...

    def setpriv(self, value: object) -> object: ...

    def setsymlist(self, step: int, names: str) -> None: ...

    def getsymval(self, name: str) -> str | None: ...

    def setreply(self, code: str, status: str, text: str) -> None: ...

    def addheader(self, name: str, value: str, index: int = -1) -> None: ...

    def chgheader(self, name: str, index: int, value: str | None) -> None: ...

    def delrcpt(self, address: str) -> None: ...

    def replacebody(self, body: bytes) -> None: ...

    def progress(self) -> None: ...


Callback = Callable[Concatenate[Context, P], int]


def _guarded(failure: int | Step | None) -> Callable[[Callback[P]], Callback[P]]:
    """The one place that catches everything: the message is forgotten, and the MTA is told `failure`.

    None stands for the session's own answer. At steps without a reply `failure` is NOREPLY, and at those where
    the connection filter may answer the MTA goes on; the end of the message then finds no transaction and gives that
    answer.
    """

    def wrap(callback: Callback[P]) -> Callback[P]:
        def guarded(ctx: Context, /, *args: P.args, **kwargs: P.kwargs) -> int:
            try:
                return callback(ctx, *args, **kwargs)
            except Exception:  # a bug on one message must not take the others along
                log.exception("unexpected error", step=callback.__name__)
                connection = ctx.getpriv()
                if connection is None:
                    return failure if type(failure) is int else TEMPFAIL
                connection.session.abort()
                if isinstance(failure, Step):
                    return _optional_code(ctx, connection.session, failure, CONTINUE_ANSWER)
                return _step_code(ctx, connection.session.failed()) if failure is None else failure

        return guarded

    return wrap


def install(front: Front) -> None:
    """Tell libmilter what to call. Once in a process: libmilter has no instances."""

    @_guarded(REJECT)
    def negotiate(ctx: Context, options: list[int]) -> int:
        actions, protocol = options[0], options[1]
        if actions & ACTIONS != ACTIONS:
            log.error("the MTA cannot add, change and delete headers and recipients", offered=hex(actions))
            return REJECT
        connection = _Connection(Session(front))
        ctx.setpriv(connection)
        connection.leading_space = bool(protocol & milter.P_HDR_LEADSPC)
        connection.may_skip = bool(protocol & milter.P_SKIP)
        answered = sum(FILTER_STEPS[step] for step in connection.session.steps)
        wanted = BODY_ACTIONS if front.settings.safe_links.enabled else 0
        if actions & wanted != wanted:
            log.warning("the MTA takes no changed bodies: links stay as they are", offered=hex(actions))
            wanted = 0
        connection.session.may_change_body = bool(wanted)
        options[:] = [ACTIONS | wanted, protocol & PROTOCOL & ~answered, 0, 0]
        if actions & milter.SETSYMLIST:
            options[0] |= milter.SETSYMLIST
            for step, names in MACROS:
                ctx.setsymlist(step, names)
        return CONTINUE

    milter.set_flags(ACTIONS | BODY_ACTIONS)
    # Errors before a callback runs (a header name that is not UTF-8): the message goes on, marked as incomplete.
    # With TEMPFAIL libmilter would leave a step without reply, and the MTA would wait for its time-out.
    milter.set_exception_policy(milter.CONTINUE)
    milter.set_connect_callback(_connect)
    milter.set_helo_callback(_helo)
    milter.set_envfrom_callback(_envfrom)
    milter.set_envrcpt_callback(_envrcpt)
    milter.set_header_callback(_header)
    milter.set_eoh_callback(_eoh)
    milter.set_body_callback(_body)
    milter.set_eom_callback(_eom)
    milter.set_abort_callback(_abort)
    milter.set_close_callback(_close)
    milter.register(NAME, negotiate=negotiate)


def open_socket(description: str) -> None:
    """Let libmilter open its listening socket. Raises OSError; why it failed stands in the system log only."""
    # libmilter opens nothing before it is registered; `install` does it again with the callbacks.
    milter.register(NAME)
    milter.setconn(description)
    # A burst of new SMTP sessions must not be refused while one accept() is under way.
    milter.setbacklog(1024)
    try:
        milter.opensocket(False)
    except milter.error as error:
        raise OSError(f"libmilter cannot listen on {description}: see the system log") from error


def run() -> None:
    """Serve until libmilter is stopped by a signal; call it from a thread of its own."""
    previous = sys.excepthook

    def note_loss(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        # pymilter prints what went wrong before a callback runs; this runs in the thread state of the connection.
        _losses.seen = True
        log.warning("part of a message could not be read", error=f"{kind.__name__}: {error}")
        if not isinstance(error, UnicodeDecodeError):
            previous(kind, error, traceback)

    sys.excepthook = note_loss
    try:
        milter.main()
    except milter.error as error:
        raise MailchordError(f"libmilter stopped: {error}: see the system log") from error
    finally:
        sys.excepthook = previous


def _connection(ctx: Context) -> _Connection:
    connection = ctx.getpriv()
    if connection is None:
        raise MailchordError("the MTA sent a command before it negotiated")
    return connection


@_guarded(Step.CONNECT)
def _connect(ctx: Context, name: str, family: int, address: object) -> int:
    session = _connection(ctx).session
    return _optional_code(ctx, session, Step.CONNECT, session.connect(name, family, address, _macro_reader(ctx)))


@_guarded(Step.HELO)
def _helo(ctx: Context, name: str) -> int:
    session = _connection(ctx).session
    return _optional_code(ctx, session, Step.HELO, session.helo(name))


@_guarded(None)
def _envfrom(ctx: Context, sender: bytes, *_parameters: bytes) -> int:
    _losses.seen = False
    return _step_code(ctx, _connection(ctx).session.envfrom(sender, _macro_reader(ctx)))


@_guarded(Step.RCPT)
def _envrcpt(ctx: Context, recipient: bytes, *_parameters: bytes) -> int:
    session = _connection(ctx).session
    return _optional_code(ctx, session, Step.RCPT, session.envrcpt(recipient))


@_guarded(NOREPLY)
def _header(ctx: Context, name: str, value: bytes) -> int:
    connection = _connection(ctx)
    # Without SMFIP_HDR_LEADSPC the MTA has taken off the one space that nearly every field has.
    connection.session.header(name, value if connection.leading_space else b" " + value)
    return NOREPLY


def _eoh(_ctx: Context) -> int:
    return NOREPLY


@_guarded(None)
def _body(ctx: Context, chunk: bytes) -> int:
    connection = _connection(ctx)
    answer = connection.session.body(chunk)
    if answer.outcome is Outcome.SKIP and not connection.may_skip:
        return CONTINUE
    return _step_code(ctx, answer)


@_guarded(None)
def _eom(ctx: Context) -> int:
    connection = _connection(ctx)
    session = connection.session
    if _losses.seen:
        session.mark_incomplete()
    try:
        answer = session.eom(_macro_reader(ctx), _progress_writer(ctx))
        if answer.outcome is Outcome.ACCEPT:
            _change(ctx, answer, session, space=" " if connection.leading_space else "")
        return _step_code(ctx, answer)
    except milter.error as error:
        # Nearly always the MTA has gone; it will send the message again. One that was changed by half must not pass.
        log.warning("the answer did not reach the MTA", error=str(error))
        return TEMPFAIL
    finally:
        session.abort()


@_guarded(CONTINUE)
def _abort(ctx: Context) -> int:
    _connection(ctx).session.abort()
    return CONTINUE


@_guarded(CONTINUE)
def _close(ctx: Context) -> int:
    connection = ctx.getpriv()
    if connection is not None:
        ctx.setpriv(None)
        connection.session.abort()
    return CONTINUE


def _optional_code(ctx: Context, session: Session, step: Step, answer: Answer) -> int:
    """The answer at a step where there is one only when the connection filter wanted it at the negotiation."""
    return _step_code(ctx, answer) if step in session.steps else NOREPLY


def _step_code(ctx: Context, answer: Answer) -> int:
    if answer.reply is not None:
        ctx.setreply(answer.reply.code, answer.reply.status, answer.reply.text)
    return _codes[answer.outcome]


def _change(ctx: Context, answer: Answer, session: Session, *, space: str) -> None:
    for name, count in answer.remove:
        # The last one first: removing a field renumbers those behind it.
        for index in range(count, 0, -1):
            ctx.chgheader(name, index, None)
    for name, place in answer.remove_each:
        ctx.chgheader(name, place, None)
    if answer.subject is not None:
        ctx.chgheader("Subject", 1, space + answer.subject)
    for name, value in answer.add:
        ctx.addheader(name, space + value)
    for name, value in answer.prepend:
        ctx.addheader(name, space + value, 0)
    if answer.body is not None:
        ctx.replacebody(answer.body)
    for address in answer.take_off:
        ctx.delrcpt(session.recipient_argument(address))


def _macro_reader(ctx: Context) -> Callable[[str], str]:
    def macro(name: str) -> str:
        try:
            return ctx.getsymval(name) or ""
        except UnicodeDecodeError:
            # The macro has a value, and that counts: whoever logged in with such a name has logged in.
            return "?"

    return macro


def _progress_writer(ctx: Context) -> Callable[[], None]:
    def progress() -> None:
        try:
            ctx.progress()
        except milter.error as error:
            # The MTA has gone; it will send the message again. The verdict is still worth having for that.
            log.info("the MTA did not wait for the answer", error=str(error))

    return progress
