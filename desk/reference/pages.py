"""The pages of /docs, made of the printed schema, its descriptions and the examples."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Final

from graphql import (
    DirectiveNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    NamedTypeNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    StringValueNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
    parse,
    print_ast,
)

from desk.reference.examples import Example, examples
from desk.reference.text import blocks, code, inline
from schema import sdl

LIVE: Final = Path(__file__).with_name("live.md")
ROOTS: Final = {"Query": "Queries", "Mutation": "Mutations", "Subscription": "Subscriptions"}
KINDS: Final[Mapping[str, type[TypeDefinitionNode]]] = {
    "Objects": ObjectTypeDefinitionNode,
    "Interfaces": InterfaceTypeDefinitionNode,
    "Unions": UnionTypeDefinitionNode,
    "Inputs": InputObjectTypeDefinitionNode,
    "Enums": EnumTypeDefinitionNode,
    "Scalars": ScalarTypeDefinitionNode,
}
BUILT_IN: Final = {"ID", "String", "Int", "Float", "Boolean"}
INTRODUCTION: Final = """# The API of this desk

One address, `/graphql`: queries and mutations by `POST`, subscriptions by WebSocket (`graphql-transport-ws`). A program sends `Authorization: Bearer TOKEN`, and in a socket's `connection_init` the same as `{"authorization": "Bearer TOKEN"}`. [The explorer](/graphql) runs all of this as you; [the schema as text](/docs/schema.graphql) is for tools.

- A refusal of a mutation is data: ask for `... on Problem { message }`. Errors have a code in `extensions.code`.
- What you may not see does not exist: `null`, or `NotFound`.
- Every answer says what it cost. A field counts 1 where nothing else is said, as often as it may stand in the answer.
- [Following a desk live](/docs/live): subscribe, resume after a lost connection, begin anew.
"""  # noqa: E501


def reference() -> str:
    """Everything that can be asked, and of what answers are made."""
    types = {node.name.value: node for node in parse(sdl()).definitions if isinstance(node, TypeDefinitionNode)}
    roots = {name: types.pop(name) for name in ROOTS}
    nav, parts = [], [blocks(INTRODUCTION)]
    for name, title in ROOTS.items():
        root = roots[name]
        assert isinstance(root, ObjectTypeDefinitionNode)
        fields = sorted(root.fields or (), key=lambda field: field.name.value)
        nav.append(_links(title, [(field.name.value, f"{name}.{field.name.value}") for field in fields]))
        parts.append(f'<h2 id="{title.lower()}">{title}</h2>')
        parts += [_operation(name, field, examples()[field.name.value]) for field in fields]
    for title, kind in KINDS.items():
        found = sorted((node for node in types.values() if isinstance(node, kind)), key=lambda node: node.name.value)
        nav.append(_links(title, [(node.name.value, node.name.value) for node in found]))
        parts.append(f'<h2 id="{title.lower()}">{title}</h2>')
        parts += [_type(node) for node in found]
    return _page("API reference", "\n".join(parts), "\n".join(nav))


def live() -> str:
    """How to subscribe, resume and begin anew."""
    return _page("Following a desk live", blocks(LIVE.read_text()), "")


def examples_json() -> str:
    """The examples as the explorer takes them into its history."""
    return json.dumps(
        [
            {"label": f"{name}: {each.title}", "query": each.query, "variables": _json(each)}
            for name, each in sorted(examples().items(), key=lambda item: [*ROOTS].index(item[1].kind.capitalize()))
        ]
    )


def _page(title: str, main: str, nav: str) -> str:
    contents = f'<nav aria-label="Contents">{nav}</nav>' if nav else ""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Guichet</title>
<link rel="icon" href="/docs/mark.svg" type="image/svg+xml">
<link rel="stylesheet" href="/docs/reference.css">
</head>
<body>
<header><a href="/">Guichet</a> <a href="/docs">Reference</a> <a href="/docs/live">Live</a> <a href="/graphql">Explorer</a></header>
<div class="columns">{contents}<main>
{main}
</main></div>
</body>
</html>
"""  # noqa: E501


def _links(title: str, targets: Iterable[tuple[str, str]]) -> str:
    items = "".join(f'<li><a href="#{target}">{name}</a></li>' for name, target in targets)
    return f"<details><summary>{title}</summary><ul>{items}</ul></details>"


def _operation(root: str, field: FieldDefinitionNode, example: Example) -> str:
    name = field.name.value
    variables = code(_json(example), f"Variables of {name}") if example.variables else ""
    return (
        f'<section><h3 id="{root}.{name}"><code>{name}</code>{_cost(field)}</h3>'
        f"<p>{_said(field)}</p>{_rows('Argument', field.arguments or ())}"
        f"<p>Answers {_linked(print_ast(field.type))}.</p>"
        f"<p>Example: {inline(example.title)}</p>{code(example.query, f'Example of {name}')}{variables}</section>"
    )


def _type(node: TypeDefinitionNode) -> str:
    name, inside = node.name.value, ""
    if isinstance(node, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode | InputObjectTypeDefinitionNode):
        inside = _rows("Field", node.fields or ())
    elif isinstance(node, EnumTypeDefinitionNode):
        rows = [(value.name.value, "", _said(value)) for value in node.values or ()]
        inside = _table("Value", rows)
    elif isinstance(node, UnionTypeDefinitionNode):
        inside = f"<p>One of {', '.join(_linked(_named(member)) for member in node.types or ())}.</p>"
    return f'<section><h3 id="{name}"><code>{name}</code></h3><p>{_said(node)}</p>{inside}</section>'


def _rows(title: str, fields: Iterable[FieldDefinitionNode | InputValueDefinitionNode]) -> str:
    rows = []
    for field in fields:
        type = _linked(print_ast(field.type))
        if isinstance(field, InputValueDefinitionNode) and field.default_value is not None:
            type += f" = <code>{escape(print_ast(field.default_value))}</code>"
        arguments = ", ".join(each.name.value for each in getattr(field, "arguments", None) or ())
        name = f"{field.name.value}({arguments})" if arguments else field.name.value
        rows.append((name, type, _said(field) + _cost(field)))
    return _table(title, rows)


def _table(title: str, rows: list[tuple[str, str, str]]) -> str:
    if not rows:
        return ""
    typed = any(type for _, type, _ in rows)
    titles = [title, "Type", "What it is"] if typed else [title, "What it is"]
    head = "".join(f'<th scope="col">{each}</th>' for each in titles)
    body = "".join(
        f'<tr><th scope="row"><code>{name}</code></th>{f"<td>{type}</td>" if typed else ""}<td>{said}</td></tr>'
        for name, type, said in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _linked(type: str) -> str:
    """A type, its name leading to where it is described."""

    def link(name: re.Match[str]) -> str:
        return name[0] if name[0] in BUILT_IN else f'<a href="#{name[0]}">{name[0]}</a>'

    linked = re.sub(r"\w+", link, type)
    return f"<code>{linked}</code>"


def _named(node: NamedTypeNode) -> str:
    return node.name.value


def _said(node: object) -> str:
    description = getattr(node, "description", None)
    return inline(" ".join(description.value.split())) if isinstance(description, StringValueNode) else ""


def _cost(node: object) -> str:
    directives: Iterable[DirectiveNode] = getattr(node, "directives", None) or ()
    for directive in directives:
        if directive.name.value == "cost":
            return f' <span class="cost">cost {print_ast((directive.arguments or ())[0].value)}</span>'
    return ""


def _json(example: Example) -> str:
    return json.dumps(dict(example.variables), indent=2) if example.variables else ""
