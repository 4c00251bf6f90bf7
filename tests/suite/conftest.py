"""The embedded suite, running: four services in this process on a small desk with a model that serves."""

import asyncio
import inspect
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from services.common.ai.embedder import DEFAULT_FOLDER, Embedder
from services.common.settings import Settings
from services.suite.runtime import migrate
from tests.suite import rig
from tests.support import servers
from tests.support.effort import busy

HERE = Path(__file__).parent
Start = Callable[..., AbstractAsyncContextManager[rig.Suite]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One event loop for the folder, because one suite serves it."""
    for item in items:
        if HERE in item.path.parents and inspect.iscoroutinefunction(getattr(item, "function", None)):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@asynccontextmanager
async def held(context: AbstractAsyncContextManager[rig.Suite]) -> AsyncIterator[rig.Suite]:
    """Enter and leave ``context`` in one task: a fixture is set up in one and torn down in another."""
    ready: asyncio.Future[rig.Suite] = asyncio.get_running_loop().create_future()
    over = asyncio.Event()

    async def live() -> None:
        try:
            async with context as running:
                ready.set_result(running)
                await over.wait()
        except BaseException as error:
            if not ready.done():
                ready.set_exception(error)
            raise

    task = asyncio.create_task(live())
    try:
        yield await ready
    finally:
        over.set()
        await task


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The product's own embedder, loaded once."""
    if not (DEFAULT_FOLDER / "manifest.json").is_file():
        pytest.fail("the embedder is not there: make models", pytrace=False)
    return Embedder()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def seeded(embedder: Embedder) -> Path:
    """A data folder with a small desk: an index of its articles, a model trained on its closed tickets.

    Made once a run, for every test process of it.
    """
    state = Path(os.environ["TRIAJE_TEST_STATE"])
    folder = state / "small-desk"
    lock = servers.locked(state / "small-desk.lock")
    await asyncio.to_thread(lock.__enter__)
    try:
        if not (state / "small-desk.done").exists():
            await _make(folder, embedder)
            (state / "small-desk.done").touch()
    finally:
        lock.__exit__(None, None, None)
    return folder


async def _make(folder: Path, embedder: Embedder) -> None:
    await asyncio.to_thread(migrate, Settings(data=folder, secret=rig.SECRET))
    await rig.seed(folder)
    async with rig.running(folder, embedder) as suite:
        await suite.trained(120 * busy())
        await suite.quiet(120 * busy())
    rig.checkpoint(folder)


@pytest.fixture(scope="session")
def start(seeded: Path, embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Start:
    """Starts a suite of a test's own, on a fresh copy of the small desk or on the folder that it names."""
    numbers = count()

    def run(data: Path | None = None, **options: Any) -> AbstractAsyncContextManager[rig.Suite]:
        data = data or rig.copied(seeded, tmp_path_factory.mktemp("suite") / str(next(numbers)))
        return rig.running(data, options.pop("embedder", embedder), **options)

    return run


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def suite(start: Start) -> AsyncIterator[rig.Suite]:
    """One suite for all tests that leave it as whole as they found it."""
    async with held(start()) as running:
        yield running
