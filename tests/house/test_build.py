"""The build hook: the page is built where its sources changed, never needlessly, and a failure says what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import hatch_build
from hatch_build import PageHook, digest, sources_of

NPM = """
import pathlib, sys
with open("../calls", "a") as calls:
    print(sys.argv[1], file=calls)
made = pathlib.Path("node_modules" if sys.argv[1] == "ci" else "../desk/static")
made.mkdir(parents=True, exist_ok=True)
"""
"""Stands in for npm, which would fetch packages: makes the folders, and leaves a note."""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small repository with a page, and an npm that always succeeds."""
    for name in ("package.json", "package-lock.json", "index.html", "src/main.tsx", "src/ui/button.tsx"):
        (tmp_path / "web" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "web" / name).write_text(f"// {name}")
    monkeypatch.setattr(hatch_build, "NPM", NPM)
    monkeypatch.delenv(hatch_build.SKIP, raising=False)
    return tmp_path


def builds(root: Path, target: str = "wheel") -> list[str]:
    """What npm is called for when a package is built."""
    (root / "calls").write_text("")
    PageHook(str(root), {}, None, None, "", target).initialize("standard", {})  # type: ignore[arg-type]  # unused
    return (root / "calls").read_text().split()


def changed(root: Path, change: Callable[[Path], object]) -> bool:
    """Whether the digest of the sources notices a change."""
    before = digest(root / "web", sources_of(root / "web"))
    change(root / "web")
    return digest(root / "web", sources_of(root / "web")) != before


@pytest.mark.parametrize(
    "change",
    [
        lambda web: (web / "src/ui/button.tsx").write_text("// another"),
        lambda web: (web / "index.html").write_text("<p>another</p>"),
        lambda web: (web / "package.json").write_text("{}"),
        lambda web: (web / "src/ui/new.tsx").write_text(""),
        lambda web: (web / "src/main.tsx").unlink(),
        lambda web: (web / "src/main.tsx").rename(web / "src/app.tsx"),
    ],
    ids=["edited", "edited HTML", "edited package", "added", "removed", "renamed"],
)
def test_a_change_of_the_page_is_noticed(root: Path, change: Callable[[Path], object]) -> None:
    assert changed(root, change)


def test_a_file_that_moved_is_noticed(root: Path) -> None:
    assert changed(root, lambda web: (web / "src/ui").rename(web / "src/parts"))


def test_what_is_no_change_of_the_page_is_not_taken_for_one(root: Path) -> None:
    def change(web: Path) -> None:
        (web / "node_modules/react").mkdir(parents=True)
        (web / "node_modules/react/index.js").write_text("// installed")
        (web / "src/main.tsx").touch()

    assert not changed(root, change)


def test_the_page_is_built_where_it_changed_and_packages_are_fetched_where_their_lock_did(root: Path) -> None:
    assert builds(root) == ["ci", "run"]
    assert builds(root) == []
    (root / "web/src/main.tsx").write_text("// another")
    assert builds(root) == ["run"]
    (root / "web/package-lock.json").write_text("// another")
    assert builds(root) == ["ci", "run"]
    assert builds(root) == []


def test_nothing_is_built_where_that_is_asked_for_or_for_a_source_package(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert builds(root, "sdist") == []
    monkeypatch.setenv("DESK_SKIP_WEB", "1")
    assert builds(root) == []
    assert not (root / "desk").exists()
    assert not (root / "web/node_modules").exists()
    monkeypatch.setenv("DESK_SKIP_WEB", "0")
    assert builds(root) == ["ci", "run"]


@pytest.mark.parametrize(("failing", "done"), [("ci", []), ("run", ["ci"])])
def test_an_npm_that_fails_is_one_clear_sentence_and_is_tried_again(
    root: Path, monkeypatch: pytest.MonkeyPatch, failing: str, done: list[str]
) -> None:
    monkeypatch.setattr(hatch_build, "NPM", f"import sys; sys.argv[1] == {failing!r} and sys.exit(7)\n{NPM}")
    for calls in (done, []):  # packages that are there are not fetched again
        with pytest.raises(SystemExit) as failed:
            builds(root)
        message = f"The page was not built: npm {failing} failed. DESK_SKIP_WEB=1 installs the desk without it."
        assert failed.value.code == message
        assert (root / "calls").read_text().split() == calls
    monkeypatch.setattr(hatch_build, "NPM", NPM)
    assert builds(root)[-1] == "run"
