"""WebSocket text frames, whole as they go over the wire: RFC 6455, 5.2, final and unmasked."""

from __future__ import annotations

from functools import lru_cache

SHARED = 8
"""Frames that are kept while others with the same operation id may want them too; each is as large as its event."""


@lru_cache(SHARED)
def next_frame(id: bytes, payload: bytes) -> bytes:
    """A `next` of graphql-transport-ws, of an encoded operation id and payload: put together once for all alike."""
    return framed(b'{"type":"next","id":%b,"payload":%b}' % (id, payload))


def framed(text: bytes) -> bytes:
    """The frame of a text in UTF-8."""
    size = len(text)
    if size < 126:
        return bytes((0x81, size)) + text
    if size < 65_536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + text
    return b"\x81\x7f" + size.to_bytes(8, "big") + text


def text_of(frame: bytes) -> str:
    """The text in a frame."""
    return frame[{126: 4, 127: 10}.get(frame[1], 2) :].decode()
