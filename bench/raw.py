"""The limit that Python's door sets: uvicorn answering a constant, whatever is asked."""

from __future__ import annotations

from starlette.types import Receive, Scope, Send

ANSWER = b'{"data":{"latestApprovedTicket":{"id":"01a1fb5a-e945-736b-a056-35ab8da5704f","status":"APPROVED"}}}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(ANSWER)).encode())]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": ANSWER})
