"""WebSocket text frames, whole as they go over the wire: RFC 6455, 5.2, final and unmasked."""

from __future__ import annotations

from functools import lru_cache

import orjson

SHARED = 8
"""Operation ids whose frames are kept, while others of the same id may want them too."""


@lru_cache(SHARED)
def next_frames(id: str, payloads: tuple[bytes, ...]) -> list[bytes]:
    """A `next` of graphql-transport-ws for each encoded payload: put together once for all operations of that id."""
    begin = b'{"type":"next","id":%b,"payload":' % orjson.dumps(id)
    return [framed(b"%b%b}" % (begin, payload)) for payload in payloads]


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
