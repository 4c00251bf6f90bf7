"""Load on a server of this machine: a client that costs little, so that the server is what is measured."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass
class Load:
    """What a run of requests gave: seconds in all, seconds of each, statuses."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds


async def post(
    port: int,
    path: str,
    body_of: Callable[[int], object],
    *,
    count: int,
    connections: int,
    headers: Mapping[str, str] | None = None,
) -> Load:
    """POST ``count`` JSON bodies over ``connections`` kept-alive connections, each with one request at a time.

    HTTP/1.1 by hand: a client library would take as long as the server that it measures.
    """
    load = Load()
    places = iter(range(count))
    lines = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            for place in places:
                body = json.dumps(body_of(place)).encode()
                head = (
                    f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
                    f"Content-Length: {len(body)}\r\n{lines}\r\n"
                )
                begun = time.perf_counter()
                writer.write(head.encode() + body)
                load.statuses[await _status(reader)] += 1
                load.latencies.append(time.perf_counter() - begun)
        finally:
            writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(connections)))
    load.seconds = time.perf_counter() - begun
    return load


async def _status(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])
