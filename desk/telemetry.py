"""What the desk says of itself on stderr: no credential, no query, no body."""

from __future__ import annotations

import logging

FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"
CHATTER = ("connection open", "connection closed")


class NoAddresses(logging.Filter):
    """Drops uvicorn's line per socket: it would log the URL's query string, where some put their token."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        return "WebSocket" not in text and text not in CHATTER


def configure(level: str) -> None:
    """Sets up logging of this process. What others say below a warning may hold frames, headers or values: it stays
    unsaid, except that uvicorn tells how it begins and ends.
    """
    own = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(level=max(own, logging.WARNING), format=FORM, force=True)
    for handler in logging.getLogger().handlers:
        handler.addFilter(NoAddresses())
    logging.getLogger("guichet").setLevel(own)
    logging.getLogger("uvicorn").setLevel(max(own, logging.INFO))
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)  # a stack trace for each connection that an outage ends
