"""What hypothesis draws for every property: how many examples, from which seed, and the texts and JSON of people."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from typing import Any, TypeVar

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

IN_CI = bool(os.environ.get("CI"))
ROUNDS = int(os.environ.get("DRILL_ROUNDS", "1"))
"""Multiplies every number of examples; `make test` draws a third of one round."""
SEED = int(os.environ.get("DRILL_SEED") or secrets.randbits(32))

PHASES = (Phase.explicit, Phase.generate, Phase.target, Phase.shrink)
"""Without `explain`, which runs a failure many times more to say little."""

T = TypeVar("T", bound=Callable[..., Any])


def bounded(examples: int, *, rounds: float = ROUNDS if ROUNDS > 1 else 1 / 3, **more: Any) -> settings:
    """So many examples in each round, none kept on disk, no clock that fails a slow machine; in CI always the same."""
    return settings(
        max_examples=round(examples * rounds),
        database=None,
        derandomize=IN_CI,
        deadline=None,
        phases=PHASES,
        suppress_health_check=list(HealthCheck),
        **more,
    )


def seeded(drawn: T) -> T:
    """Draws from SEED, but in CI."""
    return drawn if IN_CI else hypothesis.seed(SEED)(drawn)


def promise(examples: int, **given: float) -> Callable[[T], T]:
    """The settings and the seed of a property, below its @given; `given` are those of `bounded`."""

    def decorate(drawn: T) -> T:
        return bounded(examples, **given)(seeded(drawn))

    return decorate


def tell_the_seed() -> None:
    """pytest shows it with a failure; DRILL_SEED repeats it."""
    print("CI: derandomised" if IN_CI else f"DRILL_SEED={SEED}")


storable = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
"""Any character that both databases can keep."""
texts = st.text(storable)
lines = st.text(storable, min_size=1, max_size=40).filter(lambda text: bool(text.strip()))

numbers = st.one_of(
    st.integers(-(2**53), 2**53),
    st.floats(-(2.0**53), 2.0**53),
    st.sampled_from([0, 1, 1.0, -0.0, 5e-324, 2**53]),
)
far_numbers = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([1e16, -1e17, 2.0**63, 1e22, 1e300])
keys = st.one_of(st.sampled_from(["a", "bb", "ccc", "form"]), st.text(storable, max_size=8))


def json_objects(numbers: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with these numbers in them."""
    scalars = st.one_of(st.none(), st.booleans(), numbers, st.text(storable, max_size=10))
    return st.dictionaries(
        keys,
        st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3)),
        max_size=5,
    )


objects = json_objects(numbers)
"""What a caller may attach as `extra`."""
