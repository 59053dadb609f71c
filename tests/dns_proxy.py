"""A name server in front of the real one that is slow, deaf, or lies, for tests of those who ask it."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from mailchord.postfix import free_port

# Gets a question and what the real server answers ("" without one); what goes back, in order.
Behaviour = Callable[[bytes, bytes], list[bytes]]


def honest(_question: bytes, answer: bytes) -> list[bytes]:
    return [answer]


def deaf(_question: bytes, _answer: bytes) -> list[bytes]:
    return []


def wrong_id(_question: bytes, answer: bytes) -> list[bytes]:
    """Somebody guesses before the true answer arrives: the same answer under other ids, with another address."""
    number = int.from_bytes(answer[:2], "big")
    forged = dns.message.from_wire(answer)
    forged.answer = [dns.rrset.from_text(forged.question[0].name, 60, "IN", "A", "203.0.113.66")]
    wire = forged.to_wire()
    return [*(((number + add) % 65_536).to_bytes(2, "big") + wire[2:] for add in range(1, 50)), answer]


def other_question(_question: bytes, answer: bytes) -> list[bytes]:
    """The right id, but an answer to what nobody asked, before the true one."""
    forged = dns.message.make_response(dns.message.make_query("bank.example.test", "A"))
    forged.id = int.from_bytes(answer[:2], "big")
    forged.answer = [dns.rrset.from_text("bank.example.test.", 60, "IN", "A", "203.0.113.66")]
    return [forged.to_wire(), answer]


def says(*records: str, rcode: dns.rcode.Rcode = dns.rcode.NOERROR, flags: int = 0) -> Behaviour:
    """Always these records (`owner type value`; `@` is the name that was asked for)."""

    def behave(question: bytes, _answer: bytes) -> list[bytes]:
        asked = dns.message.from_wire(question)
        response = dns.message.make_response(asked)
        response.set_rcode(rcode)
        response.flags |= flags
        for record in records:
            owner, kind, value = record.split(" ", 2)
            name = asked.question[0].name if owner == "@" else owner
            response.answer.append(dns.rrset.from_text(name, 60, "IN", kind, value))
        return [response.to_wire(max_size=65_535)]

    return behave


def under_other_ids(behave: Behaviour) -> Behaviour:
    """The same answers, none of them under the id of the question: somebody guesses, and the true one never comes."""

    def forge(question: bytes, answer: bytes) -> list[bytes]:
        number = int.from_bytes(question[:2], "big")
        ids = (((number + add) % 65_536).to_bytes(2, "big") for add in range(1, 20))
        return [other + data[2:] for other in ids for data in behave(question, answer)]

    return forge


def raw(data: bytes) -> Behaviour:
    """The right id, then these bytes."""
    return lambda question, _: [question[:2] + data]


class DnsProxy:
    """Listens for UDP and TCP in a thread of its own."""

    def __init__(self, *, server: int = 0, delay: float = 0.0, behave: Behaviour = honest) -> None:
        """`server`: port of the real one; `delay`: seconds before each answer over UDP."""
        self.port = free_port()
        self.delay = delay
        self.behave = behave
        self.asked = 0
        self.asked_by_tcp = 0
        self._server = server
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> DnsProxy:
        self._thread.start()
        assert self._ready.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _run(self) -> None:
        listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_194_304)
        listening.bind(("127.0.0.1", self.port))
        listening.setblocking(False)
        self._upstream = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._upstream.settimeout(1.0)
        self._loop.add_reader(listening, self._on_datagrams, listening)
        streams = self._loop.run_until_complete(asyncio.start_server(self._on_stream, "127.0.0.1", self.port))
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._end(streams))
        self._loop.close()
        listening.close()
        self._upstream.close()

    async def _end(self, streams: asyncio.Server) -> None:
        streams.close()
        for writer in self._writers:
            writer.close()  # its task sees the end and ends
        ending = asyncio.all_tasks() - {asyncio.current_task()}
        if ending:
            await asyncio.wait(ending, timeout=2)

    def _on_datagrams(self, listening: socket.socket) -> None:
        while True:
            try:
                question, client = listening.recvfrom(4096)
            except BlockingIOError:
                return
            self.asked += 1
            for data in self.behave(question, self._real_answer(question)):
                self._loop.call_later(self.delay, _send, listening, data, client)

    async def _on_stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while True:
                question = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
                self.asked_by_tcp += 1
                for data in self.behave(question, self._real_answer(question)):
                    writer.write(len(data).to_bytes(2, "big") + data)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _real_answer(self, question: bytes) -> bytes:
        if not self._server:
            return b""
        self._upstream.sendto(question, ("127.0.0.1", self._server))
        return self._upstream.recv(65_535)


def _send(listening: socket.socket, data: bytes, client: tuple[str, int]) -> None:
    # What is too long for a datagram says so, and comes again over TCP.
    if len(data) > 1_232:
        short = dns.message.from_wire(data, ignore_trailing=True)
        short.flags |= dns.flags.TC
        short.answer = []
        data = short.to_wire()
    if not listening._closed:  # type: ignore[attr-defined]
        listening.sendto(data, client)
