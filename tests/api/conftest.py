"""Every query that these tests send is executed both ways: plain data in one step, and field by field."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.bothways import Compared
from tests.support.bothways import both_ways as compared


@pytest.fixture(autouse=True)
def both_ways() -> Iterator[Compared]:
    """Fails the test where the two differ. A file that counts what is executed overrides it."""
    with compared() as found:
        yield found
    assert not found.differences, "\n\n".join(found.differences)
