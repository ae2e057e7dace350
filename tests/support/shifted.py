"""A desk whose own clock is wrong by AHEAD_MS: `AHEAD_MS=150000 python -m tests.support.shifted serve …`."""

from __future__ import annotations

import functools
import os

import desk.app
from desk.cli import main
from desk.clock import wall_clock_ms

AHEAD_MS = int(os.environ["AHEAD_MS"])


def wrong_clock_ms() -> int:
    return wall_clock_ms() + AHEAD_MS


if __name__ == "__main__":
    setattr(desk.app, "create_app", functools.partial(desk.app.create_app, clock=wrong_clock_ms))  # noqa: B010
    main()
