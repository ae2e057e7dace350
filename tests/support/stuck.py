"""Clients that subscribe and then never read again, and what a server still has of them."""

from __future__ import annotations

import base64
import json
import os
import socket as sockets
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psutil
from websockets.frames import Frame, Opcode

from tests.support.desk import GUARD_S, Person

BODIES = "subscription($after: Cursor) { ticketEvents(after: $after) { cursor ticket { body } } }"
"""Large events, where the bodies are large."""
HANDSHAKE = (
    "GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\nSec-WebSocket-Key: {key}\r\n\r\n"
)


@contextmanager
def never_reading(person: Person, after: str) -> Iterator[sockets.socket]:
    """A raw connection that subscribes to large events, reads the acknowledgement, and then never again."""
    with closing(narrow(person, 4_096)) as raw:
        raw.sendall(HANDSHAKE.format(key=base64.b64encode(os.urandom(16)).decode()).encode())
        _read_until(raw, b"\r\n\r\n")
        raw.sendall(_frame({"type": "connection_init", "payload": person.headers}))
        _read_until(raw, b"connection_ack")
        payload = {"query": BODIES, "variables": {"after": after}}
        raw.sendall(_frame({"type": "subscribe", "id": "1", "payload": payload}))
        yield raw


def narrow(person: Person, bound: int) -> sockets.socket:
    """A connection for which the client's kernel keeps about so many bytes that nobody has read yet."""
    raw = sockets.socket()
    raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, bound)
    raw.settimeout(GUARD_S)
    raw.connect(("127.0.0.1", person.desk.port))
    return raw


def still_served(clients: list[sockets.socket], server: psutil.Process | None = None) -> int:
    """How many of these clients a server, by default the one in this process, still has a connection with."""
    return connections(server or psutil.Process(), {client.getsockname()[1] for client in clients})


def connections(process: psutil.Process, ports: set[int]) -> int:
    """How many connections a process has whose other end is one of these ports."""
    return sum(bool(one.raddr) and one.raddr.port in ports for one in process.net_connections("tcp4"))


def _read_until(raw: sockets.socket, end: bytes) -> None:
    heard = b""
    while end not in heard:
        more = raw.recv(4_096)
        assert more, heard
        heard += more


def _frame(message: dict[str, object]) -> bytes:
    return Frame(Opcode.TEXT, json.dumps(message).encode()).serialize(mask=True)
