"""What the drills are given beside the fixtures of all tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.fixture
def told(record_property: Callable[[str, object], None], request: pytest.FixtureRequest) -> Callable[..., None]:
    """Keeps what the drill did for the table: `told("kill -9, SQLite", acknowledged=812, kills=3, lost=0, …)`.

    Other figures than the columns of tests/support/drills.py stand behind them, their names as words:
    `subscribers=1000`.
    """

    def tell(drill: str, **figures: object) -> None:
        words = {name.replace("_", " "): value for name, value in figures.items()}
        record_property("drill", {"name": drill, **words})

    return tell
