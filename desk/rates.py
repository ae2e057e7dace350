"""How often somebody may come: requests by the second, sign-ins by the minute, sockets at once."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
from collections import Counter, OrderedDict
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError
from starlette.requests import HTTPConnection

from desk.settings import Settings
from models.errors import LimitExceeded, RateLimited

log = logging.getLogger("guichet.rates")

SECOND_MS, MINUTE_S = 1_000, 60
PREFIX: Final = "guichet"
"""Before every key in Redis."""
PATIENCE_S: Final = 0.2
"""How long a sign-in may wait for Redis; then this process counts by itself."""
MOST_COUNTED: Final = 100_000
"""Names or addresses that one process keeps count of; then the one that was first counted is forgotten."""


class Windows:
    """Counts by key, each key in a window that its first count opens. `now_ms` is Unix time.

    The keys stand in the order in which their windows end, so that only those that ended are looked at.
    """

    def __init__(self, window_ms: int, now_ms: Callable[[], int], most: int = MOST_COUNTED) -> None:
        self._window_ms, self._now_ms, self._most = window_ms, now_ms, most
        self._counts: OrderedDict[str, tuple[int, int]] = OrderedDict()  # the count, and when its window ends

    def look(self, key: str) -> tuple[int, int]:
        """The count of a key, and how many ms are left of its window."""
        count, ends_ms = self._window(key, now_ms := self._now_ms())
        return count, ends_ms - now_ms

    def hit(self, key: str) -> tuple[int, int]:
        """Counts once more; the same as `look` after it."""
        count, ends_ms = self._window(key, now_ms := self._now_ms())
        if not count:
            self._counts.pop(key, None)
            while self._counts and (len(self._counts) >= self._most or next(iter(self._counts.values()))[1] <= now_ms):
                self._counts.popitem(last=False)
        self._counts[key] = count + 1, ends_ms
        return count + 1, ends_ms - now_ms

    def _window(self, key: str, now_ms: int) -> tuple[int, int]:
        count, ends_ms = self._counts.get(key, (0, 0))
        last_ms = now_ms + self._window_ms  # a window that ends later began before the clock was set back
        return (count, ends_ms) if now_ms < ends_ms <= last_ms else (0, last_ms)


class Rates:
    """The rates of one process. Attempts to sign in are counted in Redis where the desk has one, by all processes."""

    def __init__(self, settings: Settings, now_ms: Callable[[], int]) -> None:
        self._settings = settings
        self._requests = Windows(SECOND_MS, now_ms)
        self._attempts = Windows(MINUTE_S * 1_000, now_ms)
        self._alone, url = False, settings.broadcast_url
        shared = url.startswith("redis")
        self._redis = Redis.from_url(url, retry=None) if shared else None  # what is away is not asked again

    async def close(self) -> None:
        """Leaves Redis."""
        if self._redis is not None:
            await self._redis.aclose()

    # ---------------------------------------------------------------- requests

    def standing(self, who: str) -> dict[str, str]:
        """What somebody has left of this second, as draft-ietf-httpapi-ratelimit-headers-10 writes it."""
        return self._standing(*self._requests.look(who))

    def admitted(self, who: str) -> dict[str, str] | None:
        """Counts a request and says what is left; None, and it is not counted, where nothing was."""
        if self._requests.look(who)[0] >= self._settings.requests_per_second:
            return None
        return self._standing(*self._requests.hit(who))

    def request(self, who: str) -> None:
        """Counts a request or an operation of an account or address. Raises RateLimited."""
        count, left_ms = self._requests.hit(who)
        _hold("requestsPerSecond", count, self._settings.requests_per_second, left_ms)

    def _standing(self, count: int, left_ms: int) -> dict[str, str]:
        bound = self._settings.requests_per_second
        left = f'"requests";r={max(0, bound - count)};t={_seconds(left_ms)}'
        return {"ratelimit-policy": f'"requests";q={bound};w=1', "ratelimit": left}

    # ---------------------------------------------------------------- signing in

    async def attempt(self, name: str, address: str | None) -> None:
        """Counts an attempt to sign in, before any password is looked at. Raises RateLimited.

        The address goes first: whoever tries too often from one place does not lock others out of their account.
        Redis gets hashes: no name, and no name of a length that somebody chose.
        """
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        bounds = [("signInAttempts", self._settings.sign_in_attempts, f"name {name.strip().casefold()}")]
        if address is not None:
            most = self._settings.sign_in_attempts_per_address
            bounds.insert(0, ("signInAttemptsPerAddress", most, f"address {place(address)}"))
        for limit, bound, key in bounds:
            hashed = hashlib.sha256(key.encode(errors="replace")).hexdigest()
            count, left_ms = await self._attempted(hashed, deadline)
            _hold(limit, count, bound, left_ms)

    async def _attempted(self, key: str, deadline: float) -> tuple[int, int]:
        """The count of all processes with this attempt, and how many ms are left; of this one where Redis is away."""
        if self._redis is not None:
            try:
                async with asyncio.timeout_at(deadline), self._redis.pipeline() as together:
                    together.set(f"{PREFIX}:{key}", 0, ex=MINUTE_S, nx=True)
                    together.incr(f"{PREFIX}:{key}")
                    together.pttl(f"{PREFIX}:{key}")
                    _, count, left_ms = await together.execute()
                self._alone = False
                return count, left_ms
            except (RedisError, OSError) as error:  # a TimeoutError is an OSError
                if not self._alone:
                    log.warning("attempts are counted by each process alone: %s", type(error).__name__)
                self._alone = True
        return self._attempts.hit(key)


class Places:
    """How many sockets somebody has open, each in its place. `limit` is the bound's name as clients are told it."""

    def __init__(self, limit: str, bound: int) -> None:
        self._limit, self._bound = limit, bound
        self._taken: Counter[str] = Counter()

    def take(self, who: str) -> None:
        """Raises LimitExceeded where all are taken."""
        if self._taken[who] >= self._bound:
            value = self._taken[who] + 1
            raise LimitExceeded("Too many sockets are open.", limit=self._limit, value=value, bound=self._bound)
        self._taken[who] += 1

    def leave(self, who: str) -> None:
        self._taken[who] -= 1
        if not self._taken[who]:
            del self._taken[who]


def source(connection: HTTPConnection) -> str:
    """Where a request or socket comes from, as it is counted; no account has a colon in its name.

    uvicorn has put the address in place that a trusted proxy named (desk/serving.py).
    """
    return f"address:{place(connection.client.host)}" if connection.client else "address:"


@lru_cache(maxsize=4_096)
def place(address: str) -> str:
    """One customer's part of the net: an IPv4 address, or the /64 of an IPv6 address, within which all are theirs."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return address
    return str(found.ipv4_mapped or IPv6Network((found, 64), strict=False))


def _hold(limit: str, count: int, bound: int, left_ms: int) -> None:
    if count > bound:
        seconds = _seconds(left_ms)
        message = f"Too often: try again in {seconds} s."
        raise RateLimited(message, limit=limit, value=count, bound=bound, retryAfter=seconds)


def _seconds(ms: int) -> int:
    return max(1, math.ceil(ms / 1_000))
