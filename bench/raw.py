"""The limit that Python's door sets: uvicorn answering the same bytes whatever is asked, and sockets with an ack."""

from __future__ import annotations

import os
from pathlib import Path

from starlette.types import Receive, Scope, Send

ANSWER = Path(os.environ["BENCH_ANSWER"]).read_bytes()
HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(ANSWER)).encode())]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": ANSWER})
    elif scope["type"] == "websocket":
        await send({"type": "websocket.accept", "subprotocol": scope["subprotocols"][0]})
        while (message := await receive())["type"] != "websocket.disconnect":
            if "connection_init" in message.get("text", ""):
                await send({"type": "websocket.send", "text": '{"type":"connection_ack"}'})
