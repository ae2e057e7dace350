"""Operations of documents: what can be known of one whatever the variables and the viewer, worked out once."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from graphql import DirectiveNode, DocumentNode, Executor, OperationDefinitionNode, Visitor, get_operation_ast, visit

from schema.limits import DOCUMENTS_KEPT, parsed


@dataclass(eq=False)
class Operation:
    """A document and the operation of it that is meant: the one with that name, or the only one."""

    document: DocumentNode
    node: OperationDefinitionNode | None
    operations: list[OperationDefinitionNode]
    """All that the document has."""
    plans: dict[object, Any] | None
    """What an executor works out about its selections; None where directives make them hang on the variables."""
    costs: dict[Hashable, int] = field(default_factory=dict)


class Executing(Executor[Any]):
    """graphql-core's executor, with what executors worked out about the operation before."""

    plans: dict[object, Any] | None = None

    def leave(self) -> None:
        """Lets go of the one thing that holds this executor in turn: else all of it waits for the garbage collector."""
        del self.async_helpers


@lru_cache(DOCUMENTS_KEPT)
def operation(query: str, name: str | None) -> Operation:
    """The operation that is meant. Raises LimitExceeded and GraphQLSyntaxError."""
    document = parsed(query)
    all_of_it = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    looks = _Directives()
    visit(document, looks)
    return Operation(document, get_operation_ast(document, name), all_of_it, None if looks.found else {})


class _Directives(Visitor):
    found = False

    def enter_directive(self, _node: DirectiveNode, *_: Any) -> None:
        self.found = True
