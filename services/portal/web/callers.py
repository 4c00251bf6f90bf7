"""How often one address may do something that costs others: in memory, or in Redis where there is one."""

from limits import parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError
from redis.exceptions import RedisError

from services.common.http.callers import network_of


class Callers:
    """Counts by purpose and caller. A counter that is away counts nothing: the page goes on."""

    def __init__(self, redis: str = "") -> None:
        storage = RedisStorage(f"async+{redis}", implementation="redispy") if redis else MemoryStorage()
        self._limiter = SlidingWindowCounterRateLimiter(storage)

    async def take(self, purpose: str, caller: str, rate: str) -> bool:
        """Count one; False beyond ``rate``, which reads like `30/hour`."""
        try:
            return await self._limiter.hit(parse(rate), "portal", purpose, network_of(caller))
        except (RedisError, StorageError, OSError):
            return True
