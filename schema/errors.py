"""Errors as clients see them: every one has a code, and none shows what is inside."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence

from graphql import GraphQLError, GraphQLSyntaxError

from models.database import is_outage
from models.errors import Fault, Unavailable

log = logging.getLogger("guichet.schema")

FLAT = {
    "GRAPHQL_VALIDATION_FAILED": "This document does not fit the schema.",
    "BAD_USER_INPUT": "This operation cannot be run with these variables.",
}
"""What is said instead of what graphql-core says before anything is resolved."""


def coded(errors: Sequence[GraphQLError], *, executed: bool) -> list[GraphQLError]:
    """The same errors with `extensions.code`; a surprise is logged under an id and told by that id only."""
    return [_coded(error, executed) for error in errors]


def flat(errors: Sequence[GraphQLError]) -> list[GraphQLError]:
    """Coded errors for who may not learn the schema from them: neither names, nor places, nor suggestions."""
    told: dict[str, GraphQLError] = {}
    for error in errors:
        code = str((error.extensions or {})["code"])
        ours = error.path or (code == "BAD_USER_INPUT" and not error.nodes)
        if ours or code not in FLAT:
            told[f"{code} {error.path} {error.message}"] = error
        else:
            told[code] = GraphQLError(FLAT[code], extensions={"code": code})
    return list(told.values())


def _coded(error: GraphQLError, executed: bool) -> GraphQLError:
    if error.extensions and "code" in error.extensions:
        return error
    fault = error.original_error
    if is_outage(fault):
        fault = Unavailable()
    if isinstance(fault, Fault):
        return _told(error, fault.message, {"code": fault.code, **fault.details})
    if isinstance(error, GraphQLSyntaxError):
        return _told(error, error.message, {"code": "GRAPHQL_PARSE_FAILED"})
    if fault is None or isinstance(fault, GraphQLError):
        return _told(error, error.message, {"code": "BAD_USER_INPUT" if executed else "GRAPHQL_VALIDATION_FAILED"})
    if (
        not executed
    ):  # validating calls nothing of ours: what breaks it is the document, such as a number of 5,000 digits
        return _told(error, "This document cannot be read.", {"code": "GRAPHQL_VALIDATION_FAILED"})
    return _told(error, *surprise(fault))


def surprise(error: BaseException) -> tuple[str, dict[str, object]]:
    """Logs what nobody expected under an id. Returns the message and extensions that tell clients this id only."""
    id = secrets.token_hex(8)
    log.error("unexpected error %s", id, exc_info=error)
    return "Something went wrong here. It was logged.", {"code": "INTERNAL", "id": id}


def _told(error: GraphQLError, message: str, extensions: dict[str, object]) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )
