"""What our own mail server found of a mail's sender (RFC 8601)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from desk.mail.mail import Authentication, Check

QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
COMMENT = re.compile(r"\([^()]*\)")
COMMENT_LEVELS = 5
RESULT = re.compile(r"\s*(spf|dkim|dmarc)\s*(?:/\s*\d+\s*)?=\s*([a-z]+)", re.IGNORECASE)
MEANING: dict[str, Check] = {"pass": "pass", "fail": "fail", "softfail": "fail"}
"""What is neither says nothing for or against: neutral, policy, temperror and the like."""


def authentication(fields: Iterable[str], authserv_id: str | None) -> Authentication:
    """The results in the topmost Authentication-Results of this server; anybody can write the others."""
    if authserv_id is None:
        return Authentication()
    for field in fields:
        server, *results = _bare(field).split(";")
        if server.split()[:1] == [authserv_id.lower()]:
            return _found(results)
    return Authentication()


def _found(results: Iterable[str]) -> Authentication:
    checks: dict[str, Check] = {}
    for result in results:
        if match := RESULT.match(result):
            method, check = match[1].lower(), MEANING.get(match[2].lower(), "none")
            if checks.get(method) != "pass":  # of several DKIM signatures one that passes is enough
                checks[method] = check
    return Authentication(**checks)


def _bare(field: str) -> str:
    """Without quoted strings and comments, in which senders can say what they like."""
    field = QUOTED.sub("", field.lower())
    for _ in range(COMMENT_LEVELS):
        field = COMMENT.sub("", field)
    return field
