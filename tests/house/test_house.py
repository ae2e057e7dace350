"""The house keeps its own rules: whose modules these are, what no file may hold, how large a file may be."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import models
import schema

HERE = Path(__file__).resolve().parents[2]
ROOMS = ("models", "resolvers", "schema", "desk", "tests", "bench")
LONGEST_FILE = 300
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc"}
# Written in parts, so that this file does not hold what it looks for.
ADDRESSES = [
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "registry." + "npmjs",
    "registry." + "yarnpkg",
    "--index" + "-url",
    "--extra-index" + "-url",
]
ASKS_FOR_NO_ADDRESS = "--no-emit-index" + "-url"
PLACES = [r"/(?:root|home/\w+|Users/\w+)/[\w.]", re.escape("/work" + "/")]
SECRETS = [
    r"\bgd_[0-9a-f]{8}_[\w-]{43}",
    r"\bgh[pousr]_[A-Za-z0-9]{36}",
    r"\bAKIA[0-9A-Z]{16}\b",
    r"\bsk-[A-Za-z0-9_-]{20,}",
    r"\bxox[abprs]-[\w-]{10,}",
    r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.",
    "-----BEGIN [A-Z ]*PRIVATE KEY" + "-----",
]


def tracked() -> dict[Path, str]:
    """The text of every file that git tracks or would track; other people's data, and bytes, are left out."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=HERE,
        capture_output=True,
        check=True,
    )
    found = {}
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = Path(name)
        if (HERE / path).is_file() and path.parts[:2] != ("tests", "data"):
            found[path] = (HERE / path).read_bytes().decode(errors="ignore")
    return found


def python_files() -> dict[Path, str]:
    return {path: text for path, text in tracked().items() if path.suffix == ".py" and path.parts[0] in ROOMS}


def holding(patterns: list[str]) -> list[str]:
    """Where a tracked file holds one of these."""
    wanted = re.compile("|".join(patterns))
    return [
        f"{path}:{number}"
        for path, text in tracked().items()
        for number, line in enumerate(text.splitlines(), 1)
        if wanted.search(line)
    ]


def test_schema_and_models_are_ours() -> None:
    assert schema.__file__ == str(HERE / "schema" / "__init__.py")
    assert models.__file__ == str(HERE / "models" / "__init__.py")


def test_no_file_holds_the_address_of_a_registry() -> None:
    assert holding([rf"(?<!emit){re.escape(address)}" for address in ADDRESSES]) == []


def test_no_file_holds_a_path_of_somebodys_machine() -> None:
    assert holding(PLACES) == []


def test_no_file_holds_what_looks_like_a_secret() -> None:
    assert holding(SECRETS) == []


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [path for path in tracked() if {part.split(".")[0].lower() for part in path.parts} & VAGUE] == []


def test_no_file_of_the_source_is_longer_than_one_can_read() -> None:
    lengths = {path: len(text.splitlines()) for path, text in python_files().items() if path.parts[0] != "tests"}
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_test_sleeps() -> None:
    """Tests wait for a condition; `sleep(0)` lets others run, and the support polls real servers with a deadline."""
    sleeps = []
    for path, text in python_files().items():
        if path.parts[0] == "tests" and path.parts[1] != "support":
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Call) and re.fullmatch(r"(\w+\.)?sleep\((?!0\)).*\)", ast.unparse(node)):
                    sleeps.append(f"{path}:{node.lineno}")
    assert sleeps == []
