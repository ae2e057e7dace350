"""A failure shows the seed that repeats it."""

from __future__ import annotations

import pytest

from tests.models.drawn import tell_the_seed


@pytest.fixture(autouse=True)
def seed_told() -> None:
    tell_the_seed()
