"""The embedded vector store: one Qdrant Edge shard a collection, in a folder that one process has open.

Every call of the engine holds Python's lock. Points therefore go in by slices; optimising, which takes half a minute
from twenty thousand points on, happens in a child process on a copy that is swapped in; and a collection that has
grown large is opened in a child process of its own (`child.py`), so that a search of it costs this process neither
the time nor the lock. Large is what was once worth optimising: a file beside the collection says so.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

from filelock import lock_descriptor

from services.common.ai.vectors import Hit, Point, Search, VectorsUnavailable, Where, checked
from services.common.ai.vectors.child import Child, Remote
from services.common.ai.vectors.shard import Collection, Shard, guarded

T = TypeVar("T")

_SLICE: Final = 256  # points a call: 6 ms, in which nothing else of the process runs
_WORTH_OPTIMISING: Final = 10_000  # points without a graph; so many the engine scans in 2 ms
_LARGE: Final = ".large"
_OPTIMISE: Final = (
    "import sys, qdrant_edge as q; s = q.EdgeShard.load(sys.argv[1]); s.optimize(); s.flush(); s.close()"
)


class EdgeVectors:
    """Implements `Vectors` on a folder. Opened by the first call; one process, with its child, at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._held: int | None = None  # the descriptor of the folder's lock
        self._child: Child | None = None
        self._shards: dict[str, Collection] = {}
        self._guard = threading.RLock()  # held by readers only while they look up or use a shard
        self._closed = False
        self._writer = ThreadPoolExecutor(1, "vectors-write")
        self._reader = ThreadPoolExecutor(2, "vectors-read")

    async def ensure(self, collection: str, dimensions: int, *, keywords: Sequence[str] = ()) -> None:
        await self._write(self._ensure, collection, dimensions, keywords)

    async def upsert(self, collection: str, points: Sequence[Point]) -> None:
        for start in range(0, len(points), _SLICE):
            part = list(points[start : start + _SLICE])
            await self._write(self._with, collection, lambda shard, part=part: shard.upsert(part))

    async def delete(
        self, collection: str, *, ids: Sequence[UUID] | None = None, where: Where | None = None
    ) -> None:
        await self._write(self._with, collection, lambda shard: shard.remove(list(ids or ()), where))

    async def search(self, collection: str, **question: Any) -> list[Hit]:
        return (await self.search_all(collection, [Search(**question)]))[0]

    async def search_all(self, collection: str, questions: Sequence[Search]) -> list[list[Hit]]:
        return await self._read(collection, lambda shard: shard.search(list(questions)))

    async def count(self, collection: str, where: Where | None = None) -> int:
        return await self._read(collection, lambda shard: shard.count(where))

    async def ids(self, collection: str, *, after: UUID | None = None, limit: int = 1000) -> list[UUID]:
        return await self._read(collection, lambda shard: shard.ids(after, limit))

    async def collections(self) -> list[str]:
        return await asyncio.to_thread(self._collections)

    async def drop(self, collection: str) -> None:
        await self._write(self._drop, collection)

    async def optimize(self, collection: str) -> bool:
        return await self._write(self._optimize, collection)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        await self._write(self._close)
        self._writer.shutdown()
        self._reader.shutdown()

    async def _write(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writer, guarded, work, *arguments)

    async def _read(self, collection: str, work: Callable[[Collection], T]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._reader, guarded, self._with, collection, work)

    def _with(self, collection: str, work: Callable[[Collection], T]) -> T:
        with self._guard:
            return work(self._shard(collection))

    def _path(self, collection: str) -> Path:
        return self.folder / checked(collection)

    def _lock(self) -> None:
        if self._held is not None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        held = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        if not lock_descriptor(held, blocking=False):
            os.close(held)
            raise VectorsUnavailable(f"another process has {self.folder} open")
        self._held = held
        for left in (
            *self.folder.glob("*.copy"),
            *self.folder.glob("*.old"),
        ):  # an optimisation that was cut off
            shutil.rmtree(left, ignore_errors=True)

    def _shard(self, collection: str) -> Collection:
        with self._guard:
            if collection not in self._shards:
                self._lock()
                path = self._path(collection)
                if not path.is_dir():
                    raise VectorsUnavailable(f"there is no collection {collection}")
                self._shards[collection] = self._opened(path)
            return self._shards[collection]

    def _opened(self, path: Path) -> Collection:
        """The shard, in the child where it is large. Raises VectorsBroken here and not at the first use."""
        if self._held is None or not path.with_suffix(_LARGE).exists():
            return Shard(str(path))
        if self._child is None:
            self._child = Child(self._held)
        remote = Remote(self._child, str(path))
        remote.count(None)
        return remote

    def _ensure(self, collection: str, dimensions: int, keywords: Sequence[str]) -> None:
        with self._guard:
            self._lock()
            path = self._path(collection)
            if path.is_dir():
                self._shard(collection)
                return
            made = path.with_suffix(".copy")
            made.mkdir()
            Shard.create(made, dimensions, keywords)
            os.replace(made, path)  # a collection is there whole or not at all
            self._shard(collection)

    def _collections(self) -> list[str]:
        if not self.folder.is_dir():
            return []
        return sorted(path.name for path in self.folder.iterdir() if path.is_dir() and not path.suffix)

    def _drop(self, collection: str) -> None:
        with self._guard:
            self._lock()
            with suppress(Exception):  # a damaged shard may not close; its files go all the same
                self._let_go(collection)
            path = self._path(collection)
            shutil.rmtree(path, ignore_errors=True)
            path.with_suffix(_LARGE).unlink(missing_ok=True)

    def _let_go(self, collection: str) -> None:
        shard = self._shards.pop(collection, None)
        if shard is not None:
            shard.close()

    def _optimize(self, collection: str) -> bool:
        with self._guard:
            shard = self._shard(collection)
            if shard.ungraphed() < _WORTH_OPTIMISING:
                return False
            shard.flush()
        path = self._path(collection)
        copy, old = path.with_suffix(".copy"), path.with_suffix(".old")
        # Writes wait behind this in the writer's queue, so the copy misses nothing; searches go on.
        shutil.copytree(path, copy)
        try:
            subprocess.run([sys.executable, "-c", _OPTIMISE, str(copy)], check=True, capture_output=True)  # noqa: S603
        except subprocess.CalledProcessError as error:
            shutil.rmtree(copy, ignore_errors=True)
            raise VectorsUnavailable(f"optimising {collection} failed: {error.stderr[-300:]!r}") from error
        with self._guard:
            self._let_go(collection)
            os.replace(path, old)
            os.replace(copy, path)
            path.with_suffix(_LARGE).touch()
            self._shard(collection)
        shutil.rmtree(old, ignore_errors=True)
        return True

    def _close(self) -> None:
        with self._guard:
            try:
                for collection in list(self._shards):
                    self._let_go(collection)
            finally:
                if self._child is not None:
                    self._child.stop()
                if self._held is not None:
                    os.close(self._held)
                    self._held = None
