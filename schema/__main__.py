"""`python -m schema` prints the SDL; `--write` renews schema.graphql, `--check` exits 1 when it is not current.

`--introspection` prints what an introspection answers, as JSON: the page's documents are checked against it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from graphql import introspection_from_schema

from schema import schema, sdl

COMMITTED = Path(__file__).with_name("schema.graphql")


def main(arguments: list[str]) -> int:
    match arguments:
        case ["--write"]:
            COMMITTED.write_text(sdl())
        case ["--check"]:
            if not COMMITTED.exists() or COMMITTED.read_text() != sdl():
                print("schema/schema.graphql is not the schema: run `python -m schema --write`", file=sys.stderr)
                return 1
        case ["--introspection"]:
            print(json.dumps(introspection_from_schema(schema._schema)))
        case _:
            print(sdl(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
