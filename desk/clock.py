"""The clock of this machine."""

import time


def wall_clock_ms() -> int:
    """Unix time, ms."""
    return time.time_ns() // 1_000_000
