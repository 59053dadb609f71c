"""Where the front listens: the address in the configuration, checked so that what is wrong is said in one line.

libmilter opens the socket, but tells only the system log why it could not; so the usual reasons are looked for first.
"""

from __future__ import annotations

import errno
import grp
import os
import re
import socket
import stat
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from mailcore.errors import ConfigurationError
from mailcore.settings import Front

_EXAMPLES = "unix:/run/mailchord/milter.sock, inet:8891@127.0.0.1 or inet6:8891@::1"
_inet = re.compile(r"(inet6?):([0-9]{1,5})@\[?([^\[\]@\s]+)\]?")
# sun_path has 108 bytes with its final NUL (unix(7)).
LONGEST_PATH = 107


class Address(Struct, frozen=True, kw_only=True):
    """`path` of a Unix socket, or family, host and port; `libmilter` is the same in libmilter's words."""

    libmilter: str
    path: str = ""
    family: int = socket.AF_UNIX
    host: str = ""
    port: int = 0


def parse_address(text: str) -> Address:
    """Raises ConfigurationError where the text is none of the forms."""
    if text.startswith("unix:"):
        return _unix_address(text[5:])
    found = _inet.fullmatch(text)
    if found is None or not 0 < int(found[2]) < 65536:
        raise ConfigurationError(f"front.listen: {text!r} is no address: write {_EXAMPLES}")
    family = socket.AF_INET6 if found[1] == "inet6" else socket.AF_INET
    try:
        host = str(socket.getaddrinfo(found[3], None, family, socket.SOCK_STREAM)[0][4][0])
    except socket.gaierror as error:
        raise ConfigurationError(f"front.listen: host {found[3]!r} is unknown ({error.strerror})") from error
    # libmilter takes numbers in brackets as they are and looks everything else up.
    return Address(libmilter=f"{found[1]}:{found[2]}@[{host}]", family=family, host=host, port=int(found[2]))


def open_listener(front: Front, open_socket: Callable[[str], None]) -> Address:
    """Open the listening socket through libmilter, with its mode and group, and without Nagle's delay.

    Raises ConfigurationError with what is wrong and what to do.
    """
    address = parse_address(front.listen)
    before = _sockets()
    if address.path:
        _open_unix(address, front, open_socket)
    else:
        _check_port(address)
        _open(address, open_socket)
    if not address.path:
        _send_at_once(_sockets() - before, address)
    return address


def remove_socket(address: Address) -> None:
    """Remove our Unix socket at the end; libmilter does it only when it stops by itself, and never as root."""
    if address.path:
        Path(address.path).unlink(missing_ok=True)


def _unix_address(path: str) -> Address:
    if not path.startswith("/"):
        raise ConfigurationError(f"front.listen: unix:{path} needs an absolute path: write {_EXAMPLES}")
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise ConfigurationError(f"front.listen: {path} is longer than {LONGEST_PATH} bytes: choose a shorter path")
    return Address(libmilter=f"unix:{path}", path=path)


def _open(address: Address, open_socket: Callable[[str], None]) -> None:
    try:
        open_socket(address.libmilter)
    except OSError as error:
        raise ConfigurationError(f"front.listen: {error}") from error


def _open_unix(address: Address, front: Front, open_socket: Callable[[str], None]) -> None:
    mode = _mode(front.socket_mode)
    group = _group(front.socket_group)
    _make_way(Path(address.path))
    # From the first moment on nobody gets in who may not: the mode is right before the name exists.
    umask = os.umask(0o777 & ~mode)
    try:
        _open(address, open_socket)
    finally:
        os.umask(umask)
    if group is not None:
        try:
            os.chown(address.path, -1, group)
        except PermissionError as error:
            raise ConfigurationError(
                f"front.socket_group: may not give the socket to group {front.socket_group!r}: "
                "make the user that runs mailchord a member of it"
            ) from error
    os.chmod(address.path, mode)


def _mode(text: str) -> int:
    if not re.fullmatch(r"0?[0-7]{3}", text):
        raise ConfigurationError(f"front.socket_mode: {text!r} is no octal mode: write it like 0660")
    return int(text, 8)


def _group(name: str) -> int | None:
    if not name:
        return None
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError as error:
        raise ConfigurationError(
            f"front.socket_group: there is no group {name!r}: create it, or name the MTA's group (often `postfix`)"
        ) from error


def _make_way(path: Path) -> None:
    """Make sure that the socket can be made; a socket on which nobody listens any more is removed."""
    folder = path.parent
    if not folder.is_dir():
        raise ConfigurationError(f"front.listen: there is no directory {folder}: create it for the user of mailchord")
    try:
        if path.is_symlink() or path.exists():
            _remove_stale(path)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.bind(str(path))
        path.unlink()
    except OSError as error:
        raise ConfigurationError(
            f"front.listen: cannot make a socket in {folder} ({error.strerror}): "
            "give the directory to the user that runs mailchord"
        ) from error


def _remove_stale(path: Path) -> None:
    if not stat.S_ISSOCK(path.lstat().st_mode):
        raise ConfigurationError(f"front.listen: {path} exists and is no socket: remove it or choose another path")
    if _somebody_listens(path):
        raise ConfigurationError(f"front.listen: somebody listens on {path} already: is mailchord running?")
    path.unlink()


def _somebody_listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(2)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:
            # Alive but slow, or not ours to use: in no case ours to remove.
            return True
    return True


def _check_port(address: Address) -> None:
    with socket.socket(address.family, socket.SOCK_STREAM) as probe:
        # As libmilter does; otherwise a port in TIME_WAIT would count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host, address.port))
            probe.listen(1)
        except OSError as error:
            raise ConfigurationError(f"front.listen: {_bind_problem(error, address)}") from error


def _bind_problem(error: OSError, address: Address) -> str:
    where = f"port {address.port} on {address.host}"
    if error.errno == errno.EADDRINUSE:
        return f"{where} is in use: stop the other program (see `ss -ltnp`) or choose another port"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"this machine has no address {address.host}: choose one of its own, e.g. 127.0.0.1"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"{where} is reserved for root: choose a port above 1023"
    return f"cannot listen on {where}: {error.strerror}"


def _send_at_once(opened: set[int], address: Address) -> None:
    """Set TCP_NODELAY on the listening socket: accepted sockets inherit it.

    libmilter writes each change as a packet of its own; with Nagle's algorithm that costs 40 ms a message.
    """
    listeners = [number for number in opened if _is_listening(number)]
    if not listeners:
        raise ConfigurationError(f"front.listen: libmilter opened no socket for {address.libmilter}")
    for number in listeners:
        with socket.socket(fileno=os.dup(number)) as listener:
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _is_listening(number: int) -> bool:
    with socket.socket(fileno=os.dup(number)) as candidate:
        return bool(candidate.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))


def _sockets() -> set[int]:
    """The numbers of our open sockets; libmilter does not tell which one it opened."""
    found = set()
    for name in os.listdir("/proc/self/fd"):
        try:
            is_socket = stat.S_ISSOCK(os.fstat(int(name)).st_mode)
        except OSError:
            continue  # the directory handle of listdir itself
        if is_socket:
            found.add(int(name))
    return found
