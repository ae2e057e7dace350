"""Executes each query a second time, plainly, and compares the answers byte for byte."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from inspect import signature
from typing import Any
from unittest.mock import patch

import orjson
from graphql import Executor, OperationType
from strawberry.types import ExecutionResult

from desk.speed.executor import Compiled
from models import database
from resolvers.context import Context
from schema import Contract
from schema.operations import Executing, operation

_arguments = signature(Contract.execute)


@dataclass
class Compared:
    """What came of the comparisons."""

    count: int = 0
    differences: list[str] = field(default_factory=list)
    by_plan: Counter[str] = field(default_factory=Counter)
    """Objects that were completed in one step, by type."""
    by_fields: Counter[str] = field(default_factory=Counter)
    """Objects that the compiled executor left to graphql-core, by type."""


@contextmanager
def both_ways() -> Iterator[Compared]:
    """Until the end of the block. A query during which somebody else wrote is left out."""
    compared = Compared()
    execute, compiled, complete = Contract.execute, Compiled.complete_object_value, Executor.complete_object_value

    async def twice(contract: Contract, query: str | None, *given: Any, **named: Any) -> ExecutionResult:
        bound = _arguments.bind(contract, query, *given, **named).arguments
        context = bound["context_value"]
        compares = contract.executor is Compiled and _is_query(query, bound.get("operation_name"))
        before = await _head() if compares else None
        result = await execute(contract, query, *given, **named)
        if before is not None and before == context.head[:4]:
            again = Context(context.world, context.viewer_or_none, context.head, context.door)
            plain = contract.within(contract.limits, Executing)
            expected = await execute(**bound | {"self": plain, "context_value": again})
            if await _head() == before:
                compared.count += 1
                if (told := written(result)) != (wanted := written(expected)):
                    compared.differences.append(f"{query}\n{bound}\ncompiled: {told!r}\nplain:    {wanted!r}")
        return result

    def counted(executor: Compiled, return_type: Any, *rest: Any) -> Any:
        compared.by_plan[return_type.name] += 1
        return compiled(executor, return_type, *rest)

    def left(executor: Executing, return_type: Any, *rest: Any) -> Any:
        if isinstance(executor, Compiled):
            compared.by_plan[return_type.name] -= 1
            compared.by_fields[return_type.name] += 1
        return complete(executor, return_type, *rest)

    with (
        patch.object(Contract, "execute", twice),
        patch.object(Compiled, "complete_object_value", counted),
        patch.object(Executing, "complete_object_value", left, create=True),
    ):
        yield compared


async def _head() -> Any:
    """Where the journal is, or None while the database is away."""
    try:
        return (await database.head())[:4]
    except Exception as error:
        if not database.is_outage(error):
            raise
        return None


def _is_query(query: str | None, name: str | None) -> bool:
    try:
        found = operation(query or "", name)
    except Exception:  # it is told by the real execution
        return False
    timeless = "lastUsedAt" not in (query or "")  # it is written without an event, so it may differ in a moment
    return timeless and found.node is not None and found.node.operation is OperationType.QUERY


def written(result: ExecutionResult) -> bytes:
    """An answer as it is sent, but for the ids of surprises, which are drawn."""
    errors = [error.formatted for error in result.errors or ()]
    for error in errors:
        if "id" in error.get("extensions", {}):
            error["extensions"]["id"] = "drawn"
    return orjson.dumps({"data": result.data, "errors": errors, "extensions": result.extensions})
