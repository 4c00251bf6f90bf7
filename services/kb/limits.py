"""How often one caller may ask. A search costs a few milliseconds of two cores; typing must stay free of it."""

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError
from redis.exceptions import RedisError

from services.common.errors import TooMany
from services.common.http import Actor
from services.common.http.callers import network_of

CLIENT_FACTOR = 20  # a client with an API token asks on behalf of many people


class SearchLimit(TooMany):
    code, title = "kb.too_many_searches", "Too many searches in a short time"


class Limits:
    """Counts calls by purpose and caller, in memory or in Redis. A counter that is away counts nothing."""

    def __init__(self, redis: str) -> None:
        storage = RedisStorage(f"async+{redis}", implementation="redispy") if redis else MemoryStorage()
        self._limiter = SlidingWindowCounterRateLimiter(storage)

    async def take(self, purpose: str, caller: str, a_minute: int) -> None:
        """Count one call. Raises :class:`SearchLimit`."""
        item = RateLimitItemPerMinute(a_minute)
        try:
            allowed = await self._limiter.hit(item, purpose, caller)
        except (RedisError, StorageError, OSError):
            return
        if not allowed:
            raise SearchLimit(retry_after=15)


def allowance(actor: Actor, a_minute: int) -> int:
    """Calls a minute for this caller, where one person has ``a_minute``."""
    return a_minute * CLIENT_FACTOR if actor.kind == "token" else a_minute


def caller_of(actor: Actor, visitor: str | None, address: str) -> str:
    """Who is counted: a person, else the visitor that a service vouches for, else the address."""
    if actor.kind == "service":
        return f"visitor:{visitor}" if visitor else "service"
    return f"actor:{actor.id}" if actor.id else f"address:{network_of(address)}"
