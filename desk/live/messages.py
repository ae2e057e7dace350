"""What clients send: whether it is well formed, and what of it a live answer depends on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import orjson
from graphql import ArgumentNode, DocumentNode, FieldNode, OperationDefinitionNode, VariableNode, Visitor, visit


def well_formed(message: object) -> bool:
    """Whether the parts of a message have the types that the protocol gives them."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return False
    payload = message.get("payload")
    match message["type"]:
        case "subscribe":
            return _is_id(message.get("id")) and _is_request(payload)
        case "complete":
            return _is_id(message.get("id"))
        case "connection_init" | "ping" | "pong":
            return payload is None or isinstance(payload, dict)
    return False


def _is_id(id: object) -> bool:
    return isinstance(id, str) and 0 < len(id) <= 200


def _is_request(payload: object) -> bool:
    return (
        isinstance(payload, dict)
        and isinstance(payload.get("query"), str)
        and isinstance(payload.get("variables"), dict | None)
        and isinstance(payload.get("operationName"), str | None)
        and isinstance(payload.get("extensions"), dict | None)
    )


def varying(document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, object]) -> str:
    """The variables on which a live answer depends: all but one that says only where to begin."""
    counter = _Uses()
    visit(document, counter)
    root = cast("FieldNode", operation.selection_set.selections[0])
    arguments: tuple[ArgumentNode, ...] = getattr(root, "arguments", None) or ()
    start = {
        argument.value.name.value
        for argument in arguments
        if argument.name.value == "after" and isinstance(argument.value, VariableNode)
    }
    kept = {name: value for name, value in variables.items() if name not in start or counter.uses[name] > 2}
    return orjson.dumps(kept, option=orjson.OPT_SORT_KEYS).decode()


class _Uses(Visitor):
    """Counts where each variable stands: its definition and its uses."""

    def __init__(self) -> None:
        super().__init__()
        self.uses: dict[str, int] = {}

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        name = node.name.value
        self.uses[name] = self.uses.get(name, 0) + 1
