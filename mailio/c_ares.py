"""c-ares, called through its own C interface: a channel that asks questions in one thread and hands replies back.

The package `pycares` brings the library. Its Python face hides what mail needs to know: whether an answer was validated
(AD), how long a name that does not exist may be remembered (the SOA record, RFC 2308), and the switch of a cache inside
c-ares that keeps every name for up to an hour, however many there are. The C interface is stable and documented.
"""

from __future__ import annotations

import ctypes
import os
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_ubyte, c_uint, c_ushort, c_void_p
from socket import AF_INET, AF_INET6, inet_ntop
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from mailcore.dns import RecordType
from mailcore.errors import ConfigurationError

TYPES = {RecordType.A: 1, RecordType.PTR: 12, RecordType.MX: 15, RecordType.TXT: 16, RecordType.AAAA: 28}
CNAME, SOA, OPT = 5, 6, 41
CLASS_IN = 1

# Results of c-ares (ares.h).
SUCCESS, BAD_NAME, BAD_RESPONSE, TIMED_OUT = 0, 8, 10, 12

# RFC 1035 4.1.1: result codes of servers, and flags in the header (c-ares numbers the flags itself).
NO_ERROR, NAME_ERROR = 0, 3
RECURSION_DESIRED, AUTHENTIC_DATA = 1 << 3, 1 << 5
ANSWER, AUTHORITY, ADDITIONAL = 1, 2, 3

# One datagram that no path breaks into fragments (DNS Flag Day 2020); larger answers come over TCP.
DATAGRAM_BYTES = 1232
# Questions that leave from one port before the next is taken: an attacker off the path has to guess it too (RFC 5452).
QUESTIONS_PER_PORT = 64
STAY_OPEN = 1 << 4  # or a question that is alone would cost a socket each
# Records of one answer that are read. Nothing that mail needs has more.
MOST_RECORDS = 256

OPT_FLAGS, OPT_TRIES, OPT_TIMEOUT, OPT_ROTATE, OPT_NO_ROTATE = 1 << 0, 1 << 2, 1 << 13, 1 << 14, 1 << 16
OPT_MOST_PER_PORT, OPT_LONGEST_TIMEOUT, OPT_CACHE, OPT_THREAD = 1 << 19, 1 << 20, 1 << 21, 1 << 22

# Keys of fields: the number of the type times 100, and the place of the field.
A_ADDRESS, CNAME_TARGET, SOA_MINIMUM, PTR_NAME = 101, 501, 607, 1201
MX_PREFERENCE, MX_HOST, TXT_DATA, AAAA_ADDRESS = 1501, 1502, 1601, 2801
OPT_UDP_SIZE, OPT_VERSION, OPT_FLAGS = 4101, 4103, 4104


class Record(Struct, frozen=True):
    """One record: its owner in lower case, its type, TTL in seconds, and its value as in `mailcore.dns.Answer`."""

    owner: str
    type: int
    ttl: int
    value: str


class Reply(Struct, frozen=True, kw_only=True):
    """What a channel got. `status` is of c-ares, `code` of the server; the rest only with `status` SUCCESS."""

    status: int
    code: int = NO_ERROR
    name: str = ""
    records: tuple[Record, ...] = ()
    is_too_long: bool = False
    negative_ttl: int = 0
    secure: bool = False


class Options(ctypes.Structure):
    """`struct ares_options` of ares.h, from version 1.29 on."""

    _fields_ = (
        ("flags", c_int),
        ("timeout", c_int),
        ("tries", c_int),
        ("ndots", c_int),
        ("udp_port", c_ushort),
        ("tcp_port", c_ushort),
        ("socket_send_buffer_size", c_int),
        ("socket_receive_buffer_size", c_int),
        ("servers", c_void_p),
        ("nservers", c_int),
        ("domains", c_void_p),
        ("ndomains", c_int),
        ("lookups", c_char_p),
        ("sock_state_cb", c_void_p),
        ("sock_state_cb_data", c_void_p),
        ("sortlist", c_void_p),
        ("nsort", c_int),
        ("ednspsz", c_int),
        ("resolvconf_path", c_char_p),
        ("hosts_path", c_char_p),
        ("udp_max_queries", c_int),
        ("maxtimeout", c_int),
        ("qcache_max_ttl", c_uint),
        ("evsys", c_int),
        ("failover_retry_chance", c_ushort),
        ("failover_retry_delay", c_size_t),
    )


INSIDE = threading.local()  # whether this thread runs a callback of c-ares

Callback = ctypes.CFUNCTYPE(None, c_void_p, c_int, c_size_t, c_void_p)

FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "ares_init_options": (c_int, (POINTER(c_void_p), POINTER(Options), c_int)),
    "ares_set_servers_ports_csv": (c_int, (c_void_p, c_char_p)),
    "ares_destroy": (None, (c_void_p,)),
    "ares_strerror": (c_char_p, (c_int,)),
    "ares_send_dnsrec": (c_int, (c_void_p, c_void_p, Callback, c_void_p, c_void_p)),
    "ares_dns_record_create": (c_int, (POINTER(c_void_p), c_ushort, c_ushort, c_int, c_int)),
    "ares_dns_record_destroy": (None, (c_void_p,)),
    "ares_dns_record_query_add": (c_int, (c_void_p, c_char_p, c_int, c_int)),
    "ares_dns_record_query_get": (c_int, (c_void_p, c_size_t, POINTER(c_char_p), c_void_p, c_void_p)),
    "ares_dns_record_rr_add": (c_int, (POINTER(c_void_p), c_void_p, c_int, c_char_p, c_int, c_int, c_uint)),
    "ares_dns_rr_set_u16": (c_int, (c_void_p, c_int, c_ushort)),
    "ares_dns_rr_set_u8": (c_int, (c_void_p, c_int, c_ubyte)),
    "ares_dns_record_get_flags": (c_ushort, (c_void_p,)),
    "ares_dns_record_get_rcode": (c_int, (c_void_p,)),
    "ares_dns_record_rr_cnt": (c_size_t, (c_void_p, c_int)),
    "ares_dns_record_rr_get_const": (c_void_p, (c_void_p, c_int, c_size_t)),
    "ares_dns_rr_get_name": (c_char_p, (c_void_p,)),
    "ares_dns_rr_get_type": (c_int, (c_void_p,)),
    "ares_dns_rr_get_ttl": (c_uint, (c_void_p,)),
    "ares_dns_rr_get_addr": (c_void_p, (c_void_p, c_int)),
    "ares_dns_rr_get_addr6": (c_void_p, (c_void_p, c_int)),
    "ares_dns_rr_get_str": (c_char_p, (c_void_p, c_int)),
    "ares_dns_rr_get_u16": (c_ushort, (c_void_p, c_int)),
    "ares_dns_rr_get_u32": (c_uint, (c_void_p, c_int)),
    "ares_dns_rr_get_bin": (c_void_p, (c_void_p, c_int, POINTER(c_size_t))),
}


# These wait for a lock that the thread of c-ares holds while it calls us, so they let other threads run meanwhile.
# All others only look into memory: giving up the interpreter for them would cost a busy process 5 ms each time.
WAITING = ("ares_init_options", "ares_set_servers_ports_csv", "ares_destroy", "ares_send_dnsrec")


class Library:
    """The functions of c-ares under their names."""

    def __init__(self) -> None:
        """Raises ConfigurationError where the package is missing or has another library in it."""
        try:
            # Imported here: only processes that ask the DNS load it.
            from pycares import _cares

            waiting, quick = ctypes.CDLL(_cares.__file__), ctypes.PyDLL(_cares.__file__)
            for name, (result, arguments) in FUNCTIONS.items():
                function = getattr(waiting if name in WAITING else quick, name)
                function.restype, function.argtypes = result, arguments
                setattr(self, name, function)
        except (ImportError, OSError, AttributeError) as error:
            raise ConfigurationError(f"the DNS needs c-ares 1.29 or later (extra `auth`): {error}") from error

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


class Channel:
    """Questions under way, answered in a thread of c-ares. It belongs to the process that made it."""

    def __init__(
        self,
        library: Library,
        on_reply: Callable[[int, Reply], None],
        *,
        servers: Sequence[str],
        seconds: float,
        tries: int,
        rotate: bool,
    ) -> None:
        """`servers` as `ADDRESS`, `ADDRESS:PORT` or `[ADDRESS]:PORT`, none for the system's; raises OSError.

        `on_reply` gets the key of the question and what came; it is called in the thread of c-ares, must be quick, and
        is held weakly when it is a method.
        """
        self._library = library
        self._callback = Callback(_receiver(library, on_reply))
        longest = max(1, int(seconds * 1000))
        options = Options(
            flags=STAY_OPEN, timeout=longest, maxtimeout=longest, tries=tries, udp_max_queries=QUESTIONS_PER_PORT
        )
        given = OPT_FLAGS | OPT_TRIES | OPT_TIMEOUT | OPT_LONGEST_TIMEOUT | OPT_MOST_PER_PORT | OPT_CACHE | OPT_THREAD
        channel = c_void_p()
        status = library.ares_init_options(
            byref(channel), byref(options), given | (OPT_ROTATE if rotate else OPT_NO_ROTATE)
        )
        if status != SUCCESS:
            raise OSError(
                f"c-ares does not start: {self._describe(status)} (is fs.inotify.max_user_instances reached?)"
            )
        self._channel = channel
        # What is still asked when the program ends is dropped; the callback lives as long as the channel.
        self.close = weakref.finalize(self, _destroy, library, channel, self._callback, os.getpid())
        if servers:
            status = library.ares_set_servers_ports_csv(channel, ",".join(servers).encode())
            if status != SUCCESS:
                self.close()
                raise OSError(f"dns.servers: {self._describe(status)}")

    def ask(self, key: int, name: bytes, record_type: int) -> None:
        """Asks; exactly one reply comes for it, perhaps before this returns."""
        library = self._library
        query = c_void_p()
        library.ares_dns_record_create(byref(query), 0, RECURSION_DESIRED | AUTHENTIC_DATA, 0, 0)
        try:
            if library.ares_dns_record_query_add(query, name, record_type, CLASS_IN) != SUCCESS:
                self._callback(key, BAD_NAME, 0, None)
                return
            extension = c_void_p()
            library.ares_dns_record_rr_add(byref(extension), query, ADDITIONAL, b"", OPT, CLASS_IN, 0)
            library.ares_dns_rr_set_u16(extension, OPT_UDP_SIZE, DATAGRAM_BYTES)
            library.ares_dns_rr_set_u8(extension, OPT_VERSION, 0)
            library.ares_dns_rr_set_u16(extension, OPT_FLAGS, 0)
            library.ares_send_dnsrec(self._channel, query, self._callback, key, None)
        finally:
            library.ares_dns_record_destroy(query)

    def _describe(self, status: int) -> str:
        return str(self._library.ares_strerror(status).decode())


def _destroy(library: Library, channel: c_void_p, callback: object, process: int) -> None:
    """`callback` is an argument so that it outlives the channel."""
    # In a child of fork the channel's thread is gone, and nobody will release the locks that it held.
    if os.getpid() != process:
        return
    if getattr(INSIDE, "callback", False):  # the last who knew it was the thread of c-ares, which cannot end itself
        threading.Thread(target=_destroy, args=(library, channel, callback, process), daemon=True).start()
    else:
        library.ares_destroy(channel)


def _receiver(
    library: Library, on_reply: Callable[[int, Reply], None]
) -> Callable[[int | None, int, int, int | None], None]:
    """The function that c-ares calls. A method is held weakly, so that a forgotten channel is closed."""
    find = weakref.WeakMethod(on_reply) if hasattr(on_reply, "__self__") else lambda: on_reply

    def receive(key: int | None, status: int, _timeouts: int, message: int | None) -> None:
        INSIDE.callback = True
        try:
            reply = Reply(status=BAD_RESPONSE)
            try:
                reply = _read(library, status, message)
            finally:
                deliver(key or 0, reply)
        finally:
            INSIDE.callback = False

    def deliver(key: int, reply: Reply) -> None:
        give = find()
        if give is not None:
            give(key, reply)

    return receive


def _read(library: Library, status: int, message: int | None) -> Reply:
    if status != SUCCESS or message is None:
        return Reply(status=status or BAD_RESPONSE)
    name = c_char_p()
    if library.ares_dns_record_query_get(message, 0, byref(name), None, None) != SUCCESS:
        return Reply(status=BAD_RESPONSE)
    return Reply(
        status=SUCCESS,
        code=library.ares_dns_record_get_rcode(message),
        name=_host(name.value),
        records=tuple(_records(library, message)),
        is_too_long=library.ares_dns_record_rr_cnt(message, ANSWER) > MOST_RECORDS,
        negative_ttl=_negative_ttl(library, message),
        secure=bool(library.ares_dns_record_get_flags(message) & AUTHENTIC_DATA),
    )


def _records(library: Library, message: int) -> Iterator[Record]:
    for place in range(min(library.ares_dns_record_rr_cnt(message, ANSWER), MOST_RECORDS)):
        record = library.ares_dns_record_rr_get_const(message, ANSWER, place)
        record_type = library.ares_dns_rr_get_type(record)
        value = _value(library, record, record_type)
        if value is not None:
            yield Record(
                _host(library.ares_dns_rr_get_name(record)), record_type, library.ares_dns_rr_get_ttl(record), value
            )


def _value(library: Library, record: int, record_type: int) -> str | None:
    """The record as text; None for types that mail does not need."""
    match record_type:
        case 1:
            return inet_ntop(AF_INET, ctypes.string_at(library.ares_dns_rr_get_addr(record, A_ADDRESS), 4))
        case 28:
            return inet_ntop(AF_INET6, ctypes.string_at(library.ares_dns_rr_get_addr6(record, AAAA_ADDRESS), 16))
        case 15:
            host = _host(library.ares_dns_rr_get_str(record, MX_HOST)) or "."
            return f"{library.ares_dns_rr_get_u16(record, MX_PREFERENCE)} {host}"
        case 16:
            length = c_size_t()
            data = library.ares_dns_rr_get_bin(record, TXT_DATA, byref(length))
            return ctypes.string_at(data, length.value).decode("latin-1") if data else ""
        case 12:
            return _host(library.ares_dns_rr_get_str(record, PTR_NAME))
        case 5:
            return _host(library.ares_dns_rr_get_str(record, CNAME_TARGET))
    return None


def _negative_ttl(library: Library, message: int) -> int:
    """Seconds for which it may be remembered that there is nothing (RFC 2308 section 5); 0 where nobody says."""
    for place in range(min(library.ares_dns_record_rr_cnt(message, AUTHORITY), MOST_RECORDS)):
        record = library.ares_dns_record_rr_get_const(message, AUTHORITY, place)
        if library.ares_dns_rr_get_type(record) == SOA:
            minimum: int = library.ares_dns_rr_get_u32(record, SOA_MINIMUM)
            ttl: int = library.ares_dns_rr_get_ttl(record)
            return min(minimum, ttl)
    return 0


def _host(name: bytes | None) -> str:
    """c-ares writes bytes that are no printable ASCII as escapes of zone files."""
    return (name or b"").decode("ascii", "backslashreplace").lower().rstrip(".")
