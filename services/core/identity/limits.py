"""How often one may try to sign in or ask for a link, counted where all processes see it."""

import asyncio
from collections.abc import Callable
from functools import cache
from hashlib import sha256

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import MovingWindowRateLimiter, RateLimiter
from redis.exceptions import RedisError

from services.common.http.callers import network_of
from services.common.observability import get_logger

log = get_logger(__name__)
Question = Callable[[RateLimiter, RateLimitItem, str], bool]


@cache
def _rate(text: str) -> RateLimitItem:
    return parse(text)


class Limits:
    """Moving windows in memory, or in Redis where there is one; while that is away, in memory again."""

    def __init__(self, redis_url: str = "") -> None:
        self._memory = MovingWindowRateLimiter(MemoryStorage())
        shared: Storage | None = RedisStorage(redis_url, socket_timeout=1) if redis_url else None
        self._shared = MovingWindowRateLimiter(shared) if shared else None

    async def hit(self, rate: str, *who: str) -> bool:
        """Count one for ``who``. Returns whether it was within ``rate``."""
        return await self._ask(lambda limiter, item, key: limiter.hit(item, key), rate, who)

    async def used(self, rate: str, *who: str) -> bool:
        """Whether anything is counted for ``who`` under ``rate``."""
        return await self._ask(
            lambda limiter, item, key: limiter.get_window_stats(item, key).remaining < item.amount, rate, who
        )

    async def clear(self, rate: str, *who: str) -> None:
        """Forget what is counted for ``who`` under ``rate``."""

        def forget(limiter: RateLimiter, item: RateLimitItem, key: str) -> bool:
            limiter.clear(item, key)
            return True

        await self._ask(forget, rate, who)

    async def _ask(self, ask: Question, rate: str, who: tuple[str, ...]) -> bool:
        who = tuple(network_of(one) for one in who)
        item, key = _rate(rate), sha256("\0".join(who).encode()).hexdigest()[:32]
        if self._shared is not None:
            try:
                return await asyncio.to_thread(ask, self._shared, item, key)
            except RedisError as error:
                log.warning("limits.redis_away", error=type(error).__name__)
        return ask(self._memory, item, key)
